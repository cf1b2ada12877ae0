"""Trials of promotions that take so long that no screen waits for them."""

from datetime import date
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class PromotionTrial(Base):
    """A promotion being tried on the orders of some days, how far it is, and what came out; the last one is kept."""

    __tablename__ = "promotion_trial"
    __table_args__ = (CheckConstraint("(ended_at IS NULL) = (result IS NULL)", name="ended_with_result"),)

    id: Mapped[Id]
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id"), unique=True)
    since: Mapped[date]
    until: Mapped[date]
    orders: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[Moment]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    ended_at: Mapped[Moment | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
