"""Databases for benchmarks: fresh, migrated, removed afterwards."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from core.base.settings import Settings
from core.db.migrate import migrate
from core.work.store import Store
from tests.bench.history_store import fill_store
from tests.postgres import start_postgresql

DATABASES = ("sqlite", "postgresql")


@contextmanager
def fresh_store(database: str) -> Iterator[Store]:
    """An empty installation on the named database."""
    with tempfile.TemporaryDirectory(prefix="salesbook-bench-") as directory:
        if database == "sqlite":
            yield from _opened(Settings(data_dir=Path(directory)))
        else:
            with start_postgresql() as url:
                yield from _opened(Settings(data_dir=Path(directory), database_url=url))


@cache
def history(lines: int) -> Path:
    """A folder with an SQLite store of so many order lines.

    It is gone with this process, or kept for the next one where `HISTORY` names a folder for it.
    """
    kept = os.environ.get("HISTORY")
    directory = Path(kept) / str(lines) if kept else Path(tempfile.mkdtemp(prefix="salesbook-bench-")) / "store"
    if directory.exists():
        return directory
    if not kept:
        atexit.register(shutil.rmtree, directory.parent, ignore_errors=True)
    filling = directory.with_suffix(".filling")
    shutil.rmtree(filling, ignore_errors=True)
    filling.mkdir(parents=True)
    for store in _opened(Settings(data_dir=filling)):
        fill_store(store, lines)
    return filling.rename(directory)


def _opened(settings: Settings) -> Iterator[Store]:
    store = Store(settings)
    migrate(store.engine)
    yield store
    store.engine.dispose()
