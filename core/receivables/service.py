"""Taking and reversing payments; documents above call these within their own commands."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import InvalidInput, NotFound
from core.base.exact import AMOUNT_PLACES, ZERO, fits
from core.base.i18n import N_
from core.receivables.errors import AlreadyReversed
from core.receivables.models import Allocation, Payment, PaymentMethod
from core.work.unit import UnitOfWork


def take_payment(
    uow: UnitOfWork,
    *,
    customer_id: int,
    amount: Decimal,
    method: PaymentMethod,
    received_on: date,
    document: tuple[str, int],
    note: str = "",
) -> Payment:
    """Money came in for one document. Refuses amounts that are not above zero or finer than a cent."""
    if amount <= ZERO or not fits(amount, AMOUNT_PLACES):
        raise InvalidInput(field=N_("Amount"), reason=N_("enter an amount above zero with at most 2 decimals."))
    if received_on > uow.today:
        raise InvalidInput(field=N_("Received on"), reason=N_("the day lies in the future; enter today or earlier."))
    return _book(
        uow,
        Payment(
            number=uow.number("PM"),
            customer_id=customer_id,
            amount=amount,
            method=method,
            received_on=received_on,
            note=note.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        ),
        document,
    )


def reverse(uow: UnitOfWork, payment_id: int, *, document: tuple[str, int], reason: str) -> Payment:
    """Undo a payment by an opposite one on the same document."""
    first = uow.session.get(Payment, payment_id)
    if first is None:
        raise NotFound(what=N_("The payment"))
    if first.reverses_id or uow.session.scalar(select(Payment.id).where(Payment.reverses_id == payment_id)):
        raise AlreadyReversed(number=first.number)
    return _book(
        uow,
        Payment(
            number=uow.number("PM"),
            customer_id=first.customer_id,
            amount=-first.amount,
            method=first.method,
            received_on=uow.today,
            reverses_id=first.id,
            note=reason.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        ),
        document,
    )


def paid(uow: UnitOfWork, document: tuple[str, int]) -> Decimal:
    """What the allocations to a document add up to."""
    kind, document_id = document
    total = uow.session.scalar(
        select(func.sum(Allocation.amount)).where(
            Allocation.document_type == kind, Allocation.document_id == document_id
        )
    )
    return total or ZERO


def document_of(uow: UnitOfWork, payment_id: int) -> tuple[str, int]:
    """The document that a payment settles; `NotFound` for an unknown payment."""
    found: Sequence[tuple[str, int]] = [
        (kind, document_id)
        for kind, document_id in uow.session.execute(
            select(Allocation.document_type, Allocation.document_id).where(Allocation.payment_id == payment_id)
        )
    ]
    if not found:
        raise NotFound(what=N_("The payment"))
    return found[0]


def _book(uow: UnitOfWork, payment: Payment, document: tuple[str, int]) -> Payment:
    uow.add(payment)
    kind, document_id = document
    uow.add(Allocation(payment_id=payment.id, document_type=kind, document_id=document_id, amount=payment.amount))
    return payment
