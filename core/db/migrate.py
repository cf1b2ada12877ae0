"""Bringing a database to the schema of this version."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

MIGRATIONS = Path(__file__).parent / "migrations"


class BrokenReferences(RuntimeError):
    """A row refers to one that is not there: the migration is rolled back, since it would carry that on."""


def migrate(engine: Engine) -> None:
    """Run every migration that the database has not seen; safe to repeat."""
    if is_current(engine):
        return
    with engine.connect() as connection, _without_references(connection), connection.begin():
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.dialect.name == "sqlite":
            lost = connection.execute(text("PRAGMA foreign_key_check")).first()
            if lost is not None:
                raise RuntimeError(f"a migration left a reference of {lost[0]} that leads nowhere")


def is_current(engine: Engine) -> bool:
    """Whether the database has the schema of this version."""
    with engine.connect() as connection:
        here = MigrationContext.configure(connection).get_current_revision()
    return here == newest()


@cache
def newest() -> str | None:
    """The revision that this version's migrations lead to."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def knows(revision: str) -> bool:
    """Whether this version can bring a database of this revision to its own schema."""
    return revision in {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


@contextmanager
def _without_references(connection: Connection) -> Iterator[None]:
    """SQLite changes a constraint by rebuilding its table, which must not count as deleting its rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = cast(Any, connection.connection.driver_connection)
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config
