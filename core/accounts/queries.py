"""Reading users, one's own sign-ins, and the names that other screens choose from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.accounts.tokens import hash_of
from core.security.models import AuthSession, User, UserRole
from core.security.permissions import P
from core.security.role_models import RoleRecord
from core.security.roles import in_order
from core.work.command import Scope, query
from core.work.store import View


@dataclass(frozen=True)
class UserRow:
    """A user as the administrator sees it."""

    id: int
    username: str
    name: str
    roles: tuple[str, ...]
    is_demo: bool
    is_enabled: bool
    created_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True)
class SessionRow:
    """A browser on which one is signed in."""

    id: int
    user_agent: str
    created_at: datetime
    seen_at: datetime
    is_this: bool
    address: str
    expires_at: datetime


@dataclass(frozen=True)
class PersonRow:
    """Somebody to choose as owner or sales representative."""

    id: int
    name: str


@query(P.USER_EDIT)
def users(scope: Scope) -> Sequence[UserRow]:
    """All users, enabled ones first."""
    roles: dict[int, list[RoleRecord]] = {}
    held = select(UserRole.user_id, RoleRecord).join(RoleRecord, RoleRecord.code == UserRole.role)
    for user_id, role in scope.session.execute(held):
        roles.setdefault(user_id, []).append(role)
    seen = (
        select(AuthSession.user_id, func.max(AuthSession.seen_at).label("at")).group_by(AuthSession.user_id).subquery()
    )
    rows = scope.session.execute(
        select(User, seen.c.at)
        .outerjoin(seen, seen.c.user_id == User.id)
        .order_by(User.disabled_at.is_not(None), User.id)
    )
    return [
        UserRow(
            id=user.id,
            username=user.username,
            name=user.name,
            roles=tuple(role.code for role in in_order(roles.get(user.id, []))),
            is_demo=user.is_demo,
            is_enabled=user.disabled_at is None,
            created_at=user.created_at,
            seen_at=at,
        )
        for user, at in rows
    ]


@query(P.ACCOUNT_OWN)
def own_sessions(scope: View, token: str = "") -> Sequence[SessionRow]:
    """The browsers on which one is signed in at this moment, the last used first; which of them holds `token`."""
    return _sessions(scope, scope.actor.id or 0, token)


@query(P.USER_EDIT)
def sessions_of(scope: View, user_id: int) -> Sequence[SessionRow]:
    """The browsers on which somebody is signed in at this moment, the last used first."""
    return _sessions(scope, user_id)


@query(P.ACCOUNT_OWN)
def people(scope: Scope) -> Sequence[PersonRow]:
    """Everybody who can sign in, by name, to choose from."""
    rows = scope.session.execute(select(User.id, User.name).where(User.disabled_at.is_(None)).order_by(User.name))
    return [PersonRow(row.id, row.name) for row in rows]


def _sessions(scope: View, user_id: int, token: str = "") -> Sequence[SessionRow]:
    idle = timedelta(minutes=scope.settings.session_idle_minutes)
    rows = scope.session.scalars(
        select(AuthSession)
        .where(
            AuthSession.user_id == user_id,
            AuthSession.revoked_at.is_(None),
            AuthSession.expires_at > scope.now,
            AuthSession.seen_at > scope.now - idle,
        )
        .order_by(AuthSession.seen_at.desc(), AuthSession.id.desc())
    )
    return [
        SessionRow(
            row.id,
            row.user_agent,
            row.created_at,
            row.seen_at,
            is_this=row.id == scope.actor.sign_in_id or row.token_hash == hash_of(token),
            address=row.address,
            expires_at=row.expires_at,
        )
        for row in rows
    ]
