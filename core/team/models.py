"""Targets of the sales team, in versions that are kept."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Word


class Metric(StrEnum):
    """What a target is set for."""

    NET_SALES = "net_sales"
    MARGIN = "margin"
    COLLECTED = "collected"
    ORDERS = "orders"
    NEW_CUSTOMERS = "new_customers"
    FOLLOW_UPS = "follow_ups"


METRIC_LABELS = {
    Metric.NET_SALES: N_("Net sales"),
    Metric.MARGIN: N_("Margin"),
    Metric.COLLECTED: N_("Collected"),
    Metric.ORDERS: N_("Orders"),
    Metric.NEW_CUSTOMERS: N_("New customers"),
    Metric.FOLLOW_UPS: N_("Customers called"),
}
COUNTED = frozenset({Metric.ORDERS, Metric.NEW_CUSTOMERS, Metric.FOLLOW_UPS})
WITHOUT_CATEGORY = frozenset({Metric.COLLECTED, Metric.NEW_CUSTOMERS, Metric.FOLLOW_UPS})


class TargetPlan(Base):
    """One version of the targets of a metric: who planned it, when and why. It holds for whole months.

    A month's targets are those of the newest version that names the month and was not taken back.
    """

    __tablename__ = "target_plan"
    __table_args__ = (
        CheckConstraint("(withdrawn_at IS NOT NULL) OR (withdrawn_by IS NULL)", name="withdrawn"),
        Index(None, "metric", "category_id"),
    )

    id: Mapped[Id]
    metric: Mapped[Metric] = mapped_column(Word(Metric))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[Moment]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    withdrawn_at: Mapped[Moment | None]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class Target(Base):
    """What somebody, or the whole company without a person, is to reach in a month; nought is no target."""

    __tablename__ = "target"
    __table_args__ = (
        CheckConstraint("0 <= base AND base <= stretch AND stretch <= challenge", name="levels"),
        Index("uq_target_person", "plan_id", "month", "user_id", unique=True),
        Index(
            "uq_target_company",
            "plan_id",
            "month",
            unique=True,
            sqlite_where=text("user_id IS NULL"),
            postgresql_where=text("user_id IS NULL"),
        ),
    )

    id: Mapped[Id]
    plan_id: Mapped[int] = mapped_column(ForeignKey("target_plan.id"))
    month: Mapped[date]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    base: Mapped[Amount]
    stretch: Mapped[Amount]
    challenge: Mapped[Amount]
