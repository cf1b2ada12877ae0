"""Signing in and out: attempts, server-side sessions, and the code that a browser trades for its cookie."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from core.accounts.attempts import LONGEST_ADDRESS, forgive, open_attempt
from core.accounts.errors import BadUsername, CodeWanted, NotDemo, StepOver, UserDisabled, WrongPassword
from core.accounts.rules import LONGEST, username_of
from core.accounts.second_factor import (
    FactorCard,
    enrol,
    factor_of,
    has_second_factor,
    is_wanted,
    offer_at_door,
    take_code,
)
from core.accounts.tokens import hash_of, new_token
from core.base.i18n import DEFAULT_LANGUAGE, LANGUAGES
from core.security.actor import VISITOR, Actor
from core.security.models import AuthSession, SignInCode, SignInStep, User, UserRole
from core.security.passwords import is_password
from core.security.permissions import P
from core.security.role_models import RoleRecord
from core.security.roles import acting, in_order
from core.work.command import command
from core.work.store import Store
from core.work.unit import UnitOfWork

CODE_SECONDS = 30
STEP_MINUTES = 5
NOBODY = "-"


@dataclass(frozen=True)
class DemoAccount:
    """A demo user that the sign-in screen offers."""

    username: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Entrance:
    """How far a sign-in came: to a session's `token`, or to a `step` at which a code is still asked for."""

    token: str = ""
    step: str = ""


def sign_in(
    store: Store, username: str, password: str, user_agent: str = "", language: str | None = None, address: str = ""
) -> str:
    """Check name and password and begin a session; its token. Refuses where a second factor is asked for.

    Otherwise as `begin_sign_in`.
    """
    entrance = begin_sign_in(store, username, password, user_agent, language, address)
    if entrance.step:
        raise CodeWanted
    return entrance.token


def begin_sign_in(
    store: Store, username: str, password: str, user_agent: str = "", language: str | None = None, address: str = ""
) -> Entrance:
    """Check name and password; begin a session, or wait for the code of the second factor.

    Refuses with `WrongPassword`, after as long a time for unknown users as for known ones; with
    `SignInClosed` after five failures in a quarter of an hour, counted before the password is
    looked at, so that guesses in parallel are counted too; with `AddressClosed` after many from one
    address; with `UserDisabled`. A language picked before signing in becomes the user's.
    """
    try:
        wanted = username_of(username)
    except BadUsername:
        wanted = NOBODY
    attempt = store.run(VISITOR, open_attempt, None, wanted, address)
    with store.viewing(VISITOR) as view:
        user = view.session.scalars(select(User).where(User.username == wanted)).one_or_none()
        has_factor = user is not None and has_second_factor(view, user.id)
        asks = has_factor or (user is not None and is_wanted(view, user.id))
    if not is_password(password[:LONGEST], user.password_hash if user else None) or user is None:
        raise WrongPassword
    if user.disabled_at is not None:
        raise UserDisabled
    token = new_token()
    if asks:
        store.run(VISITOR, begin_step, None, user.id, token, attempt_id=attempt)
        return Entrance(step=token)
    store.run(
        VISITOR, begin_session, None, user.id, token, user_agent, attempts=[attempt], language=language, address=address
    )
    return Entrance(token)


def factor_at_step(store: Store, step: str) -> FactorCard:
    """The second factor that is asked for at this step; with its secret where it is still to be enrolled."""
    with store.viewing(VISITOR) as view:
        row = view.session.get(SignInStep, hash_of(step))
        if row is None or row.expires_at <= view.now:
            raise StepOver
        return factor_of(view, row.user_id)


def finish_sign_in(
    store: Store,
    step: str,
    code: str,
    user_agent: str = "",
    language: str | None = None,
    address: str = "",
    recovery: Sequence[str] = (),
) -> str:
    """Go through the second step with a code of the app or a recovery code; the session's token.

    Whoever has no second factor yet enrols it with the code and gets these recovery codes. Refuses
    with `WrongCode`, counted like a wrong password before the code is looked at, and with `StepOver`
    a few minutes after the first step.
    """
    with store.viewing(VISITOR) as view:
        username = view.session.scalar(
            select(User.username)
            .join(SignInStep, SignInStep.user_id == User.id)
            .where(SignInStep.token_hash == hash_of(step), SignInStep.expires_at > view.now)
        )
    if username is None:
        raise StepOver
    attempt = store.run(VISITOR, open_attempt, None, username, address)
    token = new_token()
    store.run(
        VISITOR,
        pass_step,
        None,
        step,
        code,
        token,
        user_agent,
        attempt_id=attempt,
        language=language,
        address=address,
        recovery=recovery,
    )
    return token


