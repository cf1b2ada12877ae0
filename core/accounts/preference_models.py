"""What a person likes, the looks at boards they keep, and what they filter by again and again."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment, Word

LONGEST_SCREEN, LONGEST_NAME, LONGEST_LABEL = 40, 80, 80


class PreferenceSet(Base):
    """All preferences of one person, as words; who has no row has the usual ones."""

    __tablename__ = "preference_set"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    changed_at: Mapped[Moment]


class KeptLook(Base):
    """What somebody looks at on a board, under a name of their own; `words` are those of its address.

    One that `is_team` can be opened by everybody who opens the board, with the rights of who opens it.
    """

    __tablename__ = "kept_look"
    __table_args__ = (UniqueConstraint("user_id", "board", "name"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    board: Mapped[str] = mapped_column(String(LONGEST_SCREEN))
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    is_team: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_at: Mapped[Moment]


class HabitState(StrEnum):
    """What became of a habit: it is counted, was hinted at this month, or is never to be again."""

    COUNTED = "counted"
    HINTED = "hinted"
    NEVER = "never"


class Habit(Base):
    """How often a person filtered a board by one label in the month that begins so."""

    __tablename__ = "habit"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    board: Mapped[str] = mapped_column(String(LONGEST_SCREEN), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(LONGEST_SCREEN), primary_key=True)
    label: Mapped[str] = mapped_column(String(LONGEST_LABEL), primary_key=True)
    month: Mapped[date]
    times: Mapped[int]
    state: Mapped[HabitState] = mapped_column(Word(HabitState))
