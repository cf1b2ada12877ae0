"""Completing, cancelling and reopening an order."""

from core.base.errors import reason_given
from core.base.exact import ZERO
from core.sales.approvals import lapse
from core.sales.errors import AlreadyPaid, AlreadyShipped, FromImport, NotFinished
from core.sales.fulfilment import forget_promise
from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.money.credit import order_called_off
from core.sales.money.worth import live_shipments, worth_now
from core.sales.offers import free_offers
from core.sales.orders import locked_order, origin_of
from core.sales.rules import ORDER_FLOW
from core.security.permissions import P
from core.stock.ledger import release, storage_of
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.ORDER_CONFIRM)
def complete_order(uow: UnitOfWork, order_id: int) -> None:
    """Close an order that is shipped and paid in full."""
    order = locked_order(uow, order_id, with_lines=True)
    ORDER_FLOW.take("complete", order)
    is_paid = order.payment_state in {PaymentState.FULL, PaymentState.OVER}
    if order.shipment_state != Progress.FULL or not is_paid:
        open_units = sum((line.quantity - line.shipped_quantity for line in order.lines), ZERO)
        unpaid = max(order.gross_amount - order.returned_amount - order.paid_amount, ZERO)
        raise NotFinished(number=order.number, unshipped=open_units, unpaid=unpaid)
    order.closed_at = uow.now
    lapse(uow, [order.id])
    uow.audit("order.completed", order)


@command(P.ORDER_CANCEL)
def cancel_order(uow: UnitOfWork, order_id: int, *, reason: str) -> None:
    """Call an order off and free what is promised to it; refused once goods or money have moved."""
    reason = reason_given(reason)
    order = locked_order(uow, order_id)
    was_promised = order.business_state != BusinessState.DRAFT
    before = worth_now(uow, order)
    ORDER_FLOW.take("cancel", order)
    # What is delivered once more counts as not shipped, and its shipment stands.
    if order.shipment_state != Progress.NONE or live_shipments(uow, order.id):
        raise AlreadyShipped(number=order.number)
    if order.paid_amount != ZERO:
        raise AlreadyPaid(number=order.number, amount=order.paid_amount)
    if was_promised:
        release(uow, storage_of(uow, order.warehouse_id), origin_of(order))
        order_called_off(uow, order, before)
        free_offers(uow, order)
    order.closed_at, order.cancel_reason = uow.now, reason
    lapse(uow, [order.id])
    uow.audit("order.cancelled", order, reason=reason)


@command(P.ORDER_CONFIRM)
def reopen_order(uow: UnitOfWork, order_id: int) -> None:
    """Make a cancelled order a draft again; nothing is promised to it until it is confirmed."""
    order = locked_order(uow, order_id)
    if order.import_batch_id is not None:
        raise FromImport(number=order.number)
    ORDER_FLOW.take("reopen", order)
    order.closed_at, order.cancel_reason, order.confirmed_at, order.ship_by = None, "", None, None
    forget_promise(uow, order)
    order.payment_state = PaymentState.NONE
    uow.audit("order.reopened", order)
