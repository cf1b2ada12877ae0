"""Goods for goods: what comes back and what goes out, each its own way, and one settlement of the difference."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from core.accounts.duties import refuse_own_work
from core.accounts.duty_models import Duty
from core.base.errors import NotFound, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.receivables.models import PaymentMethod
from core.receivables.service import take_payment
from core.sales.close import cancel_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import CAME_BACK, SOLD_STATES, ReturnKind, SalesOrder
from core.sales.money.settle import open_of, settle
from core.sales.orders import locked_order
from core.sales.returns.documents import Opened, can_refund, derive_open, opened
from core.sales.returns.errors import ExchangeNotArrived, ExchangeSettled, NothingInExchange
from core.sales.returns.models import RefundWay, SalesExchange
from core.sales.returns.refund import document_of_order, give_back, keep, repaid
from core.sales.returns.request import LineBack, cancel_request, make_request
from core.sales.rules import ORDER_FLOW
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


class Leg(StrEnum):
    """A half of an exchange, or both."""

    RETURN = "return"
    DELIVERY = "delivery"
    BOTH = "both"


@command(P.ORDER_CONFIRM)
def request_exchange(
    uow: UnitOfWork,
    order_id: int,
    *,
    reason: str,
    back: Sequence[LineBack],
    out: Sequence[LineDraft],
    warehouse_id: int | None = None,
    note: str = "",
) -> int:
    """Announce goods that come back and promise those that go out instead, at once or not at all.

    What goes out is an order of its own, confirmed, whose goods are reserved from now on; refuses what
    is short and what a return would refuse.
    """
    if not out:
        raise NothingInExchange
    document = make_request(
        uow, order_id, reason=reason, lines=back, kind=ReturnKind.RETURN, warehouse_id=warehouse_id, note=note
    )
    first = uow.session.get_one(SalesOrder, order_id)
    number = uow.number("EX")
    delivery = create_order(
        uow,
        customer_id=first.customer_id,
        channel_id=first.channel_id,
        warehouse_id=first.warehouse_id,
        lines=out,
        region=first.region,
        sales_rep_id=first.sales_rep_id,
        note=number,
    )
    confirm_order(uow, delivery)
    exchange = uow.add(
        SalesExchange(
            number=number, return_id=document.id, order_id=delivery, created_at=uow.now, created_by=uow.actor.id
        )
    )
    going = uow.session.get_one(SalesOrder, delivery)
    uow.audit(
        "exchange.requested",
        document,
        number=number,
        comes_back=document.number,
        goes_out=going.number,
        difference=going.gross_amount - document.gross_amount,
    )
    return exchange.id


@command(P.PAYMENT_RECORD)
def settle_exchange(
    uow: UnitOfWork, exchange_id: int, *, method: PaymentMethod | None = None, paid_on: date | None = None
) -> None:
    """Pay what goes out with what came back, and the difference one way or the other.

    With a method the difference is received or given back as money. Without one it stays open: what is
    missing is owed, what is left is the customer's balance. Refuses while the goods have not come back.
    """
    exchange, found, other = _locked(uow, exchange_id)
    if exchange.settled_at is not None:
        raise ExchangeSettled(number=exchange.number)
    if found.document.state not in CAME_BACK:
        raise ExchangeNotArrived(number=exchange.number)
    if other.business_state not in SOLD_STATES:
        ORDER_FLOW.next_state("pay", other.business_state, other.number)
    used = min(can_refund(uow, found), open_of(other))
    if used > ZERO:
        keep(uow, found, used, RefundWay.EXCHANGE, other)
        repaid(uow, found)
    due, left = open_of(other), can_refund(uow, found)
    if due > ZERO and method is not None:
        parts = {document_of_order(other): due}
        take_payment(
            uow,
            customer_id=other.customer_id,
            amount=due,
            method=method,
            received_on=paid_on or uow.today,
            parts=parts,
            note=exchange.number,
        )
        settle(uow, other.customer_id, {document_of_order(other): other}, parts, balance=ZERO)
    if left > ZERO:
        refuse_own_work(uow, Duty.REFUNDS, found.document.created_by)
        if method is None:
            keep(uow, found, left, RefundWay.BALANCE)
        else:
            give_back(uow, found, left, method, paid_on, exchange.number)
        repaid(uow, found)
    derive_open(other, other.lines)
    exchange.settled_at = uow.now
    uow.audit(
        "exchange.settled",
        found.document,
        number=exchange.number,
        used=used,
        due=due,
        left=left,
        method=method.value if method else "",
    )


@command(P.ORDER_CANCEL)
def cancel_exchange(uow: UnitOfWork, exchange_id: int, *, leg: Leg = Leg.BOTH, reason: str) -> None:
    """Call off what comes back, what goes out, or both; the other half goes on by itself.

    Without the return the goods that go out are an ordinary sale, without them the return is credited as
    any other. Refuses a half that has moved already.
    """
    reason = reason_given(reason)
    exchange, found, other = _locked(uow, exchange_id)
    if leg in {Leg.DELIVERY, Leg.BOTH}:
        cancel_order(uow, other.id, reason=reason)
    if leg in {Leg.RETURN, Leg.BOTH}:
        cancel_request(uow, found.document, reason)
    uow.audit("exchange.cancelled", found.document, number=exchange.number, leg=leg.value, reason=reason)


def _locked(uow: UnitOfWork, exchange_id: int) -> tuple[SalesExchange, Opened, SalesOrder]:
    exchange = uow.session.get(SalesExchange, exchange_id)
    if exchange is None:
        raise NotFound(what=N_("The exchange"))
    found = opened(uow, exchange.return_id)
    other = locked_order(uow, exchange.order_id, with_lines=True)
    uow.session.refresh(exchange, with_for_update=True)
    return exchange, found, other
