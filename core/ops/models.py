"""The table of self-check runs."""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class CheckRun(Base):
    """All self-checks run once: how many differences there were, and the first of them."""

    __tablename__ = "check_run"

    id: Mapped[Id]
    at: Mapped[Moment]
    seconds: Mapped[int]
    difference_count: Mapped[int]
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
