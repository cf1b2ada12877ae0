"""Reads of money: accounts, payments, open documents, approvals, statements, charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.customers.models import Customer
from core.customers.queries import found_by
from core.receivables.account import Account, account_of, figures_of
from core.receivables.models import (
    AccountCharge,
    Allocation,
    ApprovalKind,
    CreditApproval,
    CustomerAccount,
    Payment,
    PaymentMethod,
)
from core.receivables.service import CHARGE, ORDER, PAYMENT, Document
from core.sales.models import PaymentState, SalesOrder
from core.sales.rules import ORDER_FLOW
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query
from core.work.guard import unlimited

PAGE = 50


@dataclass(frozen=True)
class AccountCard:
    """What a customer owes, how far it may go, and the version of its terms."""

    account: Account
    terms_version: int

    @property
    def free(self) -> Decimal | None:
        """How much more may be ordered; None without a limit."""
        limit = self.account.terms.credit_limit
        return None if limit is None else limit - self.account.exposure


@dataclass(frozen=True)
class MoneyRow:
    """A payment in a list."""

    id: int
    number: str
    received_on: date
    customer_id: int
    customer: str
    amount: Decimal
    open_amount: Decimal
    method: PaymentMethod
    note: str
    is_reversal: bool
    is_reversed: bool

    @property
    def is_refund(self) -> bool:
        """Whether money went back without undoing a payment."""
        return self.amount < ZERO and not self.is_reversal


@dataclass(frozen=True)
class OpenRow:
    """A document that money can settle."""

    document: Document
    number: str
    on: date
    due_on: date | None
    amount: Decimal
    paid: Decimal
    open: Decimal


@dataclass(frozen=True)
class PartRow:
    """What a payment gives to one document; a payment as document is money that came or went back with it."""

    document: Document
    number: str
    amount: Decimal
    can_take_off: bool


@dataclass(frozen=True)
class MoneyCard:
    """One payment whole."""

    row: MoneyRow
    created_by: str
    created_at: datetime
    reverses_id: int | None
    reversal_id: int | None
    parts: tuple[PartRow, ...]


@dataclass(frozen=True)
class ApprovalRow:
    """An exception for an order."""

    id: int
    kind: ApprovalKind
    amount: Decimal
    reason: str
    expires_at: datetime
    created_by: str
    used_at: datetime | None


@dataclass(frozen=True)
class ChargeRow:
    """Something a customer owes besides goods."""

    id: int
    number: str
    charged_on: date
    amount: Decimal
    paid_amount: Decimal
    note: str
    is_cancelled: bool


@query(P.PAYMENT_READ)
def account_card(scope: Scope, customer_id: int) -> AccountCard:
    """The account of a customer; nothing owed and the usual terms where there is no document yet."""
    with unlimited(scope.session, "one account, whose customer was found to be seen before"):
        found = scope.session.execute(figures_of(customer_id)).first()
    version = scope.session.scalar(
        select(CustomerAccount.terms_version).where(CustomerAccount.customer_id == customer_id)
    )
    return AccountCard(account_of(customer_id, found), version or 0)


@query(P.PAYMENT_READ)
def find_payments(
    scope: Scope,
    text: str = "",
    *,
    customer_id: int | None = None,
    method: PaymentMethod | None = None,
    since: date | None = None,
    until: date | None = None,
    is_open: bool = False,
    limit: int = PAGE,
    offset: int = 0,
) -> list[MoneyRow]:
    """Payments by number or customer, newest first; `is_open` keeps those with money that is not allocated."""
    wanted = _payments(scope, text, customer_id, method, since, until, is_open=is_open)
    chosen = wanted.order_by(Payment.received_on.desc(), Payment.id.desc()).limit(limit).offset(offset)
    return [MoneyRow(*found) for found in scope.session.execute(chosen)]


@query(P.PAYMENT_READ)
def count_payments(
    scope: Scope,
    text: str = "",
    *,
    customer_id: int | None = None,
    method: PaymentMethod | None = None,
    since: date | None = None,
    until: date | None = None,
    is_open: bool = False,
    most: int = 1_000,
) -> int:
    """How many payments `find_payments` would go through, counted no further than `most`."""
    wanted = _payments(scope, text, customer_id, method, since, until, is_open=is_open)
    counted = wanted.with_only_columns(Payment.id).limit(most).subquery()
    return int(scope.session.scalars(select(func.count()).select_from(counted)).one())


@query(P.PAYMENT_READ)
def payment_card(scope: Scope, payment_id: int) -> MoneyCard:
    """One payment with what it settles; `NotFound` where there is none."""
    found = scope.session.execute(
        _payments(scope, "", None, None, None, None, is_open=False).where(Payment.id == payment_id)
    ).first()
    payment = scope.session.get(Payment, payment_id)
    if found is None or payment is None:
        raise NotFound(what=N_("The payment"))
    row = MoneyRow(*found)
    reversal = scope.session.scalar(select(Payment.id).where(Payment.reverses_id == payment_id))
    by = scope.session.scalar(select(User.name).where(User.id == payment.created_by))
    return MoneyCard(
        row=row,
        created_by=by or "",
        created_at=payment.created_at,
        reverses_id=payment.reverses_id,
        reversal_id=reversal,
        parts=tuple(_parts(scope, row)),
    )


@query(P.PAYMENT_READ)
def open_rows(scope: Scope, customer_id: int) -> list[OpenRow]:
    """What money of a customer can settle, oldest first: confirmed orders, shipped or not, and charges."""
    orders = scope.session.execute(
        select(SalesOrder.id, SalesOrder.number, SalesOrder.ordered_on, SalesOrder.due_on)
        .add_columns(SalesOrder.gross_amount, SalesOrder.paid_amount, SalesOrder.returned_amount)
        .where(
            SalesOrder.customer_id == customer_id,
            SalesOrder.business_state.in_(ORDER_FLOW.steps["pay"].sources),
            SalesOrder.payment_state.in_((PaymentState.NONE, PaymentState.PARTIAL)),
        )
    )
    rows = []
    for order_id, number, on, due_on, gross, paid, back in orders:
        amount = gross - back
        rows.append(OpenRow((ORDER, order_id), number, on, due_on, amount, paid, amount - paid))
    charges = scope.session.scalars(
        select(AccountCharge).where(
            AccountCharge.customer_id == customer_id,
            AccountCharge.cancelled_at.is_(None),
            AccountCharge.paid_amount < AccountCharge.amount,
        )
    )
    for each in charges:
        left = each.amount - each.paid_amount
        document = (CHARGE, each.id)
        rows.append(OpenRow(document, each.number, each.charged_on, each.due_on, each.amount, each.paid_amount, left))
    rows.sort(key=lambda row: (row.on, row.document[0] != ORDER, row.document[1]))
    return [row for row in rows if row.open > ZERO]


@query(P.ORDER_READ)
def approvals_of(scope: Scope, order_id: int) -> list[ApprovalRow]:
    """The exceptions granted for an order, newest first."""
    found = scope.session.execute(
        select(CreditApproval, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == CreditApproval.created_by)
        .where(CreditApproval.document_type == ORDER, CreditApproval.document_id == order_id)
        .order_by(CreditApproval.id.desc())
    )
    return [
        ApprovalRow(each.id, each.kind, each.amount, each.reason, each.expires_at, by, each.used_at)
        for each, by in found
    ]


@query(P.PAYMENT_READ)
def charges_of(scope: Scope, customer_id: int) -> list[ChargeRow]:
    """What a customer was charged besides goods, newest first."""
    found = scope.session.scalars(
        select(AccountCharge)
        .where(AccountCharge.customer_id == customer_id)
        .order_by(AccountCharge.charged_on.desc(), AccountCharge.id.desc())
        .limit(PAGE)
    )
    return [
        ChargeRow(
            each.id,
            each.number,
            each.charged_on,
            each.amount,
            each.paid_amount,
            each.note,
            each.cancelled_at is not None,
        )
        for each in found
    ]


def _payments(
    scope: Scope,
    text: str,
    customer_id: int | None,
    method: PaymentMethod | None,
    since: date | None,
    until: date | None,
    *,
    is_open: bool,
) -> Select[*tuple[Any, ...]]:
    reversal = aliased(Payment)
    wanted = (
        select(
            Payment.id,
            Payment.number,
            Payment.received_on,
            Payment.customer_id,
            Customer.name,
            Payment.amount,
            Payment.open_amount,
            Payment.method,
            Payment.note,
            Payment.reverses_id.is_not(None),
            reversal.id.is_not(None),
        )
        .join(Customer, Customer.id == Payment.customer_id)
        .outerjoin(reversal, reversal.reverses_id == Payment.id)
    )
    customers = found_by(scope, text)
    if customers is not None:
        by_number = func.lower(Payment.number).contains(text.strip().lower(), autoescape=True)
        wanted = wanted.where(or_(by_number, Payment.customer_id.in_(customers)))
    if customer_id is not None:
        wanted = wanted.where(Payment.customer_id == customer_id)
    if method is not None:
        wanted = wanted.where(Payment.method == method)
    if since is not None:
        wanted = wanted.where(Payment.received_on >= since)
    if until is not None:
        wanted = wanted.where(Payment.received_on < until)
    return wanted.where(Payment.open_amount != 0) if is_open else wanted


def _parts(scope: Scope, row: MoneyRow) -> list[PartRow]:
    total = func.sum(Allocation.amount)
    found: Sequence[Any] = scope.session.execute(
        select(Allocation.document_type, Allocation.document_id, total)
        .where(Allocation.payment_id == row.id)
        .group_by(Allocation.document_type, Allocation.document_id)
        .having(total != 0)
        .order_by(Allocation.document_type.desc(), Allocation.document_id)
    ).all()
    tables: dict[str, Any] = {ORDER: SalesOrder, CHARGE: AccountCharge, PAYMENT: Payment}
    parts = []
    for kind, document_id, amount in found:
        table = tables[kind]
        number = scope.session.scalar(select(table.number).where(table.id == document_id)) or ""
        can = row.amount > ZERO and kind != PAYMENT and amount > ZERO and not row.is_reversed
        parts.append(PartRow((kind, document_id), number, amount, can))
    return parts
