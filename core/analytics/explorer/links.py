"""Links to views: making and withdrawing them, and who opened them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from sqlalchemy import select

from core.accounts.tokens import hash_of
from core.analytics.explorer.errors import ViewLinkEnded, ViewLinkInvalid
from core.analytics.explorer.models import LinkOpening, ViewLink
from core.analytics.explorer.rules import Words, checked_words, seal_of
from core.analytics.explorer.service import NAME_LENGTH, own_id
from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.base.search import one_line
from core.security.permissions import P
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

LONGEST_DAYS = 366
SHORTEST_TOKEN = 32
FROZEN = ("period", "since", "until", "compare")


@command(P.SALES_ANALYSE)
def make_view_link(uow: UnitOfWork, token: str, *, name: str, words: Mapping[str, Any], days: int | None = None) -> int:
    """Let whoever holds this token and is signed in see a view with its filters and days frozen.

    It works for so many days, or until it is withdrawn. Refuses a token that is too short, words that say no
    days, and more than 366 days.
    """
    if len(token) < SHORTEST_TOKEN:
        raise InvalidInput(field=N_("Link"), reason=N_("the token is too short to be safe; make the link again."))
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(field=N_("Valid for days"), reason=N_("enter 1 to 366 days."))
    name = one_line(name)
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(field=N_("Link name"), reason=N_("enter 1 to 80 characters."))
    frozen = checked_words(words)
    if not {"since", "until"} <= frozen.keys():
        raise InvalidInput(field=N_("Period"), reason=N_("a link needs the days that it shows."))
    link = ViewLink(
        name=name,
        words=frozen,
        token_hash=hash_of(token),
        seal=seal_of(token, frozen),
        created_at=uow.now,
        created_by=own_id(uow),
        expires_at=None if days is None else uow.now + timedelta(days=days),
    )
    uow.add(link)
    uow.audit("view_link.made", link, name=name, days=days or 0)
    return link.id


@command(P.SALES_ANALYSE)
def revoke_view_link(uow: UnitOfWork, link_id: int) -> int:
    """End a link at once: one's own, or anybody's for who publishes views."""
    link = uow.session.get(ViewLink, link_id, with_for_update=True)
    if link is None or not may_revoke(uow, link):
        raise NotFound(what=N_("The link"))
    if link.revoked_at is not None:
        raise ViewLinkEnded
    link.revoked_at = uow.now
    uow.audit("view_link.revoked", link, name=link.name)
    return link.id


@command(P.SALES_ANALYSE)
def open_view_link(uow: UnitOfWork, token: str) -> int:
    """Write down that one opened the link of this token; `ViewLinkInvalid` where it does not work."""
    link = live_link(uow, token)
    uow.add(LinkOpening(link_id=link.id, user_id=own_id(uow), at=uow.now))
    uow.audit("view_link.opened", link, name=link.name)
    return link.id


def live_link(scope: Scope, token: str) -> ViewLink:
    """The link of a token, while it works and holds what was signed; `ViewLinkInvalid` otherwise."""
    link = scope.session.scalars(select(ViewLink).where(ViewLink.token_hash == hash_of(token))).one_or_none()
    if link is None or not is_live(link, scope.now):
        raise ViewLinkInvalid
    words: Words = link.words
    if not compare_digest(link.seal, seal_of(token, words)):
        raise ViewLinkInvalid
    return link


def is_live(link: ViewLink, now: datetime) -> bool:
    """Whether a link works at this moment."""
    return link.revoked_at is None and (link.expires_at is None or link.expires_at > now)


def may_revoke(scope: Scope, link: ViewLink) -> bool:
    """Whether a link is one's own, or one may publish."""
    return link.created_by == scope.actor.id or scope.actor.may(P.VIEW_PUBLISH)
