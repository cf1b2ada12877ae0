"""Reads of stock: levels, the stock card, documents, warehouses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.catalog.models import Product, ProductStatus, Variant
from core.security.permissions import P
from core.stock.models import (
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
    """What a warehouse has of a variant."""

    variant_id: int
    sku: str
    name: str
    unit: str
    warehouse_id: int
    warehouse: str
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
    wanted = (
        select(
            Variant.id,
            Variant.sku,
            Product.name,
            Product.unit,
            Warehouse.id,
            Warehouse.name,
            StockLevel.on_hand,
            StockLevel.reserved,
        )
        .select_from(StockLevel)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .order_by(Variant.sku, Warehouse.code)
        .limit(limit)
        .offset(offset)
    )
    if text.strip():
        wanted = wanted.where(Variant.search_text.contains(text.strip().lower(), autoescape=True))
    if warehouse_id is not None:
        wanted = wanted.where(Warehouse.id == warehouse_id)
    if variant_ids is not None:
        wanted = wanted.where(Variant.id.in_(list(variant_ids)))
    if only_short:
        wanted = wanted.where(StockLevel.on_hand <= StockLevel.reserved, Product.status == ProductStatus.ACTIVE)
    return [LevelRow(*row) for row in scope.session.execute(wanted)]


@query(P.STOCK_READ)
def stock_card(scope: Scope, variant_id: int, *, warehouse_id: int | None = None, limit: int = 200) -> list[MoveRow]:
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
        .limit(limit)
    )
    if warehouse_id is not None:
        moves = moves.where((source.warehouse_id == warehouse_id) | (target.warehouse_id == warehouse_id))
    balance = on_hand(scope, variant_id, warehouse_id)
    for move, left, reached in scope.session.execute(moves):
        comes_in = reached.warehouse_id is not None and warehouse_id in {None, reached.warehouse_id}
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
    return rows


@query(P.STOCK_READ)
def on_hand(scope: Scope, variant_id: int, warehouse_id: int | None = None) -> Decimal:
    """What is physically there, in one warehouse or all."""
    wanted = select(func.sum(StockLevel.on_hand)).where(StockLevel.variant_id == variant_id)
    if warehouse_id is not None:
        wanted = wanted.join(Location, Location.id == StockLevel.location_id).where(
            Location.warehouse_id == warehouse_id
        )
    return scope.session.scalar(wanted) or ZERO


@query(P.STOCK_READ)
def stock_documents(scope: Scope, *, ids: Iterable[int] | None = None, limit: int = 100) -> list[DocumentRow]:
    """Receipts, issues and adjustments, newest first."""
    reversal = select(StockDocument.reverses_id).where(StockDocument.reverses_id.is_not(None))
    wanted = (
        select(StockDocument, Warehouse.name, StockDocument.id.in_(reversal))
        .join(Warehouse, Warehouse.id == StockDocument.warehouse_id)
        .order_by(StockDocument.id.desc())
        .limit(limit)
    )
    if ids is not None:
        wanted = wanted.where(StockDocument.id.in_(list(ids)))
    return [
        DocumentRow(d.id, d.number, d.kind, name, d.reason, d.note, d.created_at, d.reverses_id, bool(is_reversed))
        for d, name, is_reversed in scope.session.execute(wanted)
    ]


@query(P.STOCK_READ)
def document_lines(scope: Scope, document_id: int) -> list[tuple[str, str, Decimal]]:
    """SKU, name and signed change of each line of a stock document."""
    target = aliased(Location)
    sign = case((target.kind == LocationKind.STORAGE, 1), else_=-1)
    found = scope.session.execute(
        select(Variant.sku, Product.name, StockMove.quantity, sign)
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(target, target.id == StockMove.target_id)
        .where(StockMove.origin_type == "stock_document", StockMove.origin_id == document_id)
        .order_by(StockMove.id)
    )
    return [(sku, name, quantity * sign) for sku, name, quantity, sign in found]
