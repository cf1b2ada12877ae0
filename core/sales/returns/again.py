"""Delivering again what came back: the same line of the same order, as if it had not left before."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.sales.models import (
    BUSINESS_STATE_LABELS,
    CAME_BACK,
    BusinessState,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesReturn,
    Shipment,
)
from core.sales.money.credit import order_moved
from core.sales.money.ledger import RETURN
from core.sales.money.stated import refuse_stated
from core.sales.money.worth import Worth, worth_now
from core.sales.orders import origin_of
from core.sales.returns.documents import (
    Opened,
    count,
    counted_amounts,
    goodwill_amounts,
    opened,
    refuse_goodwill,
    settle_returns,
    sku_of,
    stocked_of,
    total_return,
)
from core.sales.returns.errors import NothingLeftToRedeliver, NothingToRedeliver, OnItsWayAgain, OrderDoesNotGoOn
from core.sales.returns.rules import REDELIVERY_FLOW, RETURN_FLOW, part_of, share
from core.sales.rules import NOTHING, ORDER_FLOW, Amounts
from core.security.permissions import P
from core.stock.ledger import Line, reserve_less, reserve_more, storage_of
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.RETURN_REQUEST)
def deliver_again(uow: UnitOfWork, return_id: int, *, quantities: Mapping[int, Decimal] | None = None) -> int:
    """Promise goods that came back to their order once more: all of a return, or so much of each of its lines.

    The customer owes for them again, and they are shipped like the rest of the order. A completed order
    goes on. Refuses what is not in stock, more than came back, and where the customer's credit does not reach.
    """
    found = opened(uow, return_id)
    first, order = found.document, found.order
    if first.kind == ReturnKind.REDELIVERY:
        raise NotFound(what=N_("The return"))
    refuse_goodwill(first)
    RETURN_FLOW.next_state("redeliver", first.state, first.number)
    was = worth_now(uow, order)
    if order.business_state == BusinessState.COMPLETED:
        ORDER_FLOW.take("resume", order)
        order.closed_at = None
    if not ORDER_FLOW.allows("ship", order.business_state):
        state = BUSINESS_STATE_LABELS[order.business_state]
        raise OrderDoesNotGoOn(order=order.number, state=state, number=first.number)
    wanted = _wanted(uow, found, quantities)
    document = uow.add(_redelivery(uow, first))
    counted, let_off = counted_amounts(uow, order.id), goodwill_amounts(uow, order.id)
    made = []
    for place, (line_id, quantity) in enumerate(wanted.items(), 1):
        sold = found.order_lines[line_id]
        whole = Amounts(sold.net_amount, sold.tax_amount, sold.gross_amount)
        before = counted.get(line_id, NOTHING)
        if line_id in let_off:
            came = part_of(_without(before, let_off[line_id]), sold.returned_quantity, quantity, order.rounding)
            again = _without(NOTHING, came)
        else:
            again = share(whole, sold.quantity, before, sold.returned_quantity, -quantity, order.rounding)
        made.append(
            ReturnLine(
                return_id=document.id,
                line_number=place,
                order_line_id=line_id,
                variant_id=sold.variant_id,
                quantity=-quantity,
                unit_price=sold.unit_price,
                tax_rate=sold.tax_rate,
                net_amount=again.net,
                tax_amount=again.tax,
                gross_amount=again.gross,
            )
        )
    uow.session.add_all(made)
    total_return(document, made)
    uow.session.flush()
    _deliver(uow, Opened(document, made, order, found.order_lines), 1, was)
    uow.audit(
        "return.delivered_again", first, number=first.number, quantities=dict(wanted), gross=-document.gross_amount
    )
    return document.id


@command(P.RETURN_REQUEST)
def cancel_redelivery(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """The goods are not delivered again after all; refused once they have left, or where a statement names it."""
    reason = reason_given(reason)
    found = opened(uow, return_id)
    document = found.document
    if document.kind != ReturnKind.REDELIVERY:
        raise NotFound(what=N_("The redelivery"))
    REDELIVERY_FLOW.next_state("call_off", document.state, document.number)
    for line in found.lines:
        sold = found.order_line(line)
        if sold.quantity - sold.shipped_quantity < -line.quantity:
            raise OnItsWayAgain(number=document.number)
    refuse_stated(uow, RETURN, document.id, document.number)
    _deliver(uow, found, -1, worth_now(uow, found.order))
    REDELIVERY_FLOW.take("call_off", document)
    uow.audit("return.redelivery_cancelled", document, number=document.number, reason=reason)


def was_delivered_again(uow: UnitOfWork, shipment: Shipment) -> bool:
    """Whether goods of the shipment's order came back and went out again after it."""
    later = uow.session.scalar(
        select(func.count())
        .select_from(SalesReturn)
        .where(
            SalesReturn.order_id == shipment.order_id,
            SalesReturn.kind == ReturnKind.REDELIVERY,
            SalesReturn.state.in_(CAME_BACK),
            SalesReturn.created_at > shipment.shipped_at,
        )
    )
    return bool(later)


