"""What administrators do with users, what users do with their own account, and the first administrator."""

import base64
import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import selectinload

from core.accounts.errors import (
    AlreadySetUp,
    LastAdministrator,
    NoRole,
    UsernameTaken,
    WrongOldPassword,
    WrongSetupCode,
)
from core.accounts.role_rules import refuse_beyond
from core.accounts.rules import check_password, name_of, username_of
from core.accounts.sessions import revoke_sessions
from core.accounts.tokens import hash_of
from core.base.errors import NotFound
from core.base.i18n import LANGUAGES, N_
from core.base.merge import refuse_changed
from core.security.actor import VISITOR
from core.security.models import AuthSession, SetupCode, User, UserRole
from core.security.passwords import hash_password, is_password
from core.security.permissions import P, Role
from core.security.role_models import RoleRecord
from core.work.command import command
from core.work.sign_in import require_recent
from core.work.store import Store
from core.work.unit import UnitOfWork

SETUP_CODE_DAYS = 7


@command(P.USER_EDIT, recent=True)
def add_user(
    uow: UnitOfWork,
    *,
    username: str,
    name: str,
    password: str,
    roles: Iterable[str],
    language: str | None = None,
    is_demo: bool = False,
) -> int:
    """Add a user who can sign in at once; refuses a taken or impossible user name, a weak password, no role."""
    return _new_user(uow, username, name, password, roles, language, is_demo)


@command(P.USER_EDIT)
def change_user(
    uow: UnitOfWork,
    user_id: int,
    *,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    disabled: bool | None = None,
    seen: Mapping[str, Any] | None = None,
) -> int:
    """Change what is given. Whoever is disabled or has other roles is signed out at once.

    The last administrator stays one. Other roles ask for the password again. Refuses where the user
    is not what was `seen` (name, roles as a set) when the change began.
    """
    administrators = _lock_administrators(uow)
    user = _get_user(uow, user_id)
    held = {each.role for each in user.roles}
    refuse_changed(user.name, {"name": user.name, "roles": held}, seen)
    wanted = held if roles is None else set(roles)
    if not wanted:
        raise NoRole
    refuse_roles(uow, wanted - held)
    if wanted != held:
        require_recent(uow)
    goes = Role.ADMINISTRATOR not in wanted or disabled
    if goes and administrators == {user_id}:
        raise LastAdministrator(name=user.name)
    if name is not None:
        user.name = name_of(name)
    if disabled is not None and disabled != (user.disabled_at is not None):
        user.disabled_at = uow.now if disabled else None
    if disabled or wanted != held:
        revoke_sessions(uow, user_id)
    user.roles = [each for each in user.roles if each.role in wanted] + [
        UserRole(role=role) for role in sorted(wanted - held)
    ]
    uow.audit("user.changed", user, roles_before=_titles(uow, held), roles=_titles(uow, wanted))
    return user.id


@command(P.USER_EDIT, recent=True)
def reset_password(uow: UnitOfWork, user_id: int, *, password: str) -> int:
    """Give a user a new password; whoever was signed in with the old one is signed out at once."""
    user = _get_user(uow, user_id)
    _set_password(uow, user, password)
    revoke_sessions(uow, user_id)
    uow.record("user.password_reset", "app_user", user.id, {})
    return user.id


@command(P.ACCOUNT_OWN)
def change_own_password(uow: UnitOfWork, *, old: str, new: str, keep_token: str = "") -> None:
    """Change one's password; refuses a wrong old one. Other sessions end, the one with `keep_token` goes on."""
    user = _own_user(uow)
    if not is_password(old, user.password_hash):
        raise WrongOldPassword
    _set_password(uow, user, new)
    kept = uow.session.scalars(
        select(AuthSession.id).where(AuthSession.token_hash == hash_of(keep_token), AuthSession.user_id == user.id)
    ).all()
    revoke_sessions(uow, user.id, but=kept)
    uow.record("user.password_changed", "app_user", user.id, {})


@command(P.ACCOUNT_OWN)
def set_own_language(uow: UnitOfWork, language: str) -> None:
    """Choose the language of one's screens."""
    user = _own_user(uow)
    if language not in LANGUAGES:
        raise NotFound(what=N_("This language"))
    user.language = language
    uow.audit("user.language_set", user)


@command(P.ACCOUNT_OWN)
def end_own_session(uow: UnitOfWork, session_id: int) -> None:
    """Sign out one of one's own browsers, such as a lost telephone."""
    _end(uow, uow.actor.id or 0, AuthSession.id == session_id)


@command(P.ACCOUNT_OWN)
def end_own_other_sessions(uow: UnitOfWork) -> None:
    """Sign out all of one's browsers but this one; refuses where there is no other."""
    _end(uow, uow.actor.id or 0, AuthSession.id != (uow.actor.sign_in_id or 0))


@command(P.USER_EDIT)
def end_session(uow: UnitOfWork, user_id: int, session_id: int) -> None:
    """Sign out one browser of somebody."""
    _end(uow, user_id, AuthSession.id == session_id)


