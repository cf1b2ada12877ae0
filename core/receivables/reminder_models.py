"""The schedule of reminders, the reminders that went out, and who is left alone for a while."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Amount, Id, Moment


class ReminderLevel(Base):
    """One level of the schedule: after how many days it is due, and its letter in both languages."""

    __tablename__ = "reminder_level"
    __table_args__ = (CheckConstraint("days > 0", name="days_positive"),)

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    days: Mapped[int]
    text_zh: Mapped[str] = mapped_column(String(2000))
    text_en: Mapped[str] = mapped_column(String(2000))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Reminder(Base):
    """A customer was reminded, at the highest level of what was due for one. Never edited."""

    __tablename__ = "reminder"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"),)

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    level: Mapped[int]
    amount: Mapped[Amount]
    reminded_on: Mapped[date]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class ReminderPart(Base):
    """What a reminder was about: the part of a document that was due on a day, once for each level."""

    __tablename__ = "reminder_part"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        UniqueConstraint("document_type", "document_id", "due_on", "level"),
    )

    id: Mapped[Id]
    reminder_id: Mapped[int] = mapped_column(ForeignKey("reminder.id"), index=True)
    document_type: Mapped[str] = mapped_column(String(20))
    document_id: Mapped[int] = mapped_column(BigInteger)
    document_number: Mapped[str] = mapped_column(String(24))
    due_on: Mapped[date]
    level: Mapped[int]
    amount: Mapped[Amount]


class ReminderPause(Base):
    """No reminders to a customer, or about one document, up to and including a day. Ended early, never edited."""

    __tablename__ = "reminder_pause"
    __table_args__ = (
        CheckConstraint("(document_type IS NULL) = (document_id IS NULL)", name="document_whole"),
        Index(None, "customer_id", "last_on"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    document_type: Mapped[str | None] = mapped_column(String(20))
    document_id: Mapped[int | None] = mapped_column(BigInteger)
    document_number: Mapped[str] = mapped_column(String(24), default="")
    last_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    ended_at: Mapped[Moment | None]
