"""Days by which customers wish for their goods, and whether orders leave in time."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum

from sqlalchemy import func, select

from core.base.errors import InvalidInput
from core.base.exact import ZERO
from core.base.i18n import N_
from core.sales.fulfilment_models import FulfilmentRule
from core.sales.models import SOLD_STATES, OrderLine, SalesOrder, Shipment, ShipmentLine
from core.security.permissions import P
from core.work.command import Scope, query
from core.work.unit import UnitOfWork

USUAL_DAYS = 2
"""Without a wish an order is in time so many days after it was confirmed, unless a rule says otherwise."""
DAY = N_("Wished-for day")


class Unchanged(Enum):
    """What an argument is that leaves things as they are, where None says something."""

    UNCHANGED = 0


UNCHANGED = Unchanged.UNCHANGED
Wish = date | None | Unchanged


@dataclass(frozen=True)
class InTime:
    """Of the goods of orders that were to leave in some days: how many were ordered, and how many left in time.

    `orders_in_time` left as a whole in time. Orders of before there were such days count as not there.
    """

    orders: int
    orders_in_time: int
    ordered: Decimal
    shipped_in_time: Decimal


def wished_day(uow: UnitOfWork, wish: Wish, before: date | None = None) -> date | None:
    """The day that is wished for; refuses a new one that is over."""
    if isinstance(wish, Unchanged) or wish == before:
        return before
    if wish is not None and wish < uow.today:
        raise InvalidInput(field=DAY, reason=N_("choose today or a later day."))
    return wish


def last_day(wanted_on: date | None, confirmed_on: date, days: int = USUAL_DAYS) -> date:
    """The last day on which an order leaves in time."""
    return wanted_on or confirmed_on + timedelta(days=days)


def days_by_customer(scope: Scope) -> dict[int | None, int]:
    """Within how many days orders without a wish are to leave: of the customers who have a rule, of None for others."""
    found = scope.session.execute(
        select(FulfilmentRule.customer_id, FulfilmentRule.ship_days).where(FulfilmentRule.ship_days.is_not(None))
    )
    return {None: USUAL_DAYS} | {customer_id: days for customer_id, days in found if days is not None}


@query(P.ORDER_READ)
def left_on(scope: Scope, order_id: int) -> date | None:
    """The day on which the last goods of an order left; None where none did, or before such days were kept."""
    return scope.session.scalar(
        select(func.max(Shipment.shipped_on)).where(Shipment.order_id == order_id, Shipment.cancelled_at.is_(None))
    )


@query(P.ORDER_READ)
def in_time(scope: Scope, since: date, until: date) -> InTime:
    """How many orders that were to leave in these days did in time, and how many goods; `until` is exclusive."""
    due = (SalesOrder.ship_by >= since, SalesOrder.ship_by < until, SalesOrder.business_state.in_(SOLD_STATES))
    lines = (
        select(SalesOrder.id, func.sum(OrderLine.quantity).label("quantity"))
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .where(*due)
        .group_by(SalesOrder.id)
        .subquery()
    )
    left = (
        select(SalesOrder.id, func.sum(ShipmentLine.quantity).label("quantity"))
        .join(Shipment, Shipment.order_id == SalesOrder.id)
        .join(ShipmentLine, ShipmentLine.shipment_id == Shipment.id)
        .where(*due, Shipment.cancelled_at.is_(None), Shipment.shipped_on <= SalesOrder.ship_by)
        .group_by(SalesOrder.id)
        .subquery()
    )
    found = scope.session.execute(
        select(lines.c.quantity, left.c.quantity).outerjoin(left, left.c.id == lines.c.id)
    ).all()
    in_time = [min(shipped or ZERO, ordered) for ordered, shipped in found]
    return InTime(
        len(found),
        sum(shipped == ordered for (ordered, _), shipped in zip(found, in_time, strict=True)),
        sum((ordered for ordered, _ in found), ZERO),
        sum(in_time, ZERO),
    )
