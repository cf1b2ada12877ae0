"""What is sealed, and the bytes a seal is taken over: the same on both databases, whatever wrote the rows.

A row is the netstrings of its columns in a fixed order: `4:1042,` for the text 1042, `-,` for nothing.
Numbers are whole smallest units, truth is 1 or 0, moments are UTC such as `2026-03-18 04:00:00.000000`.
The guide to all of it for somebody with a copy of the data is docs/operations/seals.md.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Boolean, ColumnElement, Integer, Table, Text, cast, func, literal, true

from core.audit.models import AuditEntry
from core.db.types import UtcMoment
from core.stock.models import MoveState, StockMove
from core.work.unit import table_of

FORM = "salesbook seal 1"
START = "0" * 64
MARK = 4


@dataclass(frozen=True)
class Book:
    """A table whose rows are sealed once nothing will change them: these columns, where `is_final`.

    A column that is added later does not belong to form 1.
    """

    name: str
    table: Table
    columns: tuple[str, ...]
    is_final: ColumnElement[bool]


AUDIT = Book(
    "audit_entry",
    table_of(AuditEntry),
    ("id", "at", "actor_id", "actor_name", "source", "command", "tag", "subject_type", "subject_id", "facts"),
    true(),
)
# A promise grows, shrinks and moves to other lots; what is done is only ever answered by an opposite move.
MOVES = Book(
    "stock_move",
    table_of(StockMove),
    (
        *("id", "variant_id", "quantity", "source_id", "target_id", "state", "origin_type", "origin_id"),
        *("origin_line_id", "at", "recorded_at", "unit_cost", "returns_id", "undoes", "lot_id"),
    ),
    table_of(StockMove).c.state == MoveState.DONE,
)
BOOKS = {book.name: book for book in (AUDIT, MOVES)}


def line_of(book: Book, dialect: str) -> ColumnElement[str]:
    """The row as the database itself writes it."""
    line: ColumnElement[str] = literal("", Text)
    for name in book.columns:
        column = _text(book.table.c[name], dialect)
        line = line + func.coalesce(cast(func.length(column), Text) + ":" + column, "-") + ","
    return line


def _text(column: ColumnElement[object], dialect: str) -> ColumnElement[str]:
    if isinstance(column.type, UtcMoment) and dialect == "postgresql":
        return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US", type_=Text)
    if isinstance(column.type, Boolean):
        return cast(cast(column, Integer), Text)
    return cast(column, Text)


def rows_digest(lines: Iterable[str]) -> str:
    """SHA-256 of the lines, each with a line feed."""
    found = sha256()
    for line in lines:
        found.update(line.encode() + b"\n")
    return found.hexdigest()


def mark(line: str) -> bytes:
    """Four bytes that tell this line from another one, to find which was changed; the digest is what counts."""
    return zlib.crc32(line.encode()).to_bytes(MARK)


def parts_text(parts: Sequence[tuple[int, int]]) -> str:
    """Ids as a seal lists them, such as `1-500,502-502`."""
    return ",".join(f"{first}-{last}" for first, last in parts)


def seal_digest(at: datetime, book: str, parts: Sequence[tuple[int, int]], count: int, rows: str, previous: str) -> str:
    """SHA-256 of a seal: its form, moment, book, ids, how many, the digest of the rows, the seal before."""
    moment = at.strftime("%Y-%m-%d %H:%M:%S.%f")
    words = (FORM, moment, book, parts_text(parts), str(count), rows, previous)
    return sha256("".join(f"{word}\n" for word in words).encode()).hexdigest()
