"""Whether the sign-in behind an actor still stands, and whether its password was typed lately."""

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.base.settings import Settings
from core.security.actor import Actor, NotRecent, SignedOut
from core.security.models import AuthSession, User

_STANDING = (
    select(AuthSession.revoked_at, AuthSession.expires_at, AuthSession.proved_at, User.disabled_at)
    .join(User, User.id == AuthSession.user_id)
    .where(AuthSession.id == bindparam("of"))
)


class Asking(Protocol):
    """What a sign-in is looked up with; a `View` and a `UnitOfWork` both are one."""

    @property
    def session(self) -> Session:
        """The open transaction."""
        ...

    @property
    def actor(self) -> Actor:
        """Who asks."""
        ...

    @property
    def now(self) -> datetime:
        """The moment of the transaction."""
        ...

    @property
    def settings(self) -> Settings:
        """What the operator set."""
        ...


def require_sign_in(scope: Asking) -> None:
    """Refuse with `SignedOut` once the sign-in of the actor has ended; who needs none, such as a job, passes."""
    _proved_at(scope)


def require_recent(scope: Asking) -> None:
    """Refuse with `NotRecent` unless the password was typed on this sign-in within the last minutes.

    Jobs and the command line pass, and so does a demo, whose accounts are entered without a password.
    """
    if not is_recent(scope):
        raise NotRecent


def is_recent(scope: Asking) -> bool:
    """Whether what asks for the password again would go ahead."""
    if scope.actor.sign_in_id is None:
        return True
    proved_at = _proved_at(scope)
    if scope.settings.demo and not scope.settings.hosted:
        return True
    return proved_at is not None and scope.now - proved_at < timedelta(minutes=scope.settings.proof_minutes)


def _proved_at(scope: Asking) -> datetime | None:
    if scope.actor.sign_in_id is None:
        return None
    row = scope.session.execute(_STANDING, {"of": scope.actor.sign_in_id}).one_or_none()
    if row is None or row.revoked_at is not None or row.disabled_at is not None or row.expires_at <= scope.now:
        raise SignedOut
    proved_at: datetime | None = row.proved_at
    return proved_at
