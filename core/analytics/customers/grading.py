"""What customers did in the last 12 months, as the rules of grades want it."""

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import select

from core.analytics.customers.lifetime import lifetime
from core.analytics.customers.rfm import members
from core.analytics.customers.rules.traits import Paid, payment_days
from core.analytics.customers.scored import window_of
from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.base.errors import AppError
from core.care.rules import Measured
from core.receivables.models import Allocation, Payment
from core.receivables.service import ORDER
from core.sales.models import SalesOrder
from core.security.actor import Actor
from core.security.permissions import P
from core.work.command import Scope


def measured(mirror: Mirror, scope: Scope) -> list[Measured]:
    """Every customer who ever ordered: net sales, orders, segment, margin rate, potential, days until paid.

    Days are of the orders of the last 12 months, each amount with its weight. Refuses who may not analyse sales
    or read payments; margins are measured for who may see costs.
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
    margins: dict[int, Decimal] = {}
    if scope.actor.may(P.COST_READ):
        told = answer(mirror, scope.actor, Ask(("margin_rate",), by=("customer",), since=since, until=until))
        figures = zip(told.keys, told.figures("margin_rate"), strict=True)
        margins = {int(str(key[0])): rate for key, rate in figures if rate is not None}
    potentials = _potentials(mirror, scope.actor)
    return [
        Measured(
            customer_id=each.customer_id,
            net=each.net,
            orders=each.orders,
            segment=each.segment,
            margin=margins.get(each.customer_id),
            payment_days=_days(paid.get(each.customer_id, [])),
            potential=potentials.get(each.customer_id),
        )
        for each in members(mirror, scope.actor)
    ]


def _potentials(mirror: Mirror, actor: Actor) -> dict[int, Decimal]:
    """What the coming 12 months are expected to bring of each who bought three times; nobody's where none can tell."""
    try:
        found = lifetime(mirror, actor)
    except AppError:
        return {}
    return found.amounts()


def _days(paid: list[Paid]) -> Decimal | None:
    found = payment_days(paid)
    return None if found is None else round(found, 1)
