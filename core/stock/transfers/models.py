"""Transfers, what they carry, and the steps that they took."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Quantity, Word


class TransferState(StrEnum):
    """How far a transfer is."""

    REQUESTED = "requested"
    SHIPPED = "shipped"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class StepKind(StrEnum):
    """What moved goods of a transfer."""

    SHIP = "ship"
    ARRIVE = "arrive"
    LOSE = "lose"


class LossParty(StrEnum):
    """Who answers for goods that did not arrive."""

    CARRIER = "carrier"
    SENDER = "sender"
    RECEIVER = "receiver"
    SOMEBODY = "somebody"


TRANSFER_STATE_LABELS = {
    TransferState.REQUESTED: N_("Requested"),
    TransferState.SHIPPED: N_("On the way"),
    TransferState.CLOSED: N_("Arrived"),
    TransferState.CANCELLED: N_("Cancelled"),
}
STEP_KIND_LABELS = {
    StepKind.SHIP: N_("Shipped"),
    StepKind.ARRIVE: N_("Arrived"),
    StepKind.LOSE: N_("Lost on the way"),
}
LOSS_PARTY_LABELS = {
    LossParty.CARRIER: N_("Carrier"),
    LossParty.SENDER: N_("Sending warehouse"),
    LossParty.RECEIVER: N_("Receiving warehouse"),
    LossParty.SOMEBODY: N_("Somebody else"),
}


class Transfer(Base):
    """Goods that go from one warehouse to another. Its moves name it as their origin and the step as its line."""

    __tablename__ = "stock_transfer"
    __table_args__ = (CheckConstraint("source_id <> target_id", name="two_warehouses"),)

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), index=True)
    target_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"), index=True)
    state: Mapped[TransferState] = mapped_column(Word(TransferState), index=True)
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    lines: Mapped[list["TransferLine"]] = relationship(lazy="raise", order_by="TransferLine.id")
    lots: Mapped[list["TransferLot"]] = relationship(lazy="raise", order_by="TransferLot.id")
    steps: Mapped[list["TransferStep"]] = relationship(lazy="raise", order_by="TransferStep.id")


class TransferLine(Base):
    """How much of a variant was asked for."""

    __tablename__ = "stock_transfer_line"
    __table_args__ = (
        UniqueConstraint("transfer_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    quantity: Mapped[Quantity]


class TransferLot(Base):
    """A lot that was asked for by name, and how much of it."""

    __tablename__ = "stock_transfer_lot"
    __table_args__ = (
        UniqueConstraint("transfer_id", "lot_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )

    id: Mapped[Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    quantity: Mapped[Quantity]


class TransferStep(Base):
    """Goods of a transfer that left, arrived or were lost together; a mistake is taken back, newest first.

    A loss names who answers for it, and why. `at` is the moment it counts from. Where goods were carried
    over at once, they left and arrived in one step.
    """

    __tablename__ = "stock_transfer_step"

    id: Mapped[Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("stock_transfer.id"), index=True)
    kind: Mapped[StepKind] = mapped_column(Word(StepKind))
    at: Mapped[Moment]
    is_direct: Mapped[bool] = mapped_column(default=False)
    responsible: Mapped[LossParty | None] = mapped_column(Word(LossParty))
    responsible_name: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    undone_at: Mapped[Moment | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
