"""Findings that somebody put aside for some days."""

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.analytics.findings.rules import Kind
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Word


class FindingAside(Base):
    """A finding that one person does not want to see before a day, with its money when it was put aside."""

    __tablename__ = "finding_aside"
    __table_args__ = (Index(None, "user_id", "kind", "subject", unique=True),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    subject: Mapped[str] = mapped_column(String(60))
    until: Mapped[date]
    amount: Mapped[Amount]
    put_at: Mapped[Moment]
