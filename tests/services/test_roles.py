"""Roles are rows: as they come nothing changes; a company changes them and makes its own, and nobody is locked out."""

import pytest
from sqlalchemy import select

from core.accounts.queries import users
from core.accounts.role_errors import (
    BeyondOwnRights,
    FixedRole,
    NothingToTakeBack,
    OwnRoleOnly,
    RoleInUse,
    RoleNameMissing,
    RoleNameTaken,
)
from core.accounts.role_rules import PERMISSION_LABELS, grouped_permissions
from core.accounts.roles import (
    RoleRow,
    add_role,
    archive_role,
    change_role,
    reset_role,
    restore_role,
    role_names,
    roles,
    take_back_role_change,
)
from core.accounts.service import add_user, change_user
from core.accounts.sessions import actor_of, sign_in
from core.base.errors import NotFound, StaleVersion
from core.customers.queries import find_customers
from core.security.actor import SYSTEM, Actor, NotAllowed
from core.security.permissions import EVERYONE, OUTSIDE, ROLE_PERMISSIONS, P, Role
from core.security.role_models import RoleRecord
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten

PASSWORD = "a mug of green tea"  # noqa: S105 - nobody's


def role(store: Store, code: str) -> RoleRow:
    """The role with this code or name."""
    with store.viewing(SYSTEM) as view:
        return next(row for row in roles(view) if code in (row.code, row.label))


def somebody(store: Store, *codes: str, username: str = "fang") -> tuple[int, str]:
    """A user with these roles, and a session."""
    user_id = store.run(SYSTEM, add_user, None, username=username, name=username, password=PASSWORD, roles=codes)
    return user_id, sign_in(store, username, PASSWORD)


def acting(store: Store, token: str) -> Actor:
    """Who holds a session, with the rights of this moment."""
    actor = actor_of(store, token)
    assert actor is not None
    return actor


@pytest.mark.parametrize("code", Role)
def test_a_role_of_the_product_may_do_what_it_always_could(store: Store, code: Role) -> None:
    _, token = somebody(store, code)
    assert acting(store, token).permissions == ROLE_PERMISSIONS[code]
    assert role(store, code).is_as_shipped


def test_every_permission_that_can_be_given_stands_in_the_matrix_in_plain_words() -> None:
    shown = [each for _, permissions in grouped_permissions() for each in permissions]
    assert set(shown) == set(P) - OUTSIDE - EVERYONE
    assert len(shown) == len(set(shown))
    assert set(PERMISSION_LABELS) == set(P)
    assert len(set(PERMISSION_LABELS.values())) == len(P)


def test_a_changed_role_holds_at_once_for_who_is_signed_in(any_store: Store) -> None:
    _, token = somebody(any_store, Role.SALES)
    sales = role(any_store, Role.SALES)
    assert sales.people == ("fang",)
    wanted = sales.permissions - {P.CUSTOMER_READ} | {P.COST_READ}
    any_store.run(SYSTEM, change_role, None, sales.id, permissions=wanted, version=sales.version)
    actor = acting(any_store, token)
    assert actor.permissions == wanted
    with any_store.viewing(actor) as view, pytest.raises(NotAllowed):
        find_customers(view)


def test_a_role_of_ones_own_begins_as_a_copy_and_goes_its_own_way(any_store: Store) -> None:
    own = any_store.run(SYSTEM, add_role, None, "  Counter   sales ", like=Role.SALES)
    made = role(any_store, "Counter sales")
    assert (made.id, made.base, made.permissions) == (own, Role.SALES, ROLE_PERMISSIONS[Role.SALES])
    any_store.run(SYSTEM, change_role, None, own, permissions={P.STOCK_READ})
    _, token = somebody(any_store, made.code)
    actor = acting(any_store, token)
    assert (actor.permissions, actor.titles) == ({P.STOCK_READ, P.ACCOUNT_OWN}, ("Counter sales",))
    with any_store.viewing(actor) as view:
        assert stock_levels(view) == []
    assert role(any_store, Role.SALES).permissions == ROLE_PERMISSIONS[Role.SALES]


def test_several_roles_allow_what_any_of_them_allows(store: Store) -> None:
    _, token = somebody(store, Role.SALES, Role.BUYER)
    actor = acting(store, token)
    assert actor.permissions == ROLE_PERMISSIONS[Role.SALES] | ROLE_PERMISSIONS[Role.BUYER]
    assert actor.titles == ("Sales", "Buyer")


