"""What is owed and how long it has been due, as of any day; what is expected, week by week."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from core.base.clock import business_day
from core.base.exact import ZERO
from core.customers.models import Customer
from core.receivables.account import account_of
from core.receivables.models import AccountCharge, Allocation, CustomerAccount, Instalment, Payment
from core.receivables.rules import Bucket, PlanState, bucket_of, covered, due_date, plan_state, week_of
from core.receivables.service import CHARGE, ORDER, Document
from core.sales.models import CAME_BACK, SalesOrder, SalesReturn, Shipment
from core.sales.money.ledger import day_begins, without_shipment
from core.sales.money.worth import OPEN_STATES
from core.security.permissions import P
from core.work.command import query
from core.work.store import View
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class OwedRow:
    """A part of a document that is not paid."""

    document: Document
    number: str
    customer_id: int
    on: date
    due_on: date
    amount: Decimal
    open: Decimal
    bucket: Bucket
    days_late: int


@dataclass(frozen=True)
class AgeingRow:
    """What one customer owes by age. `ahead` is money without a claim yet: deposits, balance, credits."""

    customer_id: int
    customer: str
    buckets: dict[Bucket, Decimal]
    ahead: Decimal

    @property
    def claims(self) -> Decimal:
        """All that is owed, due or not."""
        return sum(self.buckets.values(), ZERO)

    @property
    def overdue(self) -> Decimal:
        """What should have been paid."""
        return self.claims - self.buckets[Bucket.NOT_DUE]

    @property
    def owed(self) -> Decimal:
        """Claims less money ahead: what a statement of this day says."""
        return self.claims - self.ahead


@dataclass(frozen=True)
class InstalmentRow:
    """A planned receipt and how it stands."""

    id: int
    customer_id: int
    customer: str
    order_id: int | None
    order: str
    planned_on: date
    amount: Decimal
    open: Decimal
    state: PlanState
    note: str


@dataclass(frozen=True)
class WeekRow:
    """What is expected in the week from this Monday: due, planned, and due if the rest ships today."""

    week: date
    due: Decimal
    planned: Decimal
    unshipped: Decimal


@dataclass
class Claims:
    """Open parts and money ahead of one customer."""

    parts: list[OwedRow] = field(default_factory=list)
    ahead: Decimal = ZERO


@query(P.PAYMENT_READ)
def owed_rows(scope: View, customer_id: int, as_of: date | None = None) -> list[OwedRow]:
    """What a customer had not paid at the end of a day, first due first."""
    claims = open_claims(scope, as_of or scope.today, customer_id)
    return sorted(claims[customer_id].parts, key=lambda each: (each.due_on, each.document))


@query(P.PAYMENT_READ)
def ageing(scope: View, as_of: date | None = None, *, customer_id: int | None = None) -> list[AgeingRow]:
    """What every customer owed at the end of a day by age, most overdue first; who owes and has nothing is left out."""
    claims = open_claims(scope, as_of or scope.today, customer_id)
    ids = sorted(claims)
    names: dict[int, str] = {}
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        found = scope.session.execute(select(Customer.id, Customer.name).where(Customer.id.in_(some)))
        names.update({each: name for each, name in found})
    rows = []
    for each in ids:
        buckets = dict.fromkeys(Bucket, ZERO)
        for part in claims[each].parts:
            buckets[part.bucket] += part.open
        row = AgeingRow(each, names[each], buckets, claims[each].ahead)
        if row.claims or row.ahead:
            rows.append(row)
    return sorted(rows, key=lambda row: (-row.overdue, -row.claims, row.customer))


@query(P.PAYMENT_READ)
def planned_receipts(
    scope: View, *, customer_id: int | None = None, order_id: int | None = None
) -> list[InstalmentRow]:
    """Planned receipts with how they stand, by day.

    An order's are covered by what is paid for it and what came back, a customer's by what came in since they
    were planned.
    """
    wanted = (
        select(Instalment, Customer.name, SalesOrder.number, SalesOrder.paid_amount, SalesOrder.returned_amount)
        .join(Customer, Customer.id == Instalment.customer_id)
        .outerjoin(SalesOrder, and_(Instalment.document_type == ORDER, SalesOrder.id == Instalment.document_id))
        .order_by(Instalment.planned_on, Instalment.id)
    )
    if customer_id is not None:
        wanted = wanted.where(Instalment.customer_id == customer_id)
    if order_id is not None:
        wanted = wanted.where(Instalment.document_type == ORDER, Instalment.document_id == order_id)
    plans: dict[tuple[int, int | None], list[Any]] = defaultdict(list)
    for found in scope.session.execute(wanted):
        plans[found[0].customer_id, found[0].document_id].append(found)
    rows = []
    for (customer, document_id), parts in plans.items():
        first, _, _, paid, returned = parts[0]
        money = _came_in(scope.session, customer, first.planned_since) if document_id is None else paid + returned
        left = covered([part[0].amount for part in parts], money)
        for (each, name, number, *_), is_open in zip(parts, left, strict=True):
            state = plan_state(each.amount, is_open, each.planned_on, scope.today)
            rows.append(
                InstalmentRow(
                    each.id,
                    each.customer_id,
                    name,
                    each.document_id,
                    number or "",
                    each.planned_on,
                    each.amount,
                    is_open,
                    state,
                    each.note,
                )
            )
    return sorted(rows, key=lambda row: (row.planned_on, row.id))


@query(P.PAYMENT_READ)
def expected_cash(scope: View, weeks: int = 13) -> list[WeekRow]:
    """What is expected this week, with all that is late, and in the weeks after; the last one takes the rest.

    An order with a receipt plan is expected as planned, any other when it is due; what has not shipped
    is expected as if it shipped today, less what is paid ahead for it.
    """
    first = week_of(scope.today)
    rows = {first + timedelta(weeks=n): [ZERO, ZERO, ZERO] for n in range(weeks)}
    last = first + timedelta(weeks=weeks - 1)

    def expect(day: date, place: int, amount: Decimal) -> None:
        rows[min(max(week_of(day), first), last)][place] += amount

    planned = {row.order_id for row in planned_receipts(scope) if row.order_id is not None}
    for row in planned_receipts(scope):
        if row.order_id is not None:
            expect(row.planned_on, 1, row.open)
    for claims in open_claims(scope, scope.today, None).values():
        for part in claims.parts:
            if part.document[0] != ORDER or part.document[1] not in planned:
                expect(part.due_on, 0, part.open)
    for order_id, day, amount in _unshipped(scope):
        if order_id not in planned:
            expect(day, 2, amount)
    return [WeekRow(week, *amounts) for week, amounts in sorted(rows.items())]


def open_claims(scope: View | UnitOfWork, as_of: date, customer_id: int | None) -> Mapping[int, Claims]:
    """Open parts and money ahead at the end of a day, by customer.

    Today only what is due or ahead is looked at, through indexes; a day of the past reads all documents. A view
    is one moment: what it has read once, it does not read again.
    """
    if isinstance(scope, UnitOfWork):
        return _claims(scope, as_of, customer_id)
    read = scope.session.info.setdefault("open_claims", {})
    key = as_of, customer_id
    if key not in read:
        read[key] = _claims(scope, as_of, customer_id)
    claims: Mapping[int, Claims] = read[key]
    return claims


def _claims(scope: View | UnitOfWork, as_of: date, customer_id: int | None) -> Mapping[int, Claims]:
    session, timezone = scope.session, scope.settings.timezone
    is_now = as_of >= scope.today
    claims: dict[int, Claims] = defaultdict(Claims)
    if customer_id is not None:
        claims[customer_id] = Claims()
    mine: list[ColumnElement[bool]] = [] if customer_id is None else [SalesOrder.customer_id == customer_id]
    if is_now:
        mine.append(SalesOrder.due_on.is_not(None))
    end = day_begins(as_of + timedelta(days=1), timezone)
    shipments: dict[int, list[tuple[date, date, Decimal]]] = defaultdict(list)
    heads: dict[int, tuple[int, str]] = {}
    left = select(Shipment.shipped_at, Shipment.due_on, Shipment.amount, SalesOrder.id).add_columns(
        SalesOrder.customer_id, SalesOrder.number
    )
    for at, due_on, amount, order_id, owner, number in session.execute(
        left.join(SalesOrder, SalesOrder.id == Shipment.order_id).where(
            Shipment.cancelled_at.is_(None), Shipment.shipped_at < end, *mine
        )
    ):
        on = business_day(at, timezone)
        shipments[order_id].append((due_on or on, on, amount))
        heads[order_id] = (owner, number)
    past = select(SalesOrder.id, SalesOrder.customer_id, SalesOrder.number, SalesOrder.ordered_on)
    for order_id, owner, number, on, gross in session.execute(
        past.add_columns(SalesOrder.gross_amount).where(without_shipment(), SalesOrder.ordered_on <= as_of, *mine)
    ):
        shipments[order_id].append((on, on, gross))
        heads[order_id] = (owner, number)
    money = _money(session, ORDER, as_of, mine)
    for order_id, amount in _returned(session, as_of, mine):
        money[order_id] = money.get(order_id, ZERO) + amount
    for order_id, parts in shipments.items():
        owner, number = heads[order_id]
        parts.sort()
        opens = covered([amount for *_, amount in parts], money.get(order_id, ZERO))
        for (due_on, on, amount), is_open in zip(parts, opens, strict=True):
            if is_open:
                claims[owner].parts.append(_owed((ORDER, order_id), number, owner, on, due_on, amount, is_open, as_of))
    _charges(session, as_of, customer_id, claims)
    for owner, owed in _positions(scope, as_of, customer_id).items():
        claims[owner].ahead = sum((part.open for part in claims[owner].parts), ZERO) - owed
    return claims


def _owed(
    document: Document, number: str, owner: int, on: date, due_on: date, amount: Decimal, is_open: Decimal, as_of: date
) -> OwedRow:
    late = max((as_of - due_on).days, 0)
    return OwedRow(document, number, owner, on, due_on, amount, is_open, bucket_of(due_on, as_of), late)


def _charges(session: Session, as_of: date, customer_id: int | None, claims: Mapping[int, Claims]) -> None:
    wanted = select(AccountCharge).where(AccountCharge.cancelled_at.is_(None), AccountCharge.charged_on <= as_of)
    if customer_id is not None:
        wanted = wanted.where(AccountCharge.customer_id == customer_id)
    money = _money(session, CHARGE, as_of, [])
    for each in session.scalars(wanted):
        is_open = each.amount - money.get(each.id, ZERO)
        if is_open > ZERO:
            claims[each.customer_id].parts.append(
                _owed(
                    (CHARGE, each.id),
                    each.number,
                    each.customer_id,
                    each.charged_on,
                    each.due_on,
                    each.amount,
                    is_open,
                    as_of,
                )
            )


def _money(session: Session, kind: str, as_of: date, mine: Iterable[ColumnElement[bool]]) -> dict[int, Decimal]:
    """What was allocated to documents by the end of a day."""
    on = func.coalesce(Allocation.allocated_on, Payment.received_on)
    wanted = (
        select(Allocation.document_id, func.sum(Allocation.amount))
        .join(Payment, Payment.id == Allocation.payment_id)
        .where(Allocation.document_type == kind, on <= as_of)
        .group_by(Allocation.document_id)
    )
    if kind == ORDER:
        wanted = wanted.join(SalesOrder, SalesOrder.id == Allocation.document_id).where(*mine)
    return {document_id: amount for document_id, amount in session.execute(wanted)}


def _returned(session: Session, as_of: date, mine: Iterable[ColumnElement[bool]]) -> list[tuple[int, Decimal]]:
    wanted: Select[*tuple[Any, ...]] = (
        select(SalesReturn.order_id, func.sum(SalesReturn.gross_amount))
        .join(SalesOrder, SalesOrder.id == SalesReturn.order_id)
        .where(
            SalesReturn.state.in_(CAME_BACK),
            SalesReturn.import_batch_id.is_(None),
            SalesReturn.returned_on <= as_of,
            *mine,
        )
        .group_by(SalesReturn.order_id)
    )
    return [(order_id, amount) for order_id, amount in session.execute(wanted)]


def _positions(scope: View | UnitOfWork, as_of: date, customer_id: int | None) -> dict[int, Decimal]:
    """What each customer owed at the end of a day, all documents and all money counted."""
    session = scope.session
    accounts = select(CustomerAccount.customer_id, CustomerAccount.receivable, CustomerAccount.balance)
    if customer_id is not None:
        accounts = accounts.where(CustomerAccount.customer_id == customer_id)
    owed = {each: receivable - balance for each, receivable, balance in session.execute(accounts)}
    if as_of >= scope.today:
        return owed
    # What happened after the day is taken back, by the documents' own days.
    end = day_begins(as_of + timedelta(days=1), scope.settings.timezone)
    later: list[tuple[int, Select[*tuple[Any, ...]]]] = [
        (
            -1,
            select(SalesOrder.customer_id, func.sum(Shipment.amount))
            .join(Shipment, Shipment.order_id == SalesOrder.id)
            .where(Shipment.cancelled_at.is_(None), Shipment.shipped_at >= end)
            .group_by(SalesOrder.customer_id),
        ),
        (
            -1,
            select(SalesOrder.customer_id, func.sum(SalesOrder.gross_amount))
            .where(without_shipment(), SalesOrder.ordered_on > as_of)
            .group_by(SalesOrder.customer_id),
        ),
        (
            1,
            select(SalesReturn.customer_id, func.sum(SalesReturn.gross_amount))
            .where(
                SalesReturn.state.in_(CAME_BACK), SalesReturn.import_batch_id.is_(None), SalesReturn.returned_on > as_of
            )
            .group_by(SalesReturn.customer_id),
        ),
        (
            -1,
            select(AccountCharge.customer_id, func.sum(AccountCharge.amount))
            .where(AccountCharge.cancelled_at.is_(None), AccountCharge.charged_on > as_of)
            .group_by(AccountCharge.customer_id),
        ),
        (
            1,
            select(Payment.customer_id, func.sum(Payment.amount))
            .where(Payment.received_on > as_of)
            .group_by(Payment.customer_id),
        ),
    ]
    for sign, statement in later:
        for each, amount in session.execute(statement):
            if each in owed:
                owed[each] += sign * amount
    return owed


def _unshipped(scope: View) -> Iterable[tuple[int, date, Decimal]]:
    """What of open orders is neither shipped nor paid ahead, and when it would be due if it left today."""
    live = (
        select(Shipment.order_id, func.sum(Shipment.amount).label("amount"))
        .where(Shipment.cancelled_at.is_(None))
        .group_by(Shipment.order_id)
        .subquery()
    )
    table = CustomerAccount.__table__.c
    found = scope.session.execute(
        select(SalesOrder.id, SalesOrder.customer_id, SalesOrder.gross_amount)
        .add_columns(SalesOrder.paid_amount, SalesOrder.returned_amount, live.c.amount)
        .add_columns(table.receivable, table.open_orders, table.balance, table.terms, table.terms_days)
        .add_columns(table.deposit_rate, table.credit_limit, table.overdue_days, table.credit_stage)
        .outerjoin(live, live.c.order_id == SalesOrder.id)
        .join(CustomerAccount, CustomerAccount.customer_id == SalesOrder.customer_id)
        .where(SalesOrder.business_state.in_(OPEN_STATES), SalesOrder.shipment_state != "full")
    )
    for order_id, owner, gross, paid, returned, shipped, *figures in found:
        left = gross - max(paid + returned, shipped or ZERO)
        if left > ZERO:
            yield order_id, due_date(account_of(owner, figures).terms, scope.today), left


def _came_in(session: Session, customer_id: int, since: date) -> Decimal:
    total = session.scalar(
        select(func.sum(Payment.amount)).where(Payment.customer_id == customer_id, Payment.received_on >= since)
    )
    return total or ZERO
