"""Confirming an order, and putting it on hold."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select, update

from core.base.errors import reason_given
from core.catalog.errors import ProductRetired
from core.catalog.models import Product, ProductKind, ProductStatus, Variant
from core.customers.models import Customer
from core.notify.events import ORDER_HELD
from core.notify.tell import once, settle, tell
from core.receivables.models import ApprovalKind
from core.sales.approvals import lapse, use_prices
from core.sales.errors import EmptyOrder
from core.sales.fulfilment import promise_made, terms_of
from core.sales.kits import refuse_retired_kits
from core.sales.line_prices import APPROVAL
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.money.credit import order_confirmed
from core.sales.nearness import near_to
from core.sales.offers import has_offers, offers_agreed, use_offers
from core.sales.orders import locked_order, origin_of
from core.sales.rules import ORDER_FLOW, payment_state
from core.sales.sources import remember_sources
from core.sales.wished import last_day
from core.security.permissions import P
from core.stock.allocation import Sources
from core.stock.costs.current import cost_columns, known_cost
from core.stock.ledger import Line, reserve, storage_of
from core.work.command import command
from core.work.unit import UnitOfWork, table_of

_LINES = table_of(OrderLine)
_FREEZE = update(_LINES).where(_LINES.c.id == bindparam("line")).values(unit_cost=bindparam("cost"))


@command(P.ORDER_CONFIRM)
def confirm_order(uow: UnitOfWork, order_id: int) -> int:
    """Commit to a draft: promise every stocked line, or change nothing and list every line that is short.

    Where back orders are taken, what is short waits for goods instead. Promotions are counted as used; where
    they would give something else by now than the draft says, it is refused.
    """
    order, facts = confirmed(uow, order_id)
    uow.audit("order.confirmed", order, **facts)
    return order.id


def confirmed(uow: UnitOfWork, order_id: int) -> tuple[SalesOrder, dict[str, Any]]:
    """What `confirm_order` does and promises, without its audit entry; the order and what the entry is to say."""
    order = locked_order(uow, order_id)
    outcome = None
    ORDER_FLOW.take("confirm", order)
    if has_offers(uow, order):
        uow.session.flush()
        outcome = offers_agreed(uow, locked_order(uow, order_id, with_lines=True))
    found = uow.session.execute(
        select(OrderLine.id, OrderLine.variant_id, OrderLine.quantity, Variant.sku, Product.name)
        .add_columns(Product.kind, Product.status, OrderLine.price_trace, OrderLine.kit_id)
        .add_columns(*cost_columns(OrderLine.variant_id))
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(OrderLine.order_id == order_id)
        .order_by(OrderLine.line_number)
    ).all()
    if not found:
        raise EmptyOrder(number=order.number)
    for line in found:
        if line.status == ProductStatus.RETIRED:
            raise ProductRetired(sku=line.sku, name=line.name)
    traces = [line.price_trace for line in found]
    if any(line.kit_id for line in found):
        refuse_retired_kits(uow, order_id)
        traces += uow.session.scalars(select(OrderKit.price_trace).where(OrderKit.order_id == order_id))
    approvals = {trace[APPROVAL] for trace in traces if APPROVAL in (trace or ())}
    if approvals:
        use_prices(uow, order, approvals)
    lapse(uow, [order.id], ApprovalKind.PRICE)
    stocked = [Line(line.variant_id, line.quantity, line.id) for line in found if line.kind == ProductKind.STOCKED]
    terms = terms_of(uow, order.customer_id)
    told: list[Sources] | None = [] if terms.other_warehouses else None
    waiting = reserve(
        uow,
        storage_of(uow, order.warehouse_id),
        stocked,
        origin_of(order),
        least=terms.least,
        everywhere=terms.other_warehouses,
        partly=terms.back_orders,
        told=told,
        near=near_to(uow, order) if terms.other_warehouses else None,
    )
    order.confirmed_at, order.ordered_at, order.ordered_on = uow.now, uow.now, uow.today
    order.ship_by = last_day(order.wanted_on, uow.today, terms.ship_days)
    order.payment_state = payment_state(order.gross_amount - order.returned_amount, order.paid_amount)
    order_confirmed(uow, order)
    _freeze_costs(uow, {line.id: known_cost(line) for line in found})
    promise_made(uow, order, terms, waits=bool(waiting))
    remember_sources(uow, order, told)
    if outcome is not None:
        use_offers(uow, order, outcome)
    facts: dict[str, Any] = {"waiting": waiting} if waiting else {}
    return order, {"lines": len(found), "gross": order.gross_amount, **facts}


def _freeze_costs(uow: UnitOfWork, costs: Mapping[int, Decimal | None]) -> None:
    """Keep what the goods cost today with the lines; the order is changed with them, so the feed knows of it."""
    known = [{"line": line_id, "cost": cost} for line_id, cost in costs.items() if cost is not None]
    if known:
        uow.session.connection().execute(_FREEZE, known)


@command(P.ORDER_CONFIRM)
def hold_order(uow: UnitOfWork, order_id: int, *, reason: str) -> None:
    """Stop an order for the time being; what is promised to it stays promised."""
    reason = reason_given(reason)
    order = locked_order(uow, order_id)
    ORDER_FLOW.take("hold", order)
    customer = uow.session.scalar(select(Customer.name).where(Customer.id == order.customer_id))
    facts = {"held_by": uow.actor.name, "number": order.number, "customer": customer, "reason": reason}
    to = [order.sales_rep_id, order.created_by]
    tell(uow, ORDER_HELD, once(uow, order.id), facts, query={"id": order.id}, to=to, amount=order.gross_amount)
    uow.audit("order.held", order, reason=reason)


@command(P.ORDER_CONFIRM)
def resume_order(uow: UnitOfWork, order_id: int) -> None:
    """Let an order on hold go on, or open a completed one again to correct a payment or shipment."""
    order = locked_order(uow, order_id)
    ORDER_FLOW.take("resume", order)
    settle(uow, ORDER_HELD, order.id)
    order.closed_at = None
    uow.audit("order.resumed", order)
