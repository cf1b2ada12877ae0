"""What dated goods are worth by when they expire, and what of them is not sold in time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, or_, select

from core.base.exact import ZERO, round_to
from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.costs.models import CostBalance
from core.stock.expiry_risk import WINDOW, Bucket, Held, Outlook, bucket_of, days_to_sell, outlooks
from core.stock.lot_queries import dates_of
from core.stock.models import (
    CUSTOMER,
    SUPPLIER,
    Location,
    LocationKind,
    Lot,
    MoveState,
    StockDocument,
    StockLevel,
    StockMove,
    Warehouse,
)
from core.suppliers.models import Supplier
from core.work.command import Scope, query

SOLD_FROM = (LocationKind.STORAGE, LocationKind.TRANSIT)
IDS_AT_ONCE = 5_000


@dataclass(frozen=True)
class RiskRow:
    """A lot in a warehouse: when it expires, what it is worth, what is not sold in time and what to do about it.

    `sold` is what the warehouse sold of the product in 90 days; `other` is what lies where nothing is sold from;
    `sells_for` are the days on which it can still be sold, None for always.
    Values are None for those who may not see costs.
    """

    lot_id: int
    variant_id: int
    sku: str
    name: str
    number: str
    warehouse_id: int
    warehouse: str
    bucket: Bucket
    days: int | None
    quantity: Decimal
    other: Decimal
    sold: Decimal
    outlook: Outlook
    supplier: str
    value: Decimal | None
    unsold_value: Decimal | None
    sells_for: int | None = None


@dataclass(frozen=True)
class BucketRow:
    """All that expires within the same time."""

    bucket: Bucket
    lots: int
    quantity: Decimal
    unsold: Decimal
    value: Decimal | None
    unsold_value: Decimal | None


@query(P.STOCK_READ)
def expiry_risks(scope: Scope, *, warehouse_id: int | None = None) -> list[RiskRow]:
    """Every lot that is here, in one warehouse or in all, first what expires first.

    Reads the levels of lots and the moves of 90 days: what it costs does not grow with the past.
    """
    held = _held(scope)
    variants = sorted({variant_id for _, _, variant_id in held})
    sold = _sold(scope, variants)
    suppliers = _suppliers(scope, {lot_id for _, lot_id, _ in held})
    worth = _worth(scope, variants) if scope.actor.may(P.COST_READ) else None
    lots = _lots(scope, {lot_id for _, lot_id, _ in held})
    houses = {house: name for house, name in scope.session.execute(select(Warehouse.id, Warehouse.name))}
    by_variant: dict[int, list[Held]] = defaultdict(list)
    for (house, lot_id, variant_id), (sellable, _) in held.items():
        lot = lots[lot_id][0]
        days = days_to_sell(dates_of(lot), lot.is_blocked, scope.today)
        by_variant[variant_id].append(Held(lot_id, house, sellable, days))
    found: dict[tuple[int, int], Outlook] = {}
    for variant_id, goods in by_variant.items():
        found |= outlooks(goods, sold.get(variant_id, {}), suppliers)
    rows = []
    for (house, lot_id, variant_id), (sellable, other) in held.items():
        if warehouse_id is not None and house != warehouse_id:
            continue
        lot, sku, name = lots[lot_id]
        outlook = found[house, lot_id]
        unit = None if worth is None else _unit(worth, variant_id, house, lot_id)
        rows.append(
            RiskRow(
                *(lot_id, variant_id, sku, name, lot.number, house, houses[house]),
                bucket=bucket_of(lot.expiry_on, scope.today),
                days=None if lot.expiry_on is None else (lot.expiry_on - scope.today).days,
                quantity=sellable + other,
                other=other,
                sold=sold.get(variant_id, {}).get(house, ZERO),
                outlook=outlook,
                supplier=suppliers.get(lot_id, ""),
                value=None if unit is None else round_to((sellable + other) * unit),
                unsold_value=None if unit is None else round_to(outlook.unsold * unit),
                sells_for=days_to_sell(dates_of(lot), lot.is_blocked, scope.today),
            )
        )
    return sorted(rows, key=lambda row: (row.days is None, row.days or 0, row.sku, row.number, row.warehouse_id))


def buckets(rows: Iterable[RiskRow]) -> list[BucketRow]:
    """The rows added up by when they expire; every bucket stands there."""
    sums: dict[Bucket, list[RiskRow]] = {bucket: [] for bucket in Bucket}
    for row in rows:
        sums[row.bucket].append(row)
    return [
        BucketRow(
            bucket=bucket,
            lots=len({row.lot_id for row in own}),
            quantity=sum((row.quantity for row in own), ZERO),
            unsold=sum((row.outlook.unsold for row in own), ZERO),
            value=_total(row.value for row in own),
            unsold_value=_total(row.unsold_value for row in own),
        )
        for bucket, own in sums.items()
    ]


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    found = list(amounts)
    known = [each for each in found if each is not None]
    return None if len(known) < len(found) else sum(known, ZERO)


def _held(scope: Scope) -> dict[tuple[int, int, int], tuple[Decimal, Decimal]]:
    """By warehouse, lot and product: what can be sold from where it lies, and what cannot."""
    found: dict[tuple[int, int, int], tuple[Decimal, Decimal]] = {}
    for house, lot_id, variant_id, kind, quantity in map(
        tuple[Any, ...],
        scope.session.execute(
            select(Location.warehouse_id, StockLevel.lot_id, StockLevel.variant_id, Location.kind, StockLevel.on_hand)
            .join(Location, Location.id == StockLevel.location_id)
            .where(StockLevel.lot_id.is_not(None), StockLevel.on_hand > ZERO, Location.warehouse_id.is_not(None))
            .order_by(StockLevel.id)
        ),
    ):
        sellable, other = found.get((house, lot_id, variant_id), (ZERO, ZERO))
        is_sold = kind in SOLD_FROM
        found[house, lot_id, variant_id] = (
            sellable + (quantity if is_sold else ZERO),
            other + (ZERO if is_sold else quantity),
        )
    return found


def _lots(scope: Scope, lot_ids: Collection[int]) -> dict[int, tuple[Lot, str, str]]:
    return {
        lot.id: (lot, sku, name)
        for some in _some(lot_ids)
        for lot, sku, name in scope.session.execute(
            select(Lot, Variant.sku, Product.name)
            .join(Variant, Variant.id == Lot.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Lot.id.in_(some))
        )
    }


def _sold(scope: Scope, variant_ids: Collection[int]) -> dict[int, dict[int, Decimal]]:
    """What each warehouse sold of each product in 90 days: what orders took less what came back."""
    sold: dict[int, dict[int, Decimal]] = {}
    net = func.sum(case((StockMove.target_id == CUSTOMER, StockMove.quantity), else_=-StockMove.quantity))
    ours = case((StockMove.target_id == CUSTOMER, StockMove.source_id), else_=StockMove.target_id)
    for some in _some(variant_ids):
        for variant_id, house, quantity in scope.session.execute(
            select(StockMove.variant_id, Location.warehouse_id, net)
            .join(Location, Location.id == ours)
            .where(
                StockMove.variant_id.in_(some),
                StockMove.at > scope.now - timedelta(days=WINDOW),
                StockMove.state == MoveState.DONE,
                or_(StockMove.target_id == CUSTOMER, StockMove.source_id == CUSTOMER),
                StockMove.origin_type != StockDocument.__tablename__,
                Location.warehouse_id.is_not(None),
            )
            .group_by(StockMove.variant_id, Location.warehouse_id)
        ):
            sold.setdefault(variant_id, {})[house] = quantity
    return sold


def _suppliers(scope: Scope, lot_ids: Collection[int]) -> dict[int, str]:
    """Who delivered a lot, where a receipt that stands names a supplier; of several the last."""
    undone = select(StockDocument.reverses_id).where(StockDocument.reverses_id.is_not(None))
    return {
        lot_id: name
        for some in _some(lot_ids)
        for lot_id, name in scope.session.execute(
            select(StockMove.lot_id, Supplier.name)
            .join(StockDocument, StockDocument.id == StockMove.origin_id)
            .join(Supplier, Supplier.id == StockDocument.supplier_id)
            .where(
                StockMove.lot_id.in_(some),
                StockMove.source_id == SUPPLIER,
                StockMove.origin_type == StockDocument.__tablename__,
                StockDocument.id.not_in(undone),
            )
            .order_by(StockMove.id)
        )
        if lot_id is not None
    }


_Pools = dict[tuple[int, int | None, int | None], Decimal]


def _worth(scope: Scope, variant_ids: Collection[int]) -> _Pools:
    """What one costs in each pool of these products."""
    return {
        (variant_id, house, lot_id): amount / quantity if quantity > ZERO else last
        for some in _some(variant_ids)
        for variant_id, house, lot_id, quantity, amount, last in scope.session.execute(
            select(
                CostBalance.variant_id,
                CostBalance.warehouse_id,
                CostBalance.lot_id,
                CostBalance.quantity,
                CostBalance.amount,
                CostBalance.last_cost,
            ).where(CostBalance.variant_id.in_(some))
        )
    }


def _unit(worth: _Pools, variant_id: int, house: int, lot_id: int) -> Decimal:
    for pool in ((house, lot_id), (None, lot_id), (house, None), (None, None)):
        if (variant_id, *pool) in worth:
            return worth[variant_id, *pool]
    return ZERO


def _some(ids: Collection[int]) -> Iterator[Sequence[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IDS_AT_ONCE):
        yield ordered[start : start + IDS_AT_ONCE]
