"""Links by which customers answer statements without signing in, and what they answered."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class StatementLink(Base):
    """The one link of a statement. The address holds a token whose SHA-256 stands here; a new one replaces it."""

    __tablename__ = "statement_link"

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    expires_at: Mapped[Moment]
    withdrawn_at: Mapped[Moment | None]


class StatementAnswer(Base):
    """What came back through the link, under the name that was typed. Never edited."""

    __tablename__ = "statement_answer"

    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    answered_at: Mapped[Moment]
    name: Mapped[str] = mapped_column(String(80))
    is_agreed: Mapped[bool]


class StatementObjection(Base):
    """A line of a statement that the customer does not accept, with the words why."""

    __tablename__ = "statement_objection"
    __table_args__ = (UniqueConstraint("answer_id", "line_id"),)

    id: Mapped[Id]
    answer_id: Mapped[int] = mapped_column(ForeignKey("statement_answer.id"))
    line_id: Mapped[int] = mapped_column(ForeignKey("statement_line.id"))
    words: Mapped[str] = mapped_column(String(300))


class LinkAttempt(Base):
    """A wrong token, by where it came from, or an answer, by its link; forgotten after a while."""

    __tablename__ = "link_attempt"
    __table_args__ = (Index(None, "source", "at"),)

    id: Mapped[Id]
    source: Mapped[str] = mapped_column(String(64))
    at: Mapped[Moment] = mapped_column(index=True)
