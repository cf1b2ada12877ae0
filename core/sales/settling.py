"""Shipments that are off what was ordered: the order follows by an amendment that the shipment makes itself.

What is closed is freed and owed no more; what leaves on top is promised first, so that it is nobody else's,
and owed. The amendment is taken back with the shipment, by another one.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update

from core.base.errors import AppError, NotFound, Refusals
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import ProductKind
from core.sales.agreed import agreed_of, rooms_on
from core.sales.amend_effect import take_effect
from core.sales.amend_lines import LineWish, draw_up, products_of
from core.sales.amend_models import AmendmentLine, AmendmentState, OrderAmendment
from core.sales.errors import NotClosable, TooMuch
from core.sales.fulfilment import Terms, terms_of, write_promise
from core.sales.kit_amend import KitWish
from core.sales.kit_settle import kits_again, kits_agreed, kits_off
from core.sales.kits import kits_on, lines_of, scaled
from core.sales.line_prices import OFFERS, by_hand
from core.sales.models import OrderKit, OrderLine, SalesOrder, Shipment, ShipmentLine
from core.sales.money.worth import Worth, delivered_again, worth_now
from core.sales.nearness import near_to
from core.sales.orders import origin_of
from core.sales.tolerance_rules import Agreed, scaled_discount, scaled_parts
from core.stock.ledger import Line, change_reserved, reserve_more, storage_of
from core.stock.moves import reserved_moves
from core.work.unit import UnitOfWork, changes_of


@dataclass(frozen=True)
class Settled:
    """The amendment that a shipment made, by how much lines changed, and how the order changed with it."""

    amendment: OrderAmendment
    changes: dict[int, Decimal]
    changed: dict[str, Any]

    @property
    def facts(self) -> dict[str, Any]:
        """What the story of the order tells of a shipment that made it."""
        closed = {line_id: -change for line_id, change in self.changes.items() if change < ZERO}
        over = {line_id: change for line_id, change in self.changes.items() if change > ZERO}
        told = {"closed": closed, "over": over}
        return self.undone | {name: fact for name, fact in told.items() if fact}

    @property
    def undone(self) -> dict[str, Any]:
        """What it tells of a shipment that was undone."""
        return {"amendment": self.amendment.number, "changed": self.changed}


@dataclass(frozen=True)
class Wanted:
    """How many there are to be of lines in no kit, and of kits, by their ids."""

    lines: dict[int, Decimal]
    kits: dict[int, Decimal]


def settle_ahead(
    uow: UnitOfWork,
    order: SalesOrder,
    lines: Mapping[int, OrderLine],
    leaving: Mapping[int, Decimal],
    closing: Collection[int],
) -> Settled | None:
    """Let the order be what a shipment that is about to leave makes of it; None where it is not off.

    Refuses, naming every such line, more than the tolerance allows and closing a line of which more stays
    behind than it allows.
    """
    if set(closing) - lines.keys():
        raise NotFound(what=N_("The order line"))
    shipped = {line_id: line.shipped_quantity + leaving.get(line_id, ZERO) for line_id, line in lines.items()}
    off = [
        line
        for line_id, line in lines.items()
        if line.kit_id is None
        and (shipped[line_id] > line.quantity or (line_id in closing and shipped[line_id] < line.quantity))
    ]
    kits = kits_on(uow.session, order)
    wanted_kits, problems = kits_off(uow, order, kits, shipped, closing)
    if off:
        problems = [*_refusals(uow, order, off, shipped, leaving), *problems]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    if not off and not wanted_kits:
        return None
    wanted = Wanted({line.id: shipped[line.id] for line in off}, wanted_kits)
    return _amend(uow, order, kits, wanted, worth_now(uow, order))


def settle_back(uow: UnitOfWork, order: SalesOrder, shipment: Shipment, before: Worth) -> Settled | None:
    """Let lines of a shipment that was undone be what was ordered of them, or what has left where that is more.

    What is opened again is promised as far as it is there, and waits for the rest. None where nothing was off.
    """
    if not order.revision:
        return None
    was, again = _agreed(uow, order), delivered_again(uow, order.id)
    touched = _touched(uow, shipment.id)
    gone = {line.id: min(line.shipped_quantity + again.get(line.id, ZERO), line.quantity) for line in order.lines}
    kits = kits_on(uow.session, order)
    wanted = Wanted({}, kits_again(uow, order, kits, touched, gone))
    for line in order.lines:
        target = max(was[line.id].quantity, gone[line.id])
        if line.kit_id is None and line.id in touched and target != line.quantity:
            wanted.lines[line.id] = target
    if not wanted.lines and not wanted.kits:
        return None
    settled = _amend(uow, order, kits, wanted, before, terms_of(uow, order.customer_id))
    made_by(uow, settled, shipment.id)
    return settled


def made_by(uow: UnitOfWork, settled: Settled, shipment_id: int) -> None:
    """Name the shipment in the amendment it made."""
    uow.session.execute(
        update(OrderAmendment)
        .where(OrderAmendment.id == settled.amendment.id)
        .values(shipment_id=shipment_id)
        .execution_options(synchronize_session=False)
    )


def _touched(uow: UnitOfWork, shipment_id: int) -> set[int | None]:
    """The lines that a shipment took from, and those it closed."""
    left = select(ShipmentLine.order_line_id).where(ShipmentLine.shipment_id == shipment_id)
    closed = (
        select(AmendmentLine.order_line_id)
        .join(OrderAmendment, OrderAmendment.id == AmendmentLine.amendment_id)
        .where(OrderAmendment.shipment_id == shipment_id, AmendmentLine.before_quantity != AmendmentLine.after_quantity)
    )
    return {*uow.session.scalars(left), *uow.session.scalars(closed)}


def _agreed(uow: UnitOfWork, order: SalesOrder) -> dict[int, Agreed]:
    says = {line.id: Agreed(line.quantity, line.discount_amount) for line in order.lines}
    return agreed_of(uow, order.id, says) if order.revision else says


def _refusals(
    uow: UnitOfWork,
    order: SalesOrder,
    off: Collection[OrderLine],
    shipped: Mapping[int, Decimal],
    leaving: Mapping[int, Decimal],
) -> list[AppError]:
    rooms = rooms_on(uow, order.id, order.customer_id, {line.id: line for line in off})
    names: dict[int, str] = {}
    found: list[AppError] = []
    for line in sorted(off, key=lambda each: each.line_number):
        room, gone = rooms[line.id], shipped[line.id]
        if gone <= room.may_leave and (gone >= line.quantity or room.closes(line.quantity, gone)):
            continue
        if not names:
            names = {each: facts.sku for each, facts in products_of(uow.session, [of.variant_id for of in off]).items()}
        about: dict[str, Any] = {"line": line.line_number, "sku": names[line.variant_id], "ordered": room.ordered}
        if gone > line.quantity:
            before = line.shipped_quantity
            found.append(TooMuch(**about, shipped=before, allowed=room.may_leave - before, asked=leaving[line.id]))
        else:
            found.append(NotClosable(**about, shipped=gone, left=line.quantity - gone, allowed=room.may_stay))
    return found


def _amend(
    uow: UnitOfWork,
    order: SalesOrder,
    kits: Sequence[OrderKit],
    wanted: Wanted,
    before: Worth,
    partly: Terms | None = None,
) -> Settled:
    earlier = uow.session.scalar(select(func.count()).where(OrderAmendment.order_id == order.id)) or 0
    amendment = OrderAmendment(
        order_id=order.id,
        number=f"{order.number}/{earlier + 1}",
        state=AmendmentState.ACCEPTED,
        revision=order.revision + 1,
        requested_at=uow.now,
        requested_by=uow.actor.id,
        decided_at=uow.now,
        decided_by=uow.actor.id,
    )
    lines = {line.id: line for line in order.lines}
    was, were = _agreed(uow, order), kits_agreed(uow, order, kits)
    changes = {line_id: quantity - lines[line_id].quantity for line_id, quantity in wanted.lines.items()}
    for kit in kits:
        if kit.id in wanted.kits:
            inside = lines_of(order, kit)
            counted = scaled(uow.session, kit, inside, wanted.kits[kit.id])
            changes |= {line.id: each - line.quantity for line, each in zip(inside, counted, strict=True)}
    discounts = {each: _discount(was[each], quantity) for each, quantity in wanted.lines.items()}
    kit_discounts = {each: _discount(were[each], quantity) for each, quantity in wanted.kits.items()}
    draw_up(
        uow,
        order,
        amendment,
        [LineWish(quantity, line_id, discount=discounts[line_id]) for line_id, quantity in wanted.lines.items()],
        None,
        [KitWish(quantity, kit_id, discount=kit_discounts[kit_id]) for kit_id, quantity in wanted.kits.items()],
    )
    for row in amendment.lines:
        if row.order_line_id is not None and row.order_line_id in wanted.lines:
            row.price_trace = _trace(lines[row.order_line_id], discounts[row.order_line_id])
    there = {kit.id: kit for kit in kits}
    for told in amendment.kits:
        if told.order_kit_id is not None and told.order_kit_id in wanted.kits:
            told.price_trace = _trace(there[told.order_kit_id], kit_discounts[told.order_kit_id])
    uow.add(amendment)
    move = _mover(uow, order, changes, partly)
    take_effect(uow, order, amendment, before, move, is_checked=partly is None)
    return Settled(amendment, changes, changes_of(order))


def _discount(was: Agreed, quantity: Decimal) -> Decimal:
    return scaled_discount(was.discount, was.quantity, quantity)


def _trace(line: OrderLine | OrderKit, discount: Decimal) -> dict[str, Any] | None:
    """Why the line costs what it does, with what each promotion takes off the line as it becomes."""
    trace = line.price_trace
    if not trace or OFFERS not in trace:
        return trace
    offers = trace[OFFERS]
    parts = scaled_parts([*(Decimal(each["amount"]) for each in offers), by_hand(line)], discount)
    return {
        **trace,
        OFFERS: [each | {"amount": f"{part.normalize():f}"} for each, part in zip(offers, parts, strict=False)],
    }


def _mover(
    uow: UnitOfWork, order: SalesOrder, changes: Mapping[int, Decimal], partly: Terms | None
) -> Callable[[], None]:
    """What promises and frees goods; with `partly`, what is not there is waited for instead of refused."""

    def move() -> None:
        lines = {line.id: line for line in order.lines}
        products = products_of(uow.session, [lines[line_id].variant_id for line_id in changes])
        promised: dict[int | None, Decimal] = defaultdict(lambda: ZERO)
        for each in reserved_moves(uow, origin_of(order)):
            promised[each.origin_line_id] += each.quantity
        now, later = list[Line](), list[Line]()
        for line_id, change in changes.items():
            line = lines[line_id]
            if products[line.variant_id].kind != ProductKind.STOCKED:
                continue
            if change < ZERO:
                # A part of what is closed may still have waited for goods: only what is promised becomes free.
                change = min(line.quantity - line.shipped_quantity - promised[line_id], ZERO)
            if change != ZERO:
                (later if partly and change > ZERO else now).append(Line(line.variant_id, change, line_id))
        storage = storage_of(uow, order.warehouse_id)
        if now:
            change_reserved(uow, storage, now, origin_of(order))
        if partly and later:
            how: dict[str, Any] = {"least": partly.least, "everywhere": partly.other_warehouses}
            how["near"] = near_to(uow, order)
            if reserve_more(uow, storage, later, origin_of(order), partly=True, **how):
                write_promise(uow, order.id, waits=True)

    return move
