"""What the shop can rely on at the door: lock-out, expiry, revocation, and that nothing tells users from strangers."""

import threading
from datetime import timedelta

import bcrypt
import pytest
from sqlalchemy import select

from core.accounts.errors import NotDemo, SignInClosed, UserDisabled, WrongPassword
from core.accounts.rules import LONGEST
from core.accounts.service import add_user, change_user
from core.accounts.sessions import (
    CODE_SECONDS,
    actor_of,
    cookie_code,
    demo_accounts,
    redeem_code,
    sign_in,
    sign_in_demo,
    sign_out,
)
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.security.actor import SYSTEM
from core.security.models import AuthSession, SignInAttempt, SignInCode
from core.security.permissions import Role
from core.work.store import Store

PASSPHRASE = "a mug of green tea"  # noqa: S105 - nobody's


def a_user(store: Store, username: str = "fang", *, is_demo: bool = False) -> int:
    return store.run(
        SYSTEM,
        add_user,
        None,
        username=username,
        name=username.title(),
        password=PASSPHRASE,
        roles=[Role.SALES],
        is_demo=is_demo,
    )


def fail(store: Store, times: int, username: str = "fang") -> None:
    for _ in range(times):
        with pytest.raises(WrongPassword):
            sign_in(store, username, "not this one")


def sessions(store: Store) -> int:
    with store.viewing(SYSTEM) as view:
        return len(view.session.scalars(select(AuthSession.id)).all())


@pytest.mark.parametrize("username", ["fang", "nobody", "  ", "two words"])
def test_five_failures_close_sign_in_for_a_quarter_of_an_hour(
    any_store: Store, clock: FixedClock, username: str
) -> None:
    a_user(any_store)
    fail(any_store, 5, username)

    with pytest.raises(SignInClosed, match="opens again at 12:15"):
        sign_in(any_store, username, PASSPHRASE)
    clock.moment += timedelta(minutes=14, seconds=59)
    with pytest.raises(SignInClosed):
        sign_in(any_store, username, PASSPHRASE)
    assert sessions(any_store) == 0

    clock.moment += timedelta(seconds=1)
    if username == "fang":
        assert actor_of(any_store, sign_in(any_store, username, PASSPHRASE)) is not None
    else:
        fail(any_store, 1, username)


def test_a_success_forgives_the_failures_before_it(store: Store) -> None:
    a_user(store)
    fail(store, 4)
    sign_in(store, "fang", PASSPHRASE)
    fail(store, 4)
    sign_in(store, "fang", PASSPHRASE)
    assert sessions(store) == 2


def test_failures_of_one_user_do_not_keep_another_out(store: Store) -> None:
    a_user(store)
    a_user(store, "li")
    fail(store, 5)
    assert actor_of(store, sign_in(store, "li", PASSPHRASE)) is not None


def test_guesses_in_parallel_are_counted_before_the_password_is_looked_at(any_store: Store) -> None:
    a_user(any_store)
    refusals: list[str] = []

    def guess() -> None:
        try:
            sign_in(any_store, "fang", "not this one")
        except (WrongPassword, SignInClosed) as refusal:
            refusals.append(type(refusal).__name__)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(refusals) == ["SignInClosed"] * 7 + ["WrongPassword"] * 5


@pytest.mark.parametrize("username", ["fang", "nobody", ""])
def test_an_unknown_user_costs_the_same_hash_as_a_known_one(
    store: Store, monkeypatch: pytest.MonkeyPatch, username: str
) -> None:
    a_user(store)
    compared: list[tuple[int, bytes]] = []
    real = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        compared.append((len(password), hashed[:7]))
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    fail(store, 1, username)

    assert compared == [(44, b"$2b$04$")]


def test_a_password_of_a_megabyte_is_only_a_wrong_one(store: Store) -> None:
    a_user(store)
    with pytest.raises(WrongPassword):
        sign_in(store, "fang", "x" * 1_000_000)
    with pytest.raises(WrongPassword):
        sign_in(store, "fang", PASSPHRASE + "\0" * LONGEST)


def test_a_disabled_user_learns_so_only_with_the_right_password(store: Store) -> None:
    user_id = a_user(store)
    store.run(SYSTEM, change_user, None, user_id, disabled=True)
    fail(store, 1)
    with pytest.raises(UserDisabled):
        sign_in(store, "fang", PASSPHRASE)
    assert sessions(store) == 0


