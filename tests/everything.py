"""The whole database as rows, to compare before and after a refusal."""

from typing import Any

from sqlalchemy import select

from core.db.model import Base
from core.work.store import Store


def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with store.engine.connect() as connection:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }
