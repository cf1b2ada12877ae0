"""The audit trail as it is looked through: by person, action, object, days and words, page by page."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.catalog.models import Variant
from core.catalog.rules import ProductEntry
from core.catalog.service import edit_product
from core.customers.rules import CustomerEntry
from core.customers.service import deactivate_customer, edit_customer
from core.ops import trail as room
from core.ops.nightly import check_books
from core.ops.sealing import seal_all
from core.ops.trail import (
    SYSTEM_ID,
    TrailFilter,
    exported_trail,
    record_trail_export,
    seal_state,
    trail,
    trail_people,
)
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import P, Role
from core.work.store import Store
from tests.builders import a_customer, a_product, a_sale, a_warehouse, goods
from tests.pages.app import a_user

MANAGER = frozenset({Role.MANAGER})


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> Store:
    """Yesterday a customer and an order; today a manager takes the customer out of use."""
    with any_store.working(SYSTEM) as uow:
        a_customer(uow, "上海莲花", code="L1")
        house = a_warehouse(uow)
        a_sale(uow, house, [(goods(uow, house, 5, sku="MUG"), 1)])
    clock.moment += timedelta(days=1)
    user_id = a_user(any_store, Role.MANAGER, username="lin")
    any_store.run(Actor(user_id, "Lin", MANAGER, permissions_of(MANAGER)), deactivate_customer, None, 1)
    return any_store


def found(store: Store, **wanted) -> list[tuple[str, str, str]]:
    with store.viewing(SYSTEM) as view:
        return [(row.actor, row.tag, row.subject) for row in trail(view, TrailFilter(**wanted)).rows]


def test_an_entry_says_who_did_what_to_which_object_and_from_where(shop: Store) -> None:
    with shop.viewing(SYSTEM) as view:
        newest = trail(view, TrailFilter()).rows[0]
    assert (newest.actor, newest.source, newest.tag, newest.command) == (
        "Lin",
        "screen",
        "customer.deactivated",
        "customers.deactivate_customer",
    )
    assert (newest.subject_type, newest.subject_id, newest.subject, newest.link_id) == ("customer", 1, "上海莲花", 1)
    assert newest.facts["changed"] == {"is_active": [True, False]}


def test_entries_are_found_by_person_action_object_and_day(shop: Store) -> None:
    mine = [("Lin", "customer.deactivated", "上海莲花")]
    with shop.viewing(SYSTEM) as view:
        (lin,) = trail_people(view)
    assert found(shop, actor_id=lin) == mine
    assert found(shop, tag="customer.deactivated") == mine
    assert [each[1] for each in found(shop, kind="customer", subject_id=1)] == [
        "customer.deactivated",
        "customer.added",
    ]
    assert found(shop, since=date(2026, 3, 19), kind="customer") == mine
    assert [each[1] for each in found(shop, until=date(2026, 3, 18), kind="sales_order")] == [
        "order.confirmed",
        "order.created",
    ]
    assert found(shop, since=date(2026, 3, 20)) == []
    assert "customer.deactivated" not in {each[1] for each in found(shop, actor_id=SYSTEM_ID)}


@pytest.mark.parametrize("typed", ["SO-2026-00001", "so-2026-00001"])
def test_a_number_finds_everything_that_was_done_to_that_object(shop: Store, typed: str) -> None:
    assert [each[1:] for each in found(shop, words=typed)] == [
        ("order.confirmed", "SO-2026-00001"),
        ("order.created", "SO-2026-00001"),
    ]


@pytest.mark.parametrize(("typed", "tags"), [("莲花", ["customer.added"]), ("deactiv", ["customer.deactivated"])])
def test_words_find_entries_in_which_they_stand(shop: Store, typed: str, tags: list[str]) -> None:
    assert [each[1] for each in found(shop, words=typed)] == tags


def test_pages_follow_each_other_without_gap_or_double(shop: Store) -> None:
    seen, before = [], None
    with shop.viewing(SYSTEM) as view:
        while True:
            page = trail(view, TrailFilter(), before=before, limit=3)
            seen += [row.id for row in page.rows]
            before = page.before
            if before is None:
                break
        everything = [row.id for row in exported_trail(view, TrailFilter())]
    assert seen == sorted(everything, reverse=True) == everything


def test_a_search_for_words_ends_and_says_how_far_it_read(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LOOKED_AT", 3)
    with shop.viewing(SYSTEM) as view:
        first = trail(view, TrailFilter(words="莲花"))
        assert (first.rows, first.before is None, first.back_to is None) == ((), False, False)
        before, rows = first.before, ()
        while before is not None and not rows:
            page = trail(view, TrailFilter(words="莲花"), before=before)
            before, rows = page.before, page.rows
    assert [row.tag for row in rows] == ["customer.added"]


def test_a_product_leads_to_its_screen_and_shows_before_and_after(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        cup = a_product(uow, sku="CUP")
        uow.add(Variant(product=cup.product, sku="CUP-L", retail_price=Decimal(9)))
        mug = a_product(uow, sku="MUG", name="Mug")
        assert mug.id != mug.product_id
        edit_product(uow, mug.id, ProductEntry(sku="MUG", name="Blue mug", retail_price=Decimal(10)), version=1)
    with any_store.viewing(SYSTEM) as view:
        newest = trail(view, TrailFilter(words="MUG")).rows[0]
    assert (newest.subject_id, newest.subject, newest.link_id) == (mug.product_id, "Blue mug", mug.id)
    assert newest.facts["changed"] == {"name": ["Mug", "Blue mug"]}


def test_what_is_no_product_leads_to_itself(shop: Store) -> None:
    with shop.viewing(SYSTEM) as view:
        rows = trail(view, TrailFilter(kind="customer")).rows
    assert {(row.subject_id, row.link_id) for row in rows} == {(1, 1), (2, 2)}


def test_a_customer_renamed_shows_both_names(shop: Store) -> None:
    shop.run(SYSTEM, edit_customer, None, 1, CustomerEntry(name="上海荷花"), version=2)
    with shop.viewing(SYSTEM) as view:
        newest = trail(view, TrailFilter()).rows[0]
    assert newest.facts["changed"]["name"] == ["上海莲花", "上海荷花"]


def test_taking_a_copy_of_the_trail_is_itself_on_record(shop: Store) -> None:
    shop.run(SYSTEM, record_trail_export, None, TrailFilter(kind="customer"), entries=2)
    with shop.viewing(SYSTEM) as view:
        newest = trail(view, TrailFilter()).rows[0]
    assert (newest.tag, newest.facts) == ("trail.exported", {"entries": 2, "filter": {"kind": "customer"}})


def test_nobody_without_the_right_reads_the_trail(shop: Store) -> None:
    clerk = Actor(2, "Wei", frozenset({Role.SALES}), permissions_of(frozenset({Role.SALES})))
    assert P.AUDIT_READ not in clerk.permissions
    with shop.viewing(clerk) as view:
        for ask in (trail, exported_trail):
            with pytest.raises(NotAllowed):
                ask(view, TrailFilter())
        with pytest.raises(NotAllowed):
            seal_state(view)


def test_the_state_of_the_seal_is_told(shop: Store, clock: FixedClock) -> None:
    with shop.viewing(SYSTEM) as view:
        state = seal_state(view)
    assert (state.head, state.verified_at, state.is_broken) == (None, None, False)
    assert state.open_entries == len(found(shop))
    seal_all(shop, SYSTEM)
    check_books(shop)
    with shop.viewing(SYSTEM) as view:
        state = seal_state(view)
    assert (state.head.at, state.verified_at, state.is_broken) == (clock.now(), clock.now(), False)
    assert state.open_entries == 1
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_entry SET tag = 'nothing.done' WHERE id = 1")
    check_books(shop)
    with shop.viewing(SYSTEM) as view:
        assert seal_state(view).is_broken
