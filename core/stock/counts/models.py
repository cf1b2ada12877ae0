"""Stocktakes, their lines, and every count that was entered for a line."""

from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.flow import Flow
from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Price, Quantity, Word


class CountState(StrEnum):
    """How far a stocktake is. While it is open or reviewed, it has changed nothing."""

    OPEN = "open"
    REVIEW = "review"
    POSTED = "posted"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


class CountScope(StrEnum):
    """What is counted: everything, a category, a class by value, or what is most at risk."""

    ALL = "all"
    CATEGORY = "category"
    ABC = "abc"
    CYCLE = "cycle"


class AbcClass(StrEnum):
    """A: the products that make most of the value issued; C: the many that make little of it."""

    A = "a"
    B = "b"
    C = "c"


class DifferenceReason(StrEnum):
    """Why a difference is accepted."""

    BREAKAGE = "breakage"
    LOST = "lost"
    NOT_ENTERED = "not_entered"
    MIXED_UP = "mixed_up"
    WRONG_BEFORE = "wrong_before"
    OTHER = "other"


STATE_LABELS = {
    CountState.OPEN: N_("Counting"),
    CountState.REVIEW: N_("In review"),
    CountState.POSTED: N_("Posted"),
    CountState.CANCELLED: N_("Cancelled"),
    CountState.REVERSED: N_("Reversed"),
}
SCOPE_LABELS = {
    CountScope.ALL: N_("Everything"),
    CountScope.CATEGORY: N_("A category"),
    CountScope.ABC: N_("A class by value"),
    CountScope.CYCLE: N_("What is most at risk"),
}
REASON_LABELS = {
    DifferenceReason.BREAKAGE: N_("Broken or spoiled"),
    DifferenceReason.LOST: N_("Lost or stolen"),
    DifferenceReason.NOT_ENTERED: N_("A receipt or issue was not entered"),
    DifferenceReason.MIXED_UP: N_("Mixed up with another product"),
    DifferenceReason.WRONG_BEFORE: N_("The last count was wrong"),
    DifferenceReason.OTHER: N_("Another reason"),
}
UNPOSTED = (CountState.OPEN, CountState.REVIEW)
COUNT_FLOW = Flow(
    "state",
    STATE_LABELS,
    ("count", N_("Count"), {CountState.OPEN}, CountState.OPEN),
    ("submit", N_("Hand in"), {CountState.OPEN}, CountState.REVIEW),
    ("resume", N_("Resume counting"), {CountState.REVIEW}, CountState.OPEN),
    ("recount", N_("Ask for a recount"), UNPOSTED, CountState.OPEN),
    ("acknowledge", N_("Accept differences"), {CountState.REVIEW}, CountState.REVIEW),
    ("post", N_("Post"), {CountState.REVIEW}, CountState.POSTED),
    ("cancel", N_("Cancel"), UNPOSTED, CountState.CANCELLED),
    ("refit", N_("Follow late entries"), {CountState.POSTED}, CountState.POSTED),
    ("reverse", N_("Reverse"), {CountState.POSTED}, CountState.REVERSED),
)


class StockCount(Base):
    """A stocktake of one location. `tolerances` holds the policy it was opened with, by class.

    Frozen: what is counted does not move meanwhile. Blind: who counts is not told what is expected.
    Double: every line is counted by two people.
    """

    __tablename__ = "stock_count"
    __table_args__ = (
        Index(
            "ix_stock_count_unposted",
            "location_id",
            sqlite_where=text("state IN ('open', 'review')"),
            postgresql_where=text("state IN ('open', 'review')"),
        ),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    state: Mapped[CountState] = mapped_column(Word(CountState), index=True)
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    scope: Mapped[CountScope] = mapped_column(Word(CountScope))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    abc_class: Mapped[AbcClass | None] = mapped_column(Word(AbcClass))
    is_frozen: Mapped[bool]
    is_blind: Mapped[bool]
    is_double: Mapped[bool]
    tolerances: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(String(500))
    reason: Mapped[str] = mapped_column(String(200), default="")
    opened_at: Mapped[Moment]
    opened_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    expires_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class StockCountLine(Base):
    """A product of a stocktake. `counted` is what was found at `counted_at` in this round; None: not counted yet.

    `snapshot` was on hand when the stocktake was opened. `expected` is what should have been there at
    the moment of the count, written when the stocktake is posted. `earlier_difference` is what the
    round before found too much or too little.
    """

    __tablename__ = "stock_count_line"
    __table_args__ = (
        CheckConstraint("counted >= 0", name="counted_not_negative"),
        CheckConstraint("(counted IS NULL) = (counted_at IS NULL)", name="counted_at_a_moment"),
        Index(
            "uq_stock_count_line_product",
            "count_id",
            "variant_id",
            text("coalesce(lot_id, 0)"),
            unique=True,
        ),
    )

    id: Mapped[Id]
    count_id: Mapped[int] = mapped_column(ForeignKey("stock_count.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    lot_id: Mapped[int | None]
    abc_class: Mapped[AbcClass] = mapped_column(Word(AbcClass))
    unit_cost: Mapped[Price]
    snapshot: Mapped[Quantity]
    round: Mapped[int]
    counted: Mapped[Quantity | None]
    counted_at: Mapped[Moment | None]
    counted_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    earlier_difference: Mapped[Quantity | None]
    earlier_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    reason: Mapped[DifferenceReason | None] = mapped_column(Word(DifferenceReason))
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    expected: Mapped[Quantity | None]

    @property
    def difference(self) -> Decimal | None:
        """What was found too much or (below zero) too little, once posted."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected


class StockCountEntry(Base):
    """A count as somebody entered it; never changed. No quantity: the count before was taken back."""

    __tablename__ = "stock_count_entry"

    id: Mapped[Id]
    line_id: Mapped[int] = mapped_column(ForeignKey("stock_count_line.id"), index=True)
    round: Mapped[int]
    quantity: Mapped[Quantity | None]
    expected: Mapped[Quantity]
    counted_at: Mapped[Moment]
    counted_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    entered_at: Mapped[Moment]
