"""Payments and what they settle."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Word


class PaymentMethod(StrEnum):
    """How money came in."""

    BANK = "bank"
    CASH = "cash"
    WECHAT = "wechat"
    ALIPAY = "alipay"
    CARD = "card"
    HISTORY = "history"


PAYMENT_METHOD_LABELS = {
    PaymentMethod.BANK: N_("Bank transfer"),
    PaymentMethod.CASH: N_("Cash"),
    PaymentMethod.WECHAT: N_("WeChat Pay"),
    PaymentMethod.ALIPAY: N_("Alipay"),
    PaymentMethod.CARD: N_("Card"),
    PaymentMethod.HISTORY: N_("Settled before the import"),
}


class Payment(Base):
    """Money that came in (positive) or went back (negative). Never edited; reversed by an opposite one."""

    __tablename__ = "payment"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount_not_zero"),)

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    amount: Mapped[Amount]
    method: Mapped[PaymentMethod] = mapped_column(Word(PaymentMethod))
    received_on: Mapped[date]
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"), unique=True)
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class Allocation(Base):
    """The part of a payment that settles one document."""

    __tablename__ = "payment_allocation"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index(None, "document_type", "document_id"),
    )

    id: Mapped[Id]
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    document_type: Mapped[str] = mapped_column(String(20))
    document_id: Mapped[int] = mapped_column(BigInteger)
    amount: Mapped[Amount]
