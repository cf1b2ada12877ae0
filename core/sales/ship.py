"""Shipments of an order."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.receivables.rules import due_date
from core.sales.errors import CameBack, NothingToShip, ShipmentCancelled, WaitsForGoods
from core.sales.fulfilment import refuse_part
from core.sales.fulfilment_models import ShipmentPick
from core.sales.models import OrderLine, SalesOrder, Shipment, ShipmentLine
from core.sales.money.credit import goods_came_back, goods_leaving, set_due_with
from core.sales.money.stated import refuse_stated
from core.sales.money.worth import shipped_value, worth
from core.sales.orders import derive, locked_order, origin_of
from core.sales.returns.again import was_delivered_again
from core.sales.returns.documents import announced, refuse_goodwill_on
from core.sales.rules import ORDER_FLOW
from core.sales.settling import made_by, settle_ahead, settle_back
from core.security.permissions import P
from core.stock.errors import NotEnoughPromised
from core.stock.ledger import Line, choose_lots, put_back, storage_of, take_reserved
from core.stock.models import StockMove
from core.stock.short import help_with, names_of
from core.work.command import command
from core.work.unit import UnitOfWork

_STOCKED = (
    select(OrderLine.id)
    .join(Variant, Variant.id == OrderLine.variant_id)
    .join(Product, Product.id == Variant.product_id)
    .where(OrderLine.id.in_(bindparam("lines", expanding=True)), Product.kind == ProductKind.STOCKED)
)


@command(P.ORDER_SHIP)
def ship_order(
    uow: UnitOfWork,
    order_id: int,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    closing: Collection[int] = (),
    lots: Mapping[int, Mapping[int, Decimal]] | None = None,
    expired_too: bool = False,
    carrier: str = "",
    tracking_number: str = "",
) -> int:
    """Let promised goods leave: all that remain, or so much of each line (line id → quantity).

    Of lines that are `closing`, what stays behind is owed no more; more than ordered may leave of any line.
    Both only within the tolerance that counts for the line, and the order follows by an amendment.

    First expired first, unless `lots` names them (line id → lot id → quantity). Refuses tracked goods
    without a lot, blocked lots, expired ones unless they are to go too, and a part of an order that is
    to leave as a whole; also where the terms want money first or credit does not reach, unless an
    approval lets it pass.
    """
    order = locked_order(uow, order_id, with_lines=True)
    ORDER_FLOW.take("ship", order)
    lines = {line.id: line for line in order.lines}
    leaving = _leaving(order, lines, quantities)
    settled = settle_ahead(uow, order, lines, leaving, closing)
    refuse_part(uow, order, lines, leaving)
    if expired_too:
        uow.actor.require(P.LOT_SHIP_EXPIRED)
    stocked = _stocked(uow, lines)
    storage = storage_of(uow, order.warehouse_id)
    if lots:
        _refuse_other_sums(leaving, lots)
        choose_lots(uow, storage, lots, origin_of(order))
    reserved = {line_id: quantity for line_id, quantity in leaving.items() if line_id in stocked}
    try:
        taken = take_reserved(uow, storage, reserved, origin_of(order), lots=lots, expired_too=expired_too)
    except AppError as refusal:
        raise _named(uow, storage, lines, refusal) from refusal
    for line_id, quantity in leaving.items():
        lines[line_id].shipped_quantity += quantity
    shipped_before = shipped_value(uow, order)
    derive(order, order.lines)
    amount, account = goods_leaving(uow, order, shipped_before)
    due_on = due_date(account.terms, uow.today)
    set_due_with(uow, order, (due_on, amount), shipped_before)
    number = uow.number("SH")
    # Not through the session: what the order was before must still be known when the step is recorded.
    (shipment_id,) = uow.insert_many(
        Shipment,
        [
            {
                "number": number,
                "order_id": order.id,
                "shipped_at": uow.now,
                "carrier": carrier.strip(),
                "tracking_number": tracking_number.strip(),
                "created_by": uow.actor.id,
                "amount": amount,
                "due_on": due_on,
                "shipped_on": uow.today,
            }
        ],
    )
    parts = [
        {"shipment_id": shipment_id, "order_line_id": line_id, "quantity": quantity}
        for line_id, quantity in leaving.items()
    ]
    uow.write(ShipmentLine, parts)
    if len(taken) > len(leaving) or any(each.lot_id is not None for each in taken):
        uow.write(ShipmentPick, [{"shipment_id": shipment_id, "move_id": each.move_id} for each in taken])
    facts: dict[str, Any] = {"expired_too": True} if expired_too else {}
    if settled is not None:
        made_by(uow, settled, shipment_id)
        facts |= settled.facts
    uow.audit("order.shipped", order, shipment=number, quantities=dict(leaving), carrier=carrier.strip(), **facts)
    return shipment_id


@command(P.ORDER_SHIP)
def undo_shipment(uow: UnitOfWork, shipment_id: int, *, reason: str) -> None:
    """The goods did not leave after all: they are on the shelf and promised to the order again.

    What less or more than ordered had left of its lines is taken back with it.

    Refused while the shipment stands on a statement.
    """
    reason = reason_given(reason)
    shipment = uow.session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound(what=N_("The shipment"))
    order = locked_order(uow, shipment.order_id, with_lines=True)
    ORDER_FLOW.take("ship", order)
    uow.session.refresh(shipment, with_for_update=True)
    if shipment.cancelled_at is not None:
        raise ShipmentCancelled(number=shipment.number)
    shipped_before = shipped_value(uow, order)
    was = worth(order.business_state, order.gross_amount, shipped_before, order.returned_amount, order.paid_amount)
    shipment.cancelled_at = uow.now
    lines = {line.id: line for line in order.lines}
    refuse_goodwill_on(uow, order.id, lines, shipment.number)
    stocked = _stocked(uow, lines)
    waiting, again = announced(uow, order.id), was_delivered_again(uow, shipment)
    back = _picked(uow, shipment_id)
    exact = {line.line_id for line in back}
    for part in uow.session.scalars(select(ShipmentLine).where(ShipmentLine.shipment_id == shipment_id)):
        line = lines[part.order_line_id]
        held = line.shipped_quantity - line.returned_quantity - waiting.get(line.id, ZERO)
        if again or part.quantity > held:
            raise CameBack(number=shipment.number)
        line.shipped_quantity -= part.quantity
        if line.id in stocked and line.id not in exact:
            back.append(Line(line.variant_id, part.quantity, line.id))
    put_back(uow, storage_of(uow, order.warehouse_id), back, origin_of(order))
    refuse_stated(uow, Shipment.__tablename__, shipment.id, shipment.number)
    settled = settle_back(uow, order, shipment, was)
    if settled is None:
        derive(order, order.lines)
        goods_came_back(uow, order, shipment, shipped_before)
    facts = {} if settled is None else settled.undone
    uow.audit("order.shipment_undone", order, shipment=shipment.number, reason=reason, **facts)


def _named(uow: UnitOfWork, storage: int, lines: Mapping[int, OrderLine], refusal: AppError) -> AppError:
    """The refusal with line, code, next arrival and substitutes of every line that waits for goods."""
    problems = refusal.problems if isinstance(refusal, Refusals) else [refusal]
    waiting = [lines[each.line_id] for each in problems if isinstance(each, NotEnoughPromised)]
    variants = {line.variant_id for line in waiting}
    names = {variant_id: sku for variant_id, sku, _ in names_of(uow, variants)}
    known = help_with(uow, storage, variants) if variants else {}
    said: list[AppError] = []
    for each in problems:
        if isinstance(each, NotEnoughPromised):
            line = lines[each.line_id]
            facts = {"line": line.line_number, "sku": names[line.variant_id], **known[line.variant_id]}
            each = WaitsForGoods(**each.facts, **facts)
        said.append(each)
    return Refusals(said) if len(said) > 1 else said[0]


def _picked(uow: UnitOfWork, shipment_id: int) -> list[Line]:
    found = uow.session.execute(
        select(StockMove.variant_id, StockMove.quantity, StockMove.origin_line_id, StockMove.id)
        .join(ShipmentPick, ShipmentPick.move_id == StockMove.id)
        .where(ShipmentPick.shipment_id == shipment_id)
        .order_by(StockMove.id)
    )
    return [Line(variant_id, quantity, line_id, returns_id=move_id) for variant_id, quantity, line_id, move_id in found]


def _refuse_other_sums(leaving: Mapping[int, Decimal], lots: Mapping[int, Mapping[int, Decimal]]) -> None:
    for line_id, named in lots.items():
        if any(quantity < ZERO or not fits(quantity, QUANTITY_PLACES) for quantity in named.values()):
            raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
        if sum(named.values(), ZERO) != leaving.get(line_id, ZERO):
            raise InvalidInput(field=N_("Lot"), reason=N_("the lots of a line must add up to what leaves of it."))


def _leaving(
    order: SalesOrder, lines: Mapping[int, OrderLine], asked: Mapping[int, Decimal] | None
) -> dict[int, Decimal]:
    left = {line_id: line.quantity - line.shipped_quantity for line_id, line in lines.items()}
    wanted = left if asked is None else asked
    leaving = {line_id: quantity for line_id, quantity in wanted.items() if quantity != ZERO}
    if not leaving:
        raise NothingToShip(number=order.number)
    problems: list[AppError] = []
    for line_id, quantity in leaving.items():
        if line_id not in left:
            raise NotFound(what=N_("The order line"))
        if quantity < ZERO or not fits(quantity, QUANTITY_PLACES):
            reason = N_("enter a number above zero with at most 3 decimals.")
            problems.append(InvalidInput(field=N_("Quantity"), reason=reason))
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return leaving


def _stocked(uow: UnitOfWork, lines: Mapping[int, OrderLine]) -> set[int]:
    return set(uow.session.scalars(_STOCKED, {"lines": list(lines)}))
