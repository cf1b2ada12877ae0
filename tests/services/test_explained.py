"""What somebody may do and see is explained by roles, and rights that should not go together are named."""

import pytest

from core.accounts.explained import customer_seen, explained
from core.accounts.placing import place_user, placed_users
from core.accounts.role_rules import CONFLICTS, conflicts_of
from core.accounts.roles import change_role, roles
from core.accounts.service import add_user
from core.base.errors import NotFound
from core.security.actor import SYSTEM
from core.security.permissions import P, Role
from core.security.sees import Reach
from core.security.shows import Sight
from core.work.store import Store
from tests.builders import a_customer, a_warehouse
from tests.refusals import Calls, assert_each_refused

PASSWORD = "a mug of green tea"  # noqa: S105 - nobody's


def somebody(store: Store, name: str, *held: str) -> int:
    """A user with these roles."""
    return store.run(SYSTEM, add_user, None, username=name.lower(), name=name, password=PASSWORD, roles=held)


def limit_sales(store: Store, **reach: Reach | Sight) -> None:
    """Let the role of sales see only so much."""
    with store.viewing(SYSTEM) as view:
        sales = next(row for row in roles(view) if row.code == Role.SALES)
    store.run(SYSTEM, change_role, None, sales.id, **reach)


def test_every_right_is_explained_by_the_roles_that_give_it(store: Store) -> None:
    fang = somebody(store, "Fang", Role.SALES, Role.BUYER)
    with store.viewing(SYSTEM) as view:
        found = explained(view, fang)
    by_right = {each.permission: each.roles for each in found.rights}
    assert by_right[P.ORDER_EDIT] == ("Sales",)
    assert by_right[P.COST_READ] == ("Buyer",)
    assert by_right[P.STOCK_READ] == ("Sales", "Buyer")
    assert P.USER_EDIT not in by_right
    assert (found.owners, found.warehouses, found.conflicts) == (None, None, ())


def test_rows_and_fields_are_explained_and_hold_for_a_team(any_store: Store) -> None:
    fang, li, wu = (somebody(any_store, name, Role.SALES) for name in ("Fang", "Li", "Wu"))
    limit_sales(any_store, customers=Reach.TEAM, warehouses=Reach.OWN, phone=Sight.MASKED)
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        for name, owner in (("Lotus", li), ("Plum", wu)):
            a_customer(uow, name, code=name, owner_id=owner)
    any_store.run(SYSTEM, place_user, None, fang, team=" North ", warehouse_ids=[house])
    any_store.run(SYSTEM, place_user, None, li, team="North", warehouse_ids=[])
    with any_store.viewing(SYSTEM) as view:
        found = explained(view, fang)
        assert (found.owners, found.warehouses) == (("Fang", "Li"), ("MAIN warehouse",))
        assert [(each.customers, each.phone, each.address) for each in found.reached] == [
            (Reach.TEAM, Sight.MASKED, Sight.OPEN)
        ]
        assert customer_seen(view, fang, "lotus").is_seen
        assert (customer_seen(view, fang, "Plum").is_seen, customer_seen(view, fang, "Plum").owner) == (False, "Wu")
        with pytest.raises(NotFound):
            customer_seen(view, fang, "nobody")
        with pytest.raises(NotFound):
            explained(view, 0)
        assert [(row.name, row.team, row.warehouses) for row in placed_users(view)] == [
            ("Fang", "North", (house,)),
            ("Li", "North", ()),
            ("Wu", "", ()),
        ]


def test_another_role_that_sees_all_lifts_the_limit(store: Store) -> None:
    limit_sales(store, customers=Reach.OWN, phone=Sight.HIDDEN)
    fang = somebody(store, "Fang", Role.SALES, Role.FINANCE)
    with store.viewing(SYSTEM) as view:
        assert explained(view, fang).owners is None


def test_rights_that_one_person_should_not_have_are_named(store: Store) -> None:
    fang = somebody(store, "Fang", Role.WAREHOUSE, Role.FINANCE)
    with store.viewing(SYSTEM) as view:
        found = explained(view, fang).conflicts
    assert {(each.first, each.second) for each in found} == {
        (P.COUNT_ENTER, P.COUNT_APPROVE),
        (P.RETURN_RECEIVE, P.PAYMENT_RECORD),
        (P.STOCK_MOVE, P.COST_EDIT),
    }
    assert conflicts_of(P) == list(CONFLICTS)
    assert conflicts_of(()) == []


def test_nobody_is_placed_where_nothing_is(any_store: Store) -> None:
    fang = somebody(any_store, "Fang", Role.SALES)
    calls: Calls = [
        (place_user, (0,), {"team": "", "warehouse_ids": ()}),
        (place_user, (fang,), {"team": "x" * 41, "warehouse_ids": ()}),
        (place_user, (fang,), {"team": "", "warehouse_ids": (99,)}),
    ]
    assert_each_refused(any_store, calls)