def sign_in_demo(
    store: Store, username: str, user_agent: str = "", language: str | None = None, address: str = ""
) -> str:
    """Begin a session of a demo user without a password; `NotDemo` outside demo mode and for anybody else."""
    if username not in {account.username for account in demo_accounts(store)}:
        raise NotDemo
    with store.viewing(VISITOR) as view:
        user_id = view.session.scalars(select(User.id).where(User.username == username)).one()
    token = new_token()
    store.run(VISITOR, begin_session, None, user_id, token, user_agent, language=language, address=address)
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


def actor_of(store: Store, token: str, language: str = DEFAULT_LANGUAGE, *, used: bool = True) -> Actor | None:
    """Who holds this token, with the rights of this moment; None once it ended, idled or the user is disabled.

    `language` is for users who never picked one. With `used=False`, as for what a screen looks up by
    itself, the session idles on.
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
        actor = acting(view.session, user, held, user.language or language, sign_in_id=rows[0].id)
    session_id, seen_at, expires_at = rows[0][:3]
    if now >= expires_at or now - seen_at >= idle:
        return None
    if used and now - seen_at >= idle / 24:
        store.run(VISITOR, keep_session, None, session_id)
    return actor


def sign_out(store: Store, token: str) -> None:
    """End the session of this token, everywhere and at once; nothing where it has ended already."""
    store.run(VISITOR, end_session_of, None, token)


def cookie_code(store: Store, token: str) -> str:
    """A code, good once and for half a minute, that a browser exchanges for its session cookie."""
    code = new_token()
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
def begin_step(uow: UnitOfWork, user_id: int, token: str, *, attempt_id: int) -> None:
    """The password was right; wait for the code, and make a secret where there is no second factor yet."""
    uow.session.execute(delete(SignInStep).where(SignInStep.expires_at <= uow.now))
    if not has_second_factor(uow, user_id):
        offer_at_door(uow, user_id)
    until = uow.now + timedelta(minutes=STEP_MINUTES)
    uow.session.add(SignInStep(token_hash=hash_of(token), user_id=user_id, attempt_id=attempt_id, expires_at=until))


@command(P.SIGN_IN)
def pass_step(
    uow: UnitOfWork,
    step: str,
    code: str,
    token: str,
    user_agent: str = "",
    *,
    attempt_id: int,
    language: str | None = None,
    address: str = "",
    recovery: Sequence[str] = (),
) -> int:
    """Trade a step and its code for a session; the step is gone then, and the code too."""
    row = uow.session.get(SignInStep, hash_of(step), with_for_update=True)
    if row is None or row.expires_at <= uow.now:
        raise StepOver
    user_id, first = row.user_id, row.attempt_id
    uow.session.delete(row)
    if uow.session.scalar(select(User.id).where(User.id == user_id, User.disabled_at.is_(None))) is None:
        raise UserDisabled
    if has_second_factor(uow, user_id):
        take_code(uow, user_id, code)
    else:
        enrol(uow, user_id, code, recovery)
    return begin_session(
        uow, user_id, token, user_agent, attempts=[first, attempt_id], language=language, address=address
    )


@command(P.SIGN_IN)
def begin_session(
    uow: UnitOfWork,
    user_id: int,
    token: str,
    user_agent: str = "",
    *,
    attempts: Sequence[int] = (),
    language: str | None = None,
    address: str = "",
) -> int:
    """Keep a session for this user; these attempts count as a success."""
    forgive(uow, attempts)
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
            address=address[:LONGEST_ADDRESS],
            proved_at=uow.now,
        )
    )
    uow.record("session.begun", "app_user", user_id, {"session": begun.id, "address": begun.address})
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
    """End every session of a user, or all but these, and whatever sign-in waits for its code."""
    uow.session.execute(delete(SignInStep).where(SignInStep.user_id == user_id))
    uow.session.execute(
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None), AuthSession.id.not_in(but))
        .values(revoked_at=uow.now)
    )
