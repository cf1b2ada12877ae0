"""Posting a stocktake: its differences become moves to and from loss, all or none of them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.base.errors import AppError, Refusals, reason_given
from core.base.exact import ZERO
from core.catalog.models import Product, Variant
from core.db.bulk import update_many
from core.notify.events import COUNT_HANDED_IN
from core.notify.tell import settle
from core.security.permissions import P
from core.stock.costs.books import opened_books
from core.stock.costs.load import last_close
from core.stock.counts.errors import (
    NothingCounted,
    NothingLate,
    OverTolerance,
    RecountMissing,
    SecondCountMissing,
)
from core.stock.counts.expected import COUNT_ORIGIN, IDS_AT_ONCE, FoundLine, Goods, found_lines, level_of_line
from core.stock.counts.models import COUNT_FLOW, StockCount, StockCountLine
from core.stock.counts.plan import locked_count
from core.stock.counts.rules import Obstacle, obstacle, read
from core.stock.counts.second import refuse_counter
from core.stock.errors import NotEnoughStock
from core.stock.ledger import Line, Origin, bring_in, take_out
from core.stock.models import LOSS, StockLevel, StockMove, Warehouse
from core.work.command import command
from core.work.unit import UnitOfWork

Told = Callable[[int, int], None]
LINES_AT_ONCE = 5_000


def unheard(_done: int, _total: int) -> None:
    """Nobody listens."""


@command(P.COUNT_APPROVE)
def post_count(uow: UnitOfWork, count_id: int, *, told: Told = unheard) -> None:
    """Make the ledger say what was counted: afterwards on hand at the moment of each count is what was found then.

    What moved since stays on top of it. Found goods come in at what the others cost. Lines that nobody
    counted stay as they are. Refuses, naming each, lines that have to be counted again or accepted, and
    lines whose goods are promised. `told` hears how many of how many lines are done.
    """
    count = locked_count(uow, count_id)
    COUNT_FLOW.next_state("post", count.state, count.number)
    refuse_counter(uow, count)
    _lock(uow, count)
    found = found_lines(uow.session, count)
    if not any(line.finding.counted is not None for line in found):
        raise NothingCounted
    _refuse_unsettled(uow, count, found)
    counted = [line for line in found if line.finding.counted is not None]
    # From here on it freezes nothing, its own moves included.
    COUNT_FLOW.take("post", count)
    settle(uow, COUNT_HANDED_IN, count_id)
    count.closed_at, count.closed_by = uow.now, uow.actor.id
    uow.session.flush()
    summed = _move(uow, count, counted, told)
    _expect(uow, [(line, line.finding.expected) for line in counted])
    uow.audit("stock_count.posted", count, lines=len(counted), **summed)


@command(P.COUNT_APPROVE)
def refit_count(uow: UnitOfWork, count_id: int) -> None:
    """Follow entries that were dated before the counts after these were posted: what was counted holds again.

    Refuses where there are none, and what would make promised goods short.
    """
    count = locked_count(uow, count_id)
    COUNT_FLOW.take("refit", count)
    refuse_counter(uow, count)
    _lock(uow, count)
    late = [line for line in found_lines(uow.session, count) if line.finding.difference != ZERO]
    if not late:
        raise NothingLate
    moved = _moved(uow, count)
    summed = _move(uow, count, late, unheard)
    _expect(uow, [(line, line.finding.expected - moved[line.id]) for line in late])
    uow.audit("stock_count.refitted", count, lines=len(late), **summed)


@command(P.COUNT_APPROVE)
def reverse_count(uow: UnitOfWork, count_id: int, *, reason: str) -> None:
    """Take a posted stocktake back by opposite moves; refused where the goods are gone or promised.

    While its period is open it counts as if it had never been; once closed, the goods go or come back today.
    """
    reason = reason_given(reason)
    count = locked_count(uow, count_id)
    COUNT_FLOW.take("reverse", count)
    count.reason = reason
    uow.session.flush()
    _lock(uow, count)
    moves = uow.session.execute(
        select(
            StockMove.id,
            StockMove.variant_id,
            StockMove.quantity,
            StockMove.origin_line_id,
            StockMove.target_id,
            StockMove.at,
            func.coalesce(StockMove.lot_id, 0),
        )
        .where(StockMove.origin_type == COUNT_ORIGIN, StockMove.origin_id == count_id)
        .order_by(StockMove.variant_id, StockMove.id)
    ).all()
    close = last_close(uow.session)
    back: dict[tuple[bool, bool], list[Line]] = defaultdict(list)
    for move_id, variant_id, quantity, line_id, target_id, at, lot_id in moves:
        undoes = close is None or at > close.until
        then = at if undoes else uow.now
        line = Line(variant_id, quantity, line_id, returns_id=move_id, lot_id=lot_id, at=then)
        back[target_id == count.location_id, undoes].append(line)
    out = [line for (goes, _), lines in back.items() if goes for line in lines]
    asked: dict[Goods, Decimal] = defaultdict(lambda: ZERO)
    for line in out:
        asked[line.variant_id, line.lot_id or 0] += line.quantity
    _refuse_promised(uow, count, asked)
    _open_books(uow, sorted({move.variant_id for move in moves}))
    origin = Origin(COUNT_ORIGIN, count.id)
    for (goes, undoes), lines in sorted(back.items(), reverse=True):
        for start in range(0, len(lines), LINES_AT_ONCE):
            some = lines[start : start + LINES_AT_ONCE]
            if goes:
                take_out(uow, count.location_id, LOSS, some, origin, undoes=undoes)
            else:
                bring_in(uow, LOSS, count.location_id, some, origin, undoes=undoes)
    uow.audit("stock_count.reversed", count, reason=reason, moves=len(moves))


def _lock(uow: UnitOfWork, count: StockCount) -> None:
    """Hold all levels of the stocktake, in the order in which everybody takes them."""
    uow.session.execute(
        select(StockLevel.id)
        .join(StockCountLine, StockCountLine.variant_id == StockLevel.variant_id)
        .where(StockCountLine.count_id == count.id, StockLevel.location_id == count.location_id)
        .order_by(StockLevel.variant_id, func.coalesce(StockLevel.lot_id, 0))
        .with_for_update(of=StockLevel)
    ).all()


def _refuse_unsettled(uow: UnitOfWork, count: StockCount, found: Sequence[FoundLine]) -> None:
    tolerances = read(count.tolerances)
    stuck = [
        (why, line)
        for line in found
        if (why := obstacle(line.finding, tolerances, is_double=count.is_double)) is not None
    ]
    named = _names(uow, sorted({line.variant_id for _, line in stuck}))
    problems: list[AppError] = []
    for why, line in sorted(stuck, key=lambda each: (named[each[1].variant_id], each[1].lot_id)):
        sku, name = named[line.variant_id]
        if why is Obstacle.RECOUNT:
            problems.append(RecountMissing(sku=sku, name=name))
        elif why is Obstacle.SECOND:
            problems.append(SecondCountMissing(sku=sku, name=name))
        else:
            finding = line.finding
            problems.append(OverTolerance(sku=sku, name=name, counted=finding.counted, expected=finding.expected))
    _raise(problems)


def _refuse_promised(uow: UnitOfWork, count: StockCount, asked: Mapping[Goods, Decimal]) -> None:
    """Every line that would take promised goods, at once and before anything is written."""
    if not asked:
        return
    levels = uow.session.execute(
        select(StockLevel.variant_id, func.coalesce(StockLevel.lot_id, 0), StockLevel.on_hand, StockLevel.reserved)
        .join(StockCountLine, level_of_line(count.location_id))
        .where(StockCountLine.count_id == count.id)
    )
    available = {(variant_id, lot_id): on_hand - reserved for variant_id, lot_id, on_hand, reserved in levels}
    short = [each for each, quantity in asked.items() if quantity > available.get(each, ZERO)]
    named = _names(uow, sorted({variant_id for variant_id, _ in short}))
    warehouse = uow.session.get_one(Warehouse, count.warehouse_id).name
    _raise(
        [
            NotEnoughStock(
                sku=named[each[0]][0],
                name=named[each[0]][1],
                warehouse=warehouse,
                available=available.get(each, ZERO),
                asked=asked[each],
            )
            for each in sorted(short, key=lambda each: (named[each[0]], each[1]))
        ]
    )


def _move(uow: UnitOfWork, count: StockCount, lines: Sequence[FoundLine], told: Told) -> dict[str, Any]:
    close = last_close(uow.session)
    off = [(line, line.finding.difference) for line in lines if line.finding.difference != ZERO]
    missing = {line.goods: -difference for line, difference in off if difference < ZERO}
    _refuse_promised(uow, count, missing)
    _open_books(uow, sorted({line.variant_id for line, _ in off}))
    origin = Origin(COUNT_ORIGIN, count.id)
    for start in range(0, len(off), LINES_AT_ONCE):
        told(start, len(off))
        some = off[start : start + LINES_AT_ONCE]
        out: list[Line] = []
        back: list[Line] = []
        for line, difference in some:
            at = _moment(uow, line, None if close is None else close.until)
            moved = Line(line.variant_id, abs(difference), line.id, lot_id=line.lot_id, at=at)
            (out if difference < ZERO else back).append(moved)
        if out:
            take_out(uow, count.location_id, LOSS, out, origin)
        if back:
            bring_in(uow, LOSS, count.location_id, back, origin)
    told(len(off), len(off))
    return {
        "differences": len(off),
        "found": sum((each for _, each in off if each > ZERO), ZERO),
        "missing": sum(missing.values(), ZERO),
    }


def _moment(uow: UnitOfWork, line: FoundLine, closed_until: datetime | None) -> datetime:
    """When the line was counted; now, where the books are closed over that."""
    return uow.now if closed_until is not None and line.counted_at <= closed_until else min(line.counted_at, uow.now)


def _moved(uow: UnitOfWork, count: StockCount) -> dict[int, Decimal]:
    """What the stocktake has moved for each line so far."""
    found: dict[int, Decimal] = defaultdict(lambda: ZERO)
    moves = uow.session.execute(
        select(StockMove.origin_line_id, StockMove.quantity, StockMove.target_id).where(
            StockMove.origin_type == COUNT_ORIGIN, StockMove.origin_id == count.id
        )
    )
    for line_id, quantity, target_id in moves:
        if line_id is not None:
            found[line_id] += quantity if target_id == count.location_id else -quantity
    return found


def _expect(uow: UnitOfWork, expected: Sequence[tuple[FoundLine, Decimal]]) -> None:
    """Keep with the lines what was expected of them."""
    update_many(uow.session, StockCountLine, [{"id": line.id, "expected": right} for line, right in expected])


def _open_books(uow: UnitOfWork, variant_ids: Sequence[int]) -> None:
    """Hold all books before the first one is written, in their order, so that nobody waits in a circle."""
    for start in range(0, len(variant_ids), IDS_AT_ONCE):
        opened_books(uow, variant_ids[start : start + IDS_AT_ONCE])


def _names(uow: UnitOfWork, variant_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(variant_ids), IDS_AT_ONCE):
        rows = uow.session.execute(
            select(Variant.id, Variant.sku, Product.name)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(variant_ids[start : start + IDS_AT_ONCE]))
        )
        found.update((variant_id, (sku, name)) for variant_id, sku, name in rows)
    return found


def _raise(problems: list[AppError]) -> None:
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
