"""What was ordered of a line, whatever shipments that were off made of it, and how far the next one may be off."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select

from core.base.exact import ZERO
from core.sales.amend_models import AmendmentLine, AmendmentState, OrderAmendment
from core.sales.models import OrderLine
from core.sales.money.worth import delivered_again
from core.sales.tolerance import tolerances_of
from core.sales.tolerance_rules import Agreed, Room, Tolerance, Written, agreed, room_of
from core.security.permissions import P
from core.work.command import Scope, query


def agreed_of(scope: Scope, order_id: int, says: Mapping[int, Agreed]) -> dict[int, Agreed]:
    """What was ordered of lines of an amended order that say this now, shipments that were off aside."""
    written: dict[int, list[Written]] = defaultdict(list)
    for row, shipment_id in scope.session.execute(
        select(AmendmentLine, OrderAmendment.shipment_id)
        .join(OrderAmendment, OrderAmendment.id == AmendmentLine.amendment_id)
        .where(OrderAmendment.order_id == order_id, OrderAmendment.state == AmendmentState.ACCEPTED)
        .order_by(OrderAmendment.revision)
    ):
        written[row.order_line_id or 0].append(
            Written(
                shipment_id is not None,
                row.before_quantity,
                row.after_quantity,
                row.before_discount,
                row.after_discount,
            )
        )
    return {line_id: agreed(now.quantity, now.discount, written[line_id]) for line_id, now in says.items()}


@query(P.ORDER_READ)
def rooms_of(scope: Scope, order_id: int, customer_id: int) -> dict[int, Room]:
    """How far the next shipment may be off, by line."""
    lines = scope.session.scalars(select(OrderLine).where(OrderLine.order_id == order_id)).all()
    return rooms_on(scope, order_id, customer_id, {line.id: line for line in lines})


def rooms_on(scope: Scope, order_id: int, customer_id: int, lines: Mapping[int, OrderLine]) -> dict[int, Room]:
    """`rooms_of` of some lines of an order that are loaded."""
    was = agreed_of(
        scope, order_id, {line_id: Agreed(line.quantity, line.discount_amount) for line_id, line in lines.items()}
    )
    tolerances = tolerances_of(scope, customer_id, {line.variant_id for line in lines.values()})
    again = delivered_again(scope, order_id)
    return {
        line_id: room_of(
            tolerances[line.variant_id] if line.kit_id is None else Tolerance(),
            was[line_id].quantity,
            line.quantity,
            is_again=again.get(line_id, ZERO) != ZERO,
        )
        for line_id, line in lines.items()
    }
