"""What every step of a return needs: loading it locked with its order, its lines, and what it changes there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select

from core.attachments.subjects import Subject, SubjectKind, register_subject
from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.sales.models import (
    CAME_BACK,
    BusinessState,
    OrderLine,
    PaymentState,
    Progress,
    ReturnKind,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.sales.orders import derive, locked_order
from core.sales.returns.errors import CameWithImport, GoodwillGiven, OnlyMoney
from core.sales.returns.refunded import refunded
from core.sales.returns.rules import RETURN_FLOW, refundable
from core.sales.rules import ORDER_FLOW, Amounts
from core.security.permissions import P
from core.stock.ledger import Origin
from core.work.command import Scope
from core.work.unit import UnitOfWork

DECIDED = (ReturnState.INSPECTED, ReturnState.SETTLED, ReturnState.DECLINED)
"""Where a return was decided by its photos, so that they stay."""


@dataclass(frozen=True)
class Opened:
    """A return and its order, both locked, with their lines."""

    document: SalesReturn
    lines: Sequence[ReturnLine]
    order: SalesOrder
    order_lines: dict[int, OrderLine]

    @property
    def origin(self) -> Origin:
        """What stock calls the return."""
        return Origin(SalesReturn.__tablename__, self.document.id)

    def order_line(self, line: ReturnLine) -> OrderLine:
        """The line of the order that came back."""
        return self.order_lines[line.order_line_id or 0]


def opened(uow: UnitOfWork, return_id: int) -> Opened:
    """The return with its order, locked in the order in which everybody locks them; one of an import is refused."""
    document = uow.session.get(SalesReturn, return_id)
    if document is None:
        raise NotFound(what=N_("The return"))
    if document.order_id is None or document.import_batch_id is not None:
        raise CameWithImport(number=document.number)
    order = locked_order(uow, document.order_id, with_lines=True)
    uow.session.refresh(document, with_for_update=True)
    lines = uow.session.scalars(
        select(ReturnLine).where(ReturnLine.return_id == return_id).order_by(ReturnLine.line_number)
    ).all()
    return Opened(document, lines, order, {line.id: line for line in order.lines})


def total_return(document: SalesReturn, lines: Iterable[ReturnLine]) -> None:
    """Set the return's amounts to the sum of its lines'."""
    lines = list(lines)
    document.net_amount = sum((line.net_amount for line in lines), ZERO)
    document.tax_amount = sum((line.tax_amount for line in lines), ZERO)
    document.gross_amount = sum((line.gross_amount for line in lines), ZERO)


def count(found: Opened, sign: int) -> None:
    """Count what came back in its order (1), or no longer (-1): quantities, what is owed, the axes."""
    for line in found.lines:
        found.order_line(line).returned_quantity += sign * line.quantity
    found.order.returned_amount += sign * found.document.gross_amount
    derive_open(found.order, found.order_lines.values())


def derive_open(order: SalesOrder, lines: Iterable[OrderLine]) -> None:
    """Derive the axes; a completed order that is not shipped and paid in full any more goes on."""
    derive(order, lines)
    is_done = order.shipment_state == Progress.FULL and order.payment_state in {PaymentState.FULL, PaymentState.OVER}
    if order.business_state == BusinessState.COMPLETED and not is_done:
        ORDER_FLOW.take("resume", order)
        order.closed_at = None


def announced(scope: Scope, order_id: int, but: int | None = None) -> dict[int, Decimal]:
    """How much of each order line is on returns that were requested and have not arrived; `but` is left out."""
    found = scope.session.execute(
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(
            SalesReturn.order_id == order_id, SalesReturn.state == ReturnState.REQUESTED, SalesReturn.id != (but or 0)
        )
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: quantity for line_id, quantity in found if line_id is not None}


def counted_amounts(scope: Scope, order_id: int, but: int | None = None) -> dict[int, Amounts]:
    """What was credited of each order line so far, with what was deducted; `but` is left out."""
    return _amounts(scope, order_id, SalesReturn.id != (but or 0))


def goodwill_amounts(scope: Scope, order_id: int) -> dict[int, Amounts]:
    """What was let off each order line on which goodwill was given."""
    return _amounts(scope, order_id, SalesReturn.kind == ReturnKind.GOODWILL)


def _amounts(scope: Scope, order_id: int, which: ColumnElement[bool]) -> dict[int, Amounts]:
    scope.session.flush()
    net = func.sum(ReturnLine.net_amount + ReturnLine.deducted_net, type_=ReturnLine.net_amount.type)
    gross = func.sum(ReturnLine.gross_amount + ReturnLine.deducted_gross, type_=ReturnLine.gross_amount.type)
    found = scope.session.execute(
        select(ReturnLine.order_line_id, net, gross)
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(SalesReturn.order_id == order_id, SalesReturn.state.in_(CAME_BACK), which)
        .group_by(ReturnLine.order_line_id)
    )
    return {line_id: Amounts(net, gross - net, gross) for line_id, net, gross in found if line_id is not None}


def refuse_goodwill(document: SalesReturn) -> None:
    """Refuse what only goods go through."""
    if document.kind == ReturnKind.GOODWILL:
        raise OnlyMoney(number=document.number)


def refuse_goodwill_on(uow: UnitOfWork, order_id: int, line_ids: Iterable[int], what: str) -> None:
    """`GoodwillGiven` where something was let off these lines, so that they must stay as they were charged."""
    let_off = goodwill_amounts(uow, order_id)
    amount = sum((let_off[each].gross for each in line_ids if each in let_off), ZERO)
    if amount:
        raise GoodwillGiven(amount=amount, what=what)


def can_refund(uow: UnitOfWork, found: Opened) -> Decimal:
    """How much of the return's credit can be given back as things stand."""
    order, document = found.order, found.document
    owed = order.gross_amount - order.returned_amount
    return refundable(document.gross_amount, refunded(uow, document.id), order.paid_amount, owed)


