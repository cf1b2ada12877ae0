"""Receiving what comes back, in parts as it arrives: it waits in quarantine and is sold to nobody."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.sales.models import CAME_BACK, ReturnKind, ReturnLine, ReturnState, SalesReturn
from core.sales.money.credit import order_moved
from core.sales.money.ledger import RETURN
from core.sales.money.stated import refuse_stated
from core.sales.money.worth import worth_now
from core.sales.orders import origin_of
from core.sales.returns.documents import (
    Opened,
    count,
    opened,
    refuse_goodwill,
    settle_returns,
    sku_of,
    stocked_of,
    total_return,
)
from core.sales.returns.errors import AlreadyInspected, GoesAgain, GoodsStay, NothingArrived, TooManyArrived
from core.sales.returns.refunded import refunded
from core.sales.returns.request import value_lines
from core.sales.returns.rules import RETURN_FLOW
from core.security.permissions import P
from core.stock.costs.moments import is_open
from core.stock.ledger import Line, bring_in, take_out
from core.stock.models import CUSTOMER, LocationKind, MoveState, StockMove, Warehouse
from core.stock.places import place_of
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.RETURN_RECEIVE)
def receive_return(
    uow: UnitOfWork,
    return_id: int,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    warehouse_id: int | None = None,
) -> int | None:
    """Take in what arrived: all, or so much of each line (return line id → quantity).

    From now on it counts: the customer owes that much less. What has not arrived stays announced on a
    return of its own, whose id comes back. The goods wait for inspection in quarantine.
    """
    found = opened(uow, return_id)
    document = found.document
    refuse_claim(document)
    RETURN_FLOW.take("receive", document)
    if warehouse_id is not None:
        if uow.session.get(Warehouse, warehouse_id) is None:
            raise NotFound(what=N_("The warehouse"))
        document.warehouse_id = warehouse_id
    found, rest = take_in(uow, found, quantities)
    uow.audit(
        "return.received",
        document,
        number=document.number,
        gross=document.gross_amount,
        quantities={line.variant_id: line.quantity for line in found.lines},
        rest=rest.number if rest else None,
    )
    return rest.id if rest else None


def take_in(
    uow: UnitOfWork, found: Opened, quantities: Mapping[int, Decimal] | None
) -> tuple[Opened, SalesReturn | None]:
    """Count what arrived of a return and put it into quarantine; what did not is on a request of its own."""
    document = found.document
    before = worth_now(uow, found.order)
    found, rest = _split(uow, found, quantities)
    document.returned_at, document.returned_on = uow.now, uow.today
    value_lines(uow, found.order, found.order_lines, found.lines, arriving=document.id)
    total_return(document, found.lines)
    count(found, 1)
    quarantine = place_of(uow, document.warehouse_id, LocationKind.QUARANTINE)
    goods = _goods(uow, found)
    if goods:
        bring_in(uow, CUSTOMER, quarantine, goods, found.origin)
    order_moved(uow, found.order, before)
    settle_returns(uow, found.order)
    return found, rest


@command(P.RETURN_RECEIVE)
def undo_receipt(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """The goods did not arrive after all: they are with the customer, who owes for them again.

    Refused while the return stands on a statement.
    """
    reason = reason_given(reason)
    found = opened(uow, return_id)
    document = found.document
    refuse_claim(document)
    RETURN_FLOW.take("undo_receipt", document)
    give_back(uow, found)
    uow.audit("return.receipt_undone", document, number=document.number, reason=reason)


def give_back(uow: UnitOfWork, found: Opened) -> None:
    """Count a return no longer: what waits in quarantine is the customer's again."""
    document = found.document
    given = refunded(uow, document.id)
    if given:
        raise AlreadyInspected(number=document.number, amount=given)
    refuse_delivered_again(uow, document)
    refuse_stated(uow, RETURN, document.id, document.number)
    before = worth_now(uow, found.order)
    quarantine = place_of(uow, document.warehouse_id, LocationKind.QUARANTINE)
    for move in standing(uow, found, CUSTOMER, quarantine):
        undoes = is_open(uow, move.at)
        line = Line(move.variant_id, move.quantity, move.origin_line_id, returns_id=move.id, lot_id=move.lot_id or 0)
        at = move.at if undoes else uow.now
        take_out(uow, quarantine, CUSTOMER, [line], found.origin, at=at, undoes=undoes)
    count(found, -1)
    order_moved(uow, found.order, before)
    settle_returns(uow, found.order)


def refuse_claim(document: SalesReturn) -> None:
    """Refuse what only goods that come back go through."""
    refuse_goodwill(document)
    if document.kind == ReturnKind.CLAIM:
        raise GoodsStay(number=document.number)


def standing(uow: UnitOfWork, found: Opened, source_id: int, target_id: int) -> Sequence[StockMove]:
    """The moves of a return between two places that were not undone."""
    undo = aliased(StockMove)
    uow.session.flush()
    return uow.session.scalars(
        select(StockMove)
        .where(
            StockMove.origin_type == found.origin.kind,
            StockMove.origin_id == found.origin.id,
            StockMove.source_id == source_id,
            StockMove.target_id == target_id,
            StockMove.state == MoveState.DONE,
            ~select(undo.id).where(undo.returns_id == StockMove.id).exists(),
        )
        .order_by(StockMove.variant_id, StockMove.id)
    ).all()


