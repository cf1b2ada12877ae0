"""Signing in and out: attempts, server-side sessions, and the code that a browser trades for its cookie."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update

from core.accounts.errors import BadUsername, NotDemo, SignInClosed, UserDisabled, WrongPassword
from core.accounts.rules import LONGEST, WINDOW, closed_until, username_of
from core.base.i18n import DEFAULT_LANGUAGE, LANGUAGES
from core.security.actor import VISITOR, Actor
from core.security.models import AuthSession, SignInAttempt, SignInCode, User, UserRole
from core.security.passwords import is_password
from core.security.permissions import P
from core.security.role_models import RoleRecord
from core.security.roles import acting, in_order
from core.work.command import command
from core.work.store import Store
from core.work.unit import UnitOfWork

CODE_SECONDS = 30
NOBODY = "-"


@dataclass(frozen=True)
class DemoAccount:
    """A demo user that the sign-in screen offers."""

    username: str
    name: str
    roles: tuple[str, ...]


def sign_in(store: Store, username: str, password: str, user_agent: str = "", language: str | None = None) -> str:
    """Check name and password and begin a session; its token.

    Refuses with `WrongPassword`, after as long a time for unknown users as for known ones; with
    `SignInClosed` after five failures in a quarter of an hour, counted before the password is
    looked at, so that guesses in parallel are counted too; with `UserDisabled`. A language picked
    before signing in becomes the user's.
    """
    try:
        wanted = username_of(username)
    except BadUsername:
        wanted = NOBODY
    attempt = store.run(VISITOR, open_attempt, None, wanted)
    with store.viewing(VISITOR) as view:
        user = view.session.scalars(select(User).where(User.username == wanted)).one_or_none()
    if not is_password(password[:LONGEST], user.password_hash if user else None) or user is None:
        raise WrongPassword
    if user.disabled_at is not None:
        raise UserDisabled
    token = _new_token()
    store.run(VISITOR, begin_session, None, user.id, token, user_agent, attempt_id=attempt, language=language)
    return token


def sign_in_demo(store: Store, username: str, user_agent: str = "", language: str | None = None) -> str:
    """Begin a session of a demo user without a password; `NotDemo` outside demo mode and for anybody else."""
    if username not in {account.username for account in demo_accounts(store)}:
        raise NotDemo
    with store.viewing(VISITOR) as view:
        user_id = view.session.scalars(select(User.id).where(User.username == username)).one()
    token = _new_token()
    store.run(VISITOR, begin_session, None, user_id, token, user_agent, language=language)
    return token


def demo_accounts(store: Store) -> list[DemoAccount]:
    """The demo users one may become with a click; none unless this is a demo and not hosted."""
    if not store.settings.demo or store.settings.hosted:
        return []
    with store.viewing(VISITOR) as view:
        rows = view.session.execute(
            select(User.username, User.name, RoleRecord)
            .join(UserRole, UserRole.user_id == User.id)
            .join(RoleRecord, RoleRecord.code == UserRole.role)
            .where(User.is_demo, User.disabled_at.is_(None))
            .order_by(User.id)
        ).all()
    roles: dict[tuple[str, str], list[RoleRecord]] = {}
    for username, name, role in rows:
        roles.setdefault((username, name), []).append(role)
    return [
        DemoAccount(username, name, tuple(role.label for role in in_order(held)))
        for (username, name), held in roles.items()
    ]


def actor_of(store: Store, token: str, language: str = DEFAULT_LANGUAGE) -> Actor | None:
    """Who holds this token, with the rights of this moment; None once it ended, idled or the user is disabled.

    `language` is for users who never picked one.
    """
    now = store.clock.now()
    idle = timedelta(minutes=store.settings.session_idle_minutes)
    with store.viewing(VISITOR) as view:
        rows = view.session.execute(
            select(AuthSession.id, AuthSession.seen_at, AuthSession.expires_at, User, RoleRecord)
            .join(User, User.id == AuthSession.user_id)
            .join(UserRole, UserRole.user_id == User.id)
            .join(RoleRecord, RoleRecord.code == UserRole.role)
            .where(
                AuthSession.token_hash == hash_of(token), AuthSession.revoked_at.is_(None), User.disabled_at.is_(None)
            )
        ).all()
        if not rows:
            return None
        held, user = [row.RoleRecord for row in rows], rows[0].User
        actor = acting(view.session, user, held, user.language or language)
    session_id, seen_at, expires_at = rows[0][:3]
    if now >= expires_at or now - seen_at >= idle:
        return None
    if now - seen_at >= idle / 24:
        store.run(VISITOR, keep_session, None, session_id)
    return actor


def sign_out(store: Store, token: str) -> None:
    """End the session of this token, everywhere and at once; nothing where it has ended already."""
    store.run(VISITOR, end_session_of, None, token)


def cookie_code(store: Store, token: str) -> str:
    """A code, good once and for half a minute, that a browser exchanges for its session cookie."""
    code = secrets.token_urlsafe(32)
    store.run(VISITOR, offer_code, None, code, token)
    return code


def redeem_code(store: Store, code: str) -> str | None:
    """The token behind a code; None where it was used, is too old or never was."""
    with store.working(VISITOR) as uow:
        row = uow.session.execute(
            delete(SignInCode)
            .where(SignInCode.code_hash == hash_of(code))
            .returning(SignInCode.token, SignInCode.expires_at)
        ).one_or_none()
    return row.token if row is not None and row.expires_at > uow.now else None


@command(P.SIGN_IN)
def open_attempt(uow: UnitOfWork, username: str) -> int:
    """Count an attempt as failed before the password is looked at; `SignInClosed` after too many."""
    if uow.session.get_bind().dialect.name == "postgresql":
        uow.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(username))))
    uow.session.execute(
        delete(SignInAttempt).where(SignInAttempt.username == username, SignInAttempt.at <= uow.now - WINDOW)
    )
    attempts = uow.session.execute(
        select(SignInAttempt.at, SignInAttempt.succeeded)
        .where(SignInAttempt.username == username)
        .order_by(SignInAttempt.id)
    ).all()
    last_success = max((n for n, attempt in enumerate(attempts) if attempt.succeeded), default=-1)
    until = closed_until([attempt.at for attempt in attempts[last_success + 1 :]], uow.now)
    if until is not None:
        opens = (until + timedelta(seconds=59)).astimezone(ZoneInfo(uow.settings.timezone))
        raise SignInClosed(time=f"{opens:%H:%M}")
    return uow.add(SignInAttempt(username=username, at=uow.now, succeeded=False)).id


@command(P.SIGN_IN)
def begin_session(
    uow: UnitOfWork,
    user_id: int,
    token: str,
    user_agent: str = "",
    *,
    attempt_id: int | None = None,
    language: str | None = None,
) -> int:
    """Keep a session for this user; its attempt counts as a success."""
    if attempt_id is not None:
        uow.session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(succeeded=True))
    if language in LANGUAGES:
        uow.session.execute(update(User).where(User.id == user_id).values(language=language))
    begun = uow.add(
        AuthSession(
            token_hash=hash_of(token),
            user_id=user_id,
            created_at=uow.now,
            seen_at=uow.now,
            expires_at=uow.now + timedelta(days=uow.settings.session_days),
            user_agent=user_agent[:200],
        )
    )
    uow.record("session.begun", "app_user", user_id, {"session": begun.id})
    return begun.id


@command(P.SIGN_IN)
def keep_session(uow: UnitOfWork, session_id: int) -> None:
    """Note that a session is in use; too small an event for the audit."""
    uow.session.execute(update(AuthSession).where(AuthSession.id == session_id).values(seen_at=uow.now))


@command(P.SIGN_IN)
def end_session_of(uow: UnitOfWork, token: str) -> None:
    """End the session that this token opened."""
    ended = uow.session.execute(
        update(AuthSession)
        .where(AuthSession.token_hash == hash_of(token), AuthSession.revoked_at.is_(None))
        .values(revoked_at=uow.now)
        .returning(AuthSession.id, AuthSession.user_id)
    ).one_or_none()
    if ended is not None:
        uow.record("session.ended", "app_user", ended.user_id, {"session": ended.id})


@command(P.SIGN_IN)
def offer_code(uow: UnitOfWork, code: str, token: str) -> None:
    """Keep a code for the exchange, and forget those that nobody came for."""
    uow.session.execute(delete(SignInCode).where(SignInCode.expires_at <= uow.now))
    uow.session.add(
        SignInCode(code_hash=hash_of(code), token=token, expires_at=uow.now + timedelta(seconds=CODE_SECONDS))
    )


def revoke_sessions(uow: UnitOfWork, user_id: int, but: Sequence[int] = ()) -> None:
    """End every session of a user, or all but these."""
    uow.session.execute(
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None), AuthSession.id.not_in(but))
        .values(revoked_at=uow.now)
    )


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token or code: whoever reads the database cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()
