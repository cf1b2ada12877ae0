"""Payments of orders and customers: taking, allocating, taking off, refunding, reversing."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.base.errors import NotFound, StaleVersion, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.account import account_changed
from core.receivables.errors import NothingToAllocate
from core.receivables.models import Payment, PaymentMethod
from core.receivables.rules import oldest_first
from core.receivables.service import (
    ORDER,
    PAYMENT,
    Document,
    allocated,
    checked_amount,
    give,
    locked_payment,
    refund,
    reverse,
    settling,
    take_off,
    take_payment,
)
from core.sales.errors import AlreadyRefunded, NothingTooMuch
from core.sales.models import SalesOrder
from core.sales.money.settle import Payable, lock_documents, open_documents, open_of, settle, surplus_of
from core.sales.money.stated import documents_on
from core.sales.orders import locked_order
from core.sales.returns.documents import settle_returns
from core.sales.returns.refunded import refuse_refund
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

Parts = Mapping[Document, Decimal]


@command(P.PAYMENT_RECORD)
def pay_order(
    uow: UnitOfWork,
    order_id: int,
    *,
    amount: Decimal,
    method: PaymentMethod,
    received_on: date | None = None,
    note: str = "",
) -> int:
    """Record money for a confirmed order, in parts as it comes.

    All of it stays on the order, so that it does not matter what came first, the money or the goods that came
    back; what is too much can be kept as the customer's balance or given back.
    """
    parts = {(ORDER, order_id): checked_amount(amount)}
    documents = lock_documents(uow, parts)
    order = documents[ORDER, order_id]
    payment = take_payment(
        uow,
        customer_id=order.customer_id,
        amount=amount,
        method=method,
        received_on=received_on or uow.today,
        parts=parts,
        note=note,
    )
    settle(uow, order.customer_id, documents, parts, balance=ZERO, up_to_open=False)
    _returns_follow(uow, documents)
    uow.audit("order.paid", order, payment=payment.number, amount=amount, method=method.value)
    return payment.id


@command(P.PAYMENT_RECORD)
def keep_surplus(uow: UnitOfWork, order_id: int) -> None:
    """What was paid for an order beyond what is owed for it becomes the customer's balance, the newest money first."""
    document = (ORDER, order_id)
    order = locked_order(uow, order_id)
    surplus = surplus_of(order)
    if surplus == ZERO:
        raise NothingTooMuch(number=order.number, paid=order.paid_amount)
    documents = lock_documents(uow, {document: -surplus})
    for payment, part in settling(uow, document, surplus):
        take_off(uow, payment, {document: part})
    settle(uow, order.customer_id, documents, {document: -surplus}, balance=surplus)
    _returns_follow(uow, documents)
    uow.audit("order.surplus_kept", order, amount=surplus)


@command(P.PAYMENT_RECORD)
def receive_payment(
    uow: UnitOfWork,
    customer_id: int,
    *,
    amount: Decimal,
    method: PaymentMethod,
    received_on: date | None = None,
    note: str = "",
    parts: Parts | None = None,
    is_oldest_first: bool = False,
) -> int:
    """Record money of a customer: for these parts of documents, or oldest first; the rest is the balance.

    Without parts all of it is a deposit. Refuses parts above what is open or what came in.
    """
    _customer(uow, customer_id)
    checked_amount(amount)
    documents, chosen = _chosen(uow, customer_id, amount, parts, is_oldest_first=is_oldest_first)
    payment = take_payment(
        uow,
        customer_id=customer_id,
        amount=amount,
        method=method,
        received_on=received_on or uow.today,
        parts=chosen,
        note=note,
    )
    settle(uow, customer_id, documents, chosen, balance=payment.open_amount)
    _returns_follow(uow, documents)
    uow.audit(
        "payment.received",
        payment,
        payment=payment.number,
        amount=amount,
        method=method.value,
        allocated=_listed(documents, chosen),
    )
    return payment.id


@command(P.PAYMENT_RECORD)
def allocate_payment(
    uow: UnitOfWork,
    payment_id: int,
    *,
    parts: Parts | None = None,
    is_oldest_first: bool = False,
    statement_id: int | None = None,
) -> int:
    """Let the free part of a payment settle documents: by hand, oldest first, or those of a statement.

    `NothingToAllocate` where nothing is free or nothing is open.
    """
    found = uow.session.get(Payment, payment_id)
    if found is None:
        raise NotFound(what=N_("The payment"))
    only = documents_on(uow, statement_id, found.customer_id) if statement_id is not None else None
    documents, chosen = _chosen(
        uow, found.customer_id, found.open_amount, parts, is_oldest_first=is_oldest_first, only=only
    )
    payment = locked_payment(uow, payment_id)
    if not chosen:
        raise NothingToAllocate(number=payment.number)
    give(uow, payment, chosen)
    settle(uow, payment.customer_id, documents, chosen, balance=-sum(chosen.values(), ZERO))
    _returns_follow(uow, documents)
    uow.audit("payment.allocated", payment, payment=payment.number, allocated=_listed(documents, chosen))
    return payment.id


