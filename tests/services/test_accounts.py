"""What administrators can rely on when they manage users, and users when they manage themselves."""

import pytest
from sqlalchemy import select

from core.accounts.errors import (
    AlreadySetUp,
    BadUsername,
    CommonPassword,
    LastAdministrator,
    NoRole,
    UsernameTaken,
    WeakPassword,
    WrongOldPassword,
    WrongPassword,
    WrongSetupCode,
)
from core.accounts.queries import own_sessions, people, users
from core.accounts.rules import username_of
from core.accounts.service import (
    add_user,
    change_own_password,
    change_user,
    end_own_session,
    has_users,
    new_setup_code,
    reset_password,
    set_own_language,
    set_up_company,
)
from core.accounts.sessions import actor_of, sign_in
from core.audit.models import AuditEntry
from core.base.errors import NotFound
from core.security.actor import SYSTEM, VISITOR, Actor, NotAllowed
from core.security.models import SetupCode, User, UserRole
from core.security.permissions import P, Role
from core.work.store import Store

PASSPHRASE = "a mug of green tea"  # noqa: S105 - nobody's


def a_user(store: Store, username: str, *roles: Role, password: str = PASSPHRASE) -> int:
    return store.run(
        SYSTEM, add_user, None, username=username, name=username.title(), password=password, roles=roles or [Role.SALES]
    )


def signed_in(store: Store, username: str, password: str = PASSPHRASE) -> Actor:
    actor = actor_of(store, sign_in(store, username, password))
    assert actor is not None
    return actor


def everything(store: Store) -> list[object]:
    """All users, roles and audit entries, to see that a refusal changed nothing."""
    with store.viewing(SYSTEM) as view:
        return [
            view.session.execute(
                select(User.username, User.name, User.password_hash, User.language, User.disabled_at).order_by(User.id)
            ).all(),
            view.session.execute(
                select(UserRole.user_id, UserRole.role).order_by(UserRole.user_id, UserRole.role)
            ).all(),
            view.session.scalars(select(AuditEntry.id)).all(),
        ]


def test_a_new_user_has_the_rights_of_the_given_roles(any_store: Store) -> None:
    user_id = a_user(any_store, "fang", Role.SALES, Role.WAREHOUSE)

    actor = signed_in(any_store, "fang")

    assert (actor.id, actor.name, actor.roles) == (user_id, "Fang", {Role.SALES, Role.WAREHOUSE})
    assert actor.may(P.ORDER_EDIT)
    assert actor.may(P.STOCK_MOVE)
    assert not actor.may(P.COST_READ)


def test_a_user_name_is_the_same_however_it_is_typed(store: Store) -> None:
    a_user(store, "Wang.Fang")

    assert signed_in(store, "  WANG.fang ").name == "Wang.Fang"
    assert username_of("王芳") == "王芳"
    assert username_of("ＡＢ") == "ab"


@pytest.mark.parametrize("typed", ["", "   ", "two words", "tab\tbed", "line\nfeed", "zero\u200bwidth", "x" * 65])
def test_a_user_name_that_could_not_be_typed_again_is_refused(store: Store, typed: str) -> None:
    before = everything(store)
    with pytest.raises(BadUsername):
        a_user(store, typed)
    assert everything(store) == before


def test_a_taken_user_name_is_refused_in_any_case(any_store: Store) -> None:
    a_user(any_store, "fang")
    before = everything(any_store)
    with pytest.raises(UsernameTaken, match="fang is taken"):
        a_user(any_store, "FANG")
    assert everything(any_store) == before


@pytest.mark.parametrize(
    ("password", "refusal"),
    [
        ("", WeakPassword),
        ("1234567", WeakPassword),
        ("12345678", CommonPassword),
        ("PassWord123", CommonPassword),
        ("shopkeeper", CommonPassword),
        ("啊啊啊啊啊啊啊啊", CommonPassword),
    ],
)
def test_a_password_that_a_stranger_would_guess_is_refused(
    store: Store, password: str, refusal: type[Exception]
) -> None:
    before = everything(store)
    with pytest.raises(refusal):
        a_user(store, "shopkeeper", password=password)
    assert everything(store) == before


def test_every_letter_of_a_long_passphrase_counts(store: Store) -> None:
    long = "春眠不觉晓，处处闻啼鸟。" * 20
    a_user(store, "poet", password=long + "a")

    assert signed_in(store, "poet", long + "a").name == "Poet"
    with pytest.raises(WrongPassword):
        sign_in(store, "poet", long + "b")


