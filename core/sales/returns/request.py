"""Requesting a return or reporting a refused delivery, and declining, cancelling and reopening it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from core.attachments.photos import Photo
from core.attachments.service import keep_photos
from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.sales.models import (
    SOLD_STATES,
    OrderLine,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.orders import locked_order
from core.sales.returns.documents import (
    announced,
    counted_amounts,
    goodwill_amounts,
    opened,
    refuse_goodwill,
    sku_of,
    total_return,
)
from core.sales.returns.errors import (
    AbovePaidPrice,
    NeverDelivered,
    NothingToReturn,
    NotThatMany,
    PartOfExchange,
    UnknownReason,
)
from core.sales.returns.models import ReturnReason, SalesExchange
from core.sales.returns.rules import RETURN_FLOW, share, share_left
from core.sales.rules import NOTHING, ORDER_FLOW, Amounts, line_amounts
from core.security.permissions import P
from core.stock.models import Warehouse
from core.work.command import command
from core.work.unit import UnitOfWork

REQUESTED_KINDS = (ReturnKind.RETURN, ReturnKind.REFUSAL, ReturnKind.CLAIM)


@dataclass(frozen=True)
class LineBack:
    """How much of an order line comes back; `unit_price` where less than the exact share is credited."""

    order_line_id: int
    quantity: Decimal
    unit_price: Decimal | None = None


@command(P.RETURN_REQUEST)
def request_return(
    uow: UnitOfWork,
    order_id: int,
    *,
    reason: str,
    lines: Sequence[LineBack] | None = None,
    kind: ReturnKind = ReturnKind.RETURN,
    warehouse_id: int | None = None,
    note: str = "",
    photos: Sequence[Photo] = (),
) -> int:
    """Announce goods that come back: these, or all that the customer has. Nothing moves and nothing is credited yet.

    Refuses more than was shipped and neither came back nor is announced, and reasons that are not in the
    list. A refused delivery is goods that the customer never took.
    """
    if kind not in REQUESTED_KINDS:
        raise InvalidInput(field=N_("Kind"), reason=N_("choose a return, a refused delivery or a claim."))
    document = make_request(uow, order_id, reason=reason, lines=lines, kind=kind, warehouse_id=warehouse_id, note=note)
    quantities = {line.variant_id: line.quantity for line in _lines_of(uow, document)}
    kept = keep_photos(uow, SalesReturn.__tablename__, document.id, document.number, photos)
    uow.audit(
        "return.requested",
        document,
        number=document.number,
        kind=kind.value,
        reason=document.reason,
        gross=document.gross_amount,
        quantities=quantities,
        **kept,
    )
    return document.id


@command(P.RETURN_REQUEST)
def decline_return(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """Say no to a request; the goods stay with the customer."""
    reason = reason_given(reason)
    found = opened(uow, return_id)
    RETURN_FLOW.take("decline", found.document)
    uow.audit("return.declined", found.document, number=found.document.number, reason=reason)


@command(P.RETURN_REQUEST)
def cancel_return(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """The goods do not come back after all. One half of an exchange is cancelled with the exchange."""
    found = opened(uow, return_id)
    exchange = uow.session.scalar(select(SalesExchange.number).where(SalesExchange.return_id == return_id))
    if exchange is not None:
        raise PartOfExchange(number=found.document.number, exchange=exchange)
    cancel_request(uow, found.document, reason_given(reason))


@command(P.RETURN_REQUEST)
def reopen_return(uow: UnitOfWork, return_id: int) -> None:
    """Take back that a request was declined or cancelled, where the goods can still come back."""
    found = opened(uow, return_id)
    refuse_goodwill(found.document)
    RETURN_FLOW.take("reopen", found.document)
    lines = [LineBack(line.order_line_id or 0, line.quantity) for line in found.lines]
    _refuse_too_many(uow, found.order, found.order_lines, lines, but=return_id)
    uow.audit("return.reopened", found.document, number=found.document.number)


def make_request(
    uow: UnitOfWork,
    order_id: int,
    *,
    reason: str,
    lines: Sequence[LineBack] | None,
    kind: ReturnKind,
    warehouse_id: int | None,
    note: str,
) -> SalesReturn:
    """A requested return of a delivered order, for the commands that begin one."""
    reason = known_reason(uow, reason)
    order = locked_order(uow, order_id, with_lines=True)
    if order.business_state not in SOLD_STATES:
        ORDER_FLOW.next_state("ship", order.business_state, order.number)
    order_lines = {line.id: line for line in order.lines}
    if all(line.shipped_quantity == ZERO for line in order.lines):
        raise NeverDelivered(number=order.number)
    if lines is None:
        lines = _all_that_can_come(uow, order)
    if not lines:
        raise NothingToReturn(number=order.number)
    _refuse_too_many(uow, order, order_lines, lines)
    if warehouse_id is not None and uow.session.get(Warehouse, warehouse_id) is None:
        raise NotFound(what=N_("The warehouse"))
    document = uow.add(
        SalesReturn(
            number=uow.number("SR"),
            order_id=order.id,
            customer_id=order.customer_id,
            channel_id=order.channel_id,
            warehouse_id=warehouse_id or order.warehouse_id,
            sales_rep_id=order.sales_rep_id,
            region=order.region,
            kind=kind,
            state=ReturnState.REQUESTED,
            requested_at=uow.now,
            returned_at=uow.now,
            returned_on=uow.today,
            currency=order.currency,
            net_amount=ZERO,
            tax_amount=ZERO,
            gross_amount=ZERO,
            reason=reason,
            note=note.strip(),
            created_by=uow.actor.id,
            created_at=uow.now,
        )
    )
    made = [
        ReturnLine(
            return_id=document.id,
            line_number=place,
            order_line_id=each.order_line_id,
            variant_id=order_lines[each.order_line_id].variant_id,
            quantity=each.quantity,
            unit_price=order_lines[each.order_line_id].unit_price if each.unit_price is None else each.unit_price,
            tax_rate=order_lines[each.order_line_id].tax_rate,
        )
        for place, each in enumerate(lines, 1)
    ]
    value_lines(uow, order, order_lines, made)
    uow.session.add_all(made)
    total_return(document, made)
    uow.session.flush()
    return document


def cancel_request(uow: UnitOfWork, document: SalesReturn, reason: str) -> None:
    """Cancel a request and record it."""
    RETURN_FLOW.take("cancel", document)
    uow.audit("return.cancelled", document, number=document.number, reason=reason)


def value_lines(
    uow: UnitOfWork,
    order: SalesOrder,
    order_lines: dict[int, OrderLine],
    lines: Sequence[ReturnLine],
    *,
    arriving: int | None = None,
) -> None:
    """Give lines that come back their exact share of what was charged, or the lower price that was agreed.

    The return that is just arriving is not counted yet.
    """
    counted, let_off = counted_amounts(uow, order.id, arriving), goodwill_amounts(uow, order.id)
    for line in lines:
        sold = order_lines[line.order_line_id or 0]
        whole = Amounts(sold.net_amount, sold.tax_amount, sold.gross_amount)
        before = counted.get(sold.id, NOTHING)
        worth = share_left if sold.id in let_off else share
        exact = worth(whole, sold.quantity, before, sold.returned_quantity, line.quantity, order.rounding)
        credit = exact
        if line.unit_price != sold.unit_price:
            credit = _agreed(uow, order, line, exact)
        line.net_amount, line.tax_amount, line.gross_amount = credit.net, credit.tax, credit.gross
        line.deducted_net, line.deducted_gross = exact.net - credit.net, exact.gross - credit.gross


def _agreed(uow: UnitOfWork, order: SalesOrder, line: ReturnLine, exact: Amounts) -> Amounts:
    if line.unit_price < ZERO or not fits(line.unit_price, PRICE_PLACES):
        raise InvalidInput(field=N_("Unit price"), reason=N_("enter a price of zero or more with at most 4 decimals."))
    agreed = line_amounts(
        line.quantity,
        line.unit_price,
        ZERO,
        line.tax_rate,
        prices_include_tax=order.prices_include_tax,
        rounding=order.rounding,
    )
    if agreed.gross > exact.gross:
        sku = sku_of(uow, line.variant_id)
        raise AbovePaidPrice(sku=sku, share=exact.gross, quantity=line.quantity, asked=agreed.gross)
    return exact if agreed.gross == exact.gross else agreed


def known_reason(uow: UnitOfWork, reason: str) -> str:
    """A reason of the list; refused where nothing or something else is given."""
    reason = reason_given(reason)
    known = uow.session.scalar(select(ReturnReason.id).where(ReturnReason.name == reason, ReturnReason.is_active))
    if known is None:
        raise UnknownReason(reason=reason)
    return reason


def _all_that_can_come(uow: UnitOfWork, order: SalesOrder) -> list[LineBack]:
    waiting = announced(uow, order.id)
    left = {
        line.id: line.shipped_quantity - line.returned_quantity - waiting.get(line.id, ZERO) for line in order.lines
    }
    return [LineBack(line_id, quantity) for line_id, quantity in left.items() if quantity > ZERO]


def _refuse_too_many(
    uow: UnitOfWork,
    order: SalesOrder,
    order_lines: dict[int, OrderLine],
    lines: Sequence[LineBack],
    but: int | None = None,
) -> None:
    waiting = announced(uow, order.id, but)
    problems: list[AppError] = []
    seen = set[int]()
    for each in lines:
        line = order_lines.get(each.order_line_id)
        if line is None:
            raise NotFound(what=N_("The order line"))
        left = line.shipped_quantity - line.returned_quantity - waiting.get(line.id, ZERO)
        if each.quantity <= ZERO or not fits(each.quantity, QUANTITY_PLACES) or line.id in seen:
            reason = N_("enter a number above zero with at most 3 decimals, once for each line.")
            problems.append(InvalidInput(field=N_("Quantity"), reason=reason))
        elif each.quantity > left:
            problems.append(NotThatMany(sku=sku_of(uow, line.variant_id), left=max(left, ZERO), asked=each.quantity))
        seen.add(line.id)
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]


def _lines_of(uow: UnitOfWork, document: SalesReturn) -> Sequence[ReturnLine]:
    return uow.session.scalars(
        select(ReturnLine).where(ReturnLine.return_id == document.id).order_by(ReturnLine.line_number)
    ).all()
