"""What ends a sign-in ends it for good; too many failures close doors that can be opened; passwords are typed again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.accounts.attempts import ClosedDoor, closed_doors, reopen_sign_in
from core.accounts.errors import AddressClosed, SignInClosed, WrongOldPassword, WrongPassword
from core.accounts.proof import prove
from core.accounts.queries import own_sessions, sessions_of
from core.accounts.service import (
    add_user,
    change_own_password,
    change_user,
    end_own_other_sessions,
    end_own_session,
    end_session,
    end_sessions,
    reset_password,
    set_own_language,
)
from core.accounts.sessions import actor_of, sign_in, sign_out
from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import NotFound
from core.base.settings import Settings
from core.security.actor import SYSTEM, Actor, NotRecent, SignedOut
from core.security.models import User
from core.security.permissions import Role
from core.work.command import COMMANDS, QUERIES
from core.work.store import Store
from tests.pages.app import PASSWORD, a_user
from tests.traces import everything

HOME = "203.0.113.7"


def signed_in(store: Store, username: str, address: str = "") -> Actor:
    actor = actor_of(store, sign_in(store, username, PASSWORD, address=address))
    assert actor is not None
    return actor


def fail(store: Store, times: int, username: str, address: str = "") -> None:
    for _ in range(times):
        with pytest.raises(WrongPassword):
            sign_in(store, username, "not this one", address=address)


def tags(store: Store) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return list(view.session.scalars(select(AuditEntry.tag).order_by(AuditEntry.id)))


@pytest.mark.parametrize("end", ["out", "self", "others", "boss", "everywhere", "disabled", "password", "role", "days"])
def test_no_command_goes_through_once_the_sign_in_has_ended(store: Store, clock: FixedClock, end: str) -> None:
    boss = a_user(store, Role.ADMINISTRATOR, username="boss")
    fang = a_user(store, Role.SALES, username="fang")
    token = sign_in(store, "fang", PASSWORD)
    actor = actor_of(store, token)
    assert actor is not None
    assert actor.sign_in_id is not None
    match end:
        case "out":
            sign_out(store, token)
        case "self":
            store.run(signed_in(store, "fang"), end_own_session, None, actor.sign_in_id)
        case "others":
            store.run(signed_in(store, "fang"), end_own_other_sessions, None)
        case "boss":
            store.run(signed_in(store, "boss"), end_session, None, fang, actor.sign_in_id)
        case "everywhere":
            store.run(SYSTEM, end_sessions, None, fang)
        case "disabled":
            store.run(SYSTEM, change_user, None, fang, disabled=True)
        case "password":
            store.run(SYSTEM, reset_password, None, fang, password="another mug of tea")  # noqa: S106
        case "role":
            store.run(SYSTEM, change_user, None, fang, roles=[Role.FINANCE])
        case "days":
            clock.moment += timedelta(days=store.settings.session_days)
    before = everything(store)

    with pytest.raises(SignedOut):
        store.run(actor, set_own_language, None, "zh_CN")

    assert everything(store) == before
    assert boss != fang


def test_ones_own_changed_password_leaves_this_browser_signed_in(store: Store) -> None:
    a_user(store, Role.SALES, username="fang")
    token, other = sign_in(store, "fang", PASSWORD), signed_in(store, "fang")
    here = actor_of(store, token)
    assert here is not None
    words = {"old": PASSWORD, "new": "another mug of tea", "keep_token": token}
    store.run(here, change_own_password, None, **words)
    store.run(here, set_own_language, None, "en")
    with pytest.raises(SignedOut):
        store.run(other, set_own_language, None, "en")


def test_administrators_see_where_somebody_is_signed_in_and_end_it(store: Store) -> None:
    a_user(store, Role.ADMINISTRATOR, username="boss")
    fang, li = a_user(store, Role.SALES, username="fang"), a_user(store, Role.SALES, username="li")
    first, second, third = (signed_in(store, "fang", HOME), signed_in(store, "fang"), signed_in(store, "li"))
    boss = signed_in(store, "boss")
    with store.viewing(boss) as view:
        seen = [(row.id, row.address) for row in sessions_of(view, fang)]
    assert sorted(seen) == [(first.sign_in_id, HOME), (second.sign_in_id, "")]

    with pytest.raises(NotFound):
        store.run(boss, end_session, None, li, first.sign_in_id or 0)
    with pytest.raises(NotFound):
        store.run(third, end_own_session, None, first.sign_in_id or 0)
    with pytest.raises(NotFound):
        store.run(third, end_own_other_sessions, None)
    store.run(boss, end_sessions, None, fang)
    with store.viewing(boss) as view:
        assert sessions_of(view, fang) == []
        assert [row.is_this for row in own_sessions(view)] == [True]
        ended = view.session.scalars(select(AuditEntry).where(AuditEntry.tag == "session.ended")).one()
    assert (ended.actor_name, ended.subject_id) == ("Boss", fang)
    assert ended.facts == {"sessions": [first.sign_in_id, second.sign_in_id]}


def test_many_failures_from_one_address_close_it_whoever_is_tried(any_store: Store, clock: FixedClock) -> None:
    store = Store(any_store.settings.model_copy(update={"address_failures": 6}), clock)
    for name in ("fang", "li", "wu"):
        a_user(store, Role.SALES, username=name)
    fail(store, 3, "fang", HOME)
    sign_in(store, "li", PASSWORD, address=HOME)
    fail(store, 3, "somebody", HOME)

    with pytest.raises(AddressClosed, match="opens again at 12:15"):
        sign_in(store, "wu", PASSWORD, address=HOME)
    assert signed_in(store, "wu", "203.0.113.8").name == "Wu"
    fail(store, 4, "other", "")
    assert signed_in(store, "wu", "").name == "Wu"

    clock.moment += timedelta(minutes=15)
    assert signed_in(store, "wu", HOME).name == "Wu"
    store.engine.dispose()


def test_an_administrator_sees_what_is_closed_and_opens_it_again(any_store: Store, clock: FixedClock) -> None:
    store = Store(any_store.settings.model_copy(update={"address_failures": 6}), clock)
    a_user(store, Role.ADMINISTRATOR, username="boss")
    a_user(store, Role.SALES, username="fang")
    fail(store, 5, "fang", HOME)
    fail(store, 1, "nobody", HOME)
    boss = signed_in(store, "boss")
    until = clock.moment + timedelta(minutes=15)
    with store.viewing(boss) as view:
        assert closed_doors(view) == [ClosedDoor("fang", "", 5, until), ClosedDoor("", HOME, 6, until)]

    store.run(boss, reopen_sign_in, None, address=HOME)
    with store.viewing(boss) as view:
        assert closed_doors(view) == []
    assert signed_in(store, "fang", HOME).name == "Fang"
    fail(store, 5, "fang")
    with pytest.raises(SignInClosed):
        sign_in(store, "fang", PASSWORD)
    store.run(boss, reopen_sign_in, None, username="fang")
    assert signed_in(store, "fang").name == "Fang"
    assert tags(store).count("sign_in.reopened") == 2
    store.engine.dispose()


def test_roles_ask_for_the_password_again_after_ten_minutes(any_store: Store, clock: FixedClock) -> None:
    a_user(any_store, Role.ADMINISTRATOR, username="boss")
    fang = a_user(any_store, Role.SALES, username="fang")
    boss, elsewhere = signed_in(any_store, "boss"), signed_in(any_store, "boss")
    clock.moment += timedelta(minutes=10)
    any_store.run(boss, change_user, None, fang, name="Fang Wang")
    before = everything(any_store)
    with pytest.raises(NotRecent):
        any_store.run(boss, change_user, None, fang, roles=[Role.FINANCE])
    with pytest.raises(WrongOldPassword):
        prove(any_store, boss, "not this one")
    with pytest.raises(NotRecent):
        any_store.run(boss, reset_password, None, fang, password="another mug of tea")  # noqa: S106
    left = everything(any_store)
    assert {name for name in before if before[name] != left[name]} == {"sign_in_attempt"}

    prove(any_store, boss, PASSWORD)
    any_store.run(boss, change_user, None, fang, roles=[Role.FINANCE])
    with pytest.raises(NotRecent):
        any_store.run(elsewhere, change_user, None, fang, roles=[Role.SALES])
    clock.moment += timedelta(minutes=10)
    with pytest.raises(NotRecent):
        any_store.run(boss, change_user, None, fang, roles=[Role.SALES])


def test_an_open_browser_is_no_place_to_guess_the_password_in(store: Store) -> None:
    a_user(store, Role.SALES, username="fang")
    fang = signed_in(store, "fang")
    for _ in range(5):
        with pytest.raises(WrongOldPassword):
            prove(store, fang, "not this one")
    with pytest.raises(SignInClosed):
        prove(store, fang, PASSWORD)


def test_a_demo_does_not_ask_for_passwords_that_nobody_has(sqlite_settings: Settings, clock: FixedClock) -> None:
    store = Store(sqlite_settings.model_copy(update={"demo": True}), clock)
    a_user(store, Role.ADMINISTRATOR, username="boss")
    boss = signed_in(store, "boss")
    clock.moment += timedelta(hours=1)
    words = {"username": "li", "name": "Li", "password": PASSWORD, "roles": [Role.SALES]}
    store.run(boss, add_user, None, **words)
    hosted = Store(store.settings.model_copy(update={"hosted": True}), clock)
    with pytest.raises(NotRecent):
        hosted.run(boss, add_user, None, **{**words, "username": "wu"})
    for each in (store, hosted):
        each.engine.dispose()


def test_what_asks_for_the_password_again_says_so_where_its_permission_stands() -> None:
    asking = {name for name, each in {**COMMANDS, **QUERIES}.items() if each.recent}
    assert asking >= {
        "accounts.add_user",
        "accounts.reset_password",
        "accounts.reset_second_factor",
        "accounts.set_second_factor_roles",
        "accounts.offer_second_factor",
        "accounts.renew_recovery_codes",
        "accounts.drop_own_second_factor",
    }


def test_a_sign_in_that_never_was_or_is_anothers_gives_nothing(store: Store) -> None:
    a_user(store, Role.SALES, username="fang")
    fang = signed_in(store, "fang")
    with pytest.raises(SignedOut):
        store.run(replace(fang, sign_in_id=999), set_own_language, None, "zh_CN")
    with store.viewing(SYSTEM) as view:
        assert view.session.scalars(select(User.language)).one() == "en"
