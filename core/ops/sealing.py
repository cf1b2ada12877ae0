"""Sealing what will not change any more, a batch at a time, away from those who write it.

Ids are not in the order of commits on PostgreSQL, and a promise made long ago is done today. So a seal
names its rows exactly, and what is sealed next is found again from a place before which nothing can
appear any more: the `high` of the last seal, which was seen by one older than every running transaction.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, true
from sqlalchemy.orm import Session

from core.analytics.mirror.source import joined
from core.base.i18n import N_
from core.db.bulk import runs
from core.jobs.queue import enqueue
from core.jobs.registry import job
from core.jobs.rhythm import minutes
from core.ops.seal_form import AUDIT, BOOKS, START, Book, line_of, mark, rows_digest, seal_digest
from core.ops.seal_models import Seal, SealPart
from core.security.actor import Actor
from core.work.models import Change
from core.work.store import Store
from core.work.unit import UnitOfWork, table_of

SEAL = "ops.seal"
MOST = 5_000
"""Rows of one seal: some dozens of milliseconds, which a writer on SQLite may have to wait for."""

SLACK = timedelta(hours=1)
_RANGES_AT_ONCE = 200
_ONE_SEALER = text("SELECT pg_advisory_xact_lock(7136001)")
_OLDEST = text(
    "SELECT coalesce(extract(epoch FROM max(clock_timestamp() - xact_start)), 0) FROM pg_stat_activity "
    "WHERE datname = current_database()"
)
Rows = Sequence[tuple[int, str]]


@job(SEAL, N_("Seal the audit trail and the stock ledger"), every=minutes(10))
def seal_batch(uow: UnitOfWork) -> None:
    """Seal the next rows of each book, and go on in a transaction of its own where more are left."""
    if seal_books(uow):
        enqueue(uow, SEAL)


def seal_all(store: Store, actor: Actor) -> None:
    """Seal whatever is not sealed yet, each batch in a transaction of its own."""
    while store.run(actor, seal_books):
        pass


def seal_books(uow: UnitOfWork) -> bool:
    """Seal the next rows of each book; whether more are left."""
    return any([seal_next(uow, book) for book in BOOKS.values()])


def seal_next(uow: UnitOfWork, book: Book) -> bool:
    """Seal the next rows of a book, at most `MOST` of them; whether more are left."""
    session = uow.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_ONE_SEALER)
    seen, high = highest(session, book), settled_high(session, book)
    rows = unsealed(session, book, high, MOST)
    if not rows:
        return False
    is_all = len(rows) < MOST
    parts = list(runs([row_id for row_id, _ in rows]))
    digest = rows_digest(line for _, line in rows)
    previous = session.scalar(select(Seal.digest).order_by(Seal.id.desc()).limit(1)) or START
    seal = uow.add(
        Seal(
            at=uow.now,
            book=book.name,
            row_count=len(rows),
            rows_digest=digest,
            previous=previous,
            digest=seal_digest(uow.now, book.name, parts, len(rows), digest, previous),
            marks=b"".join(mark(line) for _, line in rows),
            seen=seen if is_all else None,
            high=_settled(session, book, uow.now, seen) if is_all else high,
        )
    )
    uow.write(
        SealPart,
        [{"book": book.name, "first_id": first, "last_id": last, "seal_id": seal.id} for first, last in parts],
    )
    return not is_all


def highest(session: Session, book: Book) -> int:
    """How far there is something to look at: the newest entry, or the newest change of a move."""
    newest = func.max(AUDIT.table.c.id if book is AUDIT else Change.seq)
    return session.scalar(select(newest)) or 0


def settled_high(session: Session, book: Book) -> int | None:
    """The place before which everything is sealed and nothing can appear any more; None where there is none yet."""
    return session.scalar(select(Seal.high).where(Seal.book == book.name).order_by(Seal.id.desc()).limit(1))


def _settled(session: Session, book: Book, now: datetime, seen: int) -> int | None:
    """What was seen before any transaction that still runs began; on SQLite one writes at a time."""
    if session.get_bind().dialect.name == "sqlite":
        return seen
    oldest = timedelta(seconds=float(session.scalar(_OLDEST) or 0))
    before = select(Seal.seen).where(Seal.book == book.name, Seal.seen.is_not(None), Seal.at <= now - oldest - SLACK)
    return session.scalar(before.order_by(Seal.id.desc()).limit(1))


def unsealed(session: Session, book: Book, high: int | None, most: int) -> Rows:
    """The next rows that no seal covers, their ids rising: new ones before those behind what is sealed."""
    row_id = book.table.c.id
    newest = select(SealPart.last_id).where(SealPart.book == book.name).order_by(SealPart.first_id.desc()).limit(1)
    last = session.scalar(newest)
    wanted = [true()] if last is None else [row_id > last, and_(row_id <= last, is_unsealed(book))]
    rows: list[tuple[int, str]] = []
    for condition in wanted:
        for place in _places(session, book, high):
            rows += _read(session, book, and_(place, condition), most - len(rows))
            if len(rows) == most:
                return sorted(rows)
    return sorted(rows)


def _places(session: Session, book: Book, high: int | None) -> list[ColumnElement[bool]]:
    """Where there can be something to seal: after the settled place; of moves, what the change feed names there."""
    row_id = book.table.c.id
    if high is None:
        return [true()]
    if book is AUDIT:
        return [row_id > high]
    changed = changed_since(session, book, high)
    return [
        or_(*(row_id.between(first, last) for first, last in changed[start : start + _RANGES_AT_ONCE]))
        for start in range(0, len(changed), _RANGES_AT_ONCE)
    ]


def changed_since(session: Session, book: Book, high: int) -> list[tuple[int, int]]:
    """Ranges of ids that the change feed names after a place."""
    fed = select(Change.first_id, Change.last_id).where(Change.entity == book.name, Change.seq > high)
    return joined([(first, last) for first, last in session.execute(fed)])


def is_unsealed(book: Book) -> ColumnElement[bool]:
    """Whether no seal covers the row: the last range that begins before it ends before it."""
    part = table_of(SealPart).c
    row_id = book.table.c.id
    last = (
        select(part.last_id)
        .where(part.book == book.name, part.first_id <= row_id)
        .order_by(part.first_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return row_id > func.coalesce(last, row_id - 1)


def _read(session: Session, book: Book, condition: ColumnElement[bool], most: int) -> list[tuple[int, str]]:
    line = line_of(book, session.get_bind().dialect.name)
    found: Select[int, str] = select(book.table.c.id, line).where(book.is_final, condition)
    return [(row_id, row) for row_id, row in session.execute(found.order_by(book.table.c.id).limit(most))]
