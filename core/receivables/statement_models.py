"""Statements of account and their lines."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Word


class StatementState(StrEnum):
    """How far a statement has come."""

    DRAFT = "draft"
    SENT = "sent"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    SETTLED = "settled"
    CANCELLED = "cancelled"


STATEMENT_LABELS = {
    StatementState.DRAFT: N_("Draft"),
    StatementState.SENT: N_("Sent"),
    StatementState.CONFIRMED: N_("Confirmed"),
    StatementState.DISPUTED: N_("Disputed"),
    StatementState.SETTLED: N_("Settled"),
    StatementState.CANCELLED: N_("Cancelled"),
}


class LineKind(StrEnum):
    """What a line of a statement tells: all but the last are owed or credited, the last is money."""

    SHIPMENT = "shipment"
    RETURN = "return"
    GOODWILL = "goodwill"
    CHARGE = "charge"
    PAYMENT = "payment"


LINE_LABELS = {
    LineKind.SHIPMENT: N_("Goods shipped"),
    LineKind.RETURN: N_("Goods returned"),
    LineKind.GOODWILL: N_("Goodwill"),
    LineKind.CHARGE: N_("Charge"),
    LineKind.PAYMENT: N_("Payment"),
}


class Statement(Base):
    """What a customer was told to owe: opening + lines = closing, as they stood when it was made.

    Goodwill is part of `returned_amount`.
    """

    __tablename__ = "statement"
    __table_args__ = (
        CheckConstraint("since < until", name="has_days"),
        CheckConstraint(
            "opening_amount + shipped_amount - returned_amount + charged_amount - paid_amount = closing_amount",
            name="adds_up",
        ),
    )

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    since: Mapped[date]
    until: Mapped[date]
    state: Mapped[StatementState] = mapped_column(Word(StatementState), default=StatementState.DRAFT)
    currency: Mapped[str] = mapped_column(String(3))
    opening_amount: Mapped[Amount]
    shipped_amount: Mapped[Amount]
    returned_amount: Mapped[Amount]
    charged_amount: Mapped[Amount]
    paid_amount: Mapped[Amount]
    closing_amount: Mapped[Amount]
    note: Mapped[str] = mapped_column(String(500), default="")
    remark: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    sent_at: Mapped[Moment | None]
    answered_at: Mapped[Moment | None]
    closed_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class StatementLine(Base):
    """One document on a statement, with its sign: what is owed is positive. Live until the statement is cancelled."""

    __tablename__ = "statement_line"
    __table_args__ = (
        Index(
            "uq_statement_line_document",
            "document_type",
            "document_id",
            unique=True,
            sqlite_where=text("is_live"),
            postgresql_where=text("is_live"),
        ),
    )

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    line_number: Mapped[int]
    kind: Mapped[LineKind] = mapped_column(Word(LineKind))
    document_type: Mapped[str] = mapped_column(String(20))
    document_id: Mapped[int] = mapped_column(BigInteger)
    document_number: Mapped[str] = mapped_column(String(24))
    order_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    order_number: Mapped[str] = mapped_column(String(24), default="")
    happened_on: Mapped[date]
    amount: Mapped[Amount]
    is_live: Mapped[bool] = mapped_column(default=True)
