"""How an order that lacks goods stands among those that hold them: read as it is now, for screens and for deciding."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Select, func, select

from core.base.exact import ZERO
from core.catalog.models import Product, ProductKind, Variant
from core.sales.fulfilment import Terms, terms_of_customers
from core.sales.fulfilment_models import OrderPromise
from core.sales.models import BusinessState, OrderLine, Progress, SalesOrder
from core.sales.reallocation.models import Reallocation, ReallocationLine
from core.sales.reallocation.rules import Claim, Holding, Waiter, Yield, propose
from core.stock.allocation import Asked, Shelf, Wish, allocate
from core.stock.costs.plan import Timed
from core.stock.expiry import Freshness, freshness
from core.stock.models import MoveState, StockMove
from core.stock.projected import projected_stock
from core.stock.shelves import Place, by_place, shelves_seen

TAKERS = (BusinessState.DRAFT, BusinessState.CONFIRMED)
HOLDERS = (BusinessState.CONFIRMED, BusinessState.ON_HOLD)
ORIGIN = SalesOrder.__tablename__


@dataclass(frozen=True)
class Promised:
    """A part of a holding: so much promised from one shelf, which the order that lacks goods could use."""

    move_id: int
    quantity: Decimal
    shelf: Shelf


@dataclass(frozen=True)
class Standing:
    """An order that lacks goods, what each line lacks, and who could give what."""

    order: SalesOrder
    claim: Claim
    terms: Terms
    open_lines: tuple[tuple[int, int, Decimal], ...]
    missing: dict[int, Decimal]
    yields: tuple[Yield, ...]
    orders: dict[int, SalesOrder]
    parts: dict[int, list[Promised]]


def standing_of(scope: Timed, order: SalesOrder) -> Standing | None:
    """Where an order stands; None where it lacks nothing that others hold or that is to come.

    A draft whose customer takes back orders is not short of anything: once confirmed, it waits.
    """
    if order.business_state not in TAKERS:
        return None
    is_draft = order.business_state == BusinessState.DRAFT
    own = scope.session.scalars(_promise_of(order.id)).one_or_none()
    if not is_draft and (own is None or not own.waits):
        return None
    open_lines = _open_lines(scope, order.id)
    terms = terms_of_customers(scope, [order.customer_id])[order.customer_id]
    if not open_lines or (is_draft and terms.back_orders):
        return None
    shelves = [
        shelf
        for shelf in shelves_seen(scope, order.warehouse_id, {variant_id for _, variant_id, _ in open_lines})
        if shelf.is_own or terms.other_warehouses
    ]
    asked = [Asked(variant_id, quantity, line_id) for line_id, variant_id, quantity in open_lines]
    missing: dict[int, Decimal] = {}
    for each, quantity in allocate(asked, shelves, Wish(scope.today, terms.least)).missing:
        missing[each.variant_id] = missing.get(each.variant_id, ZERO) + quantity
    if not missing:
        return None
    fitting = {
        place: shelf
        for place, shelf in by_place(shelves).items()
        if shelf.free >= ZERO and freshness(shelf.dates, shelf.is_blocked, scope.today, terms.least) is Freshness.GOOD
    }
    claim = claim_of(order, terms, own)
    holdings, orders, parts = _holdings(scope, order, missing, fitting)
    return Standing(
        order, claim, terms, tuple(open_lines), missing, tuple(propose(missing, holdings, claim)), orders, parts
    )


def claim_of(order: SalesOrder, terms: Terms, promise: OrderPromise | None) -> Claim:
    """How strong the claim of an order is. One that waits and leaves as a whole does not need its goods yet."""
    whole = terms.ship_complete
    if promise is not None and promise.ship_complete is not None:
        whole = promise.ship_complete
    waits = promise is not None and promise.waits
    return Claim(
        order.id,
        terms.priority,
        order.payment_state,
        None if order.business_state == BusinessState.DRAFT else order.confirmed_at,
        is_shipped=order.shipment_state != Progress.NONE,
        is_needed=order.business_state == BusinessState.CONFIRMED and not (whole and waits),
        back_orders=terms.back_orders,
        ship_by=order.ship_by,
    )


def waiters(scope: Timed, variant_ids: Collection[int]) -> dict[int, list[tuple[SalesOrder, Waiter]]]:
    """Who waits for each of these products."""
    promised = _promised().where(StockMove.variant_id.in_(variant_ids)).subquery()
    found = scope.session.execute(
        select(SalesOrder, OrderPromise, OrderLine.variant_id)
        .add_columns(OrderLine.quantity, OrderLine.shipped_quantity, promised.c.quantity)
        .join(OrderPromise, OrderPromise.order_id == SalesOrder.id)
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .outerjoin(promised, promised.c.line_id == OrderLine.id)
        .where(
            OrderPromise.waits,
            SalesOrder.business_state == BusinessState.CONFIRMED,
            OrderLine.variant_id.in_(variant_ids),
        )
        .order_by(SalesOrder.id, OrderLine.id)
    ).all()
    terms = terms_of_customers(scope, {row[0].customer_id for row in found})
    waiting: dict[int, list[tuple[SalesOrder, Waiter]]] = {}
    for order, promise, variant_id, quantity, shipped, has in found:
        left = quantity - shipped - (has or ZERO)
        if left > ZERO:
            waiter = Waiter(claim_of(order, terms[order.customer_id], promise), left)
            waiting.setdefault(variant_id, []).append((order, waiter))
    return waiting


def arrivals(scope: Timed, variant_id: int, warehouse_id: int | None) -> list[tuple[date, Decimal]]:
    """What of a product is expected, and on which day."""
    _, rows = projected_stock(scope, variant_id, warehouse_id=warehouse_id)
    return [(row.on, row.change) for row in rows if row.change > ZERO]


def _promised() -> Select[int | None, Decimal]:
    return (
        select(StockMove.origin_line_id.label("line_id"), func.sum(StockMove.quantity).label("quantity"))
        .where(StockMove.origin_type == ORIGIN, StockMove.state == MoveState.RESERVED)
        .group_by(StockMove.origin_line_id)
    )


def _promise_of(order_id: int) -> Select[OrderPromise]:
    return select(OrderPromise).where(OrderPromise.order_id == order_id).execution_options(populate_existing=True)


def _open_lines(scope: Timed, order_id: int) -> list[tuple[int, int, Decimal]]:
    promised = _promised().where(StockMove.origin_id == order_id).subquery()
    found = scope.session.execute(
        select(OrderLine.id, OrderLine.variant_id, OrderLine.quantity, OrderLine.shipped_quantity)
        .add_columns(promised.c.quantity)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(promised, promised.c.line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id, Product.kind == ProductKind.STOCKED)
        .order_by(OrderLine.line_number)
    )
    lines = [
        (line_id, variant_id, asked - shipped - (has or ZERO)) for line_id, variant_id, asked, shipped, has in found
    ]
    return [line for line in lines if line[2] > ZERO]


def _holdings(
    scope: Timed, order: SalesOrder, missing: Mapping[int, Decimal], fitting: Mapping[Place, Shelf]
) -> tuple[list[Holding], dict[int, SalesOrder], dict[int, list[Promised]]]:
    """The lines of other orders that hold what is missing, on shelves that fit."""
    found = scope.session.execute(
        select(SalesOrder, OrderPromise, StockMove.id, StockMove.variant_id, StockMove.source_id)
        .add_columns(StockMove.lot_id, StockMove.quantity, StockMove.origin_line_id)
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .join(StockMove, StockMove.origin_id == SalesOrder.id)
        .outerjoin(OrderPromise, OrderPromise.order_id == SalesOrder.id)
        .where(
            SalesOrder.id != order.id,
            SalesOrder.business_state.in_(HOLDERS),
            SalesOrder.shipment_state != Progress.FULL,
            OrderLine.variant_id.in_(missing),
            StockMove.origin_type == ORIGIN,
            StockMove.origin_line_id == OrderLine.id,
            StockMove.state == MoveState.RESERVED,
        )
        .order_by(SalesOrder.id, StockMove.id)
        .execution_options(populate_existing=True)
    ).all()
    terms = terms_of_customers(scope, {row[0].customer_id for row in found})
    took = _took(scope, order.id)
    claims: dict[int, Claim] = {}
    orders: dict[int, SalesOrder] = {}
    parts: dict[int, list[Promised]] = {}
    lines: dict[int, tuple[int, int]] = {}
    for holder, promise, move_id, variant_id, source_id, lot_id, quantity, line_id in found:
        shelf = fitting.get(Place(variant_id, source_id, lot_id or 0))
        if shelf is None:
            continue
        orders[holder.id] = holder
        claims[holder.id] = claim_of(holder, terms[holder.customer_id], promise)
        lines[line_id] = (holder.id, variant_id)
        parts.setdefault(line_id, []).append(Promised(move_id, quantity, shelf))
    holdings = []
    for line_id, (holder_id, variant_id) in lines.items():
        held = sum((part.quantity for part in parts[line_id]), ZERO)
        back = min(took.get((holder_id, variant_id), ZERO), held)
        if back > ZERO:
            took[holder_id, variant_id] -= back
        holdings.append(Holding(claims[holder_id], line_id, variant_id, held, max(back, ZERO)))
    return holdings, orders, parts


def _took(scope: Timed, order_id: int) -> dict[tuple[int, int], Decimal]:
    """What each other order took from this one and did not give back: (order, variant) → quantity."""
    net: dict[tuple[int, int], Decimal] = {}
    took, gave = Reallocation.order_id, ReallocationLine.from_order_id
    for taker, giver, sign in ((took, gave, 1), (gave, took, -1)):
        found = scope.session.execute(
            select(taker, ReallocationLine.variant_id, func.sum(ReallocationLine.quantity))
            .select_from(ReallocationLine)
            .join(Reallocation, Reallocation.id == ReallocationLine.reallocation_id)
            .where(giver == order_id)
            .group_by(taker, ReallocationLine.variant_id)
        )
        for other_id, variant_id, quantity in found:
            net[other_id, variant_id] = net.get((other_id, variant_id), ZERO) + sign * quantity
    return net
