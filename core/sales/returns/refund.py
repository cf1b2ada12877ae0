"""Giving back the credit of a return: as money, or as the customer's balance; never more than was paid."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.exact import AMOUNT_PLACES, ZERO, fits
from core.base.i18n import N_
from core.receivables.models import PaymentMethod
from core.receivables.service import allocate_to, free, give_back, paid, reverse, unused
from core.sales.models import CAME_BACK, ReturnKind, SalesOrder
from core.sales.orders import locked_order
from core.sales.returns.documents import Opened, can_refund, derive_open, opened, settle_if_done
from core.sales.returns.errors import BalanceSpent, NothingToRefund, RefundUndone
from core.sales.returns.models import RefundWay, ReturnRefund, SalesExchange
from core.sales.returns.refunded import refunded
from core.sales.returns.rules import RETURN_FLOW
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.PAYMENT_RECORD)
def refund_return(
    uow: UnitOfWork,
    return_id: int,
    *,
    amount: Decimal,
    method: PaymentMethod | None = None,
    paid_on: date | None = None,
    note: str = "",
) -> None:
    """Give back so much of what was paid for goods that came back, at once or in parts.

    With a method the money goes back; without one it stays as the customer's balance. What the customer
    still owes for the rest of the order is kept: refuses more than was paid beyond that.
    """
    found = opened(uow, return_id)
    document = found.document
    if amount <= ZERO or not fits(amount, AMOUNT_PLACES):
        raise InvalidInput(field=N_("Amount"), reason=N_("enter an amount above zero with at most 2 decimals."))
    refuse_too_much(uow, found, amount)
    if method is None:
        keep(uow, found, amount, RefundWay.BALANCE)
    else:
        payment = give_back(
            uow,
            customer_id=found.order.customer_id,
            amount=amount,
            method=method,
            paid_on=paid_on or uow.today,
            document=document_of_order(found.order),
            note=note or document.number,
        )
        note_refund(uow, found, RefundWay.MONEY, payment.id, amount)
    repaid(uow, found)
    uow.audit(
        "return.refunded",
        document,
        number=document.number,
        amount=amount,
        method=method.value if method else RefundWay.BALANCE.value,
    )


@command(P.PAYMENT_RECORD)
def undo_refund(uow: UnitOfWork, refund_id: int, *, reason: str) -> None:
    """What was given back is back; refused where the balance it became has been used since."""
    reason = reason_given(reason)
    refund = uow.session.get(ReturnRefund, refund_id)
    if refund is None:
        raise NotFound(what=N_("The refund"))
    found = opened(uow, refund.return_id)
    uow.session.refresh(refund, with_for_update=True)
    if refund.undone_at is not None:
        raise RefundUndone(number=found.document.number)
    own = document_of_order(found.order)
    if refund.way == RefundWay.MONEY:
        reverse(uow, refund.payment_id, document=own, reason=reason)
    elif refund.way == RefundWay.EXCHANGE:
        _take_from_exchange(uow, found, refund)
        allocate_to(uow, refund.payment_id, own, refund.amount)
    else:
        if unused(uow, refund.payment_id) < refund.amount:
            raise BalanceSpent(number=found.document.number)
        allocate_to(uow, refund.payment_id, own, refund.amount)
    refund.undone_at = uow.now
    repaid(uow, found)
    uow.audit("return.refund_undone", found.document, number=found.document.number, amount=refund.amount, reason=reason)


def document_of_order(order: SalesOrder) -> tuple[str, int]:
    """What receivables call an order."""
    return SalesOrder.__tablename__, order.id


def refuse_too_much(uow: UnitOfWork, found: Opened, amount: Decimal) -> None:
    """Refuse a return that has no credit yet, and more than can be given back."""
    order, document = found.order, found.document
    if document.state not in CAME_BACK or document.kind == ReturnKind.REDELIVERY:
        RETURN_FLOW.next_state("settle", document.state, document.number)
    left = can_refund(uow, found)
    if amount > left:
        raise NothingToRefund(
            number=document.number,
            left=left,
            paid=order.paid_amount,
            owed=order.gross_amount - order.returned_amount,
            refunded=refunded(uow, document.id),
        )


def keep(uow: UnitOfWork, found: Opened, amount: Decimal, way: RefundWay, onto: tuple[str, int] | None = None) -> None:
    """Take so much of what is paid off the order: the customer's balance, or paid on another document."""
    for payment_id, part in free(uow, document_of_order(found.order), amount, onto):
        note_refund(uow, found, way, payment_id, part)


def note_refund(uow: UnitOfWork, found: Opened, way: RefundWay, payment_id: int, amount: Decimal) -> None:
    """Remember a part of the credit that was given back."""
    uow.add(
        ReturnRefund(
            return_id=found.document.id,
            way=way,
            payment_id=payment_id,
            amount=amount,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )


def repaid(uow: UnitOfWork, found: Opened) -> None:
    """What the order has been paid is what its payments say; a return without credit left is settled."""
    found.order.paid_amount = paid(uow, document_of_order(found.order))
    derive_open(found.order, found.order_lines.values())
    uow.session.flush()
    settle_if_done(uow, found)


def _take_from_exchange(uow: UnitOfWork, found: Opened, refund: ReturnRefund) -> None:
    exchange = uow.session.scalars(select(SalesExchange).where(SalesExchange.return_id == found.document.id)).one()
    exchange.settled_at = None
    other = locked_order(uow, exchange.order_id, with_lines=True)
    allocate_to(uow, refund.payment_id, document_of_order(other), -refund.amount)
    other.paid_amount = paid(uow, document_of_order(other))
    derive_open(other, other.lines)
