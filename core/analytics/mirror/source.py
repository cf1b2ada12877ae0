"""Reading the store of record in one snapshot, and following its change feed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import pyarrow as pa  # type: ignore[import-untyped]
from sqlalchemy import Connection, Engine, String, cast, func, literal, literal_column, select, text
from sqlalchemy.types import UserDefinedType

from core.analytics.mirror.streams import Range, Stream, epoch
from core.audit.models import AuditEntry
from core.work.models import Change

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


def latest_change(snapshot: Snapshot) -> tuple[int, str]:
    """The newest line of the feed: its number, and what it says."""
    return _change(snapshot, None)


def change_at(snapshot: Snapshot, seq: int) -> str:
    """What the feed's line of this number says; empty where there is none."""
    return _change(snapshot, seq)[1]


def _change(snapshot: Snapshot, seq: int | None) -> tuple[int, str]:
    newest = select(Change.seq, Change.entity, Change.first_id, Change.last_id)
    newest = newest.order_by(Change.seq.desc()).limit(1) if seq is None else newest.where(Change.seq == seq)
    for number, *said in snapshot.rows(newest):
        return int(number), " ".join(str(each) for each in said)
    return 0, ""


def position(snapshot: Snapshot) -> str:
    """What this snapshot sees, as PostgreSQL writes it; empty on SQLite, whose writers commit in order."""
    if snapshot.dialect == "sqlite":
        return ""
    return str(snapshot.rows(select(cast(func.pg_current_snapshot(), String)))[0][0])


def changes_since(snapshot: Snapshot, seq: int, seen: str) -> dict[str, list[Range]]:
    """What was committed after a position: entity → joined ranges of ids."""
    changes = select(Change.entity, Change.first_id, Change.last_id)
    if snapshot.dialect == "sqlite":
        changes = changes.where(Change.seq > seq)
    else:
        before = cast(literal(seen), PgSnapshot())
        changes = changes.where(
            Change.txid >= func.pg_snapshot_xmin(before), ~func.pg_visible_in_snapshot(Change.txid, before)
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
