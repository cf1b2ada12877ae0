"""Planning adjustments: which lines they have and where these count, before anything is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.base.errors import AppError, InvalidInput, NotFound, Refusals
from core.base.exact import PRICE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.stock.costs.errors import NeverMoved, NotAReceipt, NothingOfIt
from core.stock.costs.load import adjustment_event, last_close
from core.stock.costs.models import AdjustmentKind, CostAdjustment, CostAdjustmentLine, CostBalance, CostBook
from core.stock.costs.recost import Difference, recost
from core.stock.costs.rules.events import Event, Place
from core.stock.costs.rules.landed import Received, SplitBy, split
from core.stock.costs.rules.pools import cost_of
from core.stock.models import SUPPLIER, Location, MoveState, StockMove
from core.work.store import View
from core.work.unit import UnitOfWork

TICK = timedelta(microseconds=1)
Timed = View | UnitOfWork


@dataclass(frozen=True)
class Receipt:
    """A move that brought goods in at a price."""

    move_id: int
    variant_id: int
    quantity: Decimal
    unit_cost: Decimal
    at: datetime
    warehouse_id: int


def landed_lines(
    scope: Timed,
    amount: Decimal,
    move_ids: Collection[int],
    split_by: SplitBy,
    weights: Mapping[int, Decimal] | None = None,
) -> list[CostAdjustmentLine]:
    """The shares of an amount that receipts bear; refuses moves that are none."""
    if not fits(amount, PRICE_PLACES) or not amount or not move_ids:
        raise NothingOfIt
    if split_by is SplitBy.WEIGHT and any((weights or {}).get(move_id, ZERO) <= 0 for move_id in move_ids):
        raise InvalidInput(field=N_("Weight"), reason=N_("enter the weight of every line, above zero."))
    receipts = receipts_of(scope.session, move_ids)
    shares = split(
        amount,
        [
            Received(
                each.move_id,
                each.quantity,
                cost_of(each.quantity, each.unit_cost),
                (weights or {}).get(each.move_id, ZERO),
            )
            for each in receipts
        ],
        split_by,
    )
    return _lines(scope, [(each, shares[each.move_id]) for each in receipts])


def price_lines(scope: Timed, move_id: int, unit_cost: Decimal) -> list[CostAdjustmentLine]:
    """The line that makes a receipt cost so much per unit, beside earlier corrections of its price."""
    if unit_cost < 0 or not fits(unit_cost, PRICE_PLACES):
        raise InvalidInput(field=N_("Unit cost"), reason=N_("enter a number from zero up with at most 4 decimals."))
    (receipt,) = receipts_of(scope.session, [move_id])
    corrected = scope.session.scalar(
        select(func.sum(CostAdjustmentLine.amount))
        .join(CostAdjustment, CostAdjustment.id == CostAdjustmentLine.adjustment_id)
        .where(CostAdjustmentLine.move_id == move_id, CostAdjustment.kind == AdjustmentKind.PRICE)
    )
    before = cost_of(receipt.quantity, receipt.unit_cost) + (corrected or ZERO)
    change = cost_of(receipt.quantity, unit_cost) - before
    if not change:
        raise NothingOfIt
    return _lines(scope, [(receipt, change)])


def opposite_lines(scope: Timed, lines: Sequence[CostAdjustmentLine]) -> list[CostAdjustmentLine]:
    """Lines that take these back."""
    amounts = {line.move_id: -line.amount for line in lines if line.move_id is not None}
    receipts = receipts_of(scope.session, amounts)
    return _lines(scope, [(each, amounts[each.move_id]) for each in receipts])


def receipts_of(session: Session, move_ids: Collection[int]) -> list[Receipt]:
    """These moves, if all of them brought goods in at a price and stand."""
    target, undo = aliased(Location), aliased(StockMove)
    undone = select(undo.id).where(undo.returns_id == StockMove.id, undo.undoes).exists()
    found = session.execute(
        select(StockMove, target.warehouse_id, Variant.sku, CostBook.first_cost, undone)
        .join(target, target.id == StockMove.target_id)
        .join(Variant, Variant.id == StockMove.variant_id)
        .outerjoin(CostBook, CostBook.variant_id == StockMove.variant_id)
        .where(StockMove.id.in_(move_ids), StockMove.state == MoveState.DONE)
        .order_by(StockMove.id)
    ).all()
    if len(found) != len(set(move_ids)):
        raise NotFound(what=N_("The goods receipt"))
    problems: list[AppError] = []
    receipts = []
    for move, warehouse_id, sku, first_cost, is_undone in found:
        unit_cost = first_cost if move.unit_cost is None and move.source_id == SUPPLIER else move.unit_cost
        if unit_cost is None or warehouse_id is None or is_undone or move.returns_id is not None:
            problems.append(NotAReceipt(sku=sku))
        else:
            cost = (unit_cost, move.at, warehouse_id)
            receipts.append(Receipt(move.id, move.variant_id, move.quantity, *cost))
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return receipts


def differences_of(session: Session, kind: AdjustmentKind, lines: Sequence[CostAdjustmentLine]) -> list[Difference]:
    """What lines that are not written would change."""
    events: dict[int, list[Event]] = {}
    received = {
        move_id: (quantity, Place(warehouse_id, lot_id))
        for move_id, quantity, warehouse_id, lot_id in session.execute(
            select(StockMove.id, StockMove.quantity, Location.warehouse_id, StockMove.lot_id)
            .join(Location, Location.id == StockMove.target_id)
            .where(StockMove.id.in_([line.move_id for line in lines if line.move_id is not None]))
        )
    }
    for number, line in enumerate(lines, 1):
        line.id = -number
        goods = received.get(line.move_id or 0, (None, Place()))
        events.setdefault(line.variant_id, []).append(adjustment_event(line, kind, *goods))
    return [each for result in recost(session, events, more=events) for each in result.differences]


def moment_after(session: Session, variant_ids: Collection[int], now: datetime) -> datetime:
    """Now, or right after the newest of what happened to these variants."""
    newest = session.scalar(select(func.max(CostBalance.last_at)).where(CostBalance.variant_id.in_(variant_ids)))
    return now if newest is None or newest < now else newest + TICK


def never_moved(session: Session, variant_id: int) -> AppError:
    """Why a product without a book cannot be revalued: it never moved, or is not there."""
    found = session.execute(
        select(Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id == variant_id)
    ).first()
    return NotFound(what=N_("The product")) if found is None else NeverMoved(sku=found[0], name=found[1])


def newest_move(session: Session) -> int:
    """The last move there is: what is recorded now comes after it."""
    return session.scalar(select(func.max(StockMove.id))) or 0


def _lines(scope: Timed, shares: Sequence[tuple[Receipt, Decimal]]) -> list[CostAdjustmentLine]:
    """Lines that count at their receipts; after all else where the receipt's period is closed."""
    close = last_close(scope.session)
    after = newest_move(scope.session)
    late_at = moment_after(scope.session, {receipt.variant_id for receipt, _ in shares}, scope.now)
    lines = []
    for receipt, amount in shares:
        is_late = close is not None and receipt.at <= close.until
        lines.append(
            CostAdjustmentLine(
                variant_id=receipt.variant_id,
                move_id=receipt.move_id,
                amount=amount,
                at=late_at if is_late else receipt.at,
                after_move_id=after,
                is_late=is_late,
            )
        )
    return lines
