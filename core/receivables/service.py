"""Taking, allocating, refunding and reversing money; documents above call these within their own commands."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.errors import InvalidInput, NotFound
from core.base.exact import AMOUNT_PLACES, ZERO, fits
from core.base.i18n import N_
from core.receivables.errors import AlreadyReversed, MoneyGoneBack, MoreThanBalance, MoreThanFree
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.work.unit import UnitOfWork

Document = tuple[str, int]
ORDER, CHARGE, PAYMENT = "sales_order", "account_charge", "payment"


def checked_amount(amount: Decimal) -> Decimal:
    """The amount; refuses what is not above zero or finer than a cent."""
    if not fits(amount, AMOUNT_PLACES) or amount <= ZERO:
        raise InvalidInput(field=N_("Amount"), reason=N_("enter an amount above zero with at most 2 decimals."))
    return amount


def take_payment(
    uow: UnitOfWork,
    *,
    customer_id: int,
    amount: Decimal,
    method: PaymentMethod,
    received_on: date,
    parts: Mapping[Document, Decimal],
    note: str = "",
) -> Payment:
    """Money came in: these parts of it settle documents, the rest is balance. The caller changes the account."""
    checked_amount(amount)
    if received_on > uow.today:
        raise InvalidInput(field=N_("Received on"), reason=N_("the day lies in the future; enter today or earlier."))
    payment = _new(uow, customer_id, amount, method, received_on, note)
    _give(payment, parts)
    uow.add(payment)
    _allocate(uow, payment, parts)
    return payment


def give(uow: UnitOfWork, payment: Payment, parts: Mapping[Document, Decimal]) -> None:
    """Let the free part of a payment settle documents; `MoreThanFree` where it does not reach."""
    for part in parts.values():
        checked_amount(part)
    _give(payment, parts)
    _allocate(uow, payment, parts, on=uow.today)


def take_off(uow: UnitOfWork, payment: Payment, parts: Mapping[Document, Decimal]) -> None:
    """The opposite: parts of documents are free again."""
    payment.open_amount += sum(parts.values(), ZERO)
    _allocate(uow, payment, {document: -part for document, part in parts.items()}, on=uow.today)


def refund(
    uow: UnitOfWork,
    *,
    customer_id: int,
    amount: Decimal,
    method: PaymentMethod,
    note: str,
    document: Document | None,
    customer: str = "",
    paid_on: date | None = None,
) -> Payment:
    """Money goes back: from a document, or from the free payments, oldest first. The caller changes the account."""
    checked_amount(amount)
    if paid_on is not None and paid_on > uow.today:
        raise InvalidInput(field=N_("Given back on"), reason=N_("the day lies in the future; enter today or earlier."))
    sources = [] if document else _sources(uow, customer_id, amount, customer)
    payment = uow.add(_new(uow, customer_id, -amount, method, paid_on or uow.today, note))
    if document is not None:
        _allocate(uow, payment, {document: -amount})
    for source, part in sources:
        _match(uow, source, payment, part)
    return payment


def reverse(uow: UnitOfWork, first: Payment, reason: str) -> tuple[Payment, dict[Document, Decimal], Decimal]:
    """Undo a payment by an opposite one; what every document and the balance change by.

    The opposite of a refund from the balance brings the money back to the balance.
    """
    if first.reverses_id or uow.session.scalar(select(Payment.id).where(Payment.reverses_id == first.id)):
        raise AlreadyReversed(number=first.number)
    parts = allocated(uow, first.id)
    gone = sum((part for (kind, _), part in parts.items() if kind == PAYMENT), ZERO)
    if first.amount > ZERO and gone > ZERO:
        raise MoneyGoneBack(number=first.number, amount=gone)
    back = {document: -part for document, part in parts.items() if document[0] != PAYMENT}
    opposite = _new(uow, first.customer_id, -first.amount, first.method, uow.today, reason)
    opposite.reverses_id = first.id
    change = -first.open_amount
    if first.amount < ZERO:
        opposite.open_amount = change = opposite.amount - sum(back.values(), ZERO)
    uow.add(opposite)
    _allocate(uow, opposite, back)
    if first.amount > ZERO and first.open_amount:
        _match(uow, first, opposite, first.open_amount)
    return opposite, back, change


def locked_payment(uow: UnitOfWork, payment_id: int) -> Payment:
    """The payment, locked until the transaction ends; `NotFound` where there is none."""
    payment = uow.session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment is None:
        raise NotFound(what=N_("The payment"))
    return payment


def allocated(uow: UnitOfWork, payment_id: int) -> dict[Document, Decimal]:
    """What a payment settles, by document."""
    total = func.sum(Allocation.amount)
    found = uow.session.execute(
        select(Allocation.document_type, Allocation.document_id, total)
        .where(Allocation.payment_id == payment_id)
        .group_by(Allocation.document_type, Allocation.document_id)
        .having(total != 0)
        .order_by(Allocation.document_type, Allocation.document_id)
    )
    return {(kind, document_id): amount for kind, document_id, amount in found}


def settling(uow: UnitOfWork, document: Document, amount: Decimal) -> list[tuple[Payment, Decimal]]:
    """The payments that settle so much of a document, the newest first, locked; without those that were reversed.

    The caller knows that so much is there.
    """
    kind, document_id = document
    reversal = aliased(Payment)
    total = func.sum(Allocation.amount)
    settles = {
        payment_id: part
        for payment_id, part in uow.session.execute(
            select(Allocation.payment_id, total)
            .where(
                Allocation.document_type == kind,
                Allocation.document_id == document_id,
                ~select(reversal.id).where(reversal.reverses_id == Allocation.payment_id).exists(),
            )
            .group_by(Allocation.payment_id)
            .having(total > 0)
        )
    }
    locked = uow.session.scalars(
        select(Payment)
        .where(Payment.id.in_(settles))
        .order_by(Payment.received_on, Payment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    chosen = []
    for payment in sorted(locked, key=lambda each: -each.id):
        part = min(settles[payment.id], amount)
        if part > ZERO:
            chosen.append((payment, part))
            amount -= part
    return chosen


def _new(
    uow: UnitOfWork, customer_id: int, amount: Decimal, method: PaymentMethod, received_on: date, note: str
) -> Payment:
    return Payment(
        number=uow.number("PM"),
        customer_id=customer_id,
        amount=amount,
        method=method,
        received_on=received_on,
        note=note.strip(),
        created_at=uow.now,
        created_by=uow.actor.id,
        open_amount=max(amount, ZERO),
    )


def _give(payment: Payment, parts: Mapping[Document, Decimal]) -> None:
    asked = sum(parts.values(), ZERO)
    if asked > payment.open_amount:
        raise MoreThanFree(number=payment.number, free=payment.open_amount, asked=asked)
    payment.open_amount -= asked


def _allocate(uow: UnitOfWork, payment: Payment, parts: Mapping[Document, Decimal], on: date | None = None) -> None:
    uow.write(
        Allocation,
        [
            {
                "payment_id": payment.id,
                "document_type": kind,
                "document_id": document_id,
                "amount": amount,
                "allocated_on": on,
            }
            for (kind, document_id), amount in parts.items()
        ],
    )


def _match(uow: UnitOfWork, source: Payment, going: Payment, amount: Decimal) -> None:
    """Money that came with one payment went back with the other."""
    source.open_amount -= amount
    _allocate(uow, source, {(PAYMENT, going.id): amount}, on=uow.today)
    _allocate(uow, going, {(PAYMENT, source.id): -amount}, on=uow.today)


def _sources(uow: UnitOfWork, customer_id: int, amount: Decimal, customer: str) -> list[tuple[Payment, Decimal]]:
    free = uow.session.scalars(
        select(Payment)
        .where(Payment.customer_id == customer_id, Payment.open_amount != 0)
        .order_by(Payment.received_on, Payment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    chosen, left = [], amount
    for payment in free:
        part = min(left, payment.open_amount)
        if part > ZERO:
            chosen.append((payment, part))
            left -= part
    if left > ZERO:
        raise MoreThanBalance(customer=customer, balance=amount - left, asked=amount)
    return chosen
