"""Whatever a shop lives through, in whatever order: goods, costs, promises and money add up after every deed."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.work.store import Store
from tests.conftest import NOON
from tests.life.whole import WholeLife

QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}
HUNT = 12
"""How many times as many lives are tried when others than the usual ones are hunted."""


@pytest.fixture
def on_sqlite(sqlite_template: Path, tmp_path: Path) -> Callable[[], Store]:
    """A fresh SQLite file each time."""

    def opened() -> Store:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        file = shutil.copy(sqlite_template, folder / "salesbook.db")
        return Store(Settings(data_dir=folder, database_url=f"sqlite:///{file}"), FixedClock(NOON))

    return opened


@pytest.fixture
def on_postgresql(postgres_url: str, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """A fresh PostgreSQL database each time; all of them are dropped afterwards."""
    made: list[str] = []
    numbers = count(1)

    def opened() -> Store:
        name = f"life_{next(numbers)}_{tmp_path.name[-6:].strip('_').lower()}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template_salesbook')
        made.append(name)
        url = postgres_url.replace("/postgres?", f"/{name}?")
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        return Store(Settings(data_dir=folder, database_url=url), FixedClock(NOON))

    yield opened
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def lives(count: int, steps: int) -> settings:
    """So many lives of so many deeds; more where others than the usual ones are wanted."""
    more = HUNT if settings.get_current_profile_name() == "hunt" else 1
    return settings(max_examples=count * more, stateful_step_count=steps, **QUIET)


def test_a_whole_life_adds_up_on_sqlite(on_sqlite: Callable[[], Store]) -> None:
    run_state_machine_as_test(lambda: WholeLife(on_sqlite), settings=lives(10, 20))


def test_a_whole_life_adds_up_on_postgresql(on_postgresql: Callable[[], Store]) -> None:
    run_state_machine_as_test(lambda: WholeLife(on_postgresql), settings=lives(2, 15))
