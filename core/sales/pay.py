"""Payments of an order."""

from datetime import date
from decimal import Decimal

from core.base.errors import reason_given
from core.base.exact import ZERO
from core.receivables.models import PaymentMethod
from core.receivables.service import document_of, paid, reverse, take_payment
from core.sales.errors import AlreadyRefunded
from core.sales.models import SalesOrder
from core.sales.orders import locked_order
from core.sales.returns.refunded import refuse_refund
from core.sales.rules import ORDER_FLOW, payment_state
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


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
    """Record money for a confirmed order, in parts as it comes; more than is owed shows as overpaid."""
    order = locked_order(uow, order_id)
    ORDER_FLOW.take("pay", order)
    payment = take_payment(
        uow,
        customer_id=order.customer_id,
        amount=amount,
        method=method,
        received_on=received_on or uow.today,
        document=("sales_order", order.id),
        note=note,
    )
    _settle(uow, order)
    uow.audit("order.paid", order, payment=payment.number, amount=amount, method=method.value)
    return payment.id


@command(P.PAYMENT_RECORD)
def reverse_payment(uow: UnitOfWork, payment_id: int, *, reason: str) -> int:
    """Undo a payment of an order that is still open."""
    reason = reason_given(reason)
    _, order_id = document_of(uow, payment_id)
    order = locked_order(uow, order_id)
    ORDER_FLOW.take("pay", order)
    refuse_refund(uow, payment_id)
    opposite = reverse(uow, payment_id, document=("sales_order", order.id), reason=reason)
    _settle(uow, order)
    if order.paid_amount < ZERO:
        raise AlreadyRefunded(number=order.number, amount=-order.paid_amount)
    uow.audit("order.payment_reversed", order, payment=opposite.number, amount=opposite.amount, reason=reason)
    return opposite.id


def _settle(uow: UnitOfWork, order: SalesOrder) -> None:
    order.paid_amount = paid(uow, ("sales_order", order.id))
    order.payment_state = payment_state(order.gross_amount - order.returned_amount, order.paid_amount)
