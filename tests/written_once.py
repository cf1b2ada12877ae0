"""A store that all tests of a module read, written once."""

import sqlite3

from sqlalchemy import event, text
from sqlalchemy.pool import ConnectionPoolEntry

from core.work.store import Store


def only_read(store: Store) -> Store:
    """The same store, of which the database itself now refuses every change."""
    if store.engine.name == "sqlite":
        event.listen(store.engine, "connect", _refuse_changes)
    else:
        with store.engine.begin() as connection:
            name = connection.scalar(text("SELECT current_database()"))
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    store.engine.dispose()
    return store


def _refuse_changes(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.execute("PRAGMA query_only = ON")
