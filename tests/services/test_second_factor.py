"""What a second factor keeps out: codes used before, of another time or person, and passwords alone."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from core.accounts.errors import (
    CodeWanted,
    NoSecondFactor,
    SecondFactorSet,
    SecondFactorWanted,
    SignInClosed,
    StepOver,
    UserDisabled,
    WrongCode,
)
from core.accounts.factor_rules import new_recovery_codes
from core.accounts.second_factor import (
    drop_own_second_factor,
    enrol_second_factor,
    offer_second_factor,
    own_second_factor,
    renew_recovery_codes,
    reset_second_factor,
    roles_with_second_factor,
    set_second_factor_roles,
    users_with_second_factor,
)
from core.accounts.service import change_user, reset_password
from core.accounts.sessions import actor_of, begin_sign_in, factor_at_step, finish_sign_in, sign_in
from core.base.clock import FixedClock
from core.security.actor import SYSTEM, Actor, NotAllowed
from core.security.models import AuthSession, RecoveryCode, SignInStep
from core.security.permissions import Role
from core.work.store import Store
from tests.pages.app import PASSWORD, a_user
from tests.refusals import Calls, assert_each_refused

CODES = new_recovery_codes()


def signed_in(store: Store, username: str) -> Actor:
    actor = actor_of(store, sign_in(store, username, PASSWORD))
    assert actor is not None
    return actor


def secret_of(store: Store, actor: Actor) -> str:
    with store.viewing(actor) as view:
        return own_second_factor(view).secret


def code(store: Store, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(store.clock.now().timestamp()) + 30 * steps)


def enrolled(store: Store, clock: FixedClock, username: str = "fang", role: Role = Role.SALES) -> tuple[Actor, str]:
    """Somebody with a second factor whose next code is fresh, and its secret."""
    a_user(store, role, username=username)
    actor = signed_in(store, username)
    store.run(actor, offer_second_factor, None)
    secret = secret_of(store, actor)
    codes = CODES if username == "fang" else new_recovery_codes()
    store.run(actor, enrol_second_factor, None, code=code(store, secret), recovery=codes)
    clock.moment += timedelta(minutes=2)
    return actor, secret


def step(store: Store, username: str = "fang") -> str:
    entrance = begin_sign_in(store, username, PASSWORD)
    assert (bool(entrance.token), bool(entrance.step)) == (False, True)
    return entrance.step


def test_a_password_alone_opens_nothing_and_its_code_opens_once(any_store: Store, clock: FixedClock) -> None:
    actor, secret = enrolled(any_store, clock)
    assert secret_of(any_store, actor) == ""
    waiting = step(any_store)
    assert actor_of(any_store, waiting) is None
    with pytest.raises(CodeWanted):
        sign_in(any_store, "fang", PASSWORD)

    token = finish_sign_in(any_store, waiting, code(any_store, secret))
    found = actor_of(any_store, token)
    assert found is not None
    assert found.id == actor.id

    with pytest.raises(StepOver):
        finish_sign_in(any_store, waiting, code(any_store, secret, 1))
    again = step(any_store)
    for used in (code(any_store, secret), code(any_store, secret, -1)):
        with pytest.raises(WrongCode):
            finish_sign_in(any_store, again, used)
    assert actor_of(any_store, finish_sign_in(any_store, again, code(any_store, secret, 1))) is not None


@pytest.mark.parametrize("steps", [-2, 2, 100])
def test_a_code_of_another_time_is_wrong(store: Store, clock: FixedClock, steps: int) -> None:
    _, secret = enrolled(store, clock)
    with pytest.raises(WrongCode):
        finish_sign_in(store, step(store), code(store, secret, steps))


def test_the_code_of_a_colleague_is_wrong(store: Store, clock: FixedClock) -> None:
    enrolled(store, clock)
    _, other = enrolled(store, clock, "li", Role.FINANCE)
    with pytest.raises(WrongCode):
        finish_sign_in(store, step(store), code(store, other))


def test_codes_cannot_be_guessed(any_store: Store, clock: FixedClock) -> None:
    _, secret = enrolled(any_store, clock)
    waiting = step(any_store)
    right = code(any_store, secret)
    wrong = "000000" if right != "000000" else "111111"
    for typed in (wrong, "", "x" * 10_000, wrong):
        with pytest.raises(WrongCode):
            finish_sign_in(any_store, waiting, typed)
    with pytest.raises(SignInClosed):
        finish_sign_in(any_store, waiting, right)
    with pytest.raises(SignInClosed):
        begin_sign_in(any_store, "fang", PASSWORD)
    with any_store.viewing(SYSTEM) as view:
        assert len(view.session.scalars(select(AuthSession.id)).all()) == 1


def test_a_recovery_code_replaces_the_app_once(any_store: Store, clock: FixedClock) -> None:
    actor, _ = enrolled(any_store, clock)
    typed = f" {CODES[3].lower()} "
    assert actor_of(any_store, finish_sign_in(any_store, step(any_store), typed)) is not None
    with pytest.raises(WrongCode):
        finish_sign_in(any_store, step(any_store), CODES[3])
    with any_store.viewing(actor) as view:
        assert own_second_factor(view).recovery_left == 9
        assert set(CODES).isdisjoint(view.session.scalars(select(RecoveryCode.code_hash)))

    any_store.run(actor, renew_recovery_codes, None, recovery=new_recovery_codes())
    with pytest.raises(WrongCode):
        finish_sign_in(any_store, step(any_store), CODES[4])


def test_a_step_is_over_after_five_minutes_and_with_whatever_ends_sign_ins(store: Store, clock: FixedClock) -> None:
    actor, secret = enrolled(store, clock)
    late = step(store)
    clock.moment += timedelta(minutes=5)
    with pytest.raises(StepOver):
        finish_sign_in(store, late, code(store, secret))
    with pytest.raises(StepOver):
        factor_at_step(store, late)

    waiting = step(store)
    store.run(SYSTEM, reset_password, None, actor.id or 0, password=PASSWORD)
    with pytest.raises(StepOver):
        finish_sign_in(store, waiting, code(store, secret))

    waiting = step(store)
    store.run(SYSTEM, change_user, None, actor.id or 0, disabled=True)
    with pytest.raises((StepOver, UserDisabled)):
        finish_sign_in(store, waiting, code(store, secret))
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(SignInStep.user_id)).all() == []


def test_a_role_that_must_have_one_sets_it_up_at_the_door(any_store: Store, clock: FixedClock) -> None:
    fang = a_user(any_store, Role.SALES, username="fang")
    a_user(any_store, Role.WAREHOUSE, username="li")
    any_store.run(SYSTEM, set_second_factor_roles, None, [Role.SALES, Role.FINANCE])
    assert signed_in(any_store, "li").name == "Li"

    waiting = step(any_store)
    card = factor_at_step(any_store, waiting)
    assert (card.enrolled_at, card.is_wanted, card.address.startswith("otpauth://totp/Salesbook:fang?")) == (
        None,
        True,
        True,
    )
    with pytest.raises(WrongCode):
        finish_sign_in(any_store, waiting, "000000")
    waiting = step(any_store)
    assert factor_at_step(any_store, waiting).secret == card.secret
    token = finish_sign_in(any_store, waiting, code(any_store, card.secret), recovery=CODES)
    actor = actor_of(any_store, token)
    assert actor is not None
    with any_store.viewing(SYSTEM) as view:
        assert users_with_second_factor(view) == {fang}
        assert roles_with_second_factor(view) == {"sales", "finance"}
    with pytest.raises(SecondFactorWanted):
        any_store.run(actor, drop_own_second_factor, None)

    clock.moment += timedelta(minutes=2)
    assert factor_at_step(any_store, step(any_store)).secret == ""
    any_store.run(SYSTEM, reset_second_factor, None, fang)
    assert factor_at_step(any_store, step(any_store)).secret not in ("", card.secret)


def test_whoever_need_not_have_one_may_go_without_again(store: Store, clock: FixedClock) -> None:
    actor, _ = enrolled(store, clock)
    with pytest.raises(SecondFactorSet):
        store.run(actor, offer_second_factor, None)
    store.run(actor, drop_own_second_factor, None)
    assert signed_in(store, "fang").id == actor.id


def test_nobody_but_an_administrator_touches_the_second_factor_of_others(store: Store, clock: FixedClock) -> None:
    actor, _ = enrolled(store, clock, role=Role.MANAGER)
    for command, places in ((reset_second_factor, (actor.id,)), (set_second_factor_roles, ([Role.SALES],))):
        with pytest.raises(NotAllowed):
            store.run(actor, command, None, *places)


def test_refused_commands_of_second_factors_change_not_one_row(any_store: Store) -> None:
    fang = a_user(any_store, Role.SALES, username="fang")
    refused: Calls = [
        (reset_second_factor, (fang,), {}),
        (reset_second_factor, (999,), {}),
        (enrol_second_factor, (), {"code": "000000", "recovery": CODES}),
        (renew_recovery_codes, (), {"recovery": CODES}),
        (drop_own_second_factor, (), {}),
    ]
    assert_each_refused(any_store, refused)
    with pytest.raises(NoSecondFactor):
        any_store.run(SYSTEM, reset_second_factor, None, fang)
