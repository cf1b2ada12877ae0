"""Lists for the screens of costs: receipts to choose from, adjustments, methods, moves with their cost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from core.base.exact import ZERO
from core.catalog.models import Category, Product, Variant, VariantWord
from core.db.words import matching
from core.security.models import User
from core.security.permissions import P
from core.stock.costs.books import variants_below
from core.stock.costs.models import (
    AdjustmentKind,
    CostAdjustment,
    CostAdjustmentLine,
    CostBook,
    CostEntry,
    CostPolicy,
)
from core.stock.costs.rules.events import EntryKind, Method
from core.stock.models import SUPPLIER, MoveState, StockDocument, StockMove
from core.suppliers.models import Supplier
from core.work.command import Scope, query


@dataclass(frozen=True)
class ReceiptMoveRow:
    """A line of a goods receipt that stands, and what one costs."""

    move_id: int
    document_id: int
    number: str
    supplier: str
    at: datetime
    sku: str
    name: str
    quantity: Decimal
    unit_cost: Decimal
    amount: Decimal


@dataclass(frozen=True)
class AdjustmentRow:
    """A change of cost without goods. A revaluation has no amount of its own."""

    id: int
    number: str
    kind: AdjustmentKind
    amount: Decimal
    products: int
    reason: str
    created_at: datetime
    created_by: str
    reverses_id: int | None
    is_reversed: bool

    @property
    def can_reverse(self) -> bool:
        """Whether it stands and an opposite of it is possible."""
        return self.kind is not AdjustmentKind.REVALUATION and self.reverses_id is None and not self.is_reversed


@dataclass(frozen=True)
class PolicyRow:
    """How a category (None: the whole company) is valued from a day on."""

    id: int
    category_id: int | None
    category: str
    method: Method
    per_warehouse: bool
    per_lot: bool
    since_on: date


@dataclass(frozen=True)
class CostMoveRow:
    """A move of a product and what it brought in or took along; above zero: in."""

    move_id: int
    at: datetime
    kind: EntryKind
    origin_type: str
    origin_id: int
    quantity: Decimal
    amount: Decimal
    is_corrected: bool


@query(P.COST_READ)
def receipt_moves(
    scope: Scope, *, text: str = "", supplier_id: int | None = None, document_id: int | None = None, limit: int = 100
) -> list[ReceiptMoveRow]:
    """The latest lines of goods receipts that stand; `text` finds products."""
    undo = aliased(StockMove)
    undone = select(undo.id).where(undo.returns_id == StockMove.id, undo.undoes).exists()
    conditions: list[ColumnElement[bool]] = []
    found = matching(VariantWord, Variant, Variant.search_text, text)
    if found is not None:
        conditions.append(Variant.id.in_(found))
    if supplier_id is not None:
        conditions.append(StockDocument.supplier_id == supplier_id)
    if document_id is not None:
        conditions.append(StockDocument.id == document_id)
    amount = (
        select(func.sum(CostEntry.amount))
        .where(CostEntry.move_id == StockMove.id, CostEntry.kind != EntryKind.EXPENSED)
        .scalar_subquery()
    )
    rows = scope.session.execute(
        select(
            StockMove.id,
            StockDocument.id,
            StockDocument.number,
            func.coalesce(Supplier.name, ""),
            StockMove.at,
            Variant.sku,
            Product.name,
            StockMove.quantity,
            func.coalesce(StockMove.unit_cost, CostBook.first_cost),
            func.coalesce(amount, ZERO, type_=CostEntry.amount.type),
        )
        .join(StockDocument, (StockMove.origin_type == "stock_document") & (StockMove.origin_id == StockDocument.id))
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(CostBook, CostBook.variant_id == StockMove.variant_id)
        .outerjoin(Supplier, Supplier.id == StockDocument.supplier_id)
        .where(
            StockMove.source_id == SUPPLIER,
            StockMove.state == MoveState.DONE,
            StockMove.returns_id.is_(None),
            ~undone,
            *conditions,
        )
        .order_by(StockMove.id.desc())
        .limit(limit)
    )
    return [ReceiptMoveRow(*columns) for columns in map(tuple[Any, ...], rows)]


@query(P.COST_READ)
def cost_adjustments(scope: Scope, *, limit: int = 50, offset: int = 0) -> list[AdjustmentRow]:
    """Landed costs, price corrections and revaluations, newest first."""
    products = (
        select(func.count(CostAdjustmentLine.variant_id.distinct()))
        .where(CostAdjustmentLine.adjustment_id == CostAdjustment.id)
        .scalar_subquery()
    )
    opposite = select(CostAdjustment.reverses_id).where(CostAdjustment.reverses_id.is_not(None))
    found = scope.session.execute(
        select(CostAdjustment, products, func.coalesce(User.name, ""), CostAdjustment.id.in_(opposite))
        .outerjoin(User, User.id == CostAdjustment.created_by)
        .order_by(CostAdjustment.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        AdjustmentRow(
            id=each.id,
            number=each.number,
            kind=each.kind,
            amount=each.amount,
            products=count,
            reason=each.reason,
            created_at=each.created_at,
            created_by=by,
            reverses_id=each.reverses_id,
            is_reversed=bool(is_reversed),
        )
        for each, count, by, is_reversed in found
    ]


@query(P.COST_READ)
def count_adjustments(scope: Scope) -> int:
    """How many adjustments `cost_adjustments` goes through."""
    return scope.session.scalar(select(func.count()).select_from(CostAdjustment)) or 0


@query(P.COST_READ)
def cost_policies(scope: Scope) -> list[PolicyRow]:
    """The methods that were chosen, newest first; where none was, moving average for the whole company."""
    found = scope.session.execute(
        select(CostPolicy, func.coalesce(Category.name, ""))
        .outerjoin(Category, Category.id == CostPolicy.category_id)
        .order_by(CostPolicy.since_on.desc(), CostPolicy.id.desc())
    )
    return [
        PolicyRow(each.id, each.category_id, name, each.method, each.per_warehouse, each.per_lot, each.since_on)
        for each, name in found
    ]


@query(P.COST_READ)
def cost_moves(scope: Scope, variant_id: int, *, limit: int = 100) -> list[CostMoveRow]:
    """The latest moves of a product that have a cost, newest first."""
    found = scope.session.execute(
        select(
            StockMove.id,
            StockMove.at,
            func.min(CostEntry.kind),
            StockMove.origin_type,
            StockMove.origin_id,
            StockMove.quantity,
            func.sum(CostEntry.amount),
            func.count().filter(CostEntry.is_late),
            func.sum(CostEntry.quantity),
        )
        .join(CostEntry, CostEntry.move_id == StockMove.id)
        .where(StockMove.variant_id == variant_id, CostEntry.kind != EntryKind.EXPENSED)
        .group_by(StockMove.id, StockMove.at, StockMove.origin_type, StockMove.origin_id, StockMove.quantity)
        .order_by(StockMove.at.desc(), StockMove.id.desc())
        .limit(limit)
    )
    rows = []
    for move_id, at, kind, origin_type, origin_id, quantity, amount, late, change in found:
        signed = ZERO if not change else quantity if change > 0 else -quantity
        rows.append(CostMoveRow(move_id, at, EntryKind(kind), origin_type, origin_id, signed, amount, bool(late)))
    return rows


@query(P.COST_READ)
def categories_of(scope: Scope, variant_ids: Collection[int]) -> dict[int, str]:
    """The name of the category of each product that has one."""
    found = scope.session.execute(
        select(Variant.id, Category.name)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {variant_id: name for variant_id, name in found}


@query(P.COST_READ)
def products_of_category(scope: Scope, category_id: int | None) -> list[int]:
    """The products that have a cost in a category and those below it; None means all."""
    return variants_below(scope.session, category_id)
