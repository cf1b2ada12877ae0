"""kill -9 while orders are entered: what was acknowledged is there, and nothing is half done."""

import pytest

from tests.killing import kill_while_orders_are_entered

KILLS = {"sqlite": 25, "postgresql": 15}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_orders_survive_processes_killed_at_random_moments(database: str, request: pytest.FixtureRequest) -> None:
    settings = request.getfixturevalue("sqlite_settings" if database == "sqlite" else "postgres_settings")

    assert kill_while_orders_are_entered(settings, KILLS[database]) >= KILLS[database]
