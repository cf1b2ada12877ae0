"""Giving back the credit of a return: as money, or as the customer's balance; never more than was paid."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.accounts.duties import refuse_own_work
from core.accounts.duty_models import Duty
from core.base.errors import NotFound, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.receivables.models import PaymentMethod
from core.receivables.service import (
    ORDER,
    Document,
    allocated,
    checked_amount,
    give,
    locked_payment,
    refund,
    reverse,
    settling,
    take_off,
)
from core.sales.models import CAME_BACK, ReturnKind, SalesOrder
from core.sales.money.settle import settle
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
    checked_amount(amount)
    refuse_too_much(uow, found, amount)
    refuse_own_work(uow, Duty.REFUNDS, document.created_by)
    if method is None:
        keep(uow, found, amount, RefundWay.BALANCE)
    else:
        give_back(uow, found, amount, method, paid_on, note or document.number)
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
    given = uow.session.get(ReturnRefund, refund_id)
    if given is None:
        raise NotFound(what=N_("The refund"))
    found = opened(uow, given.return_id)
    uow.session.refresh(given, with_for_update=True)
    if given.undone_at is not None:
        raise RefundUndone(number=found.document.number)
    if given.way == RefundWay.EXCHANGE:
        _take_from_exchange(uow, found, given)
    else:
        _take_back(uow, found, given, reason)
    given.undone_at = uow.now
    repaid(uow, found)
    uow.audit("return.refund_undone", found.document, number=found.document.number, amount=given.amount, reason=reason)


def document_of_order(order: SalesOrder) -> Document:
    """What receivables call an order."""
    return ORDER, order.id


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


def give_back(
    uow: UnitOfWork, found: Opened, amount: Decimal, method: PaymentMethod, paid_on: date | None, note: str
) -> None:
    """So much of what is paid for the order goes back as money."""
    order, own = found.order, document_of_order(found.order)
    payment = refund(
        uow,
        customer_id=order.customer_id,
        amount=amount,
        method=method,
        note=note,
        document=own,
        paid_on=paid_on,
    )
    settle(uow, order.customer_id, {own: order}, {own: -amount}, balance=ZERO)
    note_refund(uow, found, RefundWay.MONEY, payment.id, amount)


def keep(uow: UnitOfWork, found: Opened, amount: Decimal, way: RefundWay, onto: SalesOrder | None = None) -> None:
    """Take so much of what is paid off the order: the customer's balance, or paid on another order."""
    order, own = found.order, document_of_order(found.order)
    documents, changes = {own: order}, {own: -amount}
    if onto is not None:
        other = document_of_order(onto)
        documents[other], changes[other] = onto, amount
    for payment, part in settling(uow, own, amount):
        take_off(uow, payment, {own: part})
        if onto is not None:
            give(uow, payment, {document_of_order(onto): part})
        note_refund(uow, found, way, payment.id, part)
    settle(uow, order.customer_id, documents, changes, balance=amount if onto is None else ZERO)


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
    """After money moved: a completed order that owes again goes on; a return without credit left is settled."""
    derive_open(found.order, found.order_lines.values())
    uow.session.flush()
    settle_if_done(uow, found)


def _take_back(uow: UnitOfWork, found: Opened, given: ReturnRefund, reason: str) -> None:
    """What went back, or became balance, is paid for the order again."""
    order, own = found.order, document_of_order(found.order)
    payment = locked_payment(uow, given.payment_id)
    if given.way == RefundWay.MONEY:
        _, changes, balance = reverse(uow, payment, reason)
    else:
        if payment.open_amount < given.amount:
            raise BalanceSpent(number=found.document.number)
        give(uow, payment, {own: given.amount})
        changes, balance = {own: given.amount}, -given.amount
    settle(uow, order.customer_id, {own: order}, changes, balance=balance, up_to_open=False)


def _take_from_exchange(uow: UnitOfWork, found: Opened, given: ReturnRefund) -> None:
    exchange = uow.session.scalars(select(SalesExchange).where(SalesExchange.return_id == found.document.id)).one()
    exchange.settled_at = None
    order, onto = found.order, locked_order(uow, exchange.order_id, with_lines=True)
    own, other = document_of_order(order), document_of_order(onto)
    payment = locked_payment(uow, given.payment_id)
    if allocated(uow, payment.id).get(other, ZERO) < given.amount:
        raise BalanceSpent(number=found.document.number)
    take_off(uow, payment, {other: given.amount})
    give(uow, payment, {own: given.amount})
    changes = {other: -given.amount, own: given.amount}
    settle(uow, order.customer_id, {other: onto, own: order}, changes, balance=ZERO, up_to_open=False)
    derive_open(onto, onto.lines)
