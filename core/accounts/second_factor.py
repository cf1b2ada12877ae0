"""The second factor: enrolling an authenticator app, its recovery codes, who must have one, and resetting it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from core.accounts.errors import NoSecondFactor, SecondFactorSet, SecondFactorWanted, WrongCode
from core.accounts.factor_rules import address_of, new_secret, plain_code, step_of
from core.accounts.tokens import hash_of
from core.base.errors import NotFound
from core.base.i18n import N_
from core.security.models import RecoveryCode, SecondFactor, SecondFactorRule, User, UserRole
from core.security.permissions import P
from core.security.roles import all_roles
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class FactorCard:
    """One's own second factor. The secret and its address are there only until it is enrolled."""

    enrolled_at: datetime | None
    recovery_left: int
    is_wanted: bool
    secret: str = ""
    address: str = ""


@query(P.ACCOUNT_OWN)
def own_second_factor(scope: Scope) -> FactorCard:
    """Where one's second factor stands."""
    return factor_of(scope, scope.actor.id or 0)


@query(P.USER_EDIT)
def roles_with_second_factor(scope: Scope) -> frozenset[str]:
    """The roles whose holders must have a second factor."""
    return frozenset(scope.session.scalars(select(SecondFactorRule.role)))


@query(P.USER_EDIT)
def users_with_second_factor(scope: Scope) -> frozenset[int]:
    """The users who have one."""
    return frozenset(scope.session.scalars(select(SecondFactor.user_id).where(SecondFactor.enrolled_at.is_not(None))))


@command(P.ACCOUNT_OWN, recent=True)
def offer_second_factor(uow: UnitOfWork) -> None:
    """Make a secret for one's authenticator app, anew until it is enrolled; refuses where one is."""
    _offer(uow, uow.actor.id or 0)


@command(P.ACCOUNT_OWN, recent=True)
def enrol_second_factor(uow: UnitOfWork, *, code: str, recovery: Sequence[str]) -> int:
    """From now on a code is asked at every sign-in; refuses a code that the app would not show."""
    enrol(uow, uow.actor.id or 0, code, recovery)
    return uow.actor.id or 0


@command(P.ACCOUNT_OWN, recent=True)
def renew_recovery_codes(uow: UnitOfWork, *, recovery: Sequence[str]) -> int:
    """New recovery codes; those of before are worth nothing."""
    factor = _enrolled(uow, uow.actor.id or 0)
    _keep_recovery(uow, factor.user_id, recovery)
    uow.record("second_factor.codes_renewed", "app_user", factor.user_id, {})
    return factor.user_id


@command(P.ACCOUNT_OWN, recent=True)
def drop_own_second_factor(uow: UnitOfWork) -> None:
    """Go without; refuses where a role of one's own must have one."""
    if is_wanted(uow, uow.actor.id or 0):
        raise SecondFactorWanted
    _drop(uow, uow.actor.id or 0, "second_factor.dropped")


@command(P.USER_EDIT, recent=True)
def reset_second_factor(uow: UnitOfWork, user_id: int) -> None:
    """Take the second factor off somebody who lost it; where a role must have one, a new one is asked at the door."""
    _drop(uow, user_id, "second_factor.reset")


@command(P.USER_EDIT, recent=True)
def set_second_factor_roles(uow: UnitOfWork, roles: Iterable[str]) -> None:
    """Who holds one of these roles signs in with a second factor only, from the next sign-in on."""
    wanted, before = set(roles), sorted(uow.session.scalars(select(SecondFactorRule.role)))
    if not wanted <= {role.code for role in all_roles(uow.session)}:
        raise NotFound(what=N_("The role"))
    uow.session.execute(delete(SecondFactorRule))
    uow.session.add_all(SecondFactorRule(role=role) for role in sorted(wanted))
    uow.record("second_factor.roles_set", "", None, {"roles_before": before, "roles": sorted(wanted)})


