"""Order entry as a seller meets it."""

from decimal import Decimal

from streamlit.testing.v1 import AppTest

from core.accounts.sessions import actor_of
from core.customers.queries import count_customers
from core.sales.draft import create_order
from core.sales.models import BusinessState
from core.sales.queries import OrderCard, OrderFilter, find_orders, order_card
from core.security.actor import SYSTEM, Actor
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import add_warehouse, receive_goods
from core.work.store import Store
from pages._shared.session import TOKEN
from tests.builders import a_channel, a_customer, a_product
from tests.pages.app import open_app, visit


def a_shop(store: Store) -> tuple[int, int, int]:
    """A customer, a channel, and a warehouse with 5 mugs and 2 cups."""
    with store.working(SYSTEM) as uow:
        warehouse = add_warehouse(uow, code="SH", name="Shanghai")
        mug = a_product(uow, sku="MUG", name="Red mug", retail_price=10)
        cup = a_product(uow, sku="CUP", name="Blue cup", retail_price=4)
        lines = [Line(mug.id, Decimal(5)), Line(cup.id, Decimal(2))]
        receive_goods(uow, warehouse_id=warehouse, lines=lines)
        return a_customer(uow).id, a_channel(uow), warehouse


def the_seller(app: AppTest, store: Store) -> Actor:
    actor = actor_of(store, app.session_state[TOKEN], "en")
    assert actor is not None
    return actor


def a_draft_of(store: Store, app: AppTest) -> int:
    customer, channel, warehouse = a_shop(store)
    return store.run(
        the_seller(app, store), create_order, None, customer_id=customer, channel_id=channel, warehouse_id=warehouse
    )


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def promised(store: Store) -> list[Decimal]:
    with store.viewing(SYSTEM) as view:
        return [level.reserved for level in stock_levels(view)]


def paste(app: AppTest, text: str) -> AppTest:
    app.text_area(key="new_order.pasted.text").set_value(text)
    return app.button(key="new_order.pasted.add").click().run()


def test_a_draft_is_there_again_after_a_reload_and_is_confirmed_with_its_lines(store: Store) -> None:
    app = open_app(store, Role.SALES)
    order_id = a_draft_of(store, app)
    visit(app, "sales/new_order")

    paste(app, "MUG\t3\ncup*2")
    assert [(line.sku, line.quantity) for line in the_order(store, order_id).lines] == [("MUG", 3), ("CUP", 2)]

    app.button(key="new_order.confirm").click().run()
    assert not app.exception
    assert the_order(store, order_id).business == BusinessState.CONFIRMED
    assert promised(store) == [2, 3]
    assert "is confirmed." in app.markdown[0].value


def test_every_short_line_is_named_and_nothing_is_promised(store: Store) -> None:
    app = open_app(store, Role.SALES)
    order_id = a_draft_of(store, app)
    visit(app, "sales/new_order")
    paste(app, "MUG\t6\nCUP\t3")

    app.button(key="new_order.confirm").click().run()

    assert sorted(app.error[0].value.splitlines()) == [
        "- Only 2 of CUP Blue cup available in Shanghai, 3 asked. Reduce it or receive more.",
        "- Only 5 of MUG Red mug available in Shanghai, 6 asked. Reduce it or receive more.",
    ]
    assert the_order(store, order_id).business == BusinessState.DRAFT
    assert promised(store) == [0, 0]


def test_one_unknown_code_keeps_all_pasted_lines_out(store: Store) -> None:
    app = open_app(store, Role.SALES)
    order_id = a_draft_of(store, app)
    visit(app, "sales/new_order")

    paste(app, "MUG\t1\nNONE\t1")

    assert app.error[0].value == "No product on sale matches “NONE”. Check the code, or add the product first."
    assert the_order(store, order_id).lines == ()
    assert app.text_area(key="new_order.pasted.text").value == "MUG\t1\nNONE\t1"

    paste(app, "MUG\t1")

    assert [line.sku for line in the_order(store, order_id).lines] == ["MUG"]
    assert app.text_area(key="new_order.pasted.text").value == ""


def test_an_order_can_begin_with_a_new_customer(store: Store) -> None:
    a_shop(store)
    app = open_app(store, Role.SALES, "sales/new_order")

    app.text_input(key="new_order.new_customer.name").set_value("Tea House")
    app.button(key="new_order.new_customer.add").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        (order,) = find_orders(view, OrderFilter())
    assert (order.customer, order.channel, order.business) == ("Tea House", "Shop", BusinessState.DRAFT)


def test_a_draft_can_be_discarded(store: Store) -> None:
    app = open_app(store, Role.SALES)
    order_id = a_draft_of(store, app)
    visit(app, "sales/new_order")

    app.button(key="new_order.discard_now").click().run()

    assert the_order(store, order_id).business == BusinessState.CANCELLED


def test_a_sale_over_the_counter_needs_no_customer_of_its_own_and_makes_one_only_once(store: Store) -> None:
    a_shop(store)
    app = open_app(store, Role.SALES, "sales/new_order")

    app.button(key="new_order.walk_in").click().run()
    assert not app.exception
    app.button(key="new_order.fresh").click().run()
    app.button(key="new_order.walk_in").click().run()

    with store.viewing(SYSTEM) as view:
        assert [row.customer for row in find_orders(view, OrderFilter())] == ["Walk-in customer, Shop"] * 2
        assert count_customers(view) == 2


def test_the_first_view_offers_the_drafts_and_the_customers_one_served_lately(store: Store) -> None:
    app = open_app(store, Role.SALES)
    order_id = a_draft_of(store, app)
    customer = the_order(store, order_id).customer_id
    visit(app, "sales/new_order")
    app.button(key="new_order.fresh").click().run()

    app.button(key=f"new_order.recent.{customer}").click().run()
    with store.viewing(SYSTEM) as view:
        assert [row.customer for row in find_orders(view, OrderFilter())] == ["Lotus Trading"] * 2

    app.button(key="new_order.fresh").click().run()
    app.button(key=f"new_order.draft.{order_id}").click().run()
    assert not app.exception
    assert f":gray[{the_order(store, order_id).number}]" in [each.value for each in app.markdown]
