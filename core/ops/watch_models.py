"""The tables of what is watched: errors by fingerprint, each time one was met, times by the minute, processes."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Word


class IncidentState(StrEnum):
    """What an administrator said about an error."""

    NEW = "new"
    SEEN = "seen"
    MUTED = "muted"


INCIDENT_STATE_LABELS = {
    IncidentState.NEW: N_("Not yet seen"),
    IncidentState.SEEN: N_("Seen"),
    IncidentState.MUTED: N_("Muted"),
}


class Incident(Base):
    """One error of the program, however often it was met. One that was seen is new again when it comes back."""

    __tablename__ = "incident"
    __table_args__ = (Index(None, "state", "last_at"),)

    id: Mapped[Id]
    fingerprint: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(120))
    place: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(String(500))
    state: Mapped[IncidentState] = mapped_column(Word(IncidentState), default=IncidentState.NEW)
    count: Mapped[int]
    first_at: Mapped[Moment]
    last_at: Mapped[Moment]
    decided_at: Mapped[Moment | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class IncidentReport(Base):
    """An error met once: its number, who met it where, what they saw, and its trace without secrets."""

    __tablename__ = "incident_report"
    __table_args__ = (Index(None, "incident_id", "id"), Index(None, "at"))

    id: Mapped[Id]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incident.id"))
    number: Mapped[str] = mapped_column(String(12), unique=True)
    at: Mapped[Moment]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    met_in: Mapped[str] = mapped_column(String(80))
    saw: Mapped[str] = mapped_column(String(500))
    message: Mapped[str] = mapped_column(String(500))
    trace: Mapped[str] = mapped_column(Text)
    process: Mapped[str] = mapped_column(String(80))


class MinuteOfTimings(Base):
    """What one process measured in a minute: kind → name → [count, seconds, longest, {place: count}]."""

    __tablename__ = "timing_minute"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[Id]
    at: Mapped[Moment]
    process: Mapped[str] = mapped_column(String(80))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class AppProcess(Base):
    """A process that serves screens or carries out jobs, and how it was when it last said so."""

    __tablename__ = "app_process"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    began_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