@command(P.PAYMENT_RECORD)
def unallocate_payment(
    uow: UnitOfWork, payment_id: int, document: Document, *, reason: str, amount: Decimal | None = None
) -> int:
    """Take a payment, or so much of it, off a document; the money is the customer's balance again."""
    reason = reason_given(reason)
    part = allocated(uow, payment_id).get(document, ZERO) if amount is None else checked_amount(amount)
    documents = lock_documents(uow, {document: -part})
    payment = locked_payment(uow, payment_id)
    if payment.amount < ZERO or part <= ZERO or part > allocated(uow, payment_id).get(document, ZERO):
        raise NotFound(what=N_("The allocation"))
    take_off(uow, payment, {document: part})
    settle(uow, payment.customer_id, documents, {document: -part}, balance=part)
    _returns_follow(uow, documents)
    uow.audit(
        "payment.unallocated",
        payment,
        payment=payment.number,
        allocated=_listed(documents, {document: -part}),
        reason=reason,
    )
    return payment.id


@command(P.PAYMENT_RECORD)
def refund_order(uow: UnitOfWork, order_id: int, *, amount: Decimal, method: PaymentMethod, reason: str) -> int:
    """Give money back that was paid for an order; never more than was."""
    reason = reason_given(reason)
    parts = {(ORDER, order_id): -checked_amount(amount)}
    documents = lock_documents(uow, parts)
    order = documents[ORDER, order_id]
    payment = refund(
        uow,
        customer_id=order.customer_id,
        amount=amount,
        method=method,
        note=reason,
        document=(ORDER, order_id),
    )
    settle(uow, order.customer_id, documents, parts, balance=ZERO)
    _returns_follow(uow, documents)
    uow.audit("order.refunded", order, payment=payment.number, amount=amount, method=method.value, reason=reason)
    return payment.id


@command(P.PAYMENT_RECORD)
def refund_balance(uow: UnitOfWork, customer_id: int, *, amount: Decimal, method: PaymentMethod, reason: str) -> int:
    """Give money back from the balance of a customer; never more than it holds."""
    reason = reason_given(reason)
    customer = _customer(uow, customer_id)
    payment = refund(
        uow,
        customer_id=customer_id,
        amount=amount,
        method=method,
        note=reason,
        document=None,
        customer=customer.name,
    )
    account_changed(uow, customer_id, balance=-amount)
    uow.audit("payment.refunded", payment, payment=payment.number, amount=amount, method=method.value, reason=reason)
    return payment.id


@command(P.PAYMENT_RECORD)
def reverse_payment(uow: UnitOfWork, payment_id: int, *, reason: str) -> int:
    """Undo a payment or refund by an opposite one, on every document that it settles.

    What was given back for a return is undone there.
    """
    reason = reason_given(reason)
    if uow.session.get(Payment, payment_id) is None:
        raise NotFound(what=N_("The payment"))
    refuse_refund(uow, payment_id)
    back = {each: -part for each, part in allocated(uow, payment_id).items() if each[0] != PAYMENT}
    documents = lock_documents(uow, back)
    opposite, changes, balance = reverse(uow, locked_payment(uow, payment_id), reason)
    if changes != back:  # allocated by somebody else while we waited
        raise StaleVersion(what=N_("The payment"))
    for document, change in changes.items():
        row = documents[document]
        if isinstance(row, SalesOrder) and row.paid_amount + change < ZERO:
            raise AlreadyRefunded(number=row.number, amount=-row.paid_amount - change)
    settle(uow, opposite.customer_id, documents, changes, balance=balance, up_to_open=False)
    _returns_follow(uow, documents)
    facts: dict[str, Any] = {"payment": opposite.number, "amount": opposite.amount, "reason": reason}
    orders = [row for row in documents.values() if isinstance(row, SalesOrder)]
    if len(orders) == 1:
        uow.audit("order.payment_reversed", orders[0], **facts)
    else:
        uow.audit("payment.reversed", opposite, allocated=_listed(documents, changes), **facts)
    return opposite.id


def _chosen(
    uow: UnitOfWork,
    customer_id: int,
    amount: Decimal,
    parts: Parts | None,
    *,
    is_oldest_first: bool,
    only: set[Document] | None = None,
) -> tuple[dict[Document, Payable], dict[Document, Decimal]]:
    """The documents, locked, and how much of the money each gets."""
    if parts is not None:
        chosen = _given(parts)
        for part in chosen.values():
            checked_amount(part)
        return lock_documents(uow, chosen), chosen
    if not is_oldest_first and only is None:
        return {}, {}
    order = open_documents(uow, customer_id, only=only)
    documents = lock_documents(uow, dict.fromkeys(order, ZERO))
    shares = oldest_first(amount, ((each, open_of(documents[each])) for each in order))
    return {each: documents[each] for each in shares}, shares


def _returns_follow(uow: UnitOfWork, documents: Mapping[Document, Payable]) -> None:
    for row in documents.values():
        if isinstance(row, SalesOrder) and row.returned_amount:
            settle_returns(uow, row)


def _given(parts: Parts) -> dict[Document, Decimal]:
    return {document: part for document, part in parts.items() if part != ZERO}


def _listed(documents: Mapping[Document, Payable], parts: Parts) -> dict[str, Decimal]:
    return {documents[document].number: part for document, part in parts.items()}


def _customer(uow: UnitOfWork, customer_id: int) -> Customer:
    customer = uow.session.scalar(select(Customer).where(Customer.id == customer_id))
    if customer is None:
        raise NotFound(what=N_("The customer"))
    return customer
