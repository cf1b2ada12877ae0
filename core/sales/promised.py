"""When what is still to go of an order can leave: now, on the first day that has enough, or nobody knows."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from core.base.exact import ZERO
from core.catalog.models import ProductKind
from core.sales.fulfilment import terms_of, waiting_orders
from core.sales.models import BusinessState, OrderLine, SalesOrder
from core.sales.queries import OrderCard
from core.security.permissions import P
from core.stock.costs.plan import Timed
from core.stock.models import MoveState, StockMove
from core.stock.projected import can_promise_on, projections
from core.work.command import Scope, query


@dataclass(frozen=True)
class PromiseRow:
    """A line with something still to go: how much of it is reserved, how much waits, and when all of it can leave."""

    line_id: int
    open: Decimal
    reserved: Decimal
    on: date | None
    is_here: bool

    @property
    def waits(self) -> Decimal:
        """What is not reserved yet."""
        return max(self.open - self.reserved, ZERO)


@query(P.ORDER_READ)
def promises_of(scope: Timed, order: OrderCard) -> dict[int, PromiseRow]:
    """By line, for lines of stock that are not wholly shipped. As many questions for many lines as for one.

    What is reserved is there now. What waits is there on the first day from which on so much more can be
    promised, after the orders whose turn is before.
    """
    lines = [line for line in order.lines if line.kind == ProductKind.STOCKED and line.unshipped > ZERO]
    if not lines or order.business not in {BusinessState.CONFIRMED, BusinessState.ON_HOLD}:
        return {}
    reserved = _reserved(scope, order.id)
    variants = {line.variant_id for line in lines}
    is_waiting = any(reserved.get(line.id, ZERO) < line.unshipped for line in lines)
    anywhere = is_waiting and terms_of(scope, order.customer_id).other_warehouses
    warehouse_id = None if anywhere else order.warehouse_id
    coming = projections(scope, variants, warehouse_id=warehouse_id)
    needed = _ahead(scope, order.id, variants, warehouse_id) if is_waiting else defaultdict(lambda: ZERO)
    found = {}
    for line in lines:
        own = min(reserved.get(line.id, ZERO), line.unshipped)
        waits = line.unshipped - own
        on_hand, rows = coming[line.variant_id]
        free = on_hand + sum((row.change for row in rows if row.planned_id is None and row.change < ZERO), ZERO)
        needed[line.variant_id] += waits
        if waits:
            on = can_promise_on(on_hand, rows, needed[line.variant_id], scope.today)
        elif free >= ZERO:
            on = scope.today
        else:
            # Promised below nothing: it leaves when there is something.
            on = next((row.on for row in rows if row.after >= ZERO), None)
        is_here = on == scope.today and (not waits or free >= needed[line.variant_id])
        found[line.id] = PromiseRow(line.id, line.unshipped, own, on, is_here)
    return found


def _reserved(scope: Scope, order_id: int) -> dict[int, Decimal]:
    found = scope.session.execute(
        select(StockMove.origin_line_id, func.sum(StockMove.quantity))
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id == order_id,
            StockMove.state == MoveState.RESERVED,
        )
        .group_by(StockMove.origin_line_id)
    )
    return {line_id or 0: quantity for line_id, quantity in found}


def _ahead(scope: Scope, order_id: int, variant_ids: Collection[int], warehouse_id: int | None) -> dict[int, Decimal]:
    """How much of products waits in orders whose turn is before."""
    turns = waiting_orders(scope)
    before = turns[: turns.index(order_id)] if order_id in turns else turns
    needed: dict[int, Decimal] = defaultdict(lambda: ZERO)
    if not before:
        return needed
    lines = (
        select(OrderLine.variant_id, func.sum(OrderLine.quantity - OrderLine.shipped_quantity))
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(SalesOrder.id.in_(before), OrderLine.variant_id.in_(variant_ids))
        .group_by(OrderLine.variant_id)
    )
    kept = (
        select(StockMove.variant_id, func.sum(StockMove.quantity))
        .join(SalesOrder, SalesOrder.id == StockMove.origin_id)
        .where(
            StockMove.origin_type == SalesOrder.__tablename__,
            StockMove.origin_id.in_(before),
            StockMove.variant_id.in_(variant_ids),
            StockMove.state == MoveState.RESERVED,
        )
        .group_by(StockMove.variant_id)
    )
    if warehouse_id is not None:
        lines = lines.where(SalesOrder.warehouse_id == warehouse_id)
        kept = kept.where(SalesOrder.warehouse_id == warehouse_id)
    for variant_id, quantity in scope.session.execute(lines):
        needed[variant_id] += quantity
    for variant_id, quantity in scope.session.execute(kept):
        needed[variant_id] -= quantity
    return needed
