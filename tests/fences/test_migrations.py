"""The migrations build what the models say, on both databases."""

import re
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, inspect, text

from core.db import migrate
from core.db.model import Base
from core.db.types import Exact, UtcMoment, Word
from core.work.store import Store
from tests.fences.permissions import matrix


def same_type(_context: Any, _inspected: Any, _column: Any, stored: Any, wanted: Any) -> bool | None:
    """False where our own types are stored as they should be; otherwise Alembic compares."""
    if isinstance(wanted, Exact | UtcMoment | Word):
        return type(stored)._type_affinity is not type(wanted.impl)._type_affinity
    return None


def plain(thing: Any, _name: str | None, kind: str, _reflected: bool, _against: Any) -> bool:
    """Not an index on an expression, which databases write down in words of their own."""
    return kind != "index" or all(isinstance(each, Column) for each in thing.expressions)


@pytest.mark.filterwarnings(
    "ignore:Did not recognize type 'xid8'",
    "ignore:Skipped unsupported reflection of expression",
    "ignore:autogenerate skipping",
)
def test_the_migrated_schema_is_that_of_the_models(any_store: Store) -> None:
    matrix()  # imports every room, so that no table is forgotten
    with any_store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type, "include_object": plain})
        assert compare_metadata(context, Base.metadata) == []


def test_every_check_constraint_of_the_models_is_in_the_database(any_store: Store) -> None:
    stored = inspect(any_store.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {str(each.name) for each in table.constraints if isinstance(each, CheckConstraint)}
        assert {each["name"] for each in stored.get_check_constraints(table.name)} == wanted


def test_every_index_of_the_models_is_in_the_database(any_store: Store) -> None:
    matrix()
    catalogue = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index'",
        "postgresql": "SELECT indexname FROM pg_indexes",
    }
    with any_store.engine.connect() as connection:
        stored = set(connection.scalars(text(catalogue[connection.dialect.name])))
    wanted = {str(index.name) for table in Base.metadata.sorted_tables for index in table.indexes}
    assert wanted - stored == set()


def test_a_database_is_current_after_the_migrations_and_they_can_be_repeated(any_store: Store) -> None:
    assert migrate.is_current(any_store.engine)
    migrate.migrate(any_store.engine)
    assert migrate.is_current(any_store.engine)


def test_migrations_have_one_head_and_numbered_names() -> None:
    names = sorted(file.name for file in (migrate.MIGRATIONS / "versions").glob("*.py"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in names)