def _deliver(uow: UnitOfWork, found: Opened, sign: int, was: Worth) -> None:
    """Count the goods as not shipped and not returned and promise them, or with -1 the other way round."""
    order = found.order
    for line in found.lines:
        found.order_line(line).shipped_quantity += sign * line.quantity
    count(found, sign)
    stocked = stocked_of(uow, found.lines)
    goods = [Line(line.variant_id, -line.quantity, line.order_line_id) for line in found.lines if line.id in stocked]
    if goods:
        promise = reserve_more if sign > 0 else reserve_less
        promise(uow, storage_of(uow, order.warehouse_id), goods, origin_of(order))
    order_moved(uow, order, was, adds=-sign * found.document.gross_amount)
    settle_returns(uow, order)


def _redelivery(uow: UnitOfWork, first: SalesReturn) -> SalesReturn:
    copied = ("order_id", "customer_id", "channel_id", "warehouse_id", "sales_rep_id", "region", "currency", "reason")
    return SalesReturn(
        number=uow.number("SR"),
        kind=ReturnKind.REDELIVERY,
        state=ReturnState.SETTLED,
        follows_id=first.id,
        requested_at=uow.now,
        returned_at=uow.now,
        returned_on=uow.today,
        net_amount=ZERO,
        tax_amount=ZERO,
        gross_amount=ZERO,
        created_by=uow.actor.id,
        created_at=uow.now,
        **{name: getattr(first, name) for name in copied},
    )


def _without(whole: Amounts, part: Amounts) -> Amounts:
    return Amounts(whole.net - part.net, whole.tax - part.tax, whole.gross - part.gross)


def _wanted(uow: UnitOfWork, found: Opened, quantities: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    """Order line → quantity: what of each line of the return goes out again."""
    before = _again_before(uow, found.document)
    lines = {line.id: line for line in found.lines}
    left = {line.id: line.quantity - before.get(line.order_line_id or 0, ZERO) for line in found.lines}
    asked = {line_id: each for line_id, each in left.items() if each > ZERO} if quantities is None else quantities
    problems: list[AppError] = []
    wanted: dict[int, Decimal] = {}
    for line_id, quantity in asked.items():
        if line_id not in lines:
            raise NotFound(what=N_("The line of the return"))
        if quantity < ZERO or not fits(quantity, QUANTITY_PLACES):
            reason = N_("enter a number above zero with at most 3 decimals.")
            problems.append(InvalidInput(field=N_("Quantity"), reason=reason))
        elif quantity > left[line_id]:
            sku = sku_of(uow, lines[line_id].variant_id)
            problems.append(NothingToRedeliver(sku=sku, left=left[line_id], asked=quantity))
        elif quantity > ZERO:
            wanted[lines[line_id].order_line_id or 0] = quantity
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    if not wanted:
        raise NothingLeftToRedeliver(number=found.document.number)
    return wanted


def _again_before(uow: UnitOfWork, document: SalesReturn) -> dict[int, Decimal]:
    found = uow.session.execute(
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(
            SalesReturn.follows_id == document.id,
            SalesReturn.kind == ReturnKind.REDELIVERY,
            SalesReturn.state.in_(CAME_BACK),
        )
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: -quantity for line_id, quantity in found if line_id is not None}