def test_a_user_without_a_role_is_refused(store: Store) -> None:
    user_id = a_user(store, "fang")
    before = everything(store)
    with pytest.raises(NoRole):
        store.run(SYSTEM, add_user, None, username="li", name="Li", password=PASSPHRASE, roles=[])
    with pytest.raises(NoRole):
        store.run(SYSTEM, change_user, None, user_id, roles=[])
    assert everything(store) == before


def test_changed_roles_end_the_sign_in_and_hold_from_the_next_one_on(any_store: Store) -> None:
    user_id = a_user(any_store, "fang", Role.SALES)
    token = sign_in(any_store, "fang", PASSPHRASE)

    any_store.run(SYSTEM, change_user, None, user_id, name="Fang Wang", roles=[Role.SALES])
    assert actor_of(any_store, token) is not None

    any_store.run(SYSTEM, change_user, None, user_id, roles=[Role.FINANCE])

    assert actor_of(any_store, token) is None
    actor = signed_in(any_store, "fang")
    assert (actor.name, actor.roles) == ("Fang Wang", {Role.FINANCE})


def test_a_disabled_user_is_signed_out_at_once_and_stays_out_until_enabled(any_store: Store) -> None:
    a_user(any_store, "boss", Role.ADMINISTRATOR)
    user_id = a_user(any_store, "fang")
    token = sign_in(any_store, "fang", PASSPHRASE)

    any_store.run(SYSTEM, change_user, None, user_id, disabled=True)
    assert actor_of(any_store, token) is None

    any_store.run(SYSTEM, change_user, None, user_id, disabled=False)
    assert actor_of(any_store, token) is None
    assert signed_in(any_store, "fang").id == user_id


@pytest.mark.parametrize("change", [{"disabled": True}, {"roles": [Role.MANAGER]}])
def test_the_last_administrator_cannot_go(any_store: Store, change: dict[str, object]) -> None:
    boss = a_user(any_store, "boss", Role.ADMINISTRATOR)
    other = a_user(any_store, "other", Role.ADMINISTRATOR)
    any_store.run(SYSTEM, change_user, None, other, disabled=True)
    before = everything(any_store)

    with pytest.raises(LastAdministrator, match="Boss is the last administrator"):
        any_store.run(SYSTEM, change_user, None, boss, **change)

    assert everything(any_store) == before


def test_a_reset_password_ends_every_session_of_the_user(any_store: Store) -> None:
    user_id = a_user(any_store, "fang")
    token = sign_in(any_store, "fang", PASSPHRASE)

    any_store.run(SYSTEM, reset_password, None, user_id, password="another mug of tea")

    assert actor_of(any_store, token) is None
    assert signed_in(any_store, "fang", "another mug of tea").id == user_id
    with pytest.raises(WrongPassword):
        sign_in(any_store, "fang", PASSPHRASE)


def test_changing_ones_password_signs_out_the_other_browsers_only(any_store: Store) -> None:
    a_user(any_store, "fang")
    here, there = sign_in(any_store, "fang", PASSPHRASE), sign_in(any_store, "fang", PASSPHRASE)
    actor = actor_of(any_store, here)
    assert actor is not None

    any_store.run(actor, change_own_password, None, old=PASSPHRASE, new="another mug of tea", keep_token=here)

    assert actor_of(any_store, here) == actor
    assert actor_of(any_store, there) is None


def test_changing_ones_password_needs_the_present_one(store: Store) -> None:
    a_user(store, "fang")
    actor = signed_in(store, "fang")
    before = everything(store)
    with pytest.raises(WrongOldPassword):
        store.run(actor, change_own_password, None, old="not this one", new="another mug of tea")
    assert everything(store) == before


def test_ones_language_is_kept(any_store: Store) -> None:
    a_user(any_store, "fang")
    token = sign_in(any_store, "fang", PASSPHRASE)
    actor = actor_of(any_store, token, "en")
    assert actor is not None
    assert actor.language == "en"

    any_store.run(actor, set_own_language, None, "zh_CN")

    after = actor_of(any_store, token, "en")
    assert after is not None
    assert after.language == "zh_CN"
    with pytest.raises(NotFound):
        any_store.run(actor, set_own_language, None, "tlh")


