"""Reads of lots: what is where with its dates, a lot whole, where it came from, which lots a line may get."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Tracking, Variant, VariantWord
from core.db.words import matching
from core.security.permissions import P
from core.stock.expiry import Freshness, LotDates, freshness
from core.stock.models import Location, LocationKind, Lot, MoveState, StockDocument, StockLevel, StockMove, Warehouse
from core.work.command import Scope, query

AT_MOST = 1_000


@dataclass(frozen=True)
class LotRow:
    """What lies of a lot at one place. `days_left` counts the days after today on which it is still good."""

    lot_id: int
    variant_id: int
    sku: str
    name: str
    number: str
    dates: LotDates
    is_blocked: bool
    warehouse: str
    location_id: int
    place: str
    kind: LocationKind
    on_hand: Decimal
    reserved: Decimal
    freshness: Freshness
    days_left: int | None

    @property
    def free(self) -> Decimal:
        """On hand less what is promised."""
        return self.on_hand - self.reserved

    @property
    def expiry_on(self) -> date | None:
        """The last day on which it is good."""
        return self.dates.expiry_on


@dataclass(frozen=True)
class LotCard:
    """A lot whole, with where it lies."""

    id: int
    variant_id: int
    sku: str
    name: str
    unit: str
    tracking: Tracking
    number: str
    dates: LotDates
    is_blocked: bool
    note: str
    freshness: Freshness
    created_at: datetime
    places: tuple[LotRow, ...]


@dataclass(frozen=True)
class LotMoveRow:
    """A move of a lot: how much, from what kind of place to what kind, for which document."""

    move_id: int
    lot_id: int
    number: str
    at: datetime
    quantity: Decimal
    left: LocationKind
    reached: LocationKind
    origin_type: str
    origin_id: int
    document: str


@query(P.STOCK_READ)
def lots_on_hand(
    scope: Scope,
    *,
    text: str = "",
    warehouse_id: int | None = None,
    variant_ids: Iterable[int] | None = None,
    lot_id: int | None = None,
    within_days: int | None = None,
    limit: int = 200,
    offset: int = 0,
) -> list[LotRow]:
    """Lots that are here, those first that are to go first; `within_days` only those that expire until then."""
    conditions: list[ColumnElement[bool]] = [or_(StockLevel.on_hand != ZERO, StockLevel.reserved != ZERO)]
    words = matching(VariantWord, Variant, Variant.search_text, text)
    if words is not None:
        conditions.append(or_(Variant.id.in_(words), Lot.number == text.strip()))
    if warehouse_id is not None:
        conditions.append(Warehouse.id == warehouse_id)
    if variant_ids is not None:
        conditions.append(StockLevel.variant_id.in_(list(variant_ids)))
    if lot_id is not None:
        conditions.append(Lot.id == lot_id)
    if within_days is not None:
        conditions.append(Lot.expiry_on < scope.today + timedelta(days=within_days))
    found = scope.session.execute(
        select(StockLevel, Lot, Variant.sku, Product.name, Warehouse.name, Location)
        .join(Lot, Lot.id == StockLevel.lot_id)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .where(*conditions)
        .order_by(
            func.coalesce(Lot.removal_on, Lot.expiry_on, date.max), func.coalesce(Lot.expiry_on, date.max), Lot.id
        )
        .order_by(StockLevel.id)
        .limit(limit)
        .offset(offset)
    )
    rows = []
    for level, lot, sku, name, warehouse, place in found:
        dates = dates_of(lot)
        rows.append(
            LotRow(
                *(lot.id, lot.variant_id, sku, name, lot.number, dates, lot.is_blocked, warehouse),
                *(place.id, place.code or place.name, place.kind, level.on_hand, level.reserved),
                freshness=freshness(dates, lot.is_blocked, scope.today),
                days_left=None if lot.expiry_on is None else (lot.expiry_on - scope.today).days,
            )
        )
    return rows


@query(P.STOCK_READ)
def lot_card(scope: Scope, lot_id: int) -> LotCard:
    """One lot; `NotFound` where there is none."""
    found = scope.session.execute(
        select(Lot, Variant.sku, Product.name, Product.unit, Product.tracking)
        .join(Variant, Variant.id == Lot.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Lot.id == lot_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The lot"))
    lot, sku, name, unit, tracking = found
    dates = dates_of(lot)
    return LotCard(
        *(lot.id, lot.variant_id, sku, name, unit, tracking, lot.number, dates, lot.is_blocked, lot.note),
        freshness=freshness(dates, lot.is_blocked, scope.today),
        created_at=lot.created_at,
        places=tuple(lots_on_hand(scope, lot_id=lot_id)),
    )


@query(P.STOCK_READ)
def lot_moves(scope: Scope, lot_id: int) -> list[LotMoveRow]:
    """Every move of a lot and of the lots that were split off it or merged into it, newest first."""
    family = sorted(relatives(scope, lot_id))
    source, target = aliased(Location), aliased(Location)
    found = scope.session.execute(
        select(StockMove, Lot.number, source.kind, target.kind, func.coalesce(StockDocument.number, ""))
        .join(Lot, Lot.id == StockMove.lot_id)
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .outerjoin(
            StockDocument,
            (StockDocument.id == StockMove.origin_id) & (StockMove.origin_type == StockDocument.__tablename__),
        )
        .where(StockMove.lot_id.in_(family), StockMove.state == MoveState.DONE)
        .order_by(StockMove.at.desc(), StockMove.id.desc())
        .limit(AT_MOST)
    )
    rows = []
    for move, number, left, reached, document in found:
        ends = (left, reached, move.origin_type, move.origin_id, document)
        rows.append(LotMoveRow(move.id, move.lot_id or 0, number, move.at, move.quantity, *ends))
    return rows


def relatives(scope: Scope, lot_id: int) -> set[int]:
    """A lot with all that its goods were of before, and became: by being named, split or merged."""
    out, back = aliased(StockMove), aliased(StockMove)
    way = select(Location.id).where(Location.kind == LocationKind.RELABEL).scalar_subquery()
    variant_id = scope.session.scalar(select(Lot.variant_id).where(Lot.id == lot_id))
    pairs = scope.session.execute(
        select(out.lot_id, back.lot_id)
        .join(back, back.returns_id == out.id)
        .where(out.variant_id == variant_id, out.target_id == way, back.source_id == way)
        .where(out.lot_id.is_not(None), back.lot_id.is_not(None))
    ).all()
    family = {lot_id}
    grew = True
    while grew:
        more = {each for pair in pairs if set(pair) & family for each in pair if each is not None} - family
        family |= more
        grew = bool(more)
    return family


def dates_of(lot: Lot) -> LotDates:
    """The four dates of a lot."""
    facts: tuple[Any, ...] = (lot.made_on, lot.best_before_on, lot.removal_on, lot.expiry_on)
    return LotDates(*facts)
