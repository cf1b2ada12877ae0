"""The screens of lots, places and stock rules."""

from decimal import Decimal

import pytest

from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.lot_queries import lot_card
from core.stock.tree import places
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_warehouse
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


def test_value_at_risk_says_what_is_not_sold_in_time_and_hides_values(store: Store, milk: int) -> None:
    for role, values in ((Role.MANAGER, True), (Role.WAREHOUSE, False)):
        app = visit(open_app(store, role), "stock/lots")
        app.segmented_control(key="lots.view").set_value("risk").run()
        assert not app.exception
        sums, lots = (frame.value for frame in app.dataframe)
        assert sums[["bucket", "quantity", "unsold"]].values.tolist()[1] == ["Within 30 days", 8, 8]
        assert lots[["number", "unsold", "advice"]].values.tolist() == [["A1", 8, "Mark down 8"]]
        assert ("value" in sums.columns, "value" in lots.columns) == (values, values)


def test_the_profit_of_a_lot_stands_on_its_screen_for_who_may_see_costs(store: Store, milk: int) -> None:
    app = visit(open_app(store, Role.MANAGER), "stock/lot", id=str(milk))
    assert not app.exception
    assert [each.label for each in app.metric] == ["Sold, net", "Discount given", "Cost of goods sold", "Profit so far"]
    app = visit(open_app(store, Role.WAREHOUSE), "stock/lot", id=str(milk))
    assert not app.exception
    assert not app.metric


def test_who_has_goods_of_a_lot_is_told_with_a_message(store: Store, milk: int) -> None:
    with store.working(SYSTEM) as uow:
        variant = lot_card(uow, milk).variant_id
        lotus = a_customer(uow, "Lotus", phone="13812345678").id
        order = create_order(
            uow,
            customer_id=lotus,
            channel_id=a_channel(uow),
            warehouse_id=1,
            lines=[LineDraft(variant, Decimal(3))],
        )
        ship_order(uow, confirm_order(uow, order))
    app = visit(open_app(store, Role.SERVICE), "stock/lot", id=str(milk))
    assert not app.exception
    shown = next(frame.value for frame in app.dataframe if "phone" in frame.value.columns)
    assert shown[["customer", "phone", "quantity"]].values.tolist() == [["Lotus", "138****5678", 3]]
    assert app.code[0].value.startswith("Dear Lotus, we are calling back")
    app.segmented_control(key="lot.message.language").set_value("zh_CN").run()
    assert app.code[0].value.startswith("Lotus，您好！我们正在召回")
    app.text_area(key=f"lot.message.{milk}.zh_CN").set_value("{customer}: {quantity}!").run()
    assert app.code[0].value == "Lotus: 3!"
