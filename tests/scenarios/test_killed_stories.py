"""kill -9 while goods are bought, sold, returned, carried, counted and costed: all or nothing, and only once."""

import pytest

from tests.killing_stories import kill_while_stories_are_told

KILLS = {"sqlite": 15, "postgresql": 15}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_step_survives_processes_killed_at_random_moments(database: str, request: pytest.FixtureRequest) -> None:
    settings = request.getfixturevalue("sqlite_settings" if database == "sqlite" else "postgres_settings")

    assert kill_while_stories_are_told(settings, KILLS[database]) >= KILLS[database]