def refuse_delivered_again(uow: UnitOfWork, document: SalesReturn) -> None:
    """Refuse what cannot be while goods of the return are delivered once more."""
    again = uow.session.scalar(
        select(SalesReturn.id).where(
            SalesReturn.follows_id == document.id,
            SalesReturn.kind == ReturnKind.REDELIVERY,
            SalesReturn.state.in_(CAME_BACK),
        )
    )
    if again is not None:
        raise GoesAgain(number=document.number)


def _split(
    uow: UnitOfWork, found: Opened, quantities: Mapping[int, Decimal] | None
) -> tuple[Opened, SalesReturn | None]:
    """Leave on the return what arrived, and put the rest on a request of its own."""
    lines = {line.id: line for line in found.lines}
    arrived = {line.id: line.quantity for line in found.lines} if quantities is None else quantities
    problems: list[AppError] = []
    for line_id, quantity in arrived.items():
        if line_id not in lines:
            raise NotFound(what=N_("The line of the return"))
        if quantity < ZERO or not fits(quantity, QUANTITY_PLACES):
            reason = N_("enter a number above zero with at most 3 decimals.")
            problems.append(InvalidInput(field=N_("Quantity"), reason=reason))
        elif quantity > lines[line_id].quantity:
            left = lines[line_id].quantity
            problems.append(TooManyArrived(sku=sku_of(uow, lines[line_id].variant_id), left=left, asked=quantity))
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    here = [line for line in found.lines if arrived.get(line.id, ZERO) > ZERO]
    if not here:
        raise NothingArrived(number=found.document.number)
    missing = [line for line in found.lines if arrived.get(line.id, ZERO) < line.quantity]
    if not missing:
        return found, None
    rest = _rest_of(uow, found.document)
    later = []
    for place, line in enumerate(missing, 1):
        left = line.quantity - arrived.get(line.id, ZERO)
        if left == line.quantity:
            line.return_id, line.line_number = rest.id, place
            later.append(line)
            continue
        line.quantity -= left
        part = ReturnLine(
            return_id=rest.id,
            line_number=place,
            order_line_id=line.order_line_id,
            variant_id=line.variant_id,
            quantity=left,
            unit_price=line.unit_price,
            tax_rate=line.tax_rate,
        )
        later.append(part)
    value_lines(uow, found.order, found.order_lines, later, arriving=found.document.id)
    uow.session.add_all(later)
    total_return(rest, later)
    uow.session.flush()
    return replace(found, lines=here), rest


def _rest_of(uow: UnitOfWork, document: SalesReturn) -> SalesReturn:
    copied = (
        *("order_id", "customer_id", "channel_id", "warehouse_id", "sales_rep_id", "region", "kind"),
        *("requested_at", "returned_at", "returned_on", "currency", "reason", "note", "created_by", "created_at"),
    )
    return uow.add(
        SalesReturn(
            number=uow.number("SR"),
            state=ReturnState.REQUESTED,
            follows_id=document.id,
            net_amount=ZERO,
            tax_amount=ZERO,
            gross_amount=ZERO,
            **{name: getattr(document, name) for name in copied},
        )
    )


def _goods(uow: UnitOfWork, found: Opened) -> list[Line]:
    """What came back, each with the departure it returns, so that it costs what it cost when it left."""
    stocked = stocked_of(uow, found.lines)
    departures = _departures(uow, found)
    goods = []
    for line in found.lines:
        if line.id not in stocked:
            continue
        left = line.quantity
        for departure in departures[line.order_line_id or 0]:
            part = min(left, departure.quantity)
            if part > ZERO:
                goods.append(replace(departure, quantity=part, line_id=line.id))
                left -= part
        if left > ZERO:
            goods.append(Line(line.variant_id, left, line.id))
    return goods


def _departures(uow: UnitOfWork, found: Opened) -> dict[int, list[Line]]:
    """What left for each order line and has not come back, oldest first."""
    uow.session.flush()
    origin = origin_of(found.order)
    left = uow.session.execute(
        select(StockMove.id, StockMove.variant_id, StockMove.quantity, StockMove.origin_line_id, StockMove.lot_id)
        .where(
            StockMove.origin_type == origin.kind,
            StockMove.origin_id == origin.id,
            StockMove.target_id == CUSTOMER,
            StockMove.state == MoveState.DONE,
            StockMove.origin_line_id.in_({line.order_line_id for line in found.lines}),
        )
        .order_by(StockMove.at, StockMove.id)
    ).all()
    back, undo = aliased(StockMove), aliased(StockMove)
    came = uow.session.execute(
        select(back.returns_id, func.sum(back.quantity))
        .where(
            back.returns_id.in_([move.id for move in left]),
            ~select(undo.id).where(undo.returns_id == back.id, undo.undoes).exists(),
        )
        .group_by(back.returns_id)
    )
    came_back = {move_id: quantity for move_id, quantity in came}
    departures: dict[int, list[Line]] = defaultdict(list)
    for move_id, variant_id, quantity, line_id, lot_id in left:
        open_quantity = quantity - came_back.get(move_id, ZERO)
        departures[line_id or 0].append(Line(variant_id, open_quantity, line_id, returns_id=move_id, lot_id=lot_id))
    return departures
