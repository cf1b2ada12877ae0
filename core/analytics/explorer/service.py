"""Views: keeping, naming, deleting and bringing them back; defaults, pins, and what was looked at last."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select

from core.analytics.explorer.errors import NameTaken, NobodyHere, TooManyPins, ViewGone, ViewNotDeleted
from core.analytics.explorer.models import DefaultView, LastLook, PinnedView, SavedView
from core.analytics.explorer.rules import checked_words
from core.base.errors import InvalidInput
from core.base.i18n import N_
from core.base.search import one_line
from core.security.permissions import P
from core.work.command import Scope, command
from core.work.unit import UnitOfWork

NAME_LENGTH, DESCRIPTION_LENGTH = 80, 300
MOST_PINS = 8


@command(P.SALES_ANALYSE)
def save_view(uow: UnitOfWork, name: str, words: Mapping[str, Any], *, description: str = "") -> int:
    """Keep what is looked at as a view of one's own; refuses a name that one has already."""
    return _save(uow, name, words, description, is_team=False)


@command(P.VIEW_PUBLISH)
def save_team_view(uow: UnitOfWork, name: str, words: Mapping[str, Any], *, description: str = "") -> int:
    """Keep what is looked at as a view of the team; refuses a name that the team has already."""
    return _save(uow, name, words, description, is_team=True)


@command(P.SALES_ANALYSE)
def change_view(uow: UnitOfWork, view_id: int, words: Mapping[str, Any]) -> int:
    """Keep what is looked at now in a view that is there."""
    view = _editable(uow, view_id)
    view.words, view.changed_at = checked_words(words), uow.now
    uow.audit("saved_view.changed", view, name=view.name)
    return view.id


@command(P.SALES_ANALYSE)
def rename_view(uow: UnitOfWork, view_id: int, *, name: str, description: str = "") -> int:
    """Another name and description for a view."""
    view = _editable(uow, view_id)
    view.name = _named(uow, name, is_team=view.is_team, but=view.id)
    view.description, view.changed_at = _described(description), uow.now
    uow.audit("saved_view.renamed", view, name=view.name)
    return view.id


@command(P.SALES_ANALYSE)
def delete_view(uow: UnitOfWork, view_id: int) -> int:
    """Delete a view; it leaves homes and defaults until `restore_view` brings it back."""
    view = _editable(uow, view_id)
    view.deleted_at = uow.now
    uow.audit("saved_view.deleted", view, name=view.name)
    return view.id


@command(P.SALES_ANALYSE)
def restore_view(uow: UnitOfWork, view_id: int) -> int:
    """Bring back a deleted view; refuses one whose name was given to another meanwhile."""
    view = _editable(uow, view_id, is_deleted=True)
    _named(uow, view.name, is_team=view.is_team, but=view.id)
    view.deleted_at = None
    uow.audit("saved_view.restored", view, name=view.name)
    return view.id


@command(P.SALES_ANALYSE)
def choose_default_view(uow: UnitOfWork, view_id: int | None) -> None:
    """Open the explorer with this view from now on; None: with the usual one."""
    me = own_id(uow)
    view = None if view_id is None else visible_view(uow, view_id)
    uow.session.execute(delete(DefaultView).where(DefaultView.user_id == me))
    if view is not None:
        uow.session.add(DefaultView(user_id=me, view_id=view.id))
    uow.audit("saved_view.default_chosen", view, name="" if view is None else view.name)


@command(P.SALES_ANALYSE)
def pin_view(uow: UnitOfWork, view_id: int) -> int:
    """Show a view on one's home; refuses more of them than there is room for."""
    me, view = own_id(uow), visible_view(uow, view_id)
    pins = uow.session.scalars(
        select(PinnedView)
        .join(SavedView, SavedView.id == PinnedView.view_id)
        .where(PinnedView.user_id == me, SavedView.deleted_at.is_(None))
    ).all()
    found = next((pin for pin in pins if pin.view_id == view_id), None)
    if found is None:
        if len(pins) >= MOST_PINS:
            raise TooManyPins(most=MOST_PINS)
        found = uow.add(PinnedView(user_id=me, view_id=view_id))
        uow.audit("saved_view.pinned", view, name=view.name)
    return found.id


