"""Reads of stock documents: the list, and one whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import aliased

from core.base.errors import NotFound
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.db.cards import card_of
from core.security.models import User
from core.security.permissions import P
from core.stock.models import (
    DocumentKind,
    Location,
    Lot,
    StockDocument,
    StockMove,
    Warehouse,
)
from core.suppliers.models import Supplier
from core.work.command import Scope, query


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
    supplier_id: int | None
    supplier: str


@dataclass(frozen=True)
class DocumentLineRow:
    """A line of a stock document: how it changed what is on hand."""

    variant_id: int
    sku: str
    name: str
    unit: str
    change: Decimal
    lot: str = ""
    expiry_on: date | None = None
    lot_id: int | None = None


@dataclass(frozen=True)
class DocumentCard:
    """A stock document whole; `reversal_id` names the document that undid it, `reverses_id` the one it undoes.

    `at` is the moment it counts from where that is not when it was entered; `returns_id` names the receipt
    whose goods went back to the supplier.
    """

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
    at: datetime | None
    supplier_id: int | None
    supplier: str
    supplier_number: str
    prices_include_tax: bool | None
    returns_id: int | None
    lines: tuple[DocumentLineRow, ...]

    @property
    def can_reverse(self) -> bool:
        """Whether it stands as it was entered."""
        return self.reverses_id is None and self.reversal_id is None


@query(P.STOCK_READ)
def stock_documents(
    scope: Scope,
    *,
    ids: Iterable[int] | None = None,
    kind: DocumentKind | None = None,
    warehouse_id: int | None = None,
    supplier_id: int | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[DocumentRow]:
    """Stock documents, newest first."""
    reversal = select(StockDocument.reverses_id).where(StockDocument.reverses_id.is_not(None))
    wanted = (
        select(StockDocument, Warehouse.name, StockDocument.id.in_(reversal), func.coalesce(Supplier.name, ""))
        .join(Warehouse, Warehouse.id == StockDocument.warehouse_id)
        .outerjoin(Supplier, Supplier.id == StockDocument.supplier_id)
        .where(*_document_conditions(kind, warehouse_id, supplier_id))
        .order_by(StockDocument.id.desc())
        .limit(limit)
        .offset(offset)
    )
    if ids is not None:
        wanted = wanted.where(StockDocument.id.in_(list(ids)))
    return [
        DocumentRow(
            d.id,
            d.number,
            d.kind,
            name,
            d.reason,
            d.note,
            d.created_at,
            d.reverses_id,
            bool(is_reversed),
            d.supplier_id,
            supplier,
        )
        for d, name, is_reversed, supplier in scope.session.execute(wanted)
    ]


@query(P.STOCK_READ)
def count_documents(
    scope: Scope,
    *,
    kind: DocumentKind | None = None,
    warehouse_id: int | None = None,
    supplier_id: int | None = None,
) -> int:
    """How many documents `stock_documents` goes through."""
    counted = (
        select(func.count()).select_from(StockDocument).where(*_document_conditions(kind, warehouse_id, supplier_id))
    )
    return int(scope.session.scalars(counted).one())


@query(P.STOCK_READ)
def document_card(scope: Scope, document_id: int) -> DocumentCard:
    """One stock document with its lines; `NotFound` where there is none."""
    reversal = aliased(StockDocument)
    found = scope.session.execute(
        select(
            StockDocument, Warehouse.name, func.coalesce(User.name, ""), reversal.id, func.coalesce(Supplier.name, "")
        )
        .join(Warehouse, Warehouse.id == StockDocument.warehouse_id)
        .outerjoin(User, User.id == StockDocument.created_by)
        .outerjoin(Supplier, Supplier.id == StockDocument.supplier_id)
        .outerjoin(reversal, reversal.reverses_id == StockDocument.id)
        .where(StockDocument.id == document_id)
    ).first()
    if found is None:
        raise NotFound(what=N_("The document"))
    document, warehouse, created_by, reversal_id, supplier = found
    return card_of(
        DocumentCard,
        document,
        warehouse=warehouse,
        created_by=created_by,
        reversal_id=reversal_id,
        supplier=supplier,
        lines=tuple(_document_lines(scope, document_id)),
    )


def _document_lines(scope: Scope, document_id: int) -> list[DocumentLineRow]:
    target = aliased(Location)
    sign = case((target.warehouse_id.is_not(None), 1), else_=-1)
    found = scope.session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.unit, StockMove.quantity, sign)
        .add_columns(func.coalesce(Lot.number, ""), Lot.expiry_on, StockMove.lot_id)
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(Lot, Lot.id == StockMove.lot_id)
        .join(target, target.id == StockMove.target_id)
        .where(StockMove.origin_type == StockDocument.__tablename__, StockMove.origin_id == document_id)
        .order_by(StockMove.id)
    )
    return [
        DocumentLineRow(variant_id, sku, name, unit, quantity * sign, *lot)
        for variant_id, sku, name, unit, quantity, sign, *lot in found
    ]


def _document_conditions(
    kind: DocumentKind | None, warehouse_id: int | None, supplier_id: int | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if kind is not None:
        conditions.append(StockDocument.kind == kind)
    if warehouse_id is not None:
        conditions.append(StockDocument.warehouse_id == warehouse_id)
    if supplier_id is not None:
        conditions.append(StockDocument.supplier_id == supplier_id)
    return conditions
