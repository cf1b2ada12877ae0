"""Verifying the chain of seals: every row as it was sealed, every seal in its place, and nothing in between."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.analytics.mirror.source import joined
from core.base.i18n import N_, _
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.ops.seal_form import AUDIT, BOOKS, MARK, START, Book, line_of, mark, rows_digest, seal_digest
from core.ops.seal_models import Seal, SealCheck, SealPart
from core.ops.sealing import changed_since, is_unsealed, settled_high

SEALS = "seals"
MOST_NAMED = 1_000
_SEALS_AT_ONCE = 200
_ROWS_AT_ONCE = 20_000
_RANGES_AT_ONCE = 200
CHANGED = N_("changed after it was sealed")
DELETED = N_("deleted after it was sealed")
BEHIND = N_("put in behind what was sealed")
ALTERED = N_("the seal itself was altered")
GONE = N_("a seal before it is missing or altered")
CUT_OFF = N_("the seal that was verified is missing or altered")
MORE = N_("more rows than can be named")


class SealDifference(Difference):
    """A row or a seal that is not what it was; nothing repairs it."""

    @property
    def sentence(self) -> str:
        """Which row, and what became of it."""
        where = self.table if self.row_id is None else f"{self.table} {self.row_id}"
        return _("{where}: {problem} ({seal})").format(where=where, problem=_(str(self.stored)), seal=self.derived)


@dataclass(frozen=True)
class Batch:
    """A seal with the ids it names and the rows that are there now: their ids and lines."""

    seal: Any
    parts: tuple[tuple[int, int], ...]
    rows: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Head:
    """The newest seal: whoever has its digest can tell whether anything before it was changed since."""

    id: int
    at: datetime
    digest: str


def head_of(session: Session) -> Head | None:
    """The newest seal; None before the first."""
    found = session.execute(select(Seal.id, Seal.at, Seal.digest).order_by(Seal.id.desc()).limit(1)).first()
    return None if found is None else Head(*found)


def sealed_batches(session: Session) -> Iterator[Batch]:
    """All seals in the order of the chain, a bounded number of rows in memory at a time."""
    last = 0
    while True:
        found = session.execute(
            select(*(getattr(Seal, name) for name in _COLUMNS))
            .where(Seal.id > last)
            .order_by(Seal.id)
            .limit(_SEALS_AT_ONCE)
        ).all()
        if not found:
            return
        for some in _bounded(found):
            yield from _with_rows(session, some)
        last = found[-1].id


_COLUMNS = ("id", "at", "book", "row_count", "rows_digest", "previous", "digest", "marks")


def _bounded(seals: Sequence[Any]) -> Iterator[list[Any]]:
    some: list[Any] = []
    rows = 0
    for seal in seals:
        if some and rows + seal.row_count > _ROWS_AT_ONCE:
            yield some
            some, rows = [], 0
        some.append(seal)
        rows += seal.row_count
    yield some


def _with_rows(session: Session, seals: list[Any]) -> Iterator[Batch]:
    parts: dict[int, list[tuple[int, int]]] = {seal.id: [] for seal in seals}
    ranges: dict[str, list[tuple[int, int, int]]] = {book: [] for book in BOOKS}
    for name, first, last, seal_id in session.execute(
        select(SealPart.book, SealPart.first_id, SealPart.last_id, SealPart.seal_id)
        .where(SealPart.seal_id.between(seals[0].id, seals[-1].id))
        .order_by(SealPart.book, SealPart.first_id)
    ):
        parts.setdefault(seal_id, []).append((first, last))
        ranges.setdefault(name, []).append((first, last, seal_id))
    rows: dict[int, list[tuple[int, str]]] = {seal.id: [] for seal in seals}
    for name, book in BOOKS.items():
        for row_id, line in _lines(session, book, [(first, last) for first, last, _seal in ranges[name]]):
            place = bisect_right(ranges[name], row_id, key=lambda each: each[0])
            rows.setdefault(ranges[name][place - 1][2], []).append((row_id, line))
    for seal in seals:
        yield Batch(seal, tuple(parts[seal.id]), rows[seal.id])


def _lines(session: Session, book: Book, ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, str]]:
    """Ids and lines of the rows in these ranges, by id."""
    row_id = book.table.c.id
    line = line_of(book, session.get_bind().dialect.name)
    whole = joined(list(ranges))
    for start in range(0, len(whole), _RANGES_AT_ONCE):
        some = or_(*(row_id.between(first, last) for first, last in whole[start : start + _RANGES_AT_ONCE]))
        for row in session.execute(select(row_id, line).where(some).order_by(row_id)):
            yield row[0], row[1]


def find_broken(scope: Checking) -> list[Difference]:
    """What differs from the seals; at most `MOST_NAMED` rows are named one by one."""
    session = scope.session
    found: list[Difference] = []
    previous, seen = START, dict.fromkeys(BOOKS, 0)
    for batch in sealed_batches(session):
        if len(found) < MOST_NAMED:
            found += _broken(batch, previous)
        previous = batch.seal.digest
        if batch.seal.book in seen:
            seen[batch.seal.book] += len(batch.rows)
    found += _cut_off(session)
    for book in BOOKS.values():
        total = session.scalar(select(func.count()).select_from(book.table).where(book.is_final)) or 0
        if total != seen[book.name] and len(found) < MOST_NAMED:
            found += _behind(scope, book)
    if len(found) > MOST_NAMED:
        found = [*found[:MOST_NAMED], SealDifference(SEALS, "seal", None, "rows", MORE, str(len(found)))]
    return found


def _broken(batch: Batch, previous: str) -> Iterator[Difference]:
    seal, parts = batch.seal, batch.parts
    called = seal_name(seal.id, seal.at)
    if seal.previous != previous:
        yield SealDifference(SEALS, "seal", seal.id, "previous", GONE, called)
    if seal.digest != seal_digest(seal.at, seal.book, parts, seal.row_count, seal.rows_digest, seal.previous):
        yield SealDifference(SEALS, "seal", seal.id, "digest", ALTERED, called)
    if rows_digest(line for _id, line in batch.rows) == seal.rows_digest:
        return
    ids = [each for first, last in parts for each in range(first, min(last, first + len(seal.marks)) + 1)]
    marks = {each: seal.marks[MARK * place : MARK * (place + 1)] for place, each in enumerate(ids)}
    there = dict(batch.rows)
    rows = [(each, DELETED) for each in ids if each not in there]
    rows += [(each, CHANGED) for each, line in there.items() if mark(line) != marks.get(each)]
    for row_id, problem in sorted(rows)[:MOST_NAMED]:
        yield SealDifference(SEALS, seal.book, row_id, "seal", problem, called)
    if not rows:
        yield SealDifference(SEALS, seal.book, None, "seal", CHANGED, called)


def _cut_off(session: Session) -> list[Difference]:
    """Seals that were there when the chain was verified, or whose ranges are, and are no more."""
    stands = select(Seal.id).where(Seal.id == SealCheck.seal_id, Seal.digest == SealCheck.digest).exists()
    verified = select(SealCheck.seal_id, func.max(SealCheck.at)).where(~stands).group_by(SealCheck.seal_id)
    left = select(SealPart.seal_id).where(~select(Seal.id).where(Seal.id == SealPart.seal_id).exists()).distinct()
    missing = {seal_id: at for seal_id, at in session.execute(verified.order_by(SealCheck.seal_id))}
    found = [
        SealDifference(SEALS, "seal", seal_id, "digest", CUT_OFF, seal_name(seal_id, at))
        for seal_id, at in missing.items()
    ]
    found += [
        SealDifference(SEALS, "seal", seal_id, "digest", GONE, seal_name(seal_id, None))
        for seal_id in session.scalars(left.order_by(SealPart.seal_id))
        if seal_id not in missing
    ]
    return list(found)


def _behind(scope: Checking, book: Book) -> list[Difference]:
    """Rows that no seal covers and that none will: where they lie everything was sealed long ago."""
    high = settled_high(scope.session, book)
    if high is None:
        return []
    row_id = book.table.c.id
    rows = select(row_id).where(book.is_final, is_unsealed(book)).order_by(row_id)
    if book is AUDIT:
        found = list(scope.session.scalars(rows.where(row_id <= high).limit(MOST_NAMED)))
    else:
        coming = changed_since(scope.session, book, high)
        found = [each for each in scope.session.scalars(rows) if not _within(each, coming)]
    called = _("sealed up to {high}").format(high=high) if book is AUDIT else _("no change of it is on record")
    return [SealDifference(SEALS, book.name, each, "seal", BEHIND, called) for each in found[:MOST_NAMED]]


def _within(row_id: int, ranges: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(ranges, row_id, key=lambda each: each[0])
    return place > 0 and row_id <= ranges[place - 1][1]


def seal_name(seal_id: int, at: datetime | None) -> str:
    """A seal by its number and moment in UTC."""
    when = "" if at is None else f", {at:%Y-%m-%d %H:%M:%S} UTC"
    return _("seal {id}{when}").format(id=seal_id, when=when)


register(
    SelfCheck(SEALS, N_("The audit trail and the stock ledger are what they were when they were sealed"), find_broken)
)
