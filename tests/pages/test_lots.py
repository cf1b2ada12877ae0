"""The screens of lots, places and stock rules."""

import pytest

from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.lot_queries import lot_card
from core.stock.tree import places
from core.work.store import Store
from tests.builders import a_warehouse
from tests.pages.app import open_app, visit
from tests.services.test_lots import a_lot, a_tracked


@pytest.fixture
def milk(store: Store) -> int:
    """The lot A1 of milk, of which a warehouse has eight."""
    with store.working(SYSTEM) as uow:
        return a_lot(uow, a_warehouse(uow), a_tracked(uow), "A1", 8, 5)


def test_lots_are_listed_with_their_last_day(store: Store, milk: int) -> None:
    app = visit(open_app(store, Role.WAREHOUSE), "stock/lots")
    assert not app.exception
    (shown,) = app.dataframe
    assert shown.value[["number", "left", "on_hand"]].values.tolist() == [["A1", 5, 8]]


def test_a_lot_is_blocked_with_a_reason_and_not_without(store: Store, milk: int) -> None:
    app = visit(open_app(store, Role.WAREHOUSE), "stock/lot", id=str(milk))
    app.button(key="lot.block.save").click().run()
    assert len(app.error) == 1
    app.text_input(key=f"lot.{milk}.reason").set_value("glass found")
    app.button(key="lot.block.save").click().run()
    with store.viewing(SYSTEM) as view:
        assert lot_card(view, milk).is_blocked


def test_a_place_is_added_to_a_warehouse(store: Store, milk: int) -> None:
    app = visit(open_app(store, Role.MANAGER), "stock/places")
    app.text_input(key="places.new.name.1").set_value("Shelf")
    app.button(key="places.new.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [row.name for row in places(view, 1)] == ["MAIN warehouse", "Shelf"]


def test_stock_rules_open_for_a_manager(store: Store, milk: int) -> None:
    app = visit(open_app(store, Role.MANAGER), "stock/rules")
    assert not app.exception
    app.button(key="rules.0.save").click().run()
    assert not app.exception
    assert not app.error