def test_a_lost_telephone_can_be_signed_out_by_its_owner_only(any_store: Store) -> None:
    a_user(any_store, "fang")
    a_user(any_store, "li")
    here = sign_in(any_store, "fang", PASSPHRASE, "Chrome")
    phone = sign_in(any_store, "fang", PASSPHRASE, "iPhone")
    fang, li = actor_of(any_store, here), signed_in(any_store, "li")
    assert fang is not None
    with any_store.viewing(fang) as view:
        rows = {row.user_agent: row for row in own_sessions(view, here)}
    assert {name: row.is_this for name, row in rows.items()} == {"Chrome": True, "iPhone": False}

    with pytest.raises(NotFound):
        any_store.run(li, end_own_session, None, rows["iPhone"].id)
    assert actor_of(any_store, phone) == fang

    any_store.run(fang, end_own_session, None, rows["iPhone"].id)
    assert actor_of(any_store, phone) is None
    assert actor_of(any_store, here) == fang


def test_only_administrators_manage_users(store: Store) -> None:
    a_user(store, "boss", Role.ADMINISTRATOR)
    user_id = a_user(store, "fang", Role.MANAGER)
    actor = signed_in(store, "fang")
    before = everything(store)

    for command, given in (
        (change_user, {"disabled": True}),
        (change_user, {"roles": [Role.ADMINISTRATOR]}),
        (reset_password, {"password": "another mug of tea"}),
    ):
        with pytest.raises(NotAllowed):
            store.run(actor, command, None, user_id, **given)
    with store.viewing(actor) as view, pytest.raises(NotAllowed):
        users(view)

    assert everything(store) == before


def test_the_list_shows_who_has_which_role_and_was_seen_when(store: Store) -> None:
    a_user(store, "boss", Role.ADMINISTRATOR)
    gone = a_user(store, "gone", Role.SALES)
    a_user(store, "fang", Role.WAREHOUSE, Role.SALES)
    store.run(SYSTEM, change_user, None, gone, disabled=True)
    sign_in(store, "fang", PASSPHRASE)

    with store.viewing(SYSTEM) as view:
        rows = users(view)
        names = [person.name for person in people(view)]

    assert [(row.username, row.roles, row.is_enabled, row.seen_at) for row in rows] == [
        ("boss", (Role.ADMINISTRATOR,), True, None),
        ("fang", (Role.SALES, Role.WAREHOUSE), True, store.clock.now()),
        ("gone", (Role.SALES,), False, None),
    ]
    assert names == ["Boss", "Fang"]


def test_no_password_or_hash_of_one_is_in_the_audit(store: Store) -> None:
    user_id = a_user(store, "fang")
    actor = signed_in(store, "fang")
    store.run(actor, change_own_password, None, old=PASSPHRASE, new="another mug of tea")
    store.run(SYSTEM, reset_password, None, user_id, password="a third mug of tea")

    with store.viewing(SYSTEM) as view:
        entries = view.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.tag for entry in entries] == [
        "user.added",
        "session.begun",
        "user.password_changed",
        "user.password_reset",
    ]
    assert not any("mug" in str(entry.facts) or "$2b$" in str(entry.facts) for entry in entries)


def test_the_code_from_the_terminal_makes_the_first_administrator_once(any_store: Store) -> None:
    unused, code = new_setup_code(any_store), new_setup_code(any_store)
    given = {"name": "Mei", "password": PASSPHRASE, "language": "zh_CN"}
    assert not has_users(any_store)

    with pytest.raises(WrongSetupCode):
        any_store.run(VISITOR, set_up_company, None, code="AAAA-BBBB-CCCC-DDDD", username="mei", **given)
    assert not has_users(any_store)

    any_store.run(VISITOR, set_up_company, None, code=f" {code.lower()} ", username="mei", **given)
    actor = signed_in(any_store, "mei")
    assert (actor.roles, actor.language) == ({Role.ADMINISTRATOR}, "zh_CN")

    for again in (code, unused):
        with pytest.raises(AlreadySetUp):
            any_store.run(VISITOR, set_up_company, None, code=again, username="second", **given)


def test_a_refused_set_up_leaves_the_code_good(store: Store) -> None:
    code = new_setup_code(store)
    with pytest.raises(WeakPassword):
        store.run(VISITOR, set_up_company, None, code=code, username="mei", name="Mei", password="x", language="en")
    with store.viewing(SYSTEM) as view:
        assert len(view.session.scalars(select(SetupCode.code_hash)).all()) == 1
    store.run(VISITOR, set_up_company, None, code=code, username="mei", name="Mei", password=PASSPHRASE, language="en")
    assert has_users(store)
