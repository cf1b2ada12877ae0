"""From which margin on a sale is good, and how far below the lowest price a role may go."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Rate


class MarginRule(Base):
    """From which share of net sales on the margin of a category (or, without one, of the company) is good or thin."""

    __tablename__ = "margin_rule"
    __table_args__ = (
        Index("uq_margin_rule_category", text("coalesce(category_id, 0)"), unique=True),
        CheckConstraint("amber_from <= green_from AND green_from <= 10000", name="in_order"),
    )

    id: Mapped[Id]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    green_from: Mapped[Rate]
    amber_from: Mapped[Rate]


class PriceFloor(Base):
    """By which share a role may go below the lowest price without asking; a role without a row may not."""

    __tablename__ = "price_floor"
    __table_args__ = (CheckConstraint("below > 0 AND below < 10000", name="is_a_share"),)

    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    below: Mapped[Rate]
