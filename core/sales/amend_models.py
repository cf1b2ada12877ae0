"""Amendments of confirmed orders: what is asked, what it was before, what became of it."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Price, Quantity, Rate, Word


class AmendmentState(StrEnum):
    """What became of an amendment."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    DECLINED = "declined"


AMENDMENT_STATE_LABELS = {
    AmendmentState.REQUESTED: N_("Asked for"),
    AmendmentState.ACCEPTED: N_("Accepted"),
    AmendmentState.DECLINED: N_("Declined"),
}
OPEN = "state = 'requested'"


class OrderAmendment(Base):
    """One change of an order after confirmation; of each order at most one is open.

    `base_version` is the version of the order it was drawn up on, `revision` the number of the
    order's terms that it made, None until it is accepted. A note of None leaves the order's as it is; the
    day that is wished for changes where it is another one after than before.
    `shipment_id` names the shipment that made it by itself, as less or more left than was ordered.
    """

    __tablename__ = "order_amendment"
    __table_args__ = (
        UniqueConstraint("order_id", "revision"),
        CheckConstraint("(state = 'accepted') = (revision IS NOT NULL)", name="accepted_has_revision"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", name="open_is_undecided"),
        Index(
            "uq_order_amendment_open",
            "order_id",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), index=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    state: Mapped[AmendmentState] = mapped_column(Word(AmendmentState), default=AmendmentState.REQUESTED)
    base_version: Mapped[int]
    revision: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
    note_before: Mapped[str] = mapped_column(String(1000), default="")
    note_after: Mapped[str | None] = mapped_column(String(1000))
    wanted_before: Mapped[date | None]
    wanted_after: Mapped[date | None]
    declined_because: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[Moment]
    requested_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    decided_at: Mapped[Moment | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipment.id"))
    version: Mapped[int] = mapped_column(default=1)
    lines: Mapped[list["AmendmentLine"]] = relationship(
        lazy="raise",
        back_populates="amendment",
        order_by="AmendmentLine.line_number, AmendmentLine.id",
        cascade="all, delete-orphan",
    )
    kits: Mapped[list["AmendmentKit"]] = relationship(
        lazy="raise", back_populates="amendment", order_by="AmendmentKit.id", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class AmendmentKit(Base):
    """A kit of the order before and after, as a line is; its amounts are those of the lines that name it.

    The kit of the order may be gone, so `order_kit_id` refers to it without holding it.
    """

    __tablename__ = "order_amendment_kit"
    __table_args__ = (
        CheckConstraint("before_quantity IS NOT NULL OR after_quantity IS NOT NULL", name="before_or_after"),
        CheckConstraint("after_quantity IS NULL OR after_quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    amendment_id: Mapped[int] = mapped_column(ForeignKey("order_amendment.id"), index=True)
    order_kit_id: Mapped[int | None] = mapped_column(BigInteger)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    tax_rate: Mapped[Rate]
    before_quantity: Mapped[Quantity | None]
    before_price: Mapped[Price | None]
    before_discount: Mapped[Amount | None]
    after_quantity: Mapped[Quantity | None]
    after_price: Mapped[Price | None]
    after_discount: Mapped[Amount | None]
    price_trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    amendment: Mapped[OrderAmendment] = relationship(lazy="raise", back_populates="kits")


class AmendmentLine(Base):
    """A line of the order before and after: without a before it was added, without an after taken off.

    Lines that stay as they are stand here too, so that each version can be shown whole. The line of
    the order may be gone, so `order_line_id` refers to it without holding it. `price_trace` explains the
    price afterwards as that of an order line does.
    """

    __tablename__ = "order_amendment_line"
    __table_args__ = (
        CheckConstraint("before_quantity IS NOT NULL OR after_quantity IS NOT NULL", name="before_or_after"),
        CheckConstraint("after_quantity IS NULL OR after_quantity > 0", name="quantity_positive"),
        CheckConstraint("before_net + before_tax = before_gross", name="before_adds_up"),
        CheckConstraint("after_net + after_tax = after_gross", name="after_adds_up"),
    )

    id: Mapped[Id]
    amendment_id: Mapped[int] = mapped_column(ForeignKey("order_amendment.id"), index=True)
    line_number: Mapped[int]
    order_line_id: Mapped[int | None] = mapped_column(BigInteger)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    tax_rate: Mapped[Rate]
    shipped_quantity: Mapped[Quantity]
    returned_quantity: Mapped[Quantity]
    before_quantity: Mapped[Quantity | None]
    before_price: Mapped[Price | None]
    before_discount: Mapped[Amount | None]
    before_net: Mapped[Amount | None]
    before_tax: Mapped[Amount | None]
    before_gross: Mapped[Amount | None]
    after_quantity: Mapped[Quantity | None]
    after_price: Mapped[Price | None]
    after_discount: Mapped[Amount | None]
    after_net: Mapped[Amount | None]
    after_tax: Mapped[Amount | None]
    after_gross: Mapped[Amount | None]
    price_trace: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    amendment_kit_id: Mapped[int | None] = mapped_column(ForeignKey("order_amendment_kit.id"), index=True)
    amendment: Mapped[OrderAmendment] = relationship(lazy="raise", back_populates="lines")
    kit: Mapped[AmendmentKit | None] = relationship(lazy="raise")