def settle_returns(uow: UnitOfWork, order: SalesOrder) -> None:
    """After money reached or left an order: its inspected returns are settled or open, as they stand then."""
    uow.session.flush()
    inspected = uow.session.scalars(
        select(SalesReturn).where(
            SalesReturn.order_id == order.id,
            SalesReturn.kind != ReturnKind.REDELIVERY,
            SalesReturn.state.in_((ReturnState.INSPECTED, ReturnState.SETTLED)),
            SalesReturn.requested_at.is_not(None),
        )
    )
    for document in inspected:
        settle_if_done(uow, Opened(document, (), order, {}))


def settle_if_done(uow: UnitOfWork, found: Opened) -> None:
    """An inspected return is settled when nothing can be given back any more, and open again when something can."""
    document = found.document
    left = can_refund(uow, found)
    if document.state == ReturnState.INSPECTED and left == ZERO:
        RETURN_FLOW.take("settle", document)
    elif document.state == ReturnState.SETTLED and left > ZERO:
        RETURN_FLOW.take("reopen_money", document)


def stocked_of(uow: UnitOfWork, lines: Iterable[ReturnLine]) -> set[int]:
    """Which of these lines are goods and not services."""
    variants = {line.variant_id for line in lines}
    goods = set(
        uow.session.scalars(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(variants), Product.kind == ProductKind.STOCKED)
        )
    )
    return {line.id for line in lines if line.variant_id in goods}


def sku_of(uow: UnitOfWork, variant_id: int) -> str | None:
    """The code of a variant, for a refusal."""
    return uow.session.scalar(select(Variant.sku).where(Variant.id == variant_id))


def _with_photos(uow: UnitOfWork, return_id: int) -> Subject:
    document = uow.session.get(SalesReturn, return_id, with_for_update=True, populate_existing=True)
    if document is None:
        raise NotFound(what=N_("The return"))
    return Subject(document, document.number, document.state in DECIDED)


register_subject(
    SubjectKind(SalesReturn.__tablename__, P.ORDER_READ, (P.RETURN_REQUEST, P.RETURN_RECEIVE), _with_photos)
)
