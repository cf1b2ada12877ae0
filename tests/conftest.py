"""Databases for the tests: a fresh SQLite file or PostgreSQL database, built by the migrations."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

import core.work.store as store_module
from core.base.clock import FixedClock
from core.base.i18n import use_language
from core.base.settings import Settings
from core.db.migrate import migrate
from core.ops.backups import sealing
from core.security import passwords
from core.security.actor import SYSTEM
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.moments import NOON
from tests.postgres import TEMPLATE, a_database, database_url, start_postgresql

pytest_plugins = ["tests.browser", "tests.fresh", "tests.hosted"]

# The suite draws the same examples every time, so that it says the same of the same code; `make hunt` draws others.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile("hunt", print_blob=True, deadline=None)
settings.load_profile("fixed")


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@pytest.fixture(autouse=True, scope="session")
def _quick_hashes() -> Iterator[None]:
    """Quick password hashes and backup keys, so that signing in and sealing cost a test nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "ROUNDS", 4)
        patch.setattr(sealing, "COST", 2)
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_databases() -> Iterator[None]:
    """Statements are compiled once for all stores of a worker, and no commit waits for the disk."""
    plain, first = store_module.make_engine, {}

    def make_engine(url: str) -> Engine:
        engine = plain(url)
        known = first.setdefault(engine.name, engine)
        engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        if engine.name == "sqlite":
            event.listen(engine, "connect", _forget_at_power_loss)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "make_engine", make_engine)
        yield


def _forget_at_power_loss(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite database to copy."""
    file = tmp_path_factory.mktemp("template") / "salesbook.db"
    store = Store(Settings(data_dir=file.parent, database_url=f"sqlite:///{file}"))
    migrate(store.engine)
    store.engine.dispose()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, with a migrated, empty database named `template_salesbook`."""
    with start_postgresql(is_durable=False) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {TEMPLATE}")
        store = Store(Settings(database_url=database_url(url, TEMPLATE)))
        migrate(store.engine)
        store.engine.dispose()
        yield url


@pytest.fixture
def sqlite_settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """Settings of a fresh installation on SQLite."""
    shutil.copy(sqlite_template, tmp_path / "salesbook.db")
    return Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'salesbook.db'}")


@pytest.fixture
def postgres_settings(postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a fresh installation on PostgreSQL."""
    with a_database(postgres_url) as url:
        yield Settings(data_dir=tmp_path, database_url=url)


@pytest.fixture
def clock() -> FixedClock:
    """Noon of 18 March 2026 in Shanghai."""
    return FixedClock(NOON)


@pytest.fixture
def store(sqlite_settings: Settings, clock: FixedClock) -> Iterator[Store]:
    """A store on SQLite."""
    yield from _opened(sqlite_settings, clock)


@pytest.fixture
def present_store(sqlite_settings: Settings) -> Iterator[Store]:
    """A store on SQLite at the time that it is, as a process of its own sees it."""
    yield from _opened(sqlite_settings)


@pytest.fixture
def postgres_store(postgres_settings: Settings, clock: FixedClock) -> Iterator[Store]:
    """A store on PostgreSQL."""
    yield from _opened(postgres_settings, clock)


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Store]:
    """The same test on both databases."""
    name = "sqlite_settings" if request.param == "sqlite" else "postgres_settings"
    yield from _opened(request.getfixturevalue(name), clock)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The same tests on both databases, each written once for a whole module (then closed by `only_read`)."""
    folder = tmp_path_factory.mktemp("module")
    use_language("en")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), folder / 'salesbook.db')}"
        else:
            url = stack.enter_context(a_database(request.getfixturevalue("postgres_url")))
        yield from _opened(Settings(data_dir=folder, database_url=url), FixedClock(NOON))


@pytest.fixture
def uow(store: Store) -> Iterator[UnitOfWork]:
    """A unit of work of the system on SQLite, committed at the end of the test."""
    with store.working(SYSTEM) as unit:
        yield unit


def _opened(settings: Settings, clock: FixedClock | None = None) -> Iterator[Store]:
    store = Store(settings, clock)
    yield store
    store.engine.dispose()