@command(P.USER_EDIT)
def end_sessions(uow: UnitOfWork, user_id: int) -> None:
    """Sign somebody out everywhere, at once; refuses where nobody is signed in."""
    _end(uow, user_id)


@command(P.SIGN_IN)
def set_up_company(uow: UnitOfWork, *, code: str, username: str, name: str, password: str, language: str) -> int:
    """Make the first administrator, once, for whoever holds the code from the terminal."""
    known = uow.session.execute(delete(SetupCode).where(SetupCode.code_hash == hash_of(_plain_code(code)))).rowcount  # type: ignore[attr-defined]
    if uow.session.scalar(select(func.count()).select_from(User)):
        raise AlreadySetUp
    if not known:
        raise WrongSetupCode
    uow.session.execute(delete(SetupCode))
    return _new_user(uow, username, name, password, [Role.ADMINISTRATOR], language, is_demo=False)


def has_users(store: Store) -> bool:
    """Whether anybody could sign in; without users the set-up screen is shown."""
    with store.viewing(VISITOR) as view:
        return view.session.scalar(select(User.id).limit(1)) is not None


def new_setup_code(store: Store) -> str:
    """A one-time code for the set-up screen, to be shown in the terminal; good for a week."""
    code = base64.b32encode(secrets.token_bytes(10)).decode()
    with store.working(VISITOR) as uow:
        uow.session.execute(delete(SetupCode).where(SetupCode.created_at <= uow.now - timedelta(days=SETUP_CODE_DAYS)))
        uow.session.add(SetupCode(code_hash=hash_of(code), created_at=uow.now))
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def _end(uow: UnitOfWork, user_id: int, *which: ColumnElement[bool]) -> None:
    ended = uow.session.scalars(
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None), *which)
        .values(revoked_at=uow.now)
        .returning(AuthSession.id)
    ).all()
    if not ended:
        raise NotFound(what=N_("This sign-in"))
    facts = {"session": ended[0]} if len(ended) == 1 else {"sessions": sorted(ended)}
    uow.record("session.ended", "app_user", user_id, facts)


def _new_user(
    uow: UnitOfWork,
    username: str,
    name: str,
    password: str,
    roles: Iterable[str],
    language: str | None,
    is_demo: bool,
) -> int:
    username, wanted = username_of(username), sorted(set(roles))
    if not wanted:
        raise NoRole
    refuse_roles(uow, wanted)
    check_password(password, username)
    if uow.session.scalar(select(User.id).where(User.username == username)) is not None:
        raise UsernameTaken(username=username)
    user = uow.add(
        User(
            username=username,
            name=name_of(name),
            password_hash=hash_password(password),
            language=language if language in LANGUAGES else None,
            is_demo=is_demo,
            created_at=uow.now,
            password_changed_at=uow.now,
            roles=[UserRole(role=role) for role in wanted],
        )
    )
    uow.audit("user.added", user, username=username, roles=_titles(uow, wanted))
    return user.id


def refuse_roles(uow: UnitOfWork, codes: Iterable[str]) -> None:
    """Refuse roles that are not there, and those that may do more than who gives them."""
    wanted = set(codes)
    found = uow.session.scalars(select(RoleRecord).where(RoleRecord.code.in_(wanted))).all()
    if len(found) < len(wanted) or any(role.archived_at is not None for role in found):
        raise NotFound(what=N_("The role"))
    if uow.actor.id is not None:
        for role in found:
            refuse_beyond(uow.actor, role.granted)


def _titles(uow: UnitOfWork, codes: Iterable[str]) -> list[str]:
    """Roles as the audit keeps them: those of the product by their words, a company's own by their names."""
    found = uow.session.scalars(select(RoleRecord).where(RoleRecord.code.in_(list(codes))))
    return sorted(role.name if role.is_own else role.code for role in found)


def _set_password(uow: UnitOfWork, user: User, password: str) -> None:
    check_password(password, user.username)
    user.password_hash = hash_password(password)
    user.password_changed_at = uow.now


def _get_user(uow: UnitOfWork, user_id: int) -> User:
    user = uow.session.get(User, user_id, options=[selectinload(User.roles)], with_for_update=True)
    if user is None:
        raise NotFound(what=N_("This user"))
    return user


def _own_user(uow: UnitOfWork) -> User:
    user = uow.session.get(User, uow.actor.id or 0, with_for_update=True)
    if user is None:
        raise NotFound(what=N_("This user"))
    return user


def _lock_administrators(uow: UnitOfWork) -> set[int]:
    """The enabled administrators, locked, so that two of them cannot dismiss each other at once."""
    return set(
        uow.session.scalars(
            select(User.id)
            .join(UserRole, UserRole.user_id == User.id)
            .where(UserRole.role == Role.ADMINISTRATOR, User.disabled_at.is_(None))
            .order_by(User.id)
            .with_for_update(of=User)
        )
    )


def _plain_code(typed: str) -> str:
    return "".join(sign for sign in typed.upper() if sign.isalnum())
