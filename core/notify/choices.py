"""What somebody wants to hear of, and how: a matrix of kinds and ways, a mail address, quiet hours, gathering."""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.db.upsert import upsert
from core.notify.events import EVENTS, Event
from core.notify.models import Gathering, MailServer, NoticeChoice, NoticeProfile
from core.notify.moments import DAY
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

_ADDRESS = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\".]{2,}")


@dataclass(frozen=True)
class ChoiceRow:
    """A kind of notice and how it reaches who asks. `can_leave`: whether it may leave the app at all."""

    event: Event
    in_app: bool
    by_mail: bool
    can_leave: bool


@dataclass(frozen=True)
class ProfileCard:
    """How notices reach who asks outside the app; quiet hours are minutes of the company's day."""

    email: str
    gathering: Gathering
    quiet_from: int | None
    quiet_until: int | None
    mails_leave: bool


@query(P.ACCOUNT_OWN)
def my_choices(scope: Scope) -> list[ChoiceRow]:
    """Every kind of notice that who asks may get, as chosen or as is usual."""
    chosen = {
        each.event: each
        for each in scope.session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == scope.actor.id))
    }
    return [
        ChoiceRow(
            event,
            chosen[event.name].in_app if event.name in chosen else True,
            event.leaves and (chosen[event.name].by_mail if event.name in chosen else event.by_mail),
            event.leaves,
        )
        for event in EVENTS.values()
        if scope.actor.may(event.permission)
    ]


@query(P.ACCOUNT_OWN)
def my_profile(scope: Scope) -> ProfileCard:
    """Mail address, quiet hours and gathering of who asks."""
    found = scope.session.get(NoticeProfile, scope.actor.id) if scope.actor.id is not None else None
    mails_leave = scope.session.scalar(select(MailServer.id)) is not None
    if found is None:
        return ProfileCard("", Gathering.AT_ONCE, None, None, mails_leave)
    return ProfileCard(found.email, found.gathering, found.quiet_from, found.quiet_until, mails_leave)


@command(P.ACCOUNT_OWN)
def choose_notice(uow: UnitOfWork, event: str, *, in_app: bool, by_mail: bool) -> None:
    """Say how one wants to hear of a kind of notice from now on; neither way mutes it.

    `NotFound` for a kind that there is not or that one may not get.
    """
    declared = EVENTS.get(event)
    if declared is None or not uow.actor.may(declared.permission):
        raise NotFound(what=N_("The kind of notice"))
    chosen = {"in_app": in_app, "by_mail": by_mail and declared.leaves}
    row = upsert(uow.session, NoticeChoice).values(user_id=uow.actor.id, event=event, **chosen)
    uow.session.execute(row.on_conflict_do_update(index_elements=["user_id", "event"], set_=chosen))
    uow.audit("notice.chosen", None, notice=event, **chosen)


@command(P.ACCOUNT_OWN)
def set_my_profile(
    uow: UnitOfWork,
    *,
    email: str,
    gathering: Gathering = Gathering.AT_ONCE,
    quiet_from: int | None = None,
    quiet_until: int | None = None,
) -> None:
    """Say where one's mails go, whether they are gathered, and when they rest. Refuses what is no mail address."""
    email = checked_email(email) if email.strip() else ""
    checked_quiet(quiet_from, quiet_until)
    told: dict[str, Any] = {
        "email": email,
        "gathering": gathering,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
    }
    row = upsert(uow.session, NoticeProfile).values(user_id=uow.actor.id, **told)
    uow.session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_=told))
    uow.audit("notice.profile_set", None, subject_id=uow.actor.id, **told)


def checked_email(typed: str) -> str:
    """The mail address without blanks around it; refused where it is none."""
    address = typed.strip()
    if len(address) > 200 or not _ADDRESS.fullmatch(address) or not address.isprintable():
        raise InvalidInput(field=N_("Mail address"), reason=N_("enter one such as name@example.com."))
    return address


def checked_quiet(quiet_from: int | None, quiet_until: int | None) -> None:
    """Refuse quiet hours that have only one end, or one outside a day."""
    given = [each for each in (quiet_from, quiet_until) if each is not None]
    if len(given) == 1 or any(not 0 <= each < DAY for each in given):
        raise InvalidInput(field=N_("Quiet hours"), reason=N_("enter both when they begin and when they end."))
