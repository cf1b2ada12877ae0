"""What somebody asks to be let through: prices below the lowest one, credit, shipping before the money is there."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Word
from core.receivables.models import ApprovalKind


class RequestState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    REPLACED = "replaced"
    LAPSED = "lapsed"


REQUEST_STATE_LABELS = {
    RequestState.OPEN: N_("Waits for an answer"),
    RequestState.APPROVED: N_("Approved"),
    RequestState.DECLINED: N_("Declined"),
    RequestState.REPLACED: N_("Asked anew"),
    RequestState.LAPSED: N_("Not needed any more"),
}


class ApprovalRequest(Base):
    """An exception that somebody asks for on an order; an answer with yes makes the approval it names.

    One that lapsed was closed by what became of its order, and nobody answered it.

    `prices` lists what is asked for each line: its id, product, quantity, price, and what it was before.
    """

    __tablename__ = "approval_request"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(state = 'approved') = (approval_id IS NOT NULL)", name="approved"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    kind: Mapped[ApprovalKind] = mapped_column(Word(ApprovalKind))
    state: Mapped[RequestState] = mapped_column(Word(RequestState), default=RequestState.OPEN, index=True)
    prices: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[Moment]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    answered_at: Mapped[Moment | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    answer: Mapped[str] = mapped_column(String(200), default="")
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("credit_approval.id"))
