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


def give_back(
    uow: UnitOfWork,
    *,
    customer_id: int,
    amount: Decimal,
    method: PaymentMethod,
    paid_on: date,
    document: tuple[str, int],
    note: str = "",
) -> Payment:
    """Money of a document goes back to the customer: a payment with a negative amount.

    The caller knows how much may go back. Refuses amounts that are not above zero or finer than a cent.
    """
    if amount <= ZERO or not fits(amount, AMOUNT_PLACES):
        raise InvalidInput(field=N_("Amount"), reason=N_("enter an amount above zero with at most 2 decimals."))
    if paid_on > uow.today:
        raise InvalidInput(field=N_("Given back on"), reason=N_("the day lies in the future; enter today or earlier."))
    return _book(
        uow,
        Payment(
            number=uow.number("PM"),
            customer_id=customer_id,
            amount=-amount,
            method=method,
            received_on=paid_on,
            note=note.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        ),
        document,
    )


def free(
    uow: UnitOfWork, document: tuple[str, int], amount: Decimal, onto: tuple[str, int] | None = None
) -> list[tuple[int, Decimal]]:
    """Take so much of what settles a document off it, the newest payments first; (payment, amount) of each part.

    What is free is the customer's balance, or settles the document that `onto` names. The caller knows
    that so much is there.
    """
    kind, document_id = document
    settled = uow.session.execute(
        select(Allocation.payment_id, func.sum(Allocation.amount))
        .where(Allocation.document_type == kind, Allocation.document_id == document_id)
        .group_by(Allocation.payment_id)
        .order_by(Allocation.payment_id.desc())
    ).all()
    parts: list[tuple[int, Decimal]] = []
    for payment_id, settling in settled:
        part = min(settling, amount)
        if part > ZERO:
            parts.append((payment_id, part))
            amount -= part
    for payment_id, part in parts:
        allocate_to(uow, payment_id, document, -part)
        if onto is not None:
            allocate_to(uow, payment_id, onto, part)
    return parts


def allocate_to(uow: UnitOfWork, payment_id: int, document: tuple[str, int], amount: Decimal) -> None:
    """Let so much of a payment settle a document; a negative amount takes it off again."""
    kind, document_id = document
    uow.add(Allocation(payment_id=payment_id, document_type=kind, document_id=document_id, amount=amount))


def unused(uow: UnitOfWork, payment_id: int) -> Decimal:
    """How much of a payment settles nothing, locked until the transaction ends: the customer's balance."""
    amount = uow.session.scalars(select(Payment.amount).where(Payment.id == payment_id).with_for_update()).one()
    used = uow.session.scalar(select(func.sum(Allocation.amount)).where(Allocation.payment_id == payment_id))
    return amount - (used or ZERO)


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
    allocate_to(uow, payment.id, document, payment.amount)
    return payment
