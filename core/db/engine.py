"""The engine: how connections to SQLite and PostgreSQL are set up and how their transactions begin."""

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

READING = "salesbook_reading"
BUSY_TIMEOUT_MS = 300_000
CONNECT_SECONDS = 10


def make_engine(url: str) -> Engine:
    """An engine whose transactions hold what the design promises, on either database."""
    if url.startswith("sqlite"):
        engine = create_engine(
            url, connect_args={"check_same_thread": False}, pool_size=20, max_overflow=40, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    waiting = {"connect_timeout": CONNECT_SECONDS}
    return create_engine(
        url, connect_args=waiting, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True
    )


def reading_engine(engine: Engine) -> Engine:
    """The same pool, for transactions that only read: they never wait for a writer."""
    return engine.execution_options(**{READING: True})


def _prepare_sqlite(connection: Any, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
