"""Stock in the days to come: what is on hand, what is expected to come, what is promised or planned to leave.

What should have come and did not counts nowhere until somebody says when it comes; what should have
left leaves today.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import InvalidInput, NotFound
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.security.permissions import P
from core.stock.costs.plan import Timed
from core.stock.models import Location, Lot, MoveState, PlannedMove, StockLevel, StockMove, Warehouse
from core.stock.shelves import for_sale
from core.stock.transfers.queries import arrivals
from core.work.command import command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class Planned:
    """So much comes (above zero) or leaves on a day."""

    on: date
    quantity: Decimal
    planned_id: int | None = None
    note: str = ""


@dataclass(frozen=True)
class ProjectedRow:
    """A change that is to come: what there is before and after it, and what can be promised from then on."""

    on: date
    before: Decimal
    change: Decimal
    after: Decimal
    can_promise: Decimal
    planned_id: int | None
    note: str


def project(on_hand: Decimal, planned: Iterable[Planned], today: date) -> list[ProjectedRow]:
    """The changes to come in their order, with what is left after each."""
    due = [
        Planned(max(each.on, today), each.quantity, each.planned_id, each.note)
        for each in planned
        if each.on >= today or each.quantity < ZERO
    ]
    steps = []
    running = on_hand
    for each in sorted(due, key=lambda each: each.on):
        steps.append((each, running, running + each.quantity))
        running += each.quantity
    rows: list[ProjectedRow] = []
    lowest = running
    for each, before, after in reversed(steps):
        lowest = min(lowest, after)
        rows.append(ProjectedRow(each.on, before, each.quantity, after, lowest, each.planned_id, each.note))
    return rows[::-1]


def can_promise_on(on_hand: Decimal, rows: Sequence[ProjectedRow], quantity: Decimal, today: date) -> date | None:
    """The first day from which on so much more can be promised for good; None where nobody knows of one."""
    if (not rows or rows[0].on > today) and min([on_hand, *(row.can_promise for row in rows[:1])]) >= quantity:
        return today
    last_of_day = {row.on: row for row in rows}
    return next((on for on, row in sorted(last_of_day.items()) if row.can_promise >= quantity), None)


@command(P.STOCK_MOVE)
def plan_goods(
    uow: UnitOfWork,
    *,
    variant_id: int,
    warehouse_id: int,
    quantity: Decimal,
    is_incoming: bool,
    planned_on: date,
    note: str = "",
) -> int:
    """Say that goods are to come or to leave on a day from today on. Nothing moves and nothing is promised by that."""
    if quantity <= ZERO or not fits(quantity, QUANTITY_PLACES):
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    if planned_on < uow.today:
        raise InvalidInput(field=N_("Day"), reason=N_("choose today or a later day."))
    kind = uow.session.scalar(
        select(Product.kind).join(Variant, Variant.product_id == Product.id).where(Variant.id == variant_id)
    )
    if kind != ProductKind.STOCKED or uow.session.get(Warehouse, warehouse_id) is None:
        raise NotFound(what=N_("The product or the warehouse"))
    planned = uow.add(
        PlannedMove(
            variant_id=variant_id,
            warehouse_id=warehouse_id,
            quantity=quantity,
            is_incoming=is_incoming,
            planned_on=planned_on,
            note=note.strip()[:200],
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    uow.audit("goods.planned", planned, variant=variant_id, quantity=quantity, incoming=is_incoming, on=planned_on)
    return planned.id


@command(P.STOCK_MOVE)
def end_planned(uow: UnitOfWork, planned_id: int) -> None:
    """Strike out what was planned: it has come, has left, or will not."""
    planned = uow.session.get(PlannedMove, planned_id, with_for_update=True)
    if planned is None or planned.ended_at is not None:
        raise NotFound(what=N_("The plan"))
    planned.ended_at = uow.now
    uow.audit("goods.plan_ended", planned)


@query(P.STOCK_READ)
def projected_stock(
    scope: Timed, variant_id: int, *, warehouse_id: int | None = None
) -> tuple[Decimal, list[ProjectedRow]]:
    """What can be sold of a variant now (promised or not), and the changes to come."""
    return projections(scope, [variant_id], warehouse_id=warehouse_id)[variant_id]


@query(P.STOCK_READ)
def projections(
    scope: Timed, variant_ids: Collection[int], *, warehouse_id: int | None = None
) -> dict[int, tuple[Decimal, list[ProjectedRow]]]:
    """`projected_stock` of several, with as many questions to the database as for one."""
    held = (
        select(StockLevel.variant_id, func.sum(StockLevel.on_hand))
        .join(Location, Location.id == StockLevel.location_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.variant_id.in_(variant_ids), for_sale(scope.today))
        .group_by(StockLevel.variant_id)
    )
    promised = (
        select(StockMove.variant_id, func.sum(StockMove.quantity))
        .join(Location, Location.id == StockMove.source_id)
        .where(StockMove.variant_id.in_(variant_ids), StockMove.state == MoveState.RESERVED)
        .group_by(StockMove.variant_id)
    )
    plans = select(PlannedMove).where(PlannedMove.variant_id.in_(variant_ids), PlannedMove.ended_at.is_(None))
    if warehouse_id is not None:
        held = held.where(Location.warehouse_id == warehouse_id)
        promised = promised.where(Location.warehouse_id == warehouse_id)
        plans = plans.where(PlannedMove.warehouse_id == warehouse_id)
    planned: dict[int, list[Planned]] = {variant_id: [] for variant_id in variant_ids}
    for variant_id, reserved in scope.session.execute(promised):
        if reserved:
            planned[variant_id].append(Planned(scope.today, -reserved))
    for each in scope.session.scalars(plans.order_by(PlannedMove.planned_on, PlannedMove.id)):
        change = each.quantity if each.is_incoming else -each.quantity
        planned[each.variant_id].append(Planned(each.planned_on, change, each.id, each.note))
    for variant_id, on, coming, number in arrivals(scope, variant_ids, warehouse_id):
        planned[variant_id].append(Planned(on, coming, None, number))
    on_hand: dict[int, Decimal] = {variant_id: quantity for variant_id, quantity in scope.session.execute(held)}
    return {
        variant_id: (on_hand.get(variant_id, ZERO), project(on_hand.get(variant_id, ZERO), changes, scope.today))
        for variant_id, changes in planned.items()
    }


@query(P.STOCK_READ)
def next_arrival(
    scope: Timed, variant_ids: Collection[int], *, warehouse_id: int | None = None
) -> dict[int, tuple[date, Decimal]]:
    """When more of these is expected next, planned or from another warehouse, and how much on that day."""
    expected: dict[int, dict[date, Decimal]] = {}
    for variant_id, (_, rows) in projections(scope, variant_ids, warehouse_id=warehouse_id).items():
        for row in rows:
            if row.change > ZERO:
                days = expected.setdefault(variant_id, {})
                days[row.on] = days.get(row.on, ZERO) + row.change
    return {variant_id: min(days.items()) for variant_id, days in expected.items()}
