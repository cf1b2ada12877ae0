"""Views and links as screens read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.analytics.explorer.errors import ViewGone
from core.analytics.explorer.links import is_live, live_link
from core.analytics.explorer.models import DefaultView, LastLook, LinkOpening, PinnedView, SavedView, ViewLink
from core.analytics.explorer.rules import Words
from core.analytics.explorer.service import may_edit, visible_view
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query

MOST_OPENINGS = 200


@dataclass(frozen=True)
class ViewRow:
    """A view: whose it is, and what the reader does with it."""

    id: int
    name: str
    description: str
    words: Words
    owner: str
    is_team: bool
    is_mine: bool
    is_editable: bool
    is_default: bool
    is_pinned: bool
    changed_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True)
class LinkedView:
    """What a link shows: the words that are frozen in it."""

    id: int
    name: str
    words: Words
    made_by: str
    expires_at: datetime | None


@dataclass(frozen=True)
class LinkRow:
    """A link that somebody made, and how often it was opened."""

    id: int
    name: str
    made_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    is_live: bool
    openings: int


@dataclass(frozen=True)
class OpeningRow:
    """Who opened a link, and when."""

    name: str
    at: datetime


@query(P.SALES_ANALYSE)
def views(scope: Scope, *, deleted: bool = False) -> list[ViewRow]:
    """One's own views and those of the team by name; or those that were deleted and can be brought back."""
    wanted = select(SavedView).where(
        SavedView.is_team | (SavedView.owner_id == scope.actor.id),
        SavedView.deleted_at.is_not(None) if deleted else SavedView.deleted_at.is_(None),
    )
    rows = _rows(scope, scope.session.scalars(wanted).all())
    return [row for row in rows if row.is_editable or not deleted]


@query(P.SALES_ANALYSE)
def get_view(scope: Scope, view_id: int) -> ViewRow:
    """A view of one's own or of the team; `ViewGone` for any other."""
    return _rows(scope, [visible_view(scope, view_id)])[0]


@query(P.SALES_ANALYSE)
def default_view(scope: Scope) -> ViewRow | None:
    """The view that one's explorer opens with; None for the usual one."""
    chosen = scope.session.scalar(select(DefaultView.view_id).where(DefaultView.user_id == scope.actor.id))
    try:
        return None if chosen is None else get_view(scope, chosen)
    except ViewGone:
        return None


@query(P.SALES_ANALYSE)
def last_look(scope: Scope) -> Words | None:
    """What one looked at last; None before the first time."""
    found = scope.session.scalar(select(LastLook.words).where(LastLook.user_id == scope.actor.id))
    return None if found is None else dict(found)


@query(P.SALES_ANALYSE)
def pinned_views(scope: Scope) -> list[ViewRow]:
    """The views on one's home, the first pinned first."""
    wanted = (
        select(SavedView)
        .join(PinnedView, PinnedView.view_id == SavedView.id)
        .where(PinnedView.user_id == scope.actor.id, SavedView.deleted_at.is_(None))
        .where(SavedView.is_team | (SavedView.owner_id == scope.actor.id))
        .order_by(PinnedView.id)
    )
    found = scope.session.scalars(wanted).all()
    rows = {row.id: row for row in _rows(scope, found)}
    return [rows[view.id] for view in found]


@query(P.SALES_ANALYSE)
def linked_view(scope: Scope, token: str) -> LinkedView:
    """What the link of a token shows; `ViewLinkInvalid` where it does not work."""
    link = live_link(scope, token)
    maker = scope.session.get_one(User, link.created_by)
    return LinkedView(link.id, link.name, dict(link.words), maker.name, link.expires_at)


@query(P.SALES_ANALYSE)
def view_links(scope: Scope) -> list[LinkRow]:
    """The links one made, or everybody's for who publishes views; the newest first."""
    opened = select(func.count()).where(LinkOpening.link_id == ViewLink.id).scalar_subquery()
    wanted = select(ViewLink, User.name, opened).join(User, User.id == ViewLink.created_by)
    if not scope.actor.may(P.VIEW_PUBLISH):
        wanted = wanted.where(ViewLink.created_by == scope.actor.id)
    return [
        LinkRow(
            link.id,
            link.name,
            maker,
            link.created_at,
            link.expires_at,
            link.revoked_at,
            is_live(link, scope.now),
            openings,
        )
        for link, maker, openings in scope.session.execute(wanted.order_by(ViewLink.id.desc()))
    ]


@query(P.SALES_ANALYSE)
def link_openings(scope: Scope, link_id: int) -> list[OpeningRow]:
    """Who opened a link that one made or may withdraw, the latest first; nothing for any other."""
    wanted = (
        select(User.name, LinkOpening.at)
        .join(User, User.id == LinkOpening.user_id)
        .join(ViewLink, ViewLink.id == LinkOpening.link_id)
        .where(LinkOpening.link_id == link_id)
    )
    if not scope.actor.may(P.VIEW_PUBLISH):
        wanted = wanted.where(ViewLink.created_by == scope.actor.id)
    found = scope.session.execute(wanted.order_by(LinkOpening.id.desc()).limit(MOST_OPENINGS))
    return [OpeningRow(name, at) for name, at in found]


def _rows(scope: Scope, found: Sequence[SavedView]) -> list[ViewRow]:
    me = scope.actor.id
    owners = {
        user_id: name
        for user_id, name in scope.session.execute(
            select(User.id, User.name).where(User.id.in_({view.owner_id for view in found}))
        )
    }
    default = scope.session.scalar(select(DefaultView.view_id).where(DefaultView.user_id == me))
    pinned = set(scope.session.scalars(select(PinnedView.view_id).where(PinnedView.user_id == me)))
    rows = [
        ViewRow(
            id=view.id,
            name=view.name,
            description=view.description,
            words=dict(view.words),
            owner=owners[view.owner_id],
            is_team=view.is_team,
            is_mine=view.owner_id == me,
            is_editable=may_edit(scope, view),
            is_default=view.id == default,
            is_pinned=view.id in pinned,
            changed_at=view.changed_at,
            deleted_at=view.deleted_at,
        )
        for view in found
    ]
    return sorted(rows, key=lambda row: (row.name.casefold(), row.id))
