"""Reasons of returns, what was given back for them, and exchanges."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Word

FIRST_REASONS = (
    N_("Quality problem"),
    N_("Damaged in transit"),
    N_("Wrong product sent"),
    N_("Does not fit"),
    N_("Changed their mind"),
    N_("Arrived too late"),
    N_("Delivery refused"),
    N_("Missing on arrival"),
)
"""The reasons a new company starts with; shown translated as long as nobody renames them."""


class RefundWay(StrEnum):
    """Where the credit of a return went."""

    MONEY = "money"
    BALANCE = "balance"
    EXCHANGE = "exchange"


REFUND_WAY_LABELS = {
    RefundWay.MONEY: N_("Money back"),
    RefundWay.BALANCE: N_("Kept as the customer's balance"),
    RefundWay.EXCHANGE: N_("Used for the exchange"),
}


class ReturnReason(Base):
    """Why goods come back, to choose from. Returns keep the words that were chosen."""

    __tablename__ = "return_reason"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class ReturnRefund(Base):
    """A part of a return's credit given back. `payment_id` is the money that went back, or the payment it came from."""

    __tablename__ = "return_refund"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"),)

    id: Mapped[Id]
    return_id: Mapped[int] = mapped_column(ForeignKey("sales_return.id"), index=True)
    way: Mapped[RefundWay] = mapped_column(Word(RefundWay))
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    amount: Mapped[Amount]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    undone_at: Mapped[Moment | None]


class SalesExchange(Base):
    """Goods for goods: a return, an order for what goes out instead, and one settlement of the difference."""

    __tablename__ = "sales_exchange"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    return_id: Mapped[int] = mapped_column(ForeignKey("sales_return.id"), unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("sales_order.id"), unique=True)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    settled_at: Mapped[Moment | None]
