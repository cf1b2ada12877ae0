"""Fresh databases, as many as a test opens."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.work.store import Store
from tests.moments import NOON


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
