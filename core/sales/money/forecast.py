"""What will come in by the paying habits of customers, how good that was before, and days of sales owed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, cast, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from core.base.exact import ZERO
from core.receivables.forecast_rules import (
    Forecast,
    Habit,
    Owed,
    Split,
    days_outstanding,
    forecast,
    weeks_late,
)
from core.receivables.models import AccountCharge, Allocation, CustomerAccount, Payment, PaymentMethod, TermsKind
from core.receivables.service import ORDER
from core.sales.models import CAME_BACK, SalesOrder, SalesReturn, Shipment
from core.sales.money.ageing import OwedRow, open_claims
from core.sales.money.ledger import day_begins
from core.security.permissions import P
from core.work.command import query
from core.work.store import View

WEEKS = 13
DSO_DAYS = 90
HABIT_DAYS = 365
MOST_PAYMENTS = 50_000
"""Of more payments in that year, the newest tell the habits: the cost of a look must have an end."""

_SHIFT = 7 * 200
"""Keeps whole division from crossing nought, where databases and Python round differently."""


@dataclass(frozen=True)
class DsoCard:
    """Days of sales outstanding with what it was calculated from; `days_owed` is None without sales on credit."""

    days_owed: Decimal | None
    receivable: Decimal
    sales: Decimal
    since: date
    days: int


@dataclass(frozen=True)
class ForecastCheck:
    """What was forecast for the weeks since a day of the past, and what of that money was settled in them."""

    since: date
    until: date
    outstanding: Decimal
    forecast: Split
    settled: Decimal


@query(P.PAYMENT_READ)
def days_sales_outstanding(scope: View, receivable: Decimal, as_of: date | None = None) -> DsoCard:
    """How many days of sales on credit are owed at the end of a day, by those of the 90 days before.

    Receivable / net credit sales × days. Sales on credit are goods that left and charges, less what came back,
    with tax as in what is owed; customers who pay before shipment have none.
    """
    as_of = as_of or scope.today
    since = as_of - timedelta(days=DSO_DAYS - 1)
    begins, ends = (day_begins(day, scope.settings.timezone) for day in (since, as_of + timedelta(days=1)))
    on_credit = or_(CustomerAccount.terms.is_(None), CustomerAccount.terms != TermsKind.PREPAID)
    shipped = scope.session.scalar(
        select(func.sum(Shipment.amount))
        .join(SalesOrder, SalesOrder.id == Shipment.order_id)
        .outerjoin(CustomerAccount, CustomerAccount.customer_id == SalesOrder.customer_id)
        .where(Shipment.shipped_at >= begins, Shipment.shipped_at < ends, Shipment.cancelled_at.is_(None), on_credit)
    )
    returned = scope.session.scalar(
        select(func.sum(SalesReturn.gross_amount))
        .outerjoin(CustomerAccount, CustomerAccount.customer_id == SalesReturn.customer_id)
        .where(
            SalesReturn.state.in_(CAME_BACK),
            SalesReturn.import_batch_id.is_(None),
            SalesReturn.returned_on.between(since, as_of),
            on_credit,
        )
    )
    charged = scope.session.scalar(
        select(func.sum(AccountCharge.amount))
        .outerjoin(CustomerAccount, CustomerAccount.customer_id == AccountCharge.customer_id)
        .where(AccountCharge.cancelled_at.is_(None), AccountCharge.charged_on.between(since, as_of), on_credit)
    )
    sales = (shipped or ZERO) - (returned or ZERO) + (charged or ZERO)
    return DsoCard(days_outstanding(receivable, sales, DSO_DAYS), receivable, sales, since, DSO_DAYS)


@query(P.PAYMENT_READ)
def cash_forecast(scope: View, as_of: date | None = None, weeks: int = WEEKS) -> Forecast:
    """When what is owed at the end of a day is likely to be paid, by what each customer did in the year before.

    A payment's lateness is counted from the day on which the oldest goods of its order were due.
    """
    as_of = as_of or scope.today
    parts = [part for claims in open_claims(scope, as_of, None).values() for part in claims.parts]
    owed = [Owed(part.customer_id, part.due_on, part.open) for part in parts]
    return forecast(owed, _habits(scope, as_of, parts), as_of, weeks)


@query(P.PAYMENT_READ)
def check_forecast(scope: View, weeks: int = WEEKS) -> ForecastCheck:
    """What the forecast of so many weeks ago said of them, and what came of it. Reads the documents of all time."""
    since = scope.today - timedelta(weeks=weeks)
    then, now = _open_parts(scope, since), _open_parts(scope, scope.today)
    settled = sum((max(amount - now.get(part, ZERO), ZERO) for part, amount in then.items()), ZERO)
    made = cash_forecast(scope, since, weeks)
    return ForecastCheck(since, scope.today, made.outstanding, made.within(weeks), settled)


def _open_parts(scope: View, as_of: date) -> dict[Any, Decimal]:
    found: dict[Any, Decimal] = defaultdict(lambda: ZERO)
    for claims in open_claims(scope, as_of, None).values():
        for part in claims.parts:
            found[part.document, part.due_on] += part.open
    return found


def _habits(scope: View, as_of: date, parts: list[OwedRow]) -> dict[int, Habit]:
    """How late customers paid in the year before a day; today only those who owe something are looked at."""
    still_open: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    for part in parts:
        still_open[part.customer_id][weeks_late((as_of - part.due_on).days)] += part.open
    paid: dict[int, dict[int, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
    counts: dict[int, int] = defaultdict(int)
    for customer_id, week, amount, count in _paid(scope, as_of):
        counts[customer_id] += count
        if amount > ZERO:
            paid[customer_id][weeks_late((week - _SHIFT // 7) * 7)] += amount
    return {each: Habit(paid[each], still_open[each], counts[each]) for each in still_open.keys() | paid.keys()}


def _paid(scope: View, as_of: date) -> Any:
    """Money that settled orders in the year before a day: customer, week after the due day, amount, payments."""
    due = (
        select(func.min(Shipment.due_on))
        .where(Shipment.order_id == Allocation.document_id, Shipment.cancelled_at.is_(None))
        .correlate(Allocation)
        .scalar_subquery()
    )
    reversal = aliased(Payment)
    settled = (
        select(Payment.customer_id, Allocation.amount, _days(scope.session, Payment.received_on, due).label("days"))
        .join(Allocation, and_(Allocation.payment_id == Payment.id, Allocation.document_type == ORDER))
        .where(
            Payment.received_on > as_of - timedelta(days=HABIT_DAYS),
            Payment.received_on <= as_of,
            Payment.amount > 0,
            Payment.method != PaymentMethod.HISTORY,
            Payment.reverses_id.is_(None),
            Payment.id.not_in(select(reversal.reverses_id).where(reversal.reverses_id.is_not(None))),
        )
    )
    if as_of >= scope.today:
        owing = select(CustomerAccount.customer_id).where(CustomerAccount.receivable > 0)
        settled = settled.where(Payment.customer_id.in_(owing))
    each = settled.order_by(Payment.received_on.desc(), Payment.id.desc()).limit(MOST_PAYMENTS).subquery()
    week = (each.c.days + _SHIFT) // 7
    return scope.session.execute(
        select(each.c.customer_id, week, func.sum(each.c.amount), func.count())
        .where(each.c.days.is_not(None))
        .group_by(each.c.customer_id, week)
    )


def _days(session: Session, later: Any, earlier: Any) -> ColumnElement[int]:
    """Days between two days, which each database counts in its own way."""
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.julianday(later) - func.julianday(earlier), Integer)
    return type_coerce(later - earlier, Integer)
