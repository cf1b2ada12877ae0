"""What was ordered of a line or kit, whatever shipments that were off made of it, and how far the next may be off."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core.base.exact import ZERO
from core.sales.amend_models import AmendmentKit, AmendmentLine, AmendmentState, OrderAmendment
from core.sales.models import OrderKit, OrderLine
from core.sales.money.worth import delivered_again
from core.sales.tolerance import tolerances_of
from core.sales.tolerance_rules import Agreed, Room, Written, agreed, part_room, room_of
from core.security.permissions import P
from core.work.command import Scope, query


def agreed_of(scope: Scope, order_id: int, says: Mapping[int, Agreed]) -> dict[int, Agreed]:
    """What was ordered of lines of an amended order that say this now, shipments that were off aside."""
    return _agreed(scope, order_id, AmendmentLine, says)


def agreed_kits(scope: Scope, order_id: int, says: Mapping[int, Agreed]) -> dict[int, Agreed]:
    """`agreed_of` kits."""
    return _agreed(scope, order_id, AmendmentKit, says)


@query(P.ORDER_READ)
def rooms_of(scope: Scope, order_id: int, customer_id: int) -> dict[int, Room]:
    """How far the next shipment may be off, by line; parts of kits as far as whole kits may."""
    lines = scope.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    loose = {line.id: line for line in lines if line.kit_id is None}
    rooms = rooms_on(scope, order_id, customer_id, loose)
    inside: dict[int, list[OrderLine]] = defaultdict(list)
    for line in lines:
        if line.kit_id is not None:
            inside[line.kit_id].append(line)
    if not inside:
        return rooms
    counts = {kit.id: kit.quantity for kit in _kits(scope, inside)}
    for kit_id, room in kit_rooms(scope, order_id, customer_id, inside).items():
        rooms |= {line.id: part_room(room, counts[kit_id], line.quantity) for line in inside[kit_id]}
    return rooms


def rooms_on(scope: Scope, order_id: int, customer_id: int, lines: Mapping[int, OrderLine]) -> dict[int, Room]:
    """`rooms_of` some lines that are loaded and in no kit."""
    says = {line_id: Agreed(line.quantity, line.discount_amount) for line_id, line in lines.items()}
    was = agreed_of(scope, order_id, says)
    tolerances = tolerances_of(scope, customer_id, {line.variant_id for line in lines.values()})
    again = delivered_again(scope, order_id)
    return {
        line_id: room_of(
            tolerances[line.variant_id],
            was[line_id].quantity,
            line.quantity,
            is_again=again.get(line_id, ZERO) != ZERO,
        )
        for line_id, line in lines.items()
    }


def kit_rooms(
    scope: Scope, order_id: int, customer_id: int, inside: Mapping[int, Sequence[OrderLine]]
) -> dict[int, Room]:
    """How far shipments may be off of kits with these lines: the tolerance is that of the kit, not of its parts."""
    kits = _kits(scope, inside)
    was = agreed_kits(scope, order_id, {kit.id: Agreed(kit.quantity, kit.discount_amount) for kit in kits})
    tolerances = tolerances_of(scope, customer_id, {kit.variant_id for kit in kits})
    again = delivered_again(scope, order_id)
    return {
        kit.id: room_of(
            tolerances[kit.variant_id],
            was[kit.id].quantity,
            kit.quantity,
            is_again=any(again.get(line.id, ZERO) != ZERO for line in inside[kit.id]),
        )
        for kit in kits
    }


def _kits(scope: Scope, kit_ids: Mapping[int, Sequence[OrderLine]]) -> Sequence[OrderKit]:
    return scope.session.scalars(select(OrderKit).where(OrderKit.id.in_(kit_ids)).order_by(OrderKit.id)).all()


def _agreed(
    scope: Scope, order_id: int, table: type[AmendmentLine] | type[AmendmentKit], says: Mapping[int, Agreed]
) -> dict[int, Agreed]:
    written: dict[int, list[Written]] = defaultdict(list)
    names = AmendmentLine.order_line_id if table is AmendmentLine else AmendmentKit.order_kit_id
    for about, shipment_id, *said in scope.session.execute(
        select(names, OrderAmendment.shipment_id)
        .add_columns(table.before_quantity, table.after_quantity, table.before_discount, table.after_discount)
        .join(OrderAmendment, OrderAmendment.id == table.amendment_id)
        .where(OrderAmendment.order_id == order_id, OrderAmendment.state == AmendmentState.ACCEPTED)
        .order_by(OrderAmendment.revision)
    ):
        written[about or 0].append(Written(shipment_id is not None, *said))
    return {each: agreed(now.quantity, now.discount, written[each]) for each, now in says.items()}