def test_a_change_is_taken_back_and_done_again(store: Store) -> None:
    sales = role(store, Role.SALES)
    store.run(SYSTEM, change_role, None, sales.id, permissions={P.ORDER_READ}, name="Juniors")
    assert (role(store, "sales").label, role(store, "sales").is_as_shipped) == ("Juniors", False)
    store.run(SYSTEM, take_back_role_change, None, sales.id)
    assert (role(store, "sales").label, role(store, "sales").is_as_shipped) == ("Sales", True)
    store.run(SYSTEM, take_back_role_change, None, sales.id)
    assert role(store, "sales").permissions == {P.ORDER_READ, P.ACCOUNT_OWN}
    store.run(SYSTEM, reset_role, None, sales.id)
    assert role(store, "sales").is_as_shipped


def test_nobody_gives_a_right_that_is_not_theirs(store: Store) -> None:
    helper = store.run(SYSTEM, add_role, None, "Helper", like=Role.SERVICE)
    store.run(SYSTEM, change_role, None, helper, permissions={P.USER_EDIT, P.ORDER_READ})
    me, token = somebody(store, role(store, "Helper").code)
    actor = acting(store, token)
    for command, places, words in [
        (change_role, (helper,), {"permissions": {P.USER_EDIT, P.ORDER_READ, P.COST_READ}}),
        (add_role, ("Boss",), {"like": Role.MANAGER}),
        (change_user, (me,), {"roles": {Role.ADMINISTRATOR}}),
        (add_user, (), {"username": "x", "name": "X", "password": PASSWORD, "roles": {Role.SALES}}),
    ]:
        with pytest.raises(BeyondOwnRights):
            store.run(actor, command, None, *places, **words)
    store.run(actor, change_role, None, helper, permissions={P.USER_EDIT})
    assert acting(store, token).permissions == {P.USER_EDIT, P.ACCOUNT_OWN}


def test_a_role_is_put_away_when_nobody_has_it_and_comes_back(store: Store) -> None:
    own = store.run(SYSTEM, add_role, None, "Night shift", like=Role.WAREHOUSE)
    code = role(store, "Night shift").code
    user_id, _ = somebody(store, code)
    with pytest.raises(RoleInUse):
        store.run(SYSTEM, archive_role, None, own)
    store.run(SYSTEM, change_user, None, user_id, roles={Role.SALES})
    store.run(SYSTEM, archive_role, None, own)
    with store.viewing(SYSTEM) as view:
        assert code not in [each.code for each in role_names(view)]
        assert code in [each.code for each in role_names(view, archived=True)]
        assert users(view)[0].roles == (Role.SALES,)
    with pytest.raises(NotFound):
        store.run(SYSTEM, change_user, None, user_id, roles={code})
    store.run(SYSTEM, restore_role, None, own)
    assert not role(store, "Night shift").is_archived


def test_what_a_role_cannot_be_is_refused_and_leaves_every_row_as_it_was(any_store: Store) -> None:
    own = any_store.run(SYSTEM, add_role, None, "Counter", like=Role.SALES)
    sales, boss = role(any_store, Role.SALES), role(any_store, Role.ADMINISTRATOR)
    calls: Calls = [
        (add_role, ("",), {"like": Role.SALES}),
        (add_role, ("x" * 41,), {"like": Role.SALES}),
        (add_role, ("counter",), {"like": Role.SALES}),
        (add_role, ("Sales",), {"like": Role.SALES}),
        (add_role, ("New",), {"like": "nothing"}),
        (change_role, (0,), {"permissions": ()}),
        (change_role, (own,), {"name": "Manager"}),
        (change_role, (own,), {"name": " "}),
        (change_role, (own,), {"permissions": (), "version": 7}),
        (change_role, (boss.id,), {"permissions": ()}),
        (take_back_role_change, (sales.id,), {}),
        (reset_role, (own,), {}),
        (archive_role, (sales.id,), {}),
        (restore_role, (0,), {}),
    ]
    assert_each_refused(any_store, calls)
    assert_none_forgotten(calls, "core.accounts.roles", but=set())
    for error, (command, places, words) in [
        (RoleNameMissing, calls[0]),
        (RoleNameTaken, calls[2]),
        (StaleVersion, calls[8]),
        (FixedRole, calls[9]),
        (NothingToTakeBack, calls[10]),
        (OwnRoleOnly, calls[12]),
    ]:
        with pytest.raises(error):
            any_store.run(SYSTEM, command, None, *places, **words)


def test_a_permission_of_another_version_counts_for_nothing(store: Store) -> None:
    own = store.run(SYSTEM, add_role, None, "Old", like=Role.SALES)
    with store.working(SYSTEM) as uow:
        uow.session.get_one(RoleRecord, own).permissions = ["moon:walk", "order:read", "sign_in:attempt"]
    assert role(store, "Old").permissions == {P.ORDER_READ, P.ACCOUNT_OWN}


def test_the_roles_that_come_stand_in_the_database_from_the_first_day(any_store: Store) -> None:
    with any_store.viewing(SYSTEM) as view:
        found = {each.code: each.base for each in view.session.scalars(select(RoleRecord))}
    assert found == {each.value: each.value for each in Role}
