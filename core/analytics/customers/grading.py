"""What customers did in the last 12 months, as the rules of grades want it."""

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import select

from core.analytics.customers.rfm import members
from core.analytics.customers.rules.traits import Paid, payment_days
from core.analytics.customers.scored import window_of
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.care.rules import Measured
from core.receivables.models import Allocation, Payment
from core.receivables.service import ORDER
from core.sales.models import SalesOrder
from core.security.permissions import P
from core.work.command import Scope


def measured(mirror: Mirror, scope: Scope) -> list[Measured]:
    """Every customer who ever ordered: net sales, orders, segment, and days until the money came.

    Days are of the orders of the last 12 months, each amount with its weight. Refuses who may not analyse sales
    or read payments.
    """
    scope.actor.require(P.PAYMENT_READ)
    since, until = window_of(today_of(mirror))
    paid: dict[int, list[Paid]] = defaultdict(list)
    for customer_id, amount, received_on, ordered_on in scope.session.execute(
        select(SalesOrder.customer_id, Allocation.amount, Payment.received_on, SalesOrder.ordered_on)
        .join(Allocation, Allocation.document_id == SalesOrder.id)
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.document_type == ORDER, SalesOrder.ordered_on >= since, SalesOrder.ordered_on < until)
    ):
        paid[customer_id].append(Paid(max((received_on - ordered_on).days, 0), amount))
    return [
        Measured(
            customer_id=each.customer_id,
            net=each.net,
            orders=each.orders,
            segment=each.segment,
            payment_days=_days(paid.get(each.customer_id, [])),
        )
        for each in members(mirror, scope.actor)
    ]


def _days(paid: list[Paid]) -> Decimal | None:
    found = payment_days(paid)
    return None if found is None else round(found, 1)
