"""Views that people keep, their defaults and pins, what each looked at last, and links with who opened them."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class SavedView(Base):
    """What somebody looked at, under a name: their own, or the team's. Deleted ones can be brought back."""

    __tablename__ = "saved_view"
    __table_args__ = (Index(None, "owner_id", "deleted_at"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(String(300), default="")
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    owner_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    is_team: Mapped[bool]
    created_at: Mapped[Moment]
    changed_at: Mapped[Moment]
    deleted_at: Mapped[Moment | None]


class DefaultView(Base):
    """The view that somebody's explorer opens with."""

    __tablename__ = "default_view"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), index=True)


class PinnedView(Base):
    """A view that stands on somebody's home."""

    __tablename__ = "pinned_view"
    __table_args__ = (UniqueConstraint("user_id", "view_id"),)

    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    view_id: Mapped[int] = mapped_column(ForeignKey("saved_view.id"), index=True)


class LastLook(Base):
    """What somebody looked at last, kept over sessions."""

    __tablename__ = "last_look"

    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), primary_key=True, autoincrement=False)
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[Moment]


class ViewLink(Base):
    """A link to a view with its filters and days frozen.

    The address holds a token whose SHA-256 stands here. The token also signs what is frozen: whoever changes
    that without knowing the token ends the link.
    """

    __tablename__ = "view_link"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    seal: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Moment]
    created_by: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    expires_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class LinkOpening(Base):
    """Who opened a link, and when. Never edited."""

    __tablename__ = "link_opening"
    __table_args__ = (Index(None, "link_id", "at"),)

    id: Mapped[Id]
    link_id: Mapped[int] = mapped_column(ForeignKey("view_link.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    at: Mapped[Moment]
