"""Reading the store of record in one snapshot, and following its change feed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped]
from sqlalchemy import Connection, Engine, String, cast, func, literal, literal_column, select, text
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

from core.analytics.mirror.streams import Range, Stream, epoch
from core.audit.models import AuditEntry
from core.work.models import Change

FEED_CUT = Change.__tablename__  # the entity under which the feed says that lines of it were deleted

_RANGES_AT_ONCE = 300
Columns: TypeAlias = Any  # a pyarrow Table or RecordBatchReader; pyarrow has no types
Statement: TypeAlias = Any  # a Select of whatever columns


class PgSnapshot(UserDefinedType[str]):
    """PostgreSQL's text of what a transaction sees."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:  # noqa: ARG002 - the signature is SQLAlchemy's
        """The name of the type."""
        return "pg_snapshot"


class Snapshot(Protocol):
    """One unchanging view of the store."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        ...

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """A few rows."""
        ...

    def columns(self, stream: Stream, ranges: Sequence[Range] | None = None) -> Columns:
        """Rows of a stream as Arrow columns."""
        ...


@dataclass(frozen=True)
class PlainSnapshot:
    """Reads on a connection of the process's own engine."""

    connection: Connection

    @property
    def dialect(self) -> str:
        """The name of the database."""
        return self.connection.dialect.name

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """A few rows."""
        return [tuple(row) for row in self.connection.execute(statement)]

    def columns(self, stream: Stream, ranges: Sequence[Range] | None = None) -> Columns:
        """Rows of a stream, gathered in slices of ranges."""
        parts = (
            [ranges]
            if ranges is None
            else [ranges[i : i + _RANGES_AT_ONCE] for i in range(0, len(ranges), _RANGES_AT_ONCE)]
        )
        schema = stream.schema
        batches = []
        for part in parts:
            found = self.connection.execute(stream.statement(part))
            for rows in found.partitions(20_000):
                arrays = [
                    pa.array(each, kind) for each, kind in zip(zip(*rows, strict=True), schema.types, strict=True)
                ]
                batches.append(pa.record_batch(arrays, schema))
        return pa.Table.from_batches(batches, schema)


@contextmanager
def plain_snapshot(reader: Engine) -> Iterator[PlainSnapshot]:
    """One snapshot through the engine; nothing is written."""
    with reader.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield PlainSnapshot(connection)


def identity_of(snapshot: Snapshot) -> str:
    """What tells this database from any other: its first audit entry; on PostgreSQL also the cluster and its line."""
    first = snapshot.rows(
        select(epoch(AuditEntry.at), AuditEntry.tag, AuditEntry.command).order_by(AuditEntry.id).limit(1)
    )
    parts = [str(each) for row in first for each in row]
    if snapshot.dialect == "postgresql":
        cluster = select(
            cast(literal_column("(pg_control_system()).system_identifier"), String),
            cast(literal_column("(pg_control_checkpoint()).timeline_id"), String),
            cast(literal_column("'change_feed'::regclass::oid"), String),
            cast(
                select(literal_column("oid"))
                .select_from(text("pg_database"))
                .where(text("datname = current_database()"))
                .scalar_subquery(),
                String,
            ),
        )
        parts += [str(each) for each in snapshot.rows(cluster)[0]]
    return " ".join(parts)


@dataclass(frozen=True)
class Position:
    """Up to where the store was read: its newest change and its newest audit entry, and what each says.

    `seen` is what PostgreSQL saw; empty on SQLite, whose writers commit in order.
    """

    change: int
    said: str
    entry: int
    told: str
    seen: str


def position(snapshot: Snapshot) -> Position:
    """How far this snapshot sees."""
    change, entry = _newest(snapshot, Change.seq), _newest(snapshot, AuditEntry.id)
    seen = ""
    if snapshot.dialect != "sqlite":
        seen = str(snapshot.rows(select(cast(func.pg_current_snapshot(), String)))[0][0])
    return Position(change, _said(snapshot, change), entry, _told(snapshot, entry), seen)


def is_past_of(snapshot: Snapshot, position: Position) -> bool:
    """Whether the store still holds what was read; an older copy does not, even where work went on in it since.

    Its change of that number may well say the same as ours did, but its audit entry is of another moment.
    """
    return _said(snapshot, position.change) == position.said and _told(snapshot, position.entry) == position.told


def _newest(snapshot: Snapshot, key: InstrumentedAttribute[int]) -> int:
    return int(snapshot.rows(select(func.coalesce(func.max(key), 0)))[0][0])


def _said(snapshot: Snapshot, seq: int) -> str:
    return _words(snapshot, select(Change.entity, Change.first_id, Change.last_id).where(Change.seq == seq))


def _told(snapshot: Snapshot, entry: int) -> str:
    columns = (epoch(AuditEntry.at), AuditEntry.tag, AuditEntry.subject_type, AuditEntry.subject_id)
    return _words(snapshot, select(*columns).where(AuditEntry.id == entry))


def _words(snapshot: Snapshot, statement: Statement) -> str:
    return " ".join(str(each) for row in snapshot.rows(statement) for each in row)


def changes_since(snapshot: Snapshot, position: Position) -> dict[str, list[Range]]:
    """What was committed after a position: entity → joined ranges of ids."""
    changes = select(Change.entity, Change.first_id, Change.last_id)
    if snapshot.dialect == "sqlite":
        changes = changes.where(Change.seq > position.change)
    else:
        before, now = cast(literal(position.seen), PgSnapshot()), func.pg_current_snapshot()
        changes = changes.where(
            Change.txid >= func.pg_snapshot_xmin(before),
            Change.txid < func.pg_snapshot_xmax(now),  # rows brought from another cluster may be of its future
            ~func.pg_visible_in_snapshot(Change.txid, before),
        )
    found: dict[str, list[Range]] = {}
    for entity, first, last in snapshot.rows(changes):
        found.setdefault(entity, []).append((first, last))
    return {entity: joined(ranges) for entity, ranges in found.items()}


def joined(ranges: list[Range]) -> list[Range]:
    """The same ids in as few ranges as possible."""
    result: list[Range] = []
    for first, last in sorted(ranges):
        if result and first <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result
