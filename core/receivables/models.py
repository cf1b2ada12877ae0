"""Payments and what they settle; accounts, terms, credit, charges and receipt plans of customers."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Rate, Word


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
    """Money that came in (positive) or went back (negative). Never edited; reversed by an opposite one.

    `open_amount` is what its allocations leave: a deposit, or what was paid too much. Over all payments of
    a customer it is the customer's balance.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        # A payment is free only as far as its amount goes; money going back is never left without a place.
        CheckConstraint("open_amount >= 0 AND (open_amount = 0 OR open_amount <= amount)", name="open_within"),
        # Nearly all money has its place: only the rest is looked for.
        Index(
            "ix_payment_open",
            "customer_id",
            "received_on",
            sqlite_where=text("open_amount <> 0"),
            postgresql_where=text("open_amount <> 0"),
        ),
        Index(None, "received_on", "id"),
    )
    feeds = ("payment", "id")

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
    open_amount: Mapped[Amount] = mapped_column(server_default="0", default=Decimal(0))


class Allocation(Base):
    """The part of a payment that settles one document. Taken back by an opposite one, never edited.

    Money refunded from the balance is allocated to the payment that brought it, and the other way round.
    `allocated_on` is empty where it happened with the payment.
    """

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
    allocated_on: Mapped[date | None]


class TermsKind(StrEnum):
    """When a customer pays."""

    PREPAID = "prepaid"
    DEPOSIT = "deposit"
    ON_SHIPMENT = "on_shipment"
    NET = "net"
    MONTH_END = "month_end"


TERMS_LABELS = {
    TermsKind.PREPAID: N_("Cash before shipment"),
    TermsKind.DEPOSIT: N_("Deposit, then the rest"),
    TermsKind.ON_SHIPMENT: N_("On shipment"),
    TermsKind.NET: N_("Days after shipment"),
    TermsKind.MONTH_END: N_("End of month plus days"),
}


class CreditStage(StrEnum):
    """When credit is checked."""

    CONFIRM = "confirm"
    SHIP = "ship"
    BOTH = "both"


CREDIT_STAGE_LABELS = {
    CreditStage.CONFIRM: N_("When an order is confirmed"),
    CreditStage.SHIP: N_("When goods are shipped"),
    CreditStage.BOTH: N_("Both times"),
}


class CustomerAccount(Base):
    """What a customer owes, kept with every document, and the terms agreed with the customer.

    `receivable` = shipped − returned + charges − allocated; below zero where orders are paid ahead.
    `open_orders` = confirmed and not shipped. `balance` = money without a document. A customer without
    a row owes nothing and has the usual terms.
    """

    __tablename__ = "customer_account"
    __table_args__ = (
        CheckConstraint("balance >= 0", name="balance_not_negative"),
        CheckConstraint("credit_limit IS NULL OR credit_limit >= 0", name="limit_not_negative"),
        CheckConstraint("deposit_rate >= 0 AND deposit_rate <= 10000", name="deposit_is_a_share"),
        CheckConstraint("terms_days >= 0 AND (overdue_days IS NULL OR overdue_days >= 0)", name="days_not_negative"),
    )

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, autoincrement=False)
    receivable: Mapped[Amount] = mapped_column(server_default="0", default=Decimal(0))
    open_orders: Mapped[Amount] = mapped_column(server_default="0", default=Decimal(0))
    balance: Mapped[Amount] = mapped_column(server_default="0", default=Decimal(0))
    terms: Mapped[TermsKind] = mapped_column(
        Word(TermsKind), server_default=TermsKind.ON_SHIPMENT.value, default=TermsKind.ON_SHIPMENT
    )
    terms_days: Mapped[int] = mapped_column(server_default="0", default=0)
    deposit_rate: Mapped[Rate] = mapped_column(server_default="0", default=Decimal(0))
    credit_limit: Mapped[Amount | None]
    overdue_days: Mapped[int | None]
    credit_stage: Mapped[CreditStage] = mapped_column(
        Word(CreditStage), server_default=CreditStage.CONFIRM.value, default=CreditStage.CONFIRM
    )
    terms_version: Mapped[int] = mapped_column(server_default="0", default=0)


class ApprovalKind(StrEnum):
    """What an approval lets pass."""

    CREDIT = "credit"
    PREPAYMENT = "prepayment"
    PRICE = "price"


APPROVAL_LABELS = {
    ApprovalKind.CREDIT: N_("Beyond the credit limit or overdue"),
    ApprovalKind.PREPAYMENT: N_("Shipping before the money is there"),
    ApprovalKind.PRICE: N_("Below the lowest price"),
}


class CreditApproval(Base):
    """One exception for one document, granted by somebody with a reason; used once, or expired.

    Of prices, `prices` names the products and how low each may go; the others hold up to `amount`.
    """

    __tablename__ = "credit_approval"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        Index(None, "document_type", "document_id"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    document_type: Mapped[str] = mapped_column(String(20))
    document_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[ApprovalKind] = mapped_column(Word(ApprovalKind))
    amount: Mapped[Amount]
    reason: Mapped[str] = mapped_column(String(200))
    expires_at: Mapped[Moment]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    used_at: Mapped[Moment | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    prices: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))


class AccountCharge(Base):
    """Something a customer owes besides goods, such as freight. Cancelled, never edited."""

    __tablename__ = "account_charge"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("paid_amount >= 0 AND paid_amount <= amount", name="paid_within"),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    amount: Mapped[Amount]
    paid_amount: Mapped[Amount] = mapped_column(default=Decimal(0))
    charged_on: Mapped[date]
    due_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    cancelled_at: Mapped[Moment | None]


class Instalment(Base):
    """A part of what is expected from a customer, or for one order, on a planned day."""

    __tablename__ = "receipt_instalment"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"), Index(None, "customer_id", "document_id"))

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    document_type: Mapped[str | None] = mapped_column(String(20))
    document_id: Mapped[int | None] = mapped_column(BigInteger)
    planned_on: Mapped[date] = mapped_column(index=True)
    amount: Mapped[Amount]
    note: Mapped[str] = mapped_column(String(200), default="")
    planned_since: Mapped[date]
