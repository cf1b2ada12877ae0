"""What a change of cost would touch, or did: issues, cost of sales, stock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.base.exact import ZERO, round_to
from core.catalog.models import Variant
from core.stock.costs.load import MOVE
from core.stock.costs.recost import Difference
from core.stock.costs.rules.events import EntryKind
from core.stock.models import CUSTOMER, StockDocument, StockMove

OUT = {EntryKind.ISSUE, EntryKind.RETURN, EntryKind.REFILL}
AT_ONCE = 500


@dataclass(frozen=True)
class TouchedRow:
    """A move whose cost changes by an amount; above zero: it costs more."""

    move_id: int
    at: datetime
    sku: str
    origin_type: str
    origin_id: int
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Bridge:
    """Where a change of cost goes, to the cent: before + on hand + sold + elsewhere = after.

    Before and after is what the chosen receipts cost, or what is on hand of a product that is revalued.
    Elsewhere is what was scrapped, lost, issued without an order or sent back, less what was found.
    """

    before: Decimal
    on_hand: Decimal
    sold: Decimal
    elsewhere: Decimal

    @property
    def after(self) -> Decimal:
        """What it comes to."""
        return self.before + self.on_hand + self.sold + self.elsewhere


@dataclass(frozen=True)
class Effect:
    """What a change does: so many issues, so much cost of sales, so much stock."""

    issues: int
    cost_of_sales: Decimal
    stock: Decimal
    moves: tuple[TouchedRow, ...] = ()
    bridge: Bridge | None = None

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return self.cost_of_sales + self.stock


def effect_of(session: Session, differences: Sequence[Difference], *, with_moves: bool = True) -> Effect:
    """What these differences come to."""
    known = [each for each in differences if each.ref[0] == MOVE and not each.is_new]
    by_move: dict[int, Decimal] = {}
    for each in known:
        if each.kind in OUT:
            by_move[each.ref[1]] = by_move.get(each.ref[1], ZERO) - each.amount
    touched = {move_id: amount for move_id, amount in by_move.items() if amount}
    expensed = sum((each.amount for each in differences if each.kind is EntryKind.EXPENSED), ZERO)
    stock = sum((each.amount for each in differences if each.kind is not EntryKind.EXPENSED), ZERO)
    return Effect(
        issues=len(touched),
        cost_of_sales=sum(touched.values(), ZERO) + expensed,
        stock=stock,
        moves=tuple(_rows(session, touched)) if with_moves else (),
    )


def bridge_of(session: Session, differences: Sequence[Difference], before: Decimal) -> Bridge:
    """Where the amount of an adjustment that is not written goes; goods on hand bear what rounding leaves."""
    by_move: dict[int, Decimal] = {}
    added = expensed = ZERO
    for each in differences:
        if each.ref[0] == MOVE:
            by_move[each.ref[1]] = by_move.get(each.ref[1], ZERO) - each.amount
        else:
            added += each.amount
            expensed += each.amount if each.kind is EntryKind.EXPENSED else ZERO
    touched = {move_id: amount for move_id, amount in by_move.items() if amount}
    of_orders = _of_orders(session, touched)
    sold = expensed + sum((amount for move_id, amount in touched.items() if move_id in of_orders), ZERO)
    elsewhere = sum((amount for move_id, amount in touched.items() if move_id not in of_orders), ZERO)
    whole, first = round_to(before + added), round_to(before)
    parts = round_to(sold), round_to(elsewhere)
    return Bridge(first, whole - first - sum(parts), *parts)


def _of_orders(session: Session, move_ids: Iterable[int]) -> set[int]:
    """Which moves went to customers with an order, or came back from them."""
    ids, found = sorted(move_ids), set()
    for start in range(0, len(ids), AT_ONCE):
        found |= set(
            session.scalars(
                select(StockMove.id).where(
                    StockMove.id.in_(ids[start : start + AT_ONCE]),
                    (StockMove.source_id == CUSTOMER) | (StockMove.target_id == CUSTOMER),
                    StockMove.origin_type != StockDocument.__tablename__,
                )
            )
        )
    return found


def _rows(session: Session, touched: dict[int, Decimal]) -> Iterable[TouchedRow]:
    ids = sorted(touched)
    for start in range(0, len(ids), AT_ONCE):
        found = session.execute(
            select(
                StockMove.id,
                StockMove.at,
                Variant.sku,
                StockMove.origin_type,
                StockMove.origin_id,
                StockMove.quantity,
            )
            .join(Variant, Variant.id == StockMove.variant_id)
            .where(StockMove.id.in_(ids[start : start + AT_ONCE]))
            .order_by(StockMove.at, StockMove.id)
        )
        for move_id, at, sku, origin_type, origin_id, quantity in found:
            yield TouchedRow(move_id, at, sku, origin_type, origin_id, quantity, touched[move_id])
