"""Reading whole tables by ADBC, in a process of its own.

The SQLite driver brings a second copy of SQLite, and two copies in one process drop each other's
file locks (sqlite.org/howtocorrupt.html, 2.2.1). So this module is loaded only by the child process
that builds a mirror, which opens the store in no other way.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import adbc_driver_postgresql.dbapi  # type: ignore[import-untyped]
import adbc_driver_sqlite.dbapi
from sqlalchemy import make_url
from sqlalchemy.dialects import postgresql, sqlite

from core.analytics.mirror.source import Columns, Statement
from core.analytics.mirror.streams import Range, Stream

_DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class BulkSnapshot:
    """Reads whole tables by ADBC, in a process that holds the store open in no other way."""

    cursor: Any
    dialect: str

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """A few rows."""
        self.cursor.execute(self._text(statement))
        return list(self.cursor.fetchall())

    def columns(self, stream: Stream, ranges: Sequence[Range] | None = None) -> Columns:
        """Rows of a stream, as they arrive."""
        self.cursor.execute(self._text(stream.statement(ranges)))
        return self.cursor.fetch_record_batch()

    def _text(self, statement: Statement) -> str:
        return str(statement.compile(dialect=_DIALECTS[self.dialect], compile_kwargs={"literal_binds": True}))


@contextmanager
def bulk_snapshot(url: str) -> Iterator[BulkSnapshot]:
    """One snapshot by ADBC; only for a process of its own."""
    parsed = make_url(url)
    name = parsed.get_backend_name()
    if name == "sqlite":
        connection = adbc_driver_sqlite.dbapi.connect(f"file:{quote(parsed.database or '')}")
    else:
        plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = adbc_driver_postgresql.dbapi.connect(plain)
    with connection, connection.cursor() as cursor:
        if name == "postgresql":
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield BulkSnapshot(cursor, name)