def test_a_session_ends_after_idling_and_goes_on_while_used(any_store: Store, clock: FixedClock) -> None:
    a_user(any_store)
    token = sign_in(any_store, "fang", PASSPHRASE)
    idle = timedelta(minutes=any_store.settings.session_idle_minutes)

    for _ in range(3):
        clock.moment += idle - timedelta(minutes=1)
        assert actor_of(any_store, token) is not None
    clock.moment += idle
    assert actor_of(any_store, token) is None


def test_a_session_ends_at_the_latest_after_its_days_however_busy(any_store: Store, clock: FixedClock) -> None:
    a_user(any_store)
    token = sign_in(any_store, "fang", PASSPHRASE)
    end = clock.moment + timedelta(days=any_store.settings.session_days)
    while clock.moment + timedelta(hours=11) < end:
        clock.moment += timedelta(hours=11)
        assert actor_of(any_store, token) is not None
    clock.moment = end
    assert actor_of(any_store, token) is None


def test_a_token_is_worth_nothing_after_signing_out(any_store: Store) -> None:
    a_user(any_store)
    token, other = sign_in(any_store, "fang", PASSPHRASE), sign_in(any_store, "fang", PASSPHRASE)
    sign_out(any_store, token)
    sign_out(any_store, token)
    assert actor_of(any_store, token) is None
    assert actor_of(any_store, other) is not None


def test_the_database_holds_no_token_that_could_be_used(store: Store) -> None:
    a_user(store)
    token = sign_in(store, "fang", PASSPHRASE)
    with store.viewing(SYSTEM) as view:
        kept = view.session.scalars(select(AuthSession.token_hash)).one()
    assert kept != token
    assert actor_of(store, kept) is None


def test_a_code_buys_the_cookie_once_and_for_half_a_minute(any_store: Store, clock: FixedClock) -> None:
    a_user(any_store)
    token = sign_in(any_store, "fang", PASSPHRASE)
    code = cookie_code(any_store, token)
    assert redeem_code(any_store, code) == token
    assert redeem_code(any_store, code) is None
    assert redeem_code(any_store, "never given") is None

    late = cookie_code(any_store, token)
    clock.moment += timedelta(seconds=CODE_SECONDS)
    assert redeem_code(any_store, late) is None


def test_codes_and_attempts_do_not_pile_up(store: Store, clock: FixedClock) -> None:
    a_user(store)
    for _ in range(3):
        fail(store, 1)
        cookie_code(store, "token")
        clock.moment += timedelta(minutes=20)
    fail(store, 1)
    cookie_code(store, "token")
    with store.viewing(SYSTEM) as view:
        assert len(view.session.scalars(select(SignInAttempt.id)).all()) == 1
        assert len(view.session.scalars(select(SignInCode.code_hash)).all()) == 1


def test_a_language_picked_at_the_door_becomes_the_users(store: Store) -> None:
    a_user(store)
    sign_in(store, "fang", PASSPHRASE, language="en")
    actor = actor_of(store, sign_in(store, "fang", PASSPHRASE), "zh_CN")
    assert actor is not None
    assert actor.language == "en"


@pytest.mark.parametrize(("demo", "hosted"), [(False, False), (True, True), (False, True)])
def test_nobody_gets_in_with_a_click_outside_a_demo(
    sqlite_settings: Settings, clock: FixedClock, demo: bool, hosted: bool
) -> None:
    store = Store(sqlite_settings.model_copy(update={"demo": demo, "hosted": hosted}), clock)
    a_user(store, is_demo=True)
    assert demo_accounts(store) == []
    with pytest.raises(NotDemo):
        sign_in_demo(store, "fang")
    assert sessions(store) == 0
    store.engine.dispose()


def test_in_a_demo_a_click_becomes_a_demo_user_and_nobody_else(sqlite_settings: Settings, clock: FixedClock) -> None:
    store = Store(sqlite_settings.model_copy(update={"demo": True}), clock)
    user_id = a_user(store, is_demo=True)
    a_user(store, "owner")
    assert [account.username for account in demo_accounts(store)] == ["fang"]

    actor = actor_of(store, sign_in_demo(store, "fang"))
    assert actor is not None
    assert actor.id == user_id
    for stranger in ("owner", "nobody", "FANG "):
        with pytest.raises(NotDemo):
            sign_in_demo(store, stranger)
    store.run(SYSTEM, change_user, None, user_id, disabled=True)
    with pytest.raises(NotDemo):
        sign_in_demo(store, "fang")
    assert sessions(store) == 1
    store.engine.dispose()
