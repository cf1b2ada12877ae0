"""Reads of stock: levels, the stock card, documents, warehouses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, ProductStatus, Variant, VariantWord
from core.db.words import matching
from core.security.models import User
from core.security.permissions import P
from core.stock.models import (
    UNAVAILABLE,
    DocumentKind,
    Location,
    LocationKind,
    MoveState,
    StockDocument,
    StockLevel,
    StockMove,
    Warehouse,
)
from core.work.command import Scope, query


@dataclass(frozen=True)
class WarehouseRow:
    """A warehouse."""

    id: int
    code: str
    name: str
    is_active: bool


@dataclass(frozen=True)
class LevelRow:
    """What a warehouse has of a variant in its storage; `unavailable` lies beside it, such as awaiting inspection."""

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
        """On hand in storage less what is promised."""
        return self.on_hand - self.reserved


@dataclass(frozen=True)
class PlaceRow:
    """What lies of a variant at one place beside the storage of a warehouse."""

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

    @property
    def available(self) -> Decimal:
        """On hand less what is promised."""
        return self.on_hand - self.reserved


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


@dataclass(frozen=True)
class DocumentRow:
    """A receipt, issue or adjustment."""

    id: int
    number: str
    kind: DocumentKind
    warehouse: str
    reason: str
    note: str
    created_at: datetime
    reverses_id: int | None
    is_reversed: bool


@dataclass(frozen=True)
class DocumentLineRow:
    """A line of a stock document: how it changed what is on hand."""

    variant_id: int
    sku: str
    name: str
    unit: str
    change: Decimal


@dataclass(frozen=True)
class DocumentCard:
    """A stock document whole; `reversal_id` names the document that undid it, `reverses_id` the one it undoes."""

    id: int
    number: str
    kind: DocumentKind
    warehouse: str
    reason: str
    note: str
    created_at: datetime
    created_by: str
    reverses_id: int | None
    reversal_id: int | None
    lines: tuple[DocumentLineRow, ...]

    @property
    def can_reverse(self) -> bool:
        """Whether it stands as it was entered."""
        return self.reverses_id is None and self.reversal_id is None


@query(P.STOCK_READ)
def warehouses(scope: Scope, *, with_closed: bool = False) -> list[WarehouseRow]:
    """Warehouses by code."""
    wanted = select(Warehouse).order_by(Warehouse.code)
    if not with_closed:
        wanted = wanted.where(Warehouse.is_active)
    return [WarehouseRow(w.id, w.code, w.name, w.is_active) for w in scope.session.scalars(wanted)]


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
    wanted = _levels(
        select(
            Variant.id,
            Variant.sku,
            Product.name,
            Product.unit,
            Warehouse.id,
            Warehouse.name,
            StockLevel.on_hand,
            StockLevel.reserved,
            _beside_storage(),
        ),
        _level_conditions(text, warehouse_id, variant_ids, only_short),
    )
    wanted = wanted.order_by(Variant.sku, Warehouse.code).limit(limit).offset(offset)
    return [LevelRow(*row) for row in scope.session.execute(wanted)]


@query(P.STOCK_READ)
def level_totals(
    scope: Scope, *, text: str = "", warehouse_id: int | None = None, only_short: bool = False
) -> LevelTotals:
    """How many levels `stock_levels` goes through, and what they add up to."""
    summed = select(func.count(), func.sum(StockLevel.on_hand), func.sum(StockLevel.reserved))
    row = scope.session.execute(_levels(summed, _level_conditions(text, warehouse_id, None, only_short))).one()
    return LevelTotals(row[0], row[1] or ZERO, row[2] or ZERO)


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
    found = scope.session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.unit, Warehouse.name, Location.kind, StockLevel.on_hand)
        .select_from(StockLevel)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .where(*conditions)
        .order_by(Warehouse.code, Location.kind, Variant.sku)
        .limit(limit)
    )
    return [PlaceRow(*row) for row in found]


@query(P.STOCK_READ)
def stock_card(
    scope: Scope, variant_id: int, *, warehouse_id: int | None = None, limit: int = 200, offset: int = 0
) -> list[MoveRow]:
    """The latest moves of a variant in and out of storage, newest first, with the balance after each."""
    source, target = aliased(Location), aliased(Location)
    rows: list[MoveRow] = []
    moves = (
        select(StockMove, source, target)
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(StockMove.variant_id == variant_id, StockMove.state != MoveState.CANCELLED)
        .where((source.kind == LocationKind.STORAGE) | (target.kind == LocationKind.STORAGE))
        .order_by(StockMove.at.desc(), StockMove.id.desc())
        .limit(offset + limit)
    )
    if warehouse_id is not None:
        moves = moves.where((source.warehouse_id == warehouse_id) | (target.warehouse_id == warehouse_id))
    balance = on_hand(scope, variant_id, warehouse_id)
    for move, left, reached in scope.session.execute(moves):
        comes_in = reached.kind == LocationKind.STORAGE and warehouse_id in {None, reached.warehouse_id}
        here, other = (reached, left) if comes_in else (left, reached)
        change = move.quantity if comes_in else -move.quantity
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
    places = select(Location.id).where(Location.kind == LocationKind.STORAGE)
    if warehouse_id is not None:
        places = places.where(Location.warehouse_id == warehouse_id)
    counted = (
        select(StockMove.id)
        .where(
            StockMove.variant_id == variant_id,
            StockMove.state != MoveState.CANCELLED,
            StockMove.source_id.in_(places) | StockMove.target_id.in_(places),
        )
        .limit(most)
    )
    return int(scope.session.scalars(select(func.count()).select_from(counted.subquery())).one())


@query(P.STOCK_READ)
def on_hand(scope: Scope, variant_id: int, warehouse_id: int | None = None) -> Decimal:
    """What lies in storage, in one warehouse or all."""
    wanted = (
        select(func.sum(StockLevel.on_hand))
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.variant_id == variant_id, Location.kind == LocationKind.STORAGE)
    )
    if warehouse_id is not None:
        wanted = wanted.where(Location.warehouse_id == warehouse_id)
    return scope.session.scalar(wanted) or ZERO


@query(P.STOCK_READ)
def stock_documents(
    scope: Scope,
    *,
    ids: Iterable[int] | None = None,
    kind: DocumentKind | None = None,
    warehouse_id: int | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[DocumentRow]:
    """Receipts, issues and adjustments, newest first."""
    reversal = select(StockDocument.reverses_id).where(StockDocument.reverses_id.is_not(None))
    wanted = (
        select(StockDocument, Warehouse.name, StockDocument.id.in_(reversal))
        .join(Warehouse, Warehouse.id == StockDocument.warehouse_id)
        .where(*_document_conditions(kind, warehouse_id))
        .order_by(StockDocument.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if ids is not None:
        wanted = wanted.where(StockDocument.id.in_(list(ids)))
    return [
        DocumentRow(d.id, d.number, d.kind, name, d.reason, d.note, d.created_at, d.reverses_id, bool(is_reversed))
        for d, name, is_reversed in scope.session.execute(wanted)
    ]


@query(P.STOCK_READ)
def count_documents(scope: Scope, *, kind: DocumentKind | None = None, warehouse_id: int | None = None) -> int:
    """How many documents `stock_documents` goes through."""
    counted = select(func.count()).select_from(StockDocument).where(*_document_conditions(kind, warehouse_id))
    return int(scope.session.scalars(counted).one())


@query(P.STOCK_READ)
def document_card(scope: Scope, document_id: int) -> DocumentCard:
    """One stock document with its lines; `NotFound` where there is none."""
    reversal = aliased(StockDocument)
    found = scope.session.execute(
        select(StockDocument, Warehouse.name, func.coalesce(User.name, ""), reversal.id)
        .join(Warehouse, Warehouse.id == StockDocument.warehouse_id)
        .outerjoin(User, User.id == StockDocument.created_by)
        .outerjoin(reversal, reversal.reverses_id == StockDocument.id)
        .where(StockDocument.id == document_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The document"))
    document, warehouse, created_by, reversal_id = found
    return DocumentCard(
        id=document.id,
        number=document.number,
        kind=document.kind,
        warehouse=warehouse,
        reason=document.reason,
        note=document.note,
        created_at=document.created_at,
        created_by=created_by,
        reverses_id=document.reverses_id,
        reversal_id=reversal_id,
        lines=tuple(_document_lines(scope, document_id)),
    )


def _document_lines(scope: Scope, document_id: int) -> list[DocumentLineRow]:
    target = aliased(Location)
    sign = case((target.kind == LocationKind.STORAGE, 1), else_=-1)
    found = scope.session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.unit, StockMove.quantity, sign)
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(target, target.id == StockMove.target_id)
        .where(StockMove.origin_type == StockDocument.__tablename__, StockMove.origin_id == document_id)
        .order_by(StockMove.id)
    )
    return [
        DocumentLineRow(variant_id, sku, name, unit, quantity * sign)
        for variant_id, sku, name, unit, quantity, sign in found
    ]


def _levels(chosen: Select[*tuple[Any, ...]], conditions: list[ColumnElement[bool]]) -> Select[*tuple[Any, ...]]:
    return (
        chosen.select_from(StockLevel)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .where(Location.kind == LocationKind.STORAGE, *conditions)
    )


def _beside_storage() -> ColumnElement[Decimal]:
    level, place = aliased(StockLevel), aliased(Location)
    beside = (
        select(func.sum(level.on_hand))
        .join(place, place.id == level.location_id)
        .where(
            level.variant_id == StockLevel.variant_id,
            place.warehouse_id == Location.warehouse_id,
            place.kind.in_(UNAVAILABLE),
        )
        .correlate(StockLevel, Location)
        .scalar_subquery()
    )
    return func.coalesce(beside, literal_column("0", StockLevel.on_hand.type), type_=StockLevel.on_hand.type)


def _level_conditions(
    text: str, warehouse_id: int | None, variant_ids: Iterable[int] | None, only_short: bool
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    found = matching(VariantWord, Variant, Variant.search_text, text)
    if found is not None:
        conditions.append(Variant.id.in_(found))
    if warehouse_id is not None:
        conditions.append(Warehouse.id == warehouse_id)
    if variant_ids is not None:
        conditions.append(Variant.id.in_(list(variant_ids)))
    if only_short:
        conditions += [StockLevel.on_hand <= StockLevel.reserved, Product.status == ProductStatus.ACTIVE]
    return conditions


def _document_conditions(kind: DocumentKind | None, warehouse_id: int | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kind is not None:
        conditions.append(StockDocument.kind == kind)
    if warehouse_id is not None:
        conditions.append(StockDocument.warehouse_id == warehouse_id)
    return conditions
