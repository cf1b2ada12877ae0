"""Goods to be got rid of: one task for each product, with who does it, how, and until when."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Price, Word


class ClearingWay(StrEnum):
    """How goods that do not sell are got rid of."""

    PROMOTE = "promote"
    TRANSFER = "transfer"
    SEND_BACK = "send_back"
    SCRAP = "scrap"
    OTHER = "other"


class ClearingState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    TAKEN_BACK = "taken_back"


CLEARING_WAY_LABELS = {
    ClearingWay.PROMOTE: N_("Mark down"),
    ClearingWay.TRANSFER: N_("Transfer"),
    ClearingWay.SEND_BACK: N_("Return to supplier"),
    ClearingWay.SCRAP: N_("Scrap"),
    ClearingWay.OTHER: N_("Something else"),
}
CLEARING_STATE_LABELS = {
    ClearingState.OPEN: N_("Open"),
    ClearingState.DONE: N_("Done"),
    ClearingState.TAKEN_BACK: N_("Taken back"),
}


class Clearing(Base):
    """Who gets rid of a product, how and until when; a product has one open task at most."""

    __tablename__ = "clearing"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("price >= 0", name="price_positive"),
        Index(None, "owner_id", "state", "due_on"),
        Index(
            "uq_clearing_open",
            "product_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    due_on: Mapped[date]
    way: Mapped[ClearingWay] = mapped_column(Word(ClearingWay))
    price: Mapped[Price | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[ClearingState] = mapped_column(Word(ClearingState), default=ClearingState.OPEN)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    result: Mapped[str] = mapped_column(String(500), default="")
