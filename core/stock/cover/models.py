"""For how many weeks goods are to last, by company, category, product and class; balancings that were drafted."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment, Quantity, Rate, Word
from core.stock.counts.models import AbcClass


class XyzClass(StrEnum):
    """X: sells evenly, Y: unevenly, Z: now and then."""

    X = "x"
    Y = "y"
    Z = "z"


class CoverRule(Base):
    """For how many weeks goods of a product, of a category or (of neither) of the company are to last."""

    __tablename__ = "cover_rule"
    __table_args__ = (
        CheckConstraint("category_id IS NULL OR product_id IS NULL", name="of_one"),
        CheckConstraint("weeks > 0", name="weeks_positive"),
        Index("uq_cover_rule_subject", text("coalesce(category_id, 0)"), text("coalesce(product_id, 0)"), unique=True),
    )

    id: Mapped[Id]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"), index=True)
    weeks: Mapped[Quantity]


class ClassRule(Base):
    """How goods of a class are kept: how often an order finds them there, and how often somebody looks at them.

    Without weeks of its own a class lasts as long as the company says.
    """

    __tablename__ = "class_rule"
    __table_args__ = (
        CheckConstraint("service_level > 0 AND service_level < 10000", name="service_level_is_a_share"),
        CheckConstraint("review_days > 0", name="review_days_positive"),
        CheckConstraint("weeks > 0", name="weeks_positive"),
    )

    abc: Mapped[AbcClass] = mapped_column(Word(AbcClass), primary_key=True)
    xyz: Mapped[XyzClass] = mapped_column(Word(XyzClass), primary_key=True)
    service_level: Mapped[Rate]
    review_days: Mapped[int]
    weeks: Mapped[Quantity | None]


class BalancingRun(Base):
    """Transfers that were drafted together to even out stock between warehouses."""

    __tablename__ = "balancing_run"

    id: Mapped[Id]
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    undone_at: Mapped[Moment | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class BalancingTransfer(Base):
    """A transfer that a balancing drafted."""

    __tablename__ = "balancing_transfer"

    run_id: Mapped[int] = mapped_column(ForeignKey("balancing_run.id"), primary_key=True)
    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id"), primary_key=True, index=True)


# What holds where nothing was set: weeks of the company, and of each class its service level and review in days.
USUAL_WEEKS = Decimal(8)
USUAL_CLASSES: dict[tuple[AbcClass, XyzClass], tuple[Decimal, int]] = {
    (AbcClass.A, XyzClass.X): (Decimal("0.98"), 7),
    (AbcClass.A, XyzClass.Y): (Decimal("0.97"), 7),
    (AbcClass.A, XyzClass.Z): (Decimal("0.95"), 7),
    (AbcClass.B, XyzClass.X): (Decimal("0.97"), 14),
    (AbcClass.B, XyzClass.Y): (Decimal("0.95"), 14),
    (AbcClass.B, XyzClass.Z): (Decimal("0.92"), 14),
    (AbcClass.C, XyzClass.X): (Decimal("0.95"), 30),
    (AbcClass.C, XyzClass.Y): (Decimal("0.90"), 30),
    (AbcClass.C, XyzClass.Z): (Decimal("0.85"), 30),
}
