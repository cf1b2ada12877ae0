"""Shipments that are off what was ordered of kits: these are closed, and exceeded, in whole kits alone."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from core.base.errors import AppError
from core.base.exact import ZERO
from core.sales.agreed import agreed_kits, kit_rooms
from core.sales.amend_lines import products_of
from core.sales.errors import KitNotWhole, NotClosable, TooMuch
from core.sales.kits import lines_of
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.sales.tolerance_rules import Agreed, kits_made, whole_kits
from core.work.unit import UnitOfWork


def kits_off(
    uow: UnitOfWork,
    order: SalesOrder,
    kits: Sequence[OrderKit],
    shipped: Mapping[int, Decimal],
    closing: Collection[int],
) -> tuple[dict[int, Decimal], list[AppError]]:
    """How many there will be of each kit that a shipment is off of, and everything that speaks against it.

    `shipped` is what will have left of each line. Closing a part closes its kit.
    """
    wanted: dict[int, Decimal] = {}
    problems: list[AppError] = []
    off = []
    for kit in kits:
        lines = lines_of(order, kit)
        is_over = any(shipped[line.id] > line.quantity for line in lines)
        is_closed = any(line.id in closing for line in lines)
        if is_over or (is_closed and any(shipped[line.id] < line.quantity for line in lines)):
            off.append((kit, lines, is_over))
    if not off:
        return wanted, problems
    rooms = kit_rooms(uow, order.id, order.customer_id, {kit.id: lines for kit, lines, _is_over in off})
    named = products_of(uow.session, [*(kit.variant_id for kit in kits), *(line.variant_id for line in order.lines)])
    for kit, lines, is_over in off:
        room, sku = rooms[kit.id], named[kit.variant_id].sku
        made = kits_made(kit.quantity, [(line.quantity, shipped[line.id]) for line in lines])
        count = whole_kits(made)
        if count is None:
            sets = Decimal(ceil(max(made)) if is_over else floor(min(made)))
            line, needed = _first_off(kit, lines, shipped, sets)
            part = named[line.variant_id].sku
            problems.append(KitNotWhole(kit=sku, sets=sets, sku=part, needed=needed, shipped=shipped[line.id]))
            continue
        wanted[kit.id] = count
        about: dict[str, Any] = {"line": lines[0].line_number, "sku": sku, "ordered": room.ordered}
        if count > room.may_leave:
            before = min(kits_made(kit.quantity, [(line.quantity, line.shipped_quantity) for line in lines]))
            gone = Decimal(floor(before))
            allowed = max(Decimal(floor(room.may_leave)) - gone, ZERO)
            problems.append(TooMuch(**about, shipped=gone, allowed=allowed, asked=count - gone))
        elif count < kit.quantity and not room.closes(kit.quantity, count):
            may_close = Decimal(floor(room.may_stay))
            problems.append(NotClosable(**about, shipped=count, left=kit.quantity - count, allowed=may_close))
    return wanted, problems


def kits_again(
    uow: UnitOfWork,
    order: SalesOrder,
    kits: Sequence[OrderKit],
    touched: Collection[int | None],
    gone: Mapping[int, Decimal],
) -> dict[int, Decimal]:
    """How many there will be of kits once a shipment of lines is undone: as agreed, or what has left where more."""
    was = kits_agreed(uow, order, kits)
    wanted = {}
    for kit in kits:
        lines = lines_of(order, kit)
        left = ceil(max(kits_made(kit.quantity, [(line.quantity, gone[line.id]) for line in lines])))
        target = max(was[kit.id].quantity, min(Decimal(left), kit.quantity))
        if target != kit.quantity and any(line.id in touched for line in lines):
            wanted[kit.id] = target
    return wanted


def kits_agreed(uow: UnitOfWork, order: SalesOrder, kits: Sequence[OrderKit]) -> dict[int, Agreed]:
    """What was ordered of the kits of an order, and their discounts then."""
    says = {kit.id: Agreed(kit.quantity, kit.discount_amount) for kit in kits}
    return agreed_kits(uow, order.id, says) if order.revision else says


def _first_off(
    kit: OrderKit, lines: Sequence[OrderLine], shipped: Mapping[int, Decimal], sets: Decimal
) -> tuple[OrderLine, Decimal]:
    """The first line of which so many sets need another quantity than leaves."""
    needs = [(line, Fraction(line.quantity) * Fraction(sets) / Fraction(kit.quantity)) for line in lines]
    line, needed = next((each for each in needs if Fraction(shipped[each[0].id]) != each[1]), needs[0])
    return line, Decimal(needed.numerator) / Decimal(needed.denominator)