def has_second_factor(scope: Scope, user_id: int) -> bool:
    """Whether a code is asked of this user."""
    wanted = select(SecondFactor.user_id).where(SecondFactor.user_id == user_id, SecondFactor.enrolled_at.is_not(None))
    return scope.session.scalar(wanted) is not None


def is_wanted(scope: Scope, user_id: int) -> bool:
    """Whether a role of this user must have a second factor."""
    must = set(scope.session.scalars(select(SecondFactorRule.role)))
    return not must.isdisjoint(scope.session.scalars(select(UserRole.role).where(UserRole.user_id == user_id)))


def factor_of(scope: Scope, user_id: int) -> FactorCard:
    """Where somebody's second factor stands."""
    factor = scope.session.get(SecondFactor, user_id)
    left = scope.session.scalar(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    wanted = is_wanted(scope, user_id)
    if factor is None or factor.enrolled_at is not None:
        return FactorCard(None if factor is None else factor.enrolled_at, left or 0, wanted)
    username = scope.session.scalars(select(User.username).where(User.id == user_id)).one()
    address = address_of(factor.secret, username, scope.settings.company)
    return FactorCard(None, 0, wanted, factor.secret, address)


def offer_at_door(uow: UnitOfWork, user_id: int) -> None:
    """Make a secret for somebody whose role must have a second factor; the one that was offered before stays."""
    if uow.session.get(SecondFactor, user_id) is None:
        uow.session.add(SecondFactor(user_id=user_id, secret=new_secret(), enrolled_at=None, last_step=0))


def enrol(uow: UnitOfWork, user_id: int, code: str, recovery: Sequence[str]) -> None:
    """The app showed the right code: it counts from here on."""
    factor = uow.session.get(SecondFactor, user_id, with_for_update=True)
    if factor is None:
        raise NoSecondFactor
    if factor.enrolled_at is not None:
        raise SecondFactorSet
    _take(uow, factor, code)
    factor.enrolled_at = uow.now
    _keep_recovery(uow, user_id, recovery)
    uow.record("second_factor.enrolled", "app_user", user_id, {})


def take_code(uow: UnitOfWork, user_id: int, typed: str) -> str:
    """Use a code of the app or a recovery code, once: `app` or `recovery`; refuses any other and one used before."""
    factor = _enrolled(uow, user_id)
    used = uow.session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.code_hash == hash_of(plain_code(typed)),
            RecoveryCode.user_id == user_id,
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=uow.now)
    ).rowcount  # type: ignore[attr-defined]
    if used:
        uow.record("second_factor.recovered", "app_user", user_id, {})
        return "recovery"
    _take(uow, factor, typed)
    return "app"


def _offer(uow: UnitOfWork, user_id: int) -> None:
    factor = uow.session.get(SecondFactor, user_id, with_for_update=True)
    if factor is not None and factor.enrolled_at is not None:
        raise SecondFactorSet
    if factor is None:
        uow.session.add(SecondFactor(user_id=user_id, secret=new_secret(), enrolled_at=None, last_step=0))
    else:
        factor.secret = new_secret()
    uow.record("second_factor.offered", "app_user", user_id, {})


def _take(uow: UnitOfWork, factor: SecondFactor, code: str) -> None:
    step = step_of(factor.secret, code, uow.now, factor.last_step)
    if step is None:
        raise WrongCode
    factor.last_step = step


def _enrolled(uow: UnitOfWork, user_id: int) -> SecondFactor:
    factor = uow.session.get(SecondFactor, user_id, with_for_update=True)
    if factor is None or factor.enrolled_at is None:
        raise NoSecondFactor
    return factor


def _keep_recovery(uow: UnitOfWork, user_id: int, recovery: Sequence[str]) -> None:
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    uow.session.add_all(RecoveryCode(code_hash=hash_of(plain_code(code)), user_id=user_id) for code in recovery)


def _drop(uow: UnitOfWork, user_id: int, tag: str) -> None:
    if uow.session.get(User, user_id) is None:
        raise NotFound(what=N_("This user"))
    factor = _enrolled(uow, user_id)
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    uow.session.delete(factor)
    uow.record(tag, "app_user", user_id, {})
