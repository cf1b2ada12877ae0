"""Counting: quantities entered by several people at once, each for lines of their own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import func, select

from core.base.clock import business_day
from core.base.errors import AppError, InvalidInput, NotFound, Refusals
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.errors import not_stocked
from core.catalog.models import Product, ProductKind, Tracking, Variant
from core.db.bulk import update_many
from core.db.upsert import upsert
from core.security.models import User
from core.security.permissions import P
from core.stock.costs.errors import InTheFuture
from core.stock.counts.errors import (
    BeforeTheCount,
    CountedByAnother,
    MovedMeanwhile,
    NotInCount,
    SamePersonAgain,
)
from core.stock.counts.expected import IDS_AT_ONCE, Goods, on_hand_at
from core.stock.counts.models import COUNT_FLOW, CountScope, StockCount, StockCountEntry, StockCountLine
from core.stock.counts.pieces import piece_problems
from core.stock.counts.plan import category_covers, locked_count
from core.stock.counts.ranking import appraised
from core.stock.errors import LotMissing
from core.stock.ledger import Line
from core.stock.models import Lot
from core.work.command import command
from core.work.unit import UnitOfWork

Q = TypeVar("Q", Decimal, Decimal | None)
MOST = Decimal(1_000_000_000)
MOST_TOLD = 200


@dataclass(frozen=True)
class _Open:
    """A line that is being counted."""

    id: int
    variant_id: int
    sku: str
    name: str
    round: int
    counted: Decimal | None
    counted_at: datetime | None
    counted_by: int | None
    earlier_by: int | None
    counter: str | None


@command(P.COUNT_ENTER)
def enter_counts(
    uow: UnitOfWork,
    count_id: int,
    quantities: Mapping[int, Decimal | None],
    *,
    lots: Mapping[int, Decimal | None] | None = None,
    at: datetime | None = None,
) -> None:
    """Say what was found of products, now or at an earlier moment of the stocktake; 0 says that none is left.

    What is tracked is counted lot by lot (`lots`, by their keys).
    None takes one's own count back: the line counts as not counted. Refuses, naming each, lines that
    somebody else counted in this round or that one counted oneself in the round before, and serial numbers
    that are more than one piece or counted elsewhere.
    """
    count, moment = _opened(uow, count_id, at)
    found = {(variant_id, 0): quantity for variant_id, quantity in quantities.items()}
    found |= {(variant_id, lot_id): lots[lot_id] for variant_id, lot_id in _goods_of(uow, lots)} if lots else {}
    for quantity in found.values():
        _refuse_impossible(quantity)
    _raise(piece_problems(uow, count, _by_lot(found), is_more=False))
    lines = _lines(uow, count, list(found))
    _refuse_taken(uow, lines.values())
    _write(uow, count, lines, found, moment)


@command(P.COUNT_ENTER)
def add_to_counts(uow: UnitOfWork, count_id: int, more: Sequence[Line]) -> None:
    """Add what was found in one more place or scanned once more, to what one counted before in this round.

    Refuses as `enter_counts`, where goods of the line went or came in between, and a serial number that
    was counted, by whomever.
    """
    count, moment = _opened(uow, count_id, None)
    added: dict[Goods, Decimal] = {}
    for each in more:
        _refuse_impossible(each.quantity)
        goods = each.variant_id, each.lot_id or 0
        added[goods] = added.get(goods, ZERO) + each.quantity
    _raise(piece_problems(uow, count, _by_lot(added), is_more=True))
    lines = _lines(uow, count, list(added))
    _refuse_taken(uow, lines.values())
    problems: list[AppError] = []
    for goods, line in lines.items():
        if line.counted is None or line.counted_at is None:
            continue
        then = on_hand_at(uow.session, count.location_id, [line.variant_id], line.counted_at)
        if then[goods] != on_hand_at(uow.session, count.location_id, [line.variant_id], moment)[goods]:
            problems.append(MovedMeanwhile(sku=line.sku, name=line.name))
        added[goods] += line.counted
        _refuse_impossible(added[goods])
    _raise(problems)
    _write(uow, count, lines, added, moment)


def _opened(uow: UnitOfWork, count_id: int, at: datetime | None) -> tuple[StockCount, datetime]:
    count = locked_count(uow, count_id, shared=True)
    COUNT_FLOW.next_state("count", count.state, count.number)
    moment = at or uow.now
    if moment > uow.now:
        raise InTheFuture(on=business_day(moment, uow.settings.timezone))
    if moment < count.opened_at:
        raise BeforeTheCount(number=count.number)
    return count, moment


def _by_lot(goods: Mapping[Goods, Q]) -> dict[int, Q]:
    return {lot_id: quantity for (_, lot_id), quantity in goods.items() if lot_id}


def _goods_of(uow: UnitOfWork, lot_ids: Collection[int]) -> list[Goods]:
    found = uow.session.execute(select(Lot.variant_id, Lot.id).where(Lot.id.in_(list(lot_ids)))).all()
    if len(found) < len(lot_ids):
        raise NotFound(what=N_("The lot"))
    return [(variant_id, lot_id) for variant_id, lot_id in found]


def _refuse_impossible(quantity: Decimal | None) -> None:
    if quantity is not None and (not ZERO <= quantity <= MOST or not fits(quantity, QUANTITY_PLACES)):
        raise InvalidInput(
            field=N_("Quantity"), reason=N_("enter a number from zero up to a billion with at most 3 decimals.")
        )


def _lines(uow: UnitOfWork, count: StockCount, goods: Sequence[Goods]) -> dict[Goods, _Open]:
    found = _read(uow, count, goods)
    missing = [each for each in goods if each not in found]
    if missing:
        _add(uow, count, missing)
        found |= _read(uow, count, missing)
    return found


def _read(uow: UnitOfWork, count: StockCount, goods: Sequence[Goods]) -> dict[Goods, _Open]:
    found: dict[Goods, _Open] = {}
    wanted, ids = set(goods), sorted({variant_id for variant_id, _ in goods})
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = uow.session.execute(
            select(
                func.coalesce(StockCountLine.lot_id, 0),
                StockCountLine.id,
                StockCountLine.variant_id,
                Variant.sku,
                Product.name,
                StockCountLine.round,
                StockCountLine.counted,
                StockCountLine.counted_at,
                StockCountLine.counted_by,
                StockCountLine.earlier_by,
                User.name,
            )
            .join(Variant, Variant.id == StockCountLine.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .outerjoin(User, User.id == StockCountLine.counted_by)
            .where(
                StockCountLine.count_id == count.id,
                StockCountLine.variant_id.in_(ids[start : start + IDS_AT_ONCE]),
            )
            .order_by(StockCountLine.id)
            .with_for_update(of=StockCountLine)
        )
        opened = (((row[2], row[0]), _Open(*row[1:])) for row in map(tuple[Any, ...], rows))
        found.update((each, line) for each, line in opened if each in wanted)
    return found


def _add(uow: UnitOfWork, count: StockCount, goods: Sequence[Goods]) -> None:
    """Put products on the stocktake that were found though nothing was on hand, where they belong to its plan."""
    variant_ids = {variant_id for variant_id, _ in goods}
    products = {
        variant_id: (sku, name, kind, tracking)
        for variant_id, sku, name, kind, tracking in uow.session.execute(
            select(Variant.id, Variant.sku, Product.name, Product.kind, Product.tracking)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(variant_ids))
        )
    }
    if len(products) < len(variant_ids):
        raise NotFound(what=N_("The product"))
    belonging: set[int] = set()
    if count.scope is CountScope.ALL:
        belonging = set(variant_ids)
    elif count.scope is CountScope.CATEGORY and count.category_id is not None:
        belonging = category_covers(uow, count.category_id, variant_ids)
    problems: list[AppError] = []
    for variant_id, lot_id in sorted(goods):
        sku, name, kind, tracking = products[variant_id]
        if kind is not ProductKind.STOCKED:
            problems.append(not_stocked(sku, name, kind))
        elif tracking is not Tracking.NONE and not lot_id:
            problems.append(LotMissing(sku=sku))
        elif variant_id not in belonging:
            problems.append(NotInCount(sku=sku, name=name))
    _raise(problems)
    known = appraised(uow.session, count.warehouse_id, uow.now)
    held = on_hand_at(uow.session, count.location_id, variant_ids, count.opened_at)
    rows = [
        {
            "count_id": count.id,
            "variant_id": variant_id,
            "lot_id": lot_id or None,
            "abc_class": known[variant_id].abc_class,
            "unit_cost": known[variant_id].unit_cost,
            "snapshot": held[variant_id, lot_id],
            "round": 1,
        }
        for variant_id, lot_id in sorted(goods)
    ]
    # Somebody else may find the same product at the same moment.
    uow.session.connection().execute(upsert(uow.session, StockCountLine).on_conflict_do_nothing(), rows)


def _refuse_taken(uow: UnitOfWork, lines: Any) -> None:
    problems: list[AppError] = []
    for line in lines:
        if line.round > 1 and line.earlier_by == uow.actor.id:
            problems.append(SamePersonAgain(sku=line.sku, name=line.name))
        elif line.counted is not None and line.counted_by != uow.actor.id:
            problems.append(CountedByAnother(sku=line.sku, name=line.name, counter=line.counter or "–"))
    _raise(problems)


def _raise(problems: list[AppError]) -> None:
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]


def _write(
    uow: UnitOfWork,
    count: StockCount,
    lines: Mapping[Goods, _Open],
    quantities: Mapping[Goods, Decimal | None],
    moment: datetime,
) -> None:
    if not lines:
        return
    expected = on_hand_at(uow.session, count.location_id, {variant_id for variant_id, _ in lines}, moment)
    rows, entries = [], []
    for goods, line in sorted(lines.items(), key=lambda each: each[0]):
        quantity = quantities[goods]
        is_counted = quantity is not None
        rows.append(
            {
                "id": line.id,
                "counted": quantity,
                "counted_at": moment if is_counted else None,
                "counted_by": uow.actor.id if is_counted else None,
                "reason": None,
                "accepted_by": None,
            }
        )
        entries.append(
            {
                "line_id": line.id,
                "round": line.round,
                "quantity": quantity,
                "expected": expected[goods],
                "counted_at": moment,
                "counted_by": uow.actor.id,
                "entered_at": uow.now,
            }
        )
    update_many(uow.session, StockCountLine, rows)
    uow.write(StockCountEntry, entries)
    told: dict[str, Any] = {}
    if len(quantities) <= MOST_TOLD:
        told["quantities"] = {each: quantity for (each, lot_id), quantity in quantities.items() if not lot_id}
        if lots := {lot_id: quantity for (_, lot_id), quantity in quantities.items() if lot_id}:
            told["lots"] = lots
    uow.audit("stock_count.counted", count, lines=len(lines), **told)
