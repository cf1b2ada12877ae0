"""Reads of stock: levels, the stock card, warehouses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal_column, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.catalog.models import FOR_SALE, Product, Variant, VariantWord
from core.db.words import matching
from core.security.permissions import P
from core.stock.models import (
    UNAVAILABLE,
    Location,
    LocationKind,
    Lot,
    MoveState,
    StockLevel,
    StockMove,
    Warehouse,
)
from core.stock.shelves import for_sale
from core.work.command import Scope, query


@dataclass(frozen=True)
class WarehouseRow:
    """A warehouse."""

    id: int
    code: str
    name: str
    is_active: bool
    province: str = ""
    city: str = ""
    street: str = ""


@dataclass(frozen=True)
class LevelRow:
    """What a warehouse has of a variant; `unavailable`, such as what awaits inspection, may be promised to nobody."""

    variant_id: int
    sku: str
    name: str
    unit: str
    warehouse_id: int
    warehouse: str
    on_hand: Decimal
    reserved: Decimal
    unavailable: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """On hand less what is promised, and less what may be promised to nobody."""
        return self.on_hand - self.reserved - self.unavailable


@dataclass(frozen=True)
class PlaceRow:
    """What lies of a variant at places of one kind beside the storage of a warehouse."""

    variant_id: int
    sku: str
    name: str
    unit: str
    warehouse: str
    kind: LocationKind
    on_hand: Decimal


@dataclass(frozen=True)
class LevelTotals:
    """What the levels that pass a filter add up to."""

    count: int
    on_hand: Decimal
    reserved: Decimal
    unavailable: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """On hand less what is promised, and less what may be promised to nobody."""
        return self.on_hand - self.reserved - self.unavailable


@dataclass(frozen=True)
class MoveRow:
    """A line of the stock card: a move as one warehouse sees it; `balance` is on hand after it."""

    id: int
    at: datetime
    warehouse: str
    change: Decimal
    balance: Decimal | None
    state: MoveState
    other_end: LocationKind
    origin_type: str
    origin_id: int


@query(P.STOCK_READ)
def warehouses(scope: Scope, *, with_closed: bool = False) -> list[WarehouseRow]:
    """Warehouses by code."""
    wanted = select(Warehouse).order_by(Warehouse.code)
    if not with_closed:
        wanted = wanted.where(Warehouse.is_active)
    rows = scope.session.scalars(wanted)
    return [WarehouseRow(w.id, w.code, w.name, w.is_active, w.province, w.city, w.street) for w in rows]


@query(P.STOCK_READ)
def stock_levels(
    scope: Scope,
    *,
    text: str = "",
    warehouse_id: int | None = None,
    variant_ids: Iterable[int] | None = None,
    only_short: bool = False,
    limit: int = 200,
    offset: int = 0,
) -> list[LevelRow]:
    """What is where, by SKU; `text` finds code, name, pinyin or barcode, `only_short` what has nothing available."""
    wanted = _by_warehouse(scope.today, text, warehouse_id, variant_ids, only_short=only_short)
    wanted = wanted.order_by(Variant.sku, Warehouse.code).limit(limit).offset(offset)
    return [LevelRow(*row) for row in scope.session.execute(wanted)]


@query(P.STOCK_READ)
def level_totals(
    scope: Scope, *, text: str = "", warehouse_id: int | None = None, only_short: bool = False
) -> LevelTotals:
    """How many levels `stock_levels` goes through, and what they add up to."""
    each = _by_warehouse(scope.today, text, warehouse_id, None, only_short=only_short).subquery()
    summed = select(func.count(), func.sum(each.c.on_hand), func.sum(each.c.reserved), func.sum(each.c.unavailable))
    row = scope.session.execute(summed).one()
    return LevelTotals(row[0], *(number or ZERO for number in row[1:]))


@query(P.STOCK_READ)
def goods_beside_storage(
    scope: Scope, *, warehouse_id: int | None = None, variant_ids: Iterable[int] | None = None, limit: int = 200
) -> list[PlaceRow]:
    """What lies in warehouses without being for sale: awaiting inspection, second quality."""
    conditions: list[ColumnElement[bool]] = [Location.kind.in_(UNAVAILABLE), StockLevel.on_hand != ZERO]
    if warehouse_id is not None:
        conditions.append(Warehouse.id == warehouse_id)
    if variant_ids is not None:
        conditions.append(Variant.id.in_(list(variant_ids)))
    wanted = _levels(
        select(Variant.id, Variant.sku, Product.name, Product.unit, Warehouse.name, Location.kind).add_columns(
            func.sum(StockLevel.on_hand)
        ),
        conditions,
    )
    wanted = wanted.group_by(
        Variant.id, Variant.sku, Product.name, Product.unit, Warehouse.name, Warehouse.code, Location.kind
    )
    found = scope.session.execute(wanted.order_by(Warehouse.code, Location.kind, Variant.sku).limit(limit))
    return [PlaceRow(*row) for row in found]


@query(P.STOCK_READ)
def stock_card(
    scope: Scope, variant_id: int, *, warehouse_id: int | None = None, limit: int = 200, offset: int = 0
) -> list[MoveRow]:
    """The latest moves of a variant in, out of and inside warehouses, newest first, with the balance after each."""
    source, target = aliased(Location), aliased(Location)
    rows: list[MoveRow] = []
    moves = (
        select(StockMove, source, target)
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(StockMove.variant_id == variant_id, StockMove.state != MoveState.CANCELLED)
        .where(_within(source, warehouse_id) | _within(target, warehouse_id))
        .where(source.kind != LocationKind.RELABEL, target.kind != LocationKind.RELABEL)
        .order_by(StockMove.at.desc(), StockMove.id.desc())
        .limit(offset + limit)
    )
    balance = on_hand(scope, variant_id, warehouse_id)
    for move, left, reached in scope.session.execute(moves):
        comes_in, goes_out = (_is_inside(place, warehouse_id) for place in (reached, left))
        here, other = (reached, left) if comes_in else (left, reached)
        change = move.quantity * (int(comes_in) - int(goes_out))
        is_done = move.state == MoveState.DONE
        rows.append(
            MoveRow(
                id=move.id,
                at=move.at,
                warehouse=here.name,
                change=change,
                balance=balance if is_done else None,
                state=move.state,
                other_end=other.kind,
                origin_type=move.origin_type,
                origin_id=move.origin_id,
            )
        )
        if is_done:
            balance -= change
    return rows[offset:]


@query(P.STOCK_READ)
def count_moves(scope: Scope, variant_id: int, *, warehouse_id: int | None = None, most: int | None = None) -> int:
    """How many moves the stock card of a variant has, counted no further than `most`."""
    places = select(Location.id).where(_within(Location, warehouse_id))
    passing = select(Location.id).where(Location.kind == LocationKind.RELABEL)
    counted = (
        select(StockMove.id)
        .where(
            StockMove.variant_id == variant_id,
            StockMove.state != MoveState.CANCELLED,
            StockMove.source_id.in_(places) | StockMove.target_id.in_(places),
            StockMove.source_id.not_in(passing),
            StockMove.target_id.not_in(passing),
        )
        .limit(most)
    )
    return int(scope.session.scalars(select(func.count()).select_from(counted.subquery())).one())


@query(P.STOCK_READ)
def on_hand(scope: Scope, variant_id: int, warehouse_id: int | None = None) -> Decimal:
    """What is physically there, in one warehouse or all, whether it may be sold or not."""
    wanted = (
        select(func.sum(StockLevel.on_hand))
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id == variant_id, Location.kind != LocationKind.TRANSIT)
    )
    if warehouse_id is not None:
        wanted = wanted.where(Location.warehouse_id == warehouse_id)
    return scope.session.scalar(wanted) or ZERO


def _within(place: type[Location], warehouse_id: int | None) -> ColumnElement[bool]:
    """Whether a place is in a warehouse or (None) in any; goods that are still on their way there are not."""
    house = place.warehouse_id.is_not(None) if warehouse_id is None else place.warehouse_id == warehouse_id
    return and_(house, place.kind != LocationKind.TRANSIT)


def _is_inside(place: Location, warehouse_id: int | None) -> bool:
    is_place = place.warehouse_id is not None and place.kind != LocationKind.TRANSIT
    return is_place and warehouse_id in {None, place.warehouse_id}


def _levels(chosen: Select[*tuple[Any, ...]], conditions: list[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return (
        chosen.select_from(StockLevel)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(*conditions)
    )


def _by_warehouse(
    today: date, text: str, warehouse_id: int | None, variant_ids: Iterable[int] | None, *, only_short: bool
) -> Select[*tuple[Any, ...]]:
    """Levels added up by variant and warehouse."""
    none = literal_column("0", StockLevel.on_hand.type)
    kept_back = case((for_sale(today), none), else_=StockLevel.on_hand - StockLevel.reserved)
    on_hand, reserved = func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved)
    unavailable = func.sum(kept_back, type_=StockLevel.on_hand.type)
    wanted = _levels(
        select(Variant.id.label("variant_id"), Variant.sku, Product.name, Product.unit)
        .add_columns(Warehouse.id.label("warehouse_id"), Warehouse.name.label("warehouse"))
        .add_columns(on_hand.label("on_hand"), reserved.label("reserved"), unavailable.label("unavailable")),
        _level_conditions(text, warehouse_id, variant_ids, only_short),
    ).group_by(Variant.id, Variant.sku, Product.name, Product.unit, Warehouse.id, Warehouse.name, Warehouse.code)
    return wanted.having(on_hand - reserved <= unavailable) if only_short else wanted


def _level_conditions(
    text: str, warehouse_id: int | None, variant_ids: Iterable[int] | None, only_short: bool
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Location.kind != LocationKind.TRANSIT]
    found = matching(VariantWord, Variant, Variant.search_text, text)
    if found is not None:
        conditions.append(Variant.id.in_(found))
    if warehouse_id is not None:
        conditions.append(Warehouse.id == warehouse_id)
    if variant_ids is not None:
        conditions.append(Variant.id.in_(list(variant_ids)))
    if only_short:
        conditions.append(Product.status.in_(FOR_SALE))
    return conditions
