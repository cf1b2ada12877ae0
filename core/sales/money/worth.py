"""What an order is worth to the account of its customer: shipped, returned, paid, and when it is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from core.base.clock import business_day
from core.base.exact import ZERO, round_to
from core.receivables.rules import covered
from core.sales.models import (
    CAME_BACK,
    SOLD_STATES,
    BusinessState,
    OrderLine,
    Progress,
    ReturnKind,
    ReturnLine,
    SalesOrder,
    SalesReturn,
    Shipment,
)
from core.work.command import Scope
from core.work.unit import UnitOfWork

OPEN_STATES = (BusinessState.CONFIRMED, BusinessState.ON_HOLD)


@dataclass(frozen=True)
class Worth:
    """What an order adds to the account of its customer."""

    receivable: Decimal
    open_orders: Decimal


def worth(state: BusinessState, gross: Decimal, shipped: Decimal, returned: Decimal, paid: Decimal) -> Worth:
    """The receivable is signed: money ahead of goods lowers it, so that both figures add up to what is exposed."""
    owed = (shipped if state in SOLD_STATES else ZERO) - returned - paid
    return Worth(owed, gross - shipped if state in OPEN_STATES else ZERO)


def value_of_goods(lines: Iterable[OrderLine], again: Mapping[int, Decimal]) -> Decimal:
    """What the part of the lines that has left costs; for a line shipped whole, its amount to the cent.

    `again` is how much of each line is delivered once more: it left before, and leaves for nothing now.
    """
    return sum((_share(line, line.shipped_quantity + again.get(line.id, ZERO)) for line in lines), ZERO)


def delivered_again(scope: Scope, order_id: int) -> dict[int, Decimal]:
    """How much of each order line came back and was promised once more; it counts as not shipped."""
    found = scope.session.execute(
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(
            SalesReturn.order_id == order_id,
            SalesReturn.kind == ReturnKind.REDELIVERY,
            SalesReturn.state.in_(CAME_BACK),
        )
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: -quantity for line_id, quantity in found if line_id is not None}


def shipped_value(uow: UnitOfWork, order: SalesOrder, but: int | None = None) -> Decimal:
    """What has left of an order: the sum of its live shipments, and all of it when all has left.

    What is delivered once more stays in it: its return is taken back by a document of its own.
    """
    if order.business_state not in SOLD_STATES:
        return ZERO
    if order.shipment_state == Progress.FULL:
        return order.gross_amount
    return sum((amount for _, amount in live_shipments(uow, order.id, but)), ZERO)


def live_shipments(uow: UnitOfWork, order_id: int, but: int | None = None) -> list[tuple[date, Decimal]]:
    """When each shipment that was not undone is due and what it is worth, first due first; without one of them."""
    found = uow.session.execute(
        select(Shipment.due_on, Shipment.amount, Shipment.shipped_at)
        .where(Shipment.order_id == order_id, Shipment.cancelled_at.is_(None), Shipment.id.is_distinct_from(but))
        .order_by(Shipment.due_on, Shipment.id)
    )
    timezone = uow.settings.timezone
    return [(due_on or business_day(shipped_at, timezone), amount) for due_on, amount, shipped_at in found]


def worth_now(uow: UnitOfWork, order: SalesOrder) -> Worth:
    """What the order adds to its customer's account as it stands."""
    return worth(
        order.business_state,
        order.gross_amount,
        shipped_value(uow, order),
        order.returned_amount,
        order.paid_amount,
    )


def set_due(
    uow: UnitOfWork, order: SalesOrder, *, but: int | None = None, plus: tuple[date, Decimal] | None = None
) -> None:
    """The order is due when its oldest shipment is that money and returns do not cover.

    `but` is a shipment that was just undone, `plus` one that is about to be written.
    """
    order.due_on = None
    if order.paid_amount + order.returned_amount >= order.gross_amount:
        return
    shipments = live_shipments(uow, order.id, but)
    if plus is not None:
        shipments = sorted([*shipments, plus])
    if not shipments and order.shipment_state != Progress.NONE:
        # From an import of past orders: due when it was ordered.
        shipments = [(order.ordered_on, order.gross_amount)]
    left = covered([amount for _, amount in shipments], order.paid_amount + order.returned_amount)
    order.due_on = next((due_on for (due_on, _), is_open in zip(shipments, left, strict=True) if is_open), None)


def _share(line: OrderLine, left: Decimal) -> Decimal:
    return round_to(line.gross_amount * min(left, line.quantity) / line.quantity)
