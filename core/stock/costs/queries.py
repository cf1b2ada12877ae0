"""What goods are worth, now or on a day, and why a move cost what it did."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import NotFound
from core.base.exact import PRICE_PLACES, ZERO, allocate, round_to
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.costs.current import pools_of, unit_cost_of
from core.stock.costs.load import MOVE, histories, last_close
from core.stock.costs.models import CostAdjustmentLine, CostBalance, CostBook, CostEntry
from core.stock.costs.moments import end_of
from core.stock.costs.plan import Timed
from core.stock.costs.rules.events import EntryKind, Method
from core.stock.costs.rules.pools import Take, unit_of
from core.stock.costs.rules.replay import replay
from core.stock.models import Location, MoveState, StockLevel, StockMove
from core.work.command import Scope, query


@dataclass(frozen=True)
class StockCostRow:
    """What a product on hand is worth, in one warehouse or (None) in all."""

    variant_id: int
    sku: str
    name: str
    warehouse_id: int | None
    quantity: Decimal
    amount: Decimal
    unit_cost: Decimal | None


@dataclass(frozen=True)
class EatenRow:
    """So much of what came in with a move went with an issue. No move: taken at the average, or owed."""

    move_id: int | None
    received_at: datetime | None
    origin_type: str
    origin_id: int | None
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class CostEntryRow:
    """An entry of a move: what it cost first, and what became known later."""

    kind: EntryKind
    at: datetime
    recorded_at: datetime
    is_late: bool
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True)
class MoveCostCard:
    """The cost of a move explained. Above zero the amount came in, below zero it left."""

    move_id: int
    method: Method
    quantity: Decimal
    amount: Decimal
    unit_cost: Decimal | None
    entries: tuple[CostEntryRow, ...]
    eaten: tuple[EatenRow, ...]


@dataclass(frozen=True)
class CostDayRow:
    """What a unit cost at the end of a day on which its cost changed."""

    on: date
    quantity: Decimal
    amount: Decimal
    unit_cost: Decimal


@query(P.COST_READ)
def stock_costs(
    scope: Timed,
    *,
    on: date | None = None,
    by_warehouse: bool = False,
    variant_ids: Collection[int] | None = None,
) -> list[StockCostRow]:
    """What is or at the end of a day was on hand, and what it was worth as known now, by SKU.

    Where a product has one cost for all warehouses, each shows its share by quantity.
    """
    totals = _amounts(scope, on, variant_ids)
    named = {
        variant_id: (sku, name)
        for variant_id, sku, name in scope.session.execute(
            select(Variant.id, Variant.sku, Product.name)
            .join(Product, Product.id == Variant.product_id)
            .join(CostBook, CostBook.variant_id == Variant.id)
            .order_by(Variant.sku)
        )
    }
    per_variant: dict[int, dict[int | None, tuple[Decimal, Decimal]]] = {}
    for (variant_id, warehouse_id), total in totals.items():
        per_variant.setdefault(variant_id, {})[warehouse_id] = total
    held = _held(scope, on, per_variant) if by_warehouse else {}
    rows = []
    for variant_id, (sku, name) in named.items():
        pools = per_variant.get(variant_id)
        if pools is None:
            continue
        if by_warehouse:
            parts = pools if None not in pools else _divided(pools[None][1], held.get(variant_id, {}))
        else:
            quantities = sum((quantity for quantity, _ in pools.values()), ZERO)
            parts = {None: (quantities, sum((amount for _, amount in pools.values()), ZERO))}
        for warehouse_id, (quantity, amount) in parts.items():
            unit = unit_of(amount, quantity) if quantity else None
            rows.append(StockCostRow(variant_id, sku, name, warehouse_id, quantity, amount, unit))
    return rows


@query(P.COST_READ)
def unit_cost(scope: Scope, variant_id: int, warehouse_id: int | None = None) -> Decimal | None:
    """What one unit costs now: of what is on hand, or as it was known last; None where it never had a cost."""
    pools = pools_of(scope.session, [variant_id])[variant_id]
    return unit_cost_of([pool for pool in pools if warehouse_id is None or pool.warehouse_id in {None, warehouse_id}])


@query(P.COST_READ)
def move_cost(scope: Scope, move_id: int) -> MoveCostCard:
    """Why a move cost what it did: its entries, and the layers it ate; `NotFound` where it has no cost."""
    entries = scope.session.scalars(
        select(CostEntry).where(CostEntry.move_id == move_id).order_by(CostEntry.at, CostEntry.id)
    ).all()
    move = scope.session.get(StockMove, move_id)
    if not entries or move is None:
        raise NotFound(what=N_("The cost of this move"))
    amount = sum((each.amount for each in entries if each.kind is not EntryKind.EXPENSED), ZERO)
    close = last_close(scope.session, before=move.at)
    eaten: tuple[Take, ...] = ()
    method = Method.AVERAGE
    for history in histories(scope.session, [move.variant_id], close=close, until=move.at).values():
        replayed = replay(history.events, history.opening)
        method = replayed.state.policy.method
        eaten = tuple(take for each in replayed.entries if each.ref == (MOVE, move_id) for take in each.takes)
    return MoveCostCard(
        move_id=move_id,
        method=method,
        quantity=move.quantity,
        amount=amount,
        unit_cost=unit_of(abs(amount), move.quantity),
        entries=tuple(
            CostEntryRow(each.kind, each.at, each.recorded_at, each.is_late, each.quantity, each.amount)
            for each in entries
        ),
        eaten=tuple(_eaten(scope, eaten)),
    )


@query(P.COST_READ)
def document_cost(scope: Scope, origin_type: str, origin_id: int) -> dict[int, Decimal]:
    """The amount of every move of a document: above zero came in, below zero left."""
    found = scope.session.execute(
        select(CostEntry.move_id, func.sum(CostEntry.amount))
        .join(StockMove, StockMove.id == CostEntry.move_id)
        .where(StockMove.origin_type == origin_type, StockMove.origin_id == origin_id)
        .where(CostEntry.kind != EntryKind.EXPENSED)
        .group_by(CostEntry.move_id)
        .order_by(CostEntry.move_id)
    )
    return {move_id: amount for move_id, amount in found if move_id is not None}


@query(P.COST_READ)
def cost_history(scope: Scope, variant_id: int, *, since: date | None = None) -> list[CostDayRow]:
    """One row for each day on which the cost of a unit changed, oldest first, as it is known now."""
    entries = scope.session.execute(
        select(
            CostEntry.booked_on,
            CostEntry.quantity,
            CostEntry.amount,
            CostAdjustmentLine.unit_cost,
            CostAdjustmentLine.factor,
        )
        .outerjoin(CostAdjustmentLine, CostAdjustmentLine.id == CostEntry.adjustment_line_id)
        .where(CostEntry.variant_id == variant_id, CostEntry.kind != EntryKind.EXPENSED)
        .order_by(CostEntry.at, CostEntry.id)
    )
    days: dict[date, CostDayRow] = {}
    quantity = amount = unit = ZERO
    for on, quantity_change, amount_change, set_cost, factor in entries:
        quantity, amount = quantity + quantity_change, amount + amount_change
        if quantity > 0:
            unit = unit_of(amount, quantity)
        elif set_cost is not None:
            unit = set_cost
        elif factor is not None:
            unit = round_to(unit * factor, PRICE_PLACES)
        days[on] = CostDayRow(on, quantity, amount, unit)
    rows: list[CostDayRow] = []
    for row in days.values():
        if not rows or rows[-1].unit_cost != row.unit_cost:
            rows.append(row)
    return [row for row in rows if since is None or row.on >= since]


def _amounts(
    scope: Scope, on: date | None, variant_ids: Collection[int] | None
) -> dict[tuple[int, int | None], tuple[Decimal, Decimal]]:
    """Quantity and amount by variant and warehouse of the pool."""
    table = CostBalance if on is None else CostEntry
    wanted = select(table.variant_id, table.warehouse_id, func.sum(table.quantity), func.sum(table.amount))
    if on is not None:
        wanted = wanted.where(CostEntry.booked_on <= on, CostEntry.kind != EntryKind.EXPENSED)
    if variant_ids is not None:
        wanted = wanted.where(table.variant_id.in_(list(variant_ids)))
    found = scope.session.execute(wanted.group_by(table.variant_id, table.warehouse_id))
    return {
        (variant_id, warehouse_id): (quantity, amount)
        for variant_id, warehouse_id, quantity, amount in found
        if quantity or amount
    }


def _held(scope: Timed, on: date | None, variant_ids: Iterable[int]) -> dict[int, dict[int | None, Decimal]]:
    """How much of each variant every warehouse holds, or held at the end of a day."""
    wanted = list(variant_ids)
    held: dict[int, dict[int | None, Decimal]] = {}
    for variant_id, warehouse_id, quantity in scope.session.execute(
        select(StockLevel.variant_id, Location.warehouse_id, func.sum(StockLevel.on_hand))
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id.in_(wanted), Location.warehouse_id.is_not(None))
        .group_by(StockLevel.variant_id, Location.warehouse_id)
    ):
        held.setdefault(variant_id, {})[warehouse_id] = quantity
    if on is None:
        return held
    end = end_of(on, scope.settings.timezone)
    for column, sign in ((StockMove.target_id, -1), (StockMove.source_id, 1)):
        for variant_id, warehouse_id, quantity in scope.session.execute(
            select(StockMove.variant_id, Location.warehouse_id, func.sum(StockMove.quantity))
            .join(Location, Location.id == column)
            .where(
                StockMove.variant_id.in_(wanted),
                StockMove.state == MoveState.DONE,
                StockMove.at > end,
                Location.warehouse_id.is_not(None),
            )
            .group_by(StockMove.variant_id, Location.warehouse_id)
        ):
            places = held.setdefault(variant_id, {})
            places[warehouse_id] = places.get(warehouse_id, ZERO) + sign * quantity
    return held


def _divided(amount: Decimal, held: dict[int | None, Decimal]) -> dict[int | None, tuple[Decimal, Decimal]]:
    places = {
        warehouse_id: quantity
        for warehouse_id, quantity in sorted(held.items(), key=lambda each: each[0] or 0)
        if quantity
    }
    shares = allocate(amount, list(places.values()), PRICE_PLACES) if places else []
    return {
        warehouse_id: (quantity, share) for (warehouse_id, quantity), share in zip(places.items(), shares, strict=True)
    }


def _eaten(scope: Scope, takes: Collection[Take]) -> Iterable[EatenRow]:
    ids = [take.layer[1] for take in takes if take.layer is not None and take.layer[0] == MOVE]
    sources = {move.id: move for move in scope.session.scalars(select(StockMove).where(StockMove.id.in_(ids)))}
    for take in takes:
        source = sources.get(take.layer[1]) if take.layer is not None and take.layer[0] == MOVE else None
        if source is None:
            yield EatenRow(None, None, "", None, take.quantity, take.amount)
        else:
            origin = (source.origin_type, source.origin_id)
            yield EatenRow(source.id, source.at, *origin, take.quantity, take.amount)
