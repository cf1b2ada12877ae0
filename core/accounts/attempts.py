"""Attempts to sign in: how many keep a door closed, for whom, and opening it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select, update

from core.accounts.errors import AddressClosed, SignInClosed
from core.accounts.rules import WINDOW, closed_until
from core.base.errors import NotFound
from core.base.i18n import N_
from core.security.models import SignInAttempt
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

LONGEST_ADDRESS = 64


@dataclass(frozen=True)
class ClosedDoor:
    """A user name or an address that nobody can sign in with for a while; the other of the two is empty."""

    username: str
    address: str
    failures: int
    opens_at: datetime


@command(P.SIGN_IN)
def open_attempt(uow: UnitOfWork, username: str, address: str = "") -> int:
    """Count an attempt as failed before the password is looked at; refuses after too many.

    Those of a user name are forgiven by a success, those of an address are not: whoever has one
    password may be guessing the others. An unknown address, which is empty, is never closed.
    """
    address = address[:LONGEST_ADDRESS]
    if uow.session.get_bind().dialect.name == "postgresql":
        for word in (f"@{address}", username):
            uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(word))))
    uow.session.execute(delete(SignInAttempt).where(SignInAttempt.at <= uow.now - WINDOW))
    most = uow.settings.address_failures
    until = closed_until(_failures_of_address(uow, address), uow.now, most) if address else None
    if until is not None:
        raise AddressClosed(time=_opening(uow, until))
    until = closed_until(_failures_of_user(uow, username), uow.now)
    if until is not None:
        raise SignInClosed(time=_opening(uow, until))
    return uow.add(SignInAttempt(username=username, at=uow.now, succeeded=False, address=address)).id


def forgive(uow: UnitOfWork, attempt_ids: Iterable[int]) -> None:
    """These attempts were right."""
    wanted = SignInAttempt.id.in_(list(attempt_ids))
    uow.session.execute(update(SignInAttempt).where(wanted).values(succeeded=True))


@query(P.USER_EDIT)
def closed_doors(scope: Scope) -> list[ClosedDoor]:
    """User names and addresses that are closed at this moment; the one that stays closed longest first."""
    recent = SignInAttempt.at > scope.now - WINDOW
    names = scope.session.scalars(select(SignInAttempt.username).where(recent).distinct()).all()
    places = scope.session.scalars(
        select(SignInAttempt.address).where(recent, SignInAttempt.address != "").distinct()
    ).all()
    doors = []
    for name in names:
        failures = _failures_of_user(scope, name)
        until = closed_until(failures, scope.now)
        if until is not None:
            doors.append(ClosedDoor(name, "", len(failures), until))
    for place in places:
        failures = _failures_of_address(scope, place)
        until = closed_until(failures, scope.now, scope.settings.address_failures)
        if until is not None:
            doors.append(ClosedDoor("", place, len(failures), until))
    return sorted(doors, key=lambda door: (door.opens_at, door.username, door.address), reverse=True)


@command(P.USER_EDIT)
def reopen_sign_in(uow: UnitOfWork, *, username: str = "", address: str = "") -> None:
    """Forget the failures of a user name or of an address; refuses where there are none."""
    of: ColumnElement[bool] = SignInAttempt.username == username if username else SignInAttempt.address == address
    wanted = [of, SignInAttempt.succeeded.is_(False)]
    forgotten = uow.session.execute(delete(SignInAttempt).where(*wanted)).rowcount  # type: ignore[attr-defined]
    if not forgotten or not (username or address):
        raise NotFound(what=N_("This closed sign-in"))
    uow.record("sign_in.reopened", "", None, {"username": username, "address": address, "failures": forgotten})


def _failures_of_user(scope: Scope, username: str) -> Sequence[datetime]:
    attempts = scope.session.execute(
        select(SignInAttempt.at, SignInAttempt.succeeded)
        .where(SignInAttempt.username == username)
        .order_by(SignInAttempt.id)
    ).all()
    last_success = max((n for n, attempt in enumerate(attempts) if attempt.succeeded), default=-1)
    return [attempt.at for attempt in attempts[last_success + 1 :]]


def _failures_of_address(scope: Scope, address: str) -> Sequence[datetime]:
    return scope.session.scalars(
        select(SignInAttempt.at).where(
            SignInAttempt.address == address, SignInAttempt.succeeded.is_(False), SignInAttempt.at > scope.now - WINDOW
        )
    ).all()


def _opening(uow: UnitOfWork, until: datetime) -> str:
    opens = (until + timedelta(seconds=59)).astimezone(ZoneInfo(uow.settings.timezone))
    return f"{opens:%H:%M}"
