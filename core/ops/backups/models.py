"""The tables of backups: each one with what became of it, and the rule by which they are made and kept."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, CheckConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Word


class Purpose(StrEnum):
    """Why a backup was made."""

    DAILY = "daily"
    ASKED = "asked"
    FOUND = "found"


PURPOSE_LABELS = {
    Purpose.DAILY: N_("Every night"),
    Purpose.ASKED: N_("On demand"),
    Purpose.FOUND: N_("Found in the folder"),
}


class Backup(Base):
    """A backup file. `proven_at`: when it was last restored into a scratch database and agreed in every figure.

    `figures` are some of those that people recognise; `problem` says why it could not be proven or sent.
    """

    __tablename__ = "backup"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    at: Mapped[Moment] = mapped_column(index=True)
    purpose: Mapped[Purpose] = mapped_column(Word(Purpose))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    seconds: Mapped[int]
    key: Mapped[str] = mapped_column(String(8))
    version: Mapped[str] = mapped_column(String(20))
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    proven_at: Mapped[Moment | None]
    proof: Mapped[dict[str, Any]] = mapped_column(JSON)
    sent_at: Mapped[Moment | None]
    sent_to: Mapped[str] = mapped_column(String(200), default="")
    problem: Mapped[str] = mapped_column(String(1000), default="")
    is_here: Mapped[bool] = mapped_column(Boolean, default=True)
    is_away: Mapped[bool] = mapped_column(Boolean, default=False)


class BackupRule(Base):
    """The one rule of this installation: how many are kept, where they are sent, and what is known of the key.

    `place_secret` is encrypted. Where `is_paused`, nothing is sent until somebody said that this installation,
    which was restored, is the one that people work in.
    """

    __tablename__ = "backup_rule"
    __table_args__ = (
        CheckConstraint("id = 1", name="only_one"),
        CheckConstraint("daily >= 0 AND weekly >= 0 AND monthly >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    since: Mapped[Moment]
    daily: Mapped[int]
    weekly: Mapped[int]
    monthly: Mapped[int]
    place: Mapped[dict[str, Any]] = mapped_column(JSON)
    place_secret: Mapped[str] = mapped_column(Text)
    is_paused: Mapped[bool] = mapped_column(Boolean)
    kept_key: Mapped[str] = mapped_column(String(8))
    kept_key_at: Mapped[Moment | None]
