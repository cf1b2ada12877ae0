"""Findings about customers: who stopped buying, who does not pay, whose goods leave late."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from sqlalchemy import func, literal_column, select

from core.analytics.customers.overdue import OverdueRow, overdue_of
from core.analytics.findings.rules import Finding, Group, Kind, group_of
from core.analytics.findings.whose import customers_of, whose
from core.analytics.mirror.mirror import Mirror
from core.base.exact import ZERO
from core.base.i18n import N_
from core.care.models import FollowUp, FollowUpState
from core.customers.models import Customer
from core.sales.models import TO_SHIP, SalesOrder, Shipment
from core.sales.money.ageing import open_claims
from core.work.store import View


def stopped(mirror: Mirror, view: View) -> list[Group]:
    """Customers at risk by their own clock whom nobody is to call yet; of who sells, their own."""
    rows: Iterable[OverdueRow] = overdue_of(mirror).rows
    seller = whose(view.actor)
    if seller is not None:
        mine = customers_of(view, seller)
        rows = [row for row in rows if row.customer_id in mine]
    called = set(
        view.session.scalars(select(FollowUp.customer_id).where(FollowUp.state == FollowUpState.OPEN).distinct())
    )
    return [group_of(Kind.STOPPED, (_stopped(row, view.today) for row in rows if row.customer_id not in called))]


def unpaid(_mirror: Mirror, view: View) -> list[Group]:
    """Customers who should have paid by today; of who sells, their own."""
    seller = whose(view.actor)
    mine = None if seller is None else customers_of(view, seller)
    late: dict[int, tuple[Decimal, int]] = {}
    for customer_id, claims in open_claims(view, view.today, None).items():
        parts = [part for part in claims.parts if part.days_late > 0]
        if parts and (mine is None or customer_id in mine):
            late[customer_id] = sum((part.open for part in parts), ZERO), max(part.days_late for part in parts)
    dearest = group_of(Kind.UNPAID, (_unpaid(each, "", *facts) for each, facts in late.items()))
    names = _names(view, [row.about["customer"] for row in dearest.rows])
    rows = (_unpaid(each, names[each], *late[each]) for each in (row.about["customer"] for row in dearest.rows))
    return [Group(Kind.UNPAID, tuple(rows), dearest.count, dearest.amount)]


def leaving_late(_mirror: Mirror, view: View) -> list[Group]:
    """Orders that were to leave by yesterday; of who sells, their own."""
    left = (
        select(func.sum(Shipment.amount))
        .where(Shipment.order_id == SalesOrder.id, Shipment.cancelled_at.is_(None))
        .scalar_subquery()
    )
    wanted = (
        select(SalesOrder.id, SalesOrder.number, Customer.name, SalesOrder.ship_by, SalesOrder.gross_amount, left)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .where(literal_column(TO_SHIP), SalesOrder.ship_by < view.today)
        .with_hint(SalesOrder, "INDEXED BY ix_sales_order_to_ship", "sqlite")
    )
    seller = whose(view.actor)
    if seller is not None:
        wanted = wanted.where(SalesOrder.sales_rep_id == seller)
    found = []
    for order_id, number, customer, ship_by, gross, gone in view.session.execute(wanted):
        if ship_by is not None:
            found.append(_late(order_id, number, customer, ship_by, gross - (gone or ZERO)))
    return [group_of(Kind.LATE, found)]


def _stopped(row: OverdueRow, today: date) -> Finding:
    return Finding(
        Kind.STOPPED,
        str(row.customer_id),
        row.at_stake,
        N_("{name} last ordered {days} days ago and usually comes every {pause} days; {amount} in the year before."),
        {"name": row.name, "days": (today - row.last_on).days, "pause": row.pause, "amount": row.at_stake},
        {"customer": row.customer_id},
    )


def _unpaid(customer_id: int, name: str, amount: Decimal, days: int) -> Finding:
    return Finding(
        Kind.UNPAID,
        str(customer_id),
        amount,
        N_("{name} owes {amount} that should have been paid, the oldest part {days} days ago."),
        {"name": name, "amount": amount, "days": days},
        {"customer": customer_id},
    )


def _late(order_id: int, number: str, customer: str, ship_by: date, amount: Decimal) -> Finding:
    return Finding(
        Kind.LATE,
        str(order_id),
        amount,
        N_("{number} for {customer} was to leave by {day}. Goods worth {amount} are waiting."),
        {"number": number, "customer": customer, "day": ship_by, "amount": amount},
        {"order": order_id},
    )


def _names(view: View, ids: list[int]) -> dict[int, str]:
    return {
        each: name
        for each, name in view.session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(ids)))
    }
