"""The table of audit entries."""

from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class AuditEntry(Base):
    """One use case done: who, when, from where, which command, which object, what changed and why."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "subject_type", "subject_id"),
        Index(None, "actor_id", "id"),
        Index(None, "tag", "id"),
        Index(None, "subject_type", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    at: Mapped[Moment] = mapped_column(index=True)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(32))
    command: Mapped[str] = mapped_column(String(64))
    tag: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
