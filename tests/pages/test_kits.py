"""Kits as people meet them: set on the product's screen, entered, shown, amended; and stages of life."""

from decimal import Decimal
from fractions import Fraction

import pandas as pd
from streamlit.testing.v1 import AppTest

from core.accounts.sessions import actor_of
from core.catalog.kits import parts_of
from core.catalog.models import ProductKind, ProductStatus
from core.catalog.queries import product_card
from core.catalog.service import set_status
from core.sales.draft import change_kit, create_order, remove_kit
from core.sales.queries import OrderCard, order_card
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.session import TOKEN
from pages.sales._entry_lines import REMOVED
from tests.builders import a_channel, a_customer, a_kit, a_product, a_sale, a_warehouse, goods
from tests.pages.app import open_app, visit


def a_draft_with_a_kit(store: Store, app: AppTest) -> int:
    """Two gift boxes of a mug and three teas, 39.99 each, on a draft of the one who is signed in."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug, tea = goods(uow, house, 10, sku="MUG"), goods(uow, house, 10, sku="TEA", name="Tea")
        a_kit(uow, (mug, 1), (tea, 3), sku="BOX", retail_price="39.99")
        customer, channel = a_customer(uow).id, a_channel(uow)
    seller = actor_of(store, app.session_state[TOKEN], "en")
    assert seller is not None
    order = store.run(seller, create_order, None, customer_id=customer, channel_id=channel, warehouse_id=house)
    visit(app, "sales/new_order")
    app.text_area(key="new_order.pasted.text").set_value("BOX\t2")
    app.button(key="new_order.pasted.add").click().run()
    assert not app.exception
    return order


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def lines_shown(app: AppTest) -> pd.DataFrame:
    return next(each.value for each in app.dataframe if {"sku", "quantity", "unit_price"} <= set(each.value))


def test_parts_are_found_and_put_into_a_kit_and_their_quantities_saved(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        tea = a_product(uow, sku="TEA", name="Tea", purchase_price=Decimal(4)).id
        kit = a_product(uow, sku="BOX", kind=ProductKind.KIT).id
    app = visit(open_app(store, Role.MANAGER), "catalog/product", id=str(kit))
    app.text_input(key="product.parts.search").set_value("tea").run()
    app.button(key=f"product.parts.add.{tea}").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        version = product_card(view, kit).version
    app.session_state[f"product.parts.{kit}.{version}"] = {
        "edited_rows": {0: {"quantity": "1/3"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.button(key="product.parts.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [(row.sku, row.ratio) for row in parts_of(view, [kit])[kit]] == [("TEA", Fraction(1, 3))]
    assert any("1/3" in each.value and "TEA" in each.value for each in app.markdown)


def test_a_kit_stands_above_its_parts_in_entry_and_on_the_order(store: Store) -> None:
    app = open_app(store, Role.SALES)
    order = a_draft_with_a_kit(store, app)
    frame = lines_shown(app)
    assert list(frame["sku"]) == ["BOX", "└ MUG", "└ TEA"]
    assert list(frame["quantity"]) == [2, 2, 6]
    assert list(frame["gross"].fillna(0)) == [79.98, 0, 0]
    assert list(frame["available"]) == ["3", "10", "10"]
    visit(app, "sales/order", id=str(order))
    assert not app.exception
    assert list(lines_shown(app)["sku"]) == ["BOX", "└ MUG", "└ TEA"]


def test_a_product_list_shows_how_many_kits_there_are_and_the_stages_of_life(store: Store) -> None:
    app = open_app(store, Role.SALES)
    a_draft_with_a_kit(store, app)
    with store.working(SYSTEM) as uow:
        gone = a_product(uow, sku="OLD").id
        set_status(uow, gone, ProductStatus.RETIRED)
        set_status(uow, a_product(uow, sku="SALE").id, ProductStatus.CLEARANCE)
    visit(app, "catalog/products")
    frame = app.dataframe[0].value
    assert list(frame["sku"]) == ["BOX", "MUG", "SALE", "TEA"]
    assert list(frame["buildable"].fillna(-1)) == [3, -1, -1, -1]
    assert list(frame["status"]) == ["active", "active", "clearance", "active"]
    app.segmented_control(key="products.status").set_value([ProductStatus.RETIRED]).run()
    assert list(app.dataframe[0].value["sku"]) == ["OLD"]
    app.segmented_control(key="products.status").set_value([]).run()
    assert len(app.dataframe[0].value) == 5


def test_a_manager_puts_a_product_on_clearance(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG").id
    app = visit(open_app(store, Role.MANAGER), "catalog/product", id=str(mug))
    app.segmented_control(key=f"product.status.{mug}.1").set_value(ProductStatus.CLEARANCE).run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert product_card(view, mug).status is ProductStatus.CLEARANCE


def test_a_confirmed_order_names_the_kit_of_each_part_where_it_ships_and_is_amended(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        box = a_kit(uow, (goods(uow, house, 10, sku="MUG"), 2), sku="BOX", retail_price="39.99")
        order = a_sale(uow, house, [(box, 2)])
    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(order))
    app.button(key="order.amend").click().run()
    assert not app.exception
    assert any(list(each.value.get("sku", ())) == ["BOX", "└ MUG"] for each in app.dataframe)
    app.text_area(key="order.amend.more").set_value("BOX\t1\t30.01")
    app.text_input(key="order.amend.reason").set_value("one more, cheaper")
    app.button(key="order.amend.compare").click().run()
    assert not app.exception
    assert "└ MUG Mug: **2** · **¥30.01**" in [each.value for each in app.caption]
    app.button(key="order.amend.accept").click().run()
    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
    assert [(kit.quantity, kit.unit_price) for kit in card.kits] == [(2, Decimal("39.99")), (1, Decimal("30.01"))]
    assert card.gross_amount == Decimal("109.99")
    app.button(key="order.ship").click().run()
    assert not app.exception
    assert any(list(each.value.get("name", ())) == ["BOX ▸ Mug", "BOX ▸ Mug"] for each in app.dataframe)


def test_a_kit_that_was_removed_from_a_draft_is_put_back_whole(store: Store) -> None:
    app = open_app(store, Role.MANAGER)
    order = a_draft_with_a_kit(store, app)
    with store.viewing(SYSTEM) as view:
        before = order_card(view, order)
    (kit,) = before.kits
    store.run(
        SYSTEM, change_kit, None, order, kit.id, quantity=Decimal(3), unit_price=Decimal(38), discount=Decimal("0.5")
    )
    with store.viewing(SYSTEM) as view:
        before = order_card(view, order)
    app.session_state[REMOVED] = (order, before.sold[0])
    store.run(SYSTEM, remove_kit, None, order, kit.id)
    visit(app, "sales/new_order")
    app.button(key="new_order.put_back").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        back = order_card(view, order)
    assert [(each.sku, each.quantity, each.unit_price, each.discount, each.gross_amount) for each in back.kits] == [
        ("BOX", 3, 38, Decimal("0.50"), Decimal("113.50"))
    ]
    assert [(line.sku, line.quantity, line.gross_amount) for line in back.lines] == [
        (line.sku, line.quantity, line.gross_amount) for line in before.lines
    ]
    assert "new_order.put_back" not in {each.key for each in app.button}
