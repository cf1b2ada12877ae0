"""Databases for benchmarks: fresh, migrated, removed afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.base.settings import Settings
from core.db.migrate import migrate
from core.work.store import Store
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


def _opened(settings: Settings) -> Iterator[Store]:
    store = Store(settings)
    migrate(store.engine)
    yield store
    store.engine.dispose()
