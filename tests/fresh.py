"""Fresh databases, as many as a test opens."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.work.store import Store
from tests.moments import NOON
from tests.postgres import a_database


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
    with ExitStack() as databases:

        def opened() -> Store:
            url = databases.enter_context(a_database(postgres_url))
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            return Store(Settings(data_dir=folder, database_url=url), FixedClock(NOON))

        yield opened
