"""Cost entries and what is kept of them: books, balances, layers, adjustments, and closed periods."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Exact, Id, Moment, Price, Quantity, Word
from core.stock.costs.rules.events import EntryKind, Method
from core.stock.costs.rules.landed import SplitBy

FACTOR_PLACES = 6


class AdjustmentKind(StrEnum):
    """Why a cost changed without goods."""

    LANDED = "landed"
    PRICE = "price"
    REVALUATION = "revaluation"


ADJUSTMENT_KIND_LABELS = {
    AdjustmentKind.LANDED: N_("Landed cost"),
    AdjustmentKind.PRICE: N_("Price correction"),
    AdjustmentKind.REVALUATION: N_("Revaluation"),
}


class CostPolicy(Base):
    """How products are valued from a day on: of a category and those below it, or of the whole company."""

    __tablename__ = "cost_policy"
    __table_args__ = (Index(None, "category_id", "since_on"),)

    id: Mapped[Id]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    method: Mapped[Method] = mapped_column(Word(Method))
    per_warehouse: Mapped[bool]
    per_lot: Mapped[bool]
    since_on: Mapped[date]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class CostBook(Base):
    """A variant that has a cost: how it is valued now. Locked first by everything that changes its cost.

    `first_cost` is the purchase price when the book was opened: the unit cost while none is known.
    """

    __tablename__ = "cost_book"

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True, autoincrement=False)
    method: Mapped[Method] = mapped_column(Word(Method))
    per_warehouse: Mapped[bool]
    per_lot: Mapped[bool]
    first_cost: Mapped[Price]


class CostMethod(Base):
    """How a variant is valued from a moment on; the first row of a variant has no moment."""

    __tablename__ = "cost_method"
    __table_args__ = (Index(None, "variant_id", "at"),)

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    at: Mapped[Moment | None]
    after_move_id: Mapped[int]
    method: Mapped[Method] = mapped_column(Word(Method))
    per_warehouse: Mapped[bool]
    per_lot: Mapped[bool]
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("cost_policy.id"), index=True)


class CostAdjustment(Base):
    """A change of cost without goods: landed cost, a corrected receipt price, a revaluation.

    A mistake is taken back by an opposite adjustment.
    """

    __tablename__ = "cost_adjustment"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[AdjustmentKind] = mapped_column(Word(AdjustmentKind))
    amount: Mapped[Price]
    split_by: Mapped[SplitBy | None] = mapped_column(Word(SplitBy))
    reason: Mapped[str] = mapped_column(String(200))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("cost_adjustment.id"), unique=True)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    lines: Mapped[list["CostAdjustmentLine"]] = relationship(lazy="raise", order_by="CostAdjustmentLine.id")


class CostAdjustmentLine(Base):
    """What an adjustment changes of one receipt, or of what is on hand of a variant.

    `at` is where it counts: the moment of the receipt, or of the adjustment where the receipt's
    period is closed (`is_late`). A revaluation sets a unit cost or multiplies by a factor.
    """

    __tablename__ = "cost_adjustment_line"
    __table_args__ = (Index(None, "variant_id", "at"),)

    id: Mapped[Id]
    adjustment_id: Mapped[int] = mapped_column(ForeignKey("cost_adjustment.id"), index=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    move_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"), index=True)
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    amount: Mapped[Price]
    unit_cost: Mapped[Price | None]
    factor: Mapped[Decimal | None] = mapped_column(Exact(FACTOR_PLACES))
    at: Mapped[Moment]
    after_move_id: Mapped[int]
    is_late: Mapped[bool]


class CostEntry(Base):
    """Quantity and amount that entered or left a pool; never changed, only added to.

    What a move cost is the sum of its entries. `at` is the moment it counts from, `recorded_at` when
    it was written; `is_late` marks a difference that became known later. An `expensed` amount is in
    no pool: it is cost of goods that had left. Who follows the ledger finds the entries of a move with
    the move, and others with the line of the adjustment or the method that they come from.
    """

    __tablename__ = "cost_entry"
    feeds = ("stock_move", "move_id")
    __table_args__ = (
        CheckConstraint("move_id IS NULL OR (adjustment_line_id IS NULL AND method_id IS NULL)", name="one_cause"),
        Index(None, "variant_id", "at"),
        Index(
            None,
            "adjustment_line_id",
            sqlite_where=text("adjustment_line_id IS NOT NULL"),
            postgresql_where=text("adjustment_line_id IS NOT NULL"),
        ),
        Index(
            None,
            "method_id",
            sqlite_where=text("method_id IS NOT NULL"),
            postgresql_where=text("method_id IS NOT NULL"),
        ),
    )

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    lot_id: Mapped[int | None]
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    quantity: Mapped[Quantity]
    amount: Mapped[Price]
    at: Mapped[Moment]
    booked_on: Mapped[date]
    recorded_at: Mapped[Moment]
    is_late: Mapped[bool]
    move_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"), index=True)
    adjustment_line_id: Mapped[int | None] = mapped_column(ForeignKey("cost_adjustment_line.id"))
    method_id: Mapped[int | None] = mapped_column(ForeignKey("cost_method.id"))


class CostBalance(Base):
    """What the entries of a pool add up to; no warehouse or lot: all of them together.

    `last_at` and `last_move_id` say which event of the variant was the newest that this pool saw.
    """

    __tablename__ = "cost_balance"
    __table_args__ = (
        CheckConstraint("quantity <> 0 OR amount = 0", name="nothing_costs_nothing"),
        Index(
            "uq_cost_balance_pool",
            "variant_id",
            text("coalesce(warehouse_id, 0)"),
            text("coalesce(lot_id, 0)"),
            unique=True,
        ),
    )

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("cost_book.variant_id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    lot_id: Mapped[int | None]
    quantity: Mapped[Quantity]
    amount: Mapped[Price]
    last_cost: Mapped[Price]
    last_at: Mapped[Moment]
    last_move_id: Mapped[int]


class CostLayer(Base):
    """What is left of goods that came in together, the oldest first by id; below zero: owed goods.

    Named by the move that brought the goods in first, or by the change of method that made it.
    """

    __tablename__ = "cost_layer"
    __table_args__ = (
        CheckConstraint("quantity <> 0", name="not_empty"),
        Index(None, "variant_id"),
    )

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("cost_book.variant_id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    lot_id: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[int]
    at: Mapped[Moment]
    quantity: Mapped[Quantity]
    amount: Mapped[Price]


class PeriodClose(Base):
    """A day through which the books are closed. Nothing at or before `until` changes while it stands."""

    __tablename__ = "period_close"

    id: Mapped[Id]
    closed_through: Mapped[date]
    until: Mapped[Moment]
    note: Mapped[str] = mapped_column(String(200), default="")
    is_opening: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    reopened_at: Mapped[Moment | None]
    reopened_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class CostState(Base):
    """What was kept of a variant's cost when a period was closed; the newest row at or before a close counts."""

    __tablename__ = "cost_state"

    close_id: Mapped[int] = mapped_column(ForeignKey("period_close.id"), primary_key=True, autoincrement=False)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True, autoincrement=False, index=True)
    kept: Mapped[dict[str, Any]] = mapped_column(JSON)
