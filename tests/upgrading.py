"""Databases of older versions: built by the migrations of that version, and filled with what a shop of today did."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Column, Connection, MetaData, Table, func, insert, inspect, select, text

from core.base.clock import FixedClock
from core.base.settings import Settings
from core.db.migrate import MIGRATIONS
from core.db.model import Base
from core.work.store import Store
from tests.postgres import a_database

# The feed counts transactions of its own database; the fixed places and the first reasons are there already.
NOT_COPIED = {"change_feed", "return_reason"}
FIXED_PLACES = 4

Rows = dict[str, list[dict[str, Any]]]


@contextmanager
def old_database(
    request: pytest.FixtureRequest, kind: str, revision: str, clock: FixedClock, folder: Path
) -> Iterator[Store]:
    """An empty database of this kind as that revision built it."""
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'old.db'}"
        if kind == "postgresql":
            url = stack.enter_context(a_database(request.getfixturevalue("postgres_url"), template="template1"))
        store = Store(Settings(data_dir=folder, database_url=url), clock)
        stack.callback(store.engine.dispose)
        with store.engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
        yield store


def copy_into(old: Store, source: Store) -> Rows:
    """Write what the source holds into the tables and columns that the old version knows; what it then holds."""
    with source.engine.connect() as here, old.engine.begin() as there:
        tables = _tables(there)
        for table in tables:
            found = _rows(here, table)
            if table.name == "location":
                found = [row for row in found if row["id"] > FIXED_PLACES and row["kind"] != "relabel"]
            if found:
                there.execute(insert(table), found)
            if there.dialect.name == "postgresql" and "id" in table.c:
                last = select(func.coalesce(func.max(table.c.id), 1)).scalar_subquery()
                there.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), last)))
        return {table.name: _rows(there, table) for table in tables}


def changes(store: Store, before: Rows) -> tuple[Rows, dict[str, list[Any]]]:
    """The rows that are no longer what they were, and the names of those that came to them, of the same tables."""
    lost, added = {}, {}
    with store.engine.connect() as connection:
        for name, rows in before.items():
            now = _rows(connection, _part(Base.metadata.tables[name], set(rows[0]))) if rows else []
            lost[name] = [row for row in rows if row not in now]
            added[name] = [row.get("name", row) for row in now if row not in rows]
    return {name: rows for name, rows in lost.items() if rows}, {name: rows for name, rows in added.items() if rows}


def column(store: Store, table: str, *names: str) -> list[tuple[Any, ...]]:
    """These columns of every row."""
    columns = [Base.metadata.tables[table].c[name] for name in names]
    with store.engine.connect() as connection:
        return sorted(map(tuple, connection.execute(select(*columns))), key=repr)


def run(store: Store, statement: str) -> None:
    """Write something that only the old version wrote."""
    with store.engine.begin() as connection:
        connection.execute(text(statement))


def _tables(connection: Connection) -> list[Table]:
    known = inspect(connection)
    there = set(known.get_table_names()) - NOT_COPIED
    return [
        _part(table, {each["name"] for each in known.get_columns(table.name)})
        for table in Base.metadata.sorted_tables
        if table.name in there
    ]


def _part(table: Table, names: set[str]) -> Table:
    return Table(table.name, MetaData(), *(Column(each.name, each.type) for each in table.c if each.name in names))


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    rows = connection.execute(select(table).order_by(*([table.c.id] if "id" in table.c else [])))
    return [dict(row) for row in rows.mappings()]