@command(P.SALES_ANALYSE)
def unpin_view(uow: UnitOfWork, view_id: int) -> None:
    """Take a view down from one's home; `ViewGone` where it is not there."""
    pin = uow.session.scalars(
        select(PinnedView).where(PinnedView.user_id == own_id(uow), PinnedView.view_id == view_id)
    ).one_or_none()
    view = None if pin is None else uow.session.get(SavedView, view_id)
    if pin is None or view is None:
        raise ViewGone
    uow.session.delete(pin)
    uow.audit("saved_view.unpinned", view, name=view.name)


@command(P.SALES_ANALYSE)
def keep_last_look(uow: UnitOfWork, words: Mapping[str, Any]) -> None:
    """Remember what one looks at, too small an event for the audit."""
    me, kept = own_id(uow), checked_words(words)
    last = uow.session.get(LastLook, me)
    if last is None:
        uow.session.add(LastLook(user_id=me, words=kept, at=uow.now))
    else:
        last.words, last.at = kept, uow.now


def own_id(scope: Scope) -> int:
    """Who asks; refuses the system, which has no views."""
    if scope.actor.id is None:
        raise NobodyHere
    return scope.actor.id


def visible_view(scope: Scope, view_id: int, *, is_deleted: bool = False) -> SavedView:
    """A view of one's own or of the team; `ViewGone` for any other."""
    view = scope.session.get(SavedView, view_id)
    if view is None or (view.deleted_at is not None) != is_deleted:
        raise ViewGone
    if not view.is_team and view.owner_id != scope.actor.id:
        raise ViewGone
    return view


def may_edit(scope: Scope, view: SavedView) -> bool:
    """Whether a view is one's own, or the team's and one may publish."""
    return view.owner_id == scope.actor.id or (view.is_team and scope.actor.may(P.VIEW_PUBLISH))


def _save(uow: UnitOfWork, name: str, words: Mapping[str, Any], description: str, *, is_team: bool) -> int:
    view = SavedView(
        name=_named(uow, name, is_team=is_team),
        description=_described(description),
        words=checked_words(words),
        owner_id=own_id(uow),
        is_team=is_team,
        created_at=uow.now,
        changed_at=uow.now,
    )
    uow.add(view)
    uow.audit("saved_view.saved", view, name=view.name, team=is_team)
    return view.id


def _editable(uow: UnitOfWork, view_id: int, *, is_deleted: bool = False) -> SavedView:
    view = uow.session.get(SavedView, view_id, with_for_update=True)
    if view is None or not may_edit(uow, view):
        raise ViewGone
    if is_deleted and view.deleted_at is None:
        raise ViewNotDeleted(name=view.name)
    if not is_deleted and view.deleted_at is not None:
        raise ViewGone
    return view


def _named(uow: UnitOfWork, name: str, *, is_team: bool, but: int | None = None) -> str:
    name = one_line(name)
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(field=N_("View name"), reason=N_("enter 1 to 80 characters."))
    mine = SavedView.is_team if is_team else SavedView.owner_id == own_id(uow)
    same = select(SavedView.id).where(
        mine,
        SavedView.is_team == is_team,
        SavedView.deleted_at.is_(None),
        func.lower(SavedView.name) == name.lower(),
        SavedView.id != (but or 0),
    )
    if uow.session.scalar(same) is not None:
        raise NameTaken(name=name)
    return name


def _described(text: str) -> str:
    text = one_line(text)
    if len(text) > DESCRIPTION_LENGTH:
        raise InvalidInput(field=N_("Description"), reason=N_("enter at most 300 characters."))
    return text
