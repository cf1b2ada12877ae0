"""Finding orders and carrying one out on the screens."""

from datetime import date, timedelta
from decimal import Decimal

from core.base.clock import FixedClock
from core.receivables.models import PaymentMethod
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.pay import pay_order
from core.sales.queries import OrderCard, OrderFilter, order_card, order_timeline
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import add_warehouse, receive_goods
from core.work.store import Store
from pages.sales._wished import order_file
from tests.builders import a_channel, a_customer, a_product
from tests.pages.app import open_app, visit


def an_order(store: Store, *, is_confirmed: bool = True, customer: str = "荷花商行") -> int:
    """Three mugs at 10 for a customer; five were on the shelf."""
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, name="Mug", retail_price=10)
        warehouse = add_warehouse(uow, code=mug.sku, name=f"Warehouse {mug.sku}")
        receive_goods(uow, warehouse_id=warehouse, lines=[Line(mug.id, Decimal(5))])
        order_id = create_order(
            uow,
            customer_id=a_customer(uow, customer).id,
            channel_id=a_channel(uow),
            warehouse_id=warehouse,
            lines=[LineDraft(mug.id, Decimal(3))],
        )
        if is_confirmed:
            confirm_order(uow, order_id)
        return order_id


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def tags(store: Store, order_id: int) -> list[str]:
    with store.viewing(SYSTEM) as view:
        return [row.tag for row in order_timeline(view, order_id)]


def test_the_list_finds_orders_by_the_customers_initials_and_by_state(store: Store) -> None:
    lotus = an_order(store)
    an_order(store, is_confirmed=False, customer="茶馆")
    app = open_app(store, Role.SALES, "sales/orders")
    assert list(app.dataframe[0].value["customer"]) == ["茶馆", "荷花商行"]

    app.text_input(key="orders.text").set_value("hhsh").run()
    assert list(app.dataframe[0].value["number"]) == [the_order(store, lotus).number]
    assert app.query_params["q"] == "hhsh"

    app.text_input(key="orders.text").set_value("").run()
    app.pills(key="orders.business").set_value([BusinessState.DRAFT]).run()
    assert list(app.dataframe[0].value["customer"]) == ["茶馆"]


def test_a_link_opens_the_list_with_its_filter(store: Store) -> None:
    an_order(store)
    an_order(store, is_confirmed=False, customer="茶馆")

    app = visit(open_app(store, Role.SALES), "sales/orders", state="confirmed")

    assert list(app.dataframe[0].value["customer"]) == ["荷花商行"]


def test_a_filter_that_nothing_passes_says_so_and_is_taken_away(store: Store) -> None:
    an_order(store)

    app = visit(open_app(store, Role.SALES), "sales/orders", q="nobody", since="2026-02-31")

    assert not app.exception
    assert not app.dataframe
    assert "No order matches. Take a filter away to see more." in app.markdown[-1].value

    app.button(key="orders.all").click().run()
    assert not app.exception
    assert list(app.dataframe[0].value["customer"]) == ["荷花商行"]


def test_an_order_is_shipped_in_parts_paid_and_completed(store: Store) -> None:
    order_id = an_order(store)
    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(order_id))

    app.button(key="order.pay").click().run()
    assert app.number_input(key="order.pay.amount").value == 30.0
    app.number_input(key="order.pay.amount").set_value(12.5)
    app.button(key="order.pay.submit").click().run()
    assert (the_order(store, order_id).paid_amount, the_order(store, order_id).payment) == (
        Decimal("12.50"),
        PaymentState.PARTIAL,
    )

    app.button(key="order.pay").click().run()
    assert app.number_input(key="order.pay.amount").value == 17.5
    app.button(key="order.pay.submit").click().run()
    app.button(key="order.ship").click().run()
    app.button(key="order.ship.submit").click().run()
    app.button(key="order.complete").click().run()

    order = the_order(store, order_id)
    assert not app.exception
    assert (order.business, order.payment, order.shipment) == (
        BusinessState.COMPLETED,
        PaymentState.FULL,
        Progress.FULL,
    )
    assert tags(store, order_id) == [
        "order.completed",
        "order.shipped",
        "order.paid",
        "order.paid",
        "order.confirmed",
        "order.created",
    ]


def test_cancelling_says_what_becomes_free_and_needs_a_reason(store: Store) -> None:
    order_id = an_order(store)
    app = visit(open_app(store, Role.SALES), "sales/order", id=str(order_id))

    app.button(key="order.cancel").click().run()
    assert any("3 reserved units are free for others." in each.value for each in app.markdown)
    app.button(key="order.cancel.submit").click().run()
    assert app.error[0].value.startswith("A reason is needed, so that this can be understood later")
    assert the_order(store, order_id).business == BusinessState.CONFIRMED

    app.text_input(key="order.cancel.reason").set_value("changed their mind")
    app.button(key="order.cancel.submit").click().run()
    assert the_order(store, order_id).business == BusinessState.CANCELLED
    with store.viewing(SYSTEM) as view:
        assert [(level.on_hand, level.reserved) for level in stock_levels(view)] == [(5, 0)]
    assert "Open" not in [metric.label for metric in app.metric]


def test_a_payment_is_reversed_with_its_reason(store: Store) -> None:
    order_id = an_order(store)
    payment = store.run(SYSTEM, pay_order, None, order_id, amount=Decimal(30), method=PaymentMethod.CASH)
    app = visit(open_app(store, Role.FINANCE), "sales/order", id=str(order_id))

    app.text_input(key=f"order.reverse.{payment}.reason").set_value("wrong order")
    app.button(key=f"order.reverse.{payment}.submit").click().run()

    assert not app.exception
    assert the_order(store, order_id).payment == PaymentState.NONE


def test_each_role_is_offered_its_own_steps(store: Store) -> None:
    order_id = an_order(store)
    offered = {}
    for role in (Role.SALES, Role.WAREHOUSE, Role.FINANCE, Role.SERVICE):
        app = visit(open_app(store, role), "sales/order", id=str(order_id))
        keys = [button.key for button in app.button if button.key and button.key.startswith("order.")]
        offered[role] = [key.removeprefix("order.") for key in keys]

    assert offered == {
        Role.SALES: ["hold", "cancel", "amend", "again", "keep.now", "keep_reserved.save", "whole.save"],
        Role.WAREHOUSE: ["ship"],
        Role.FINANCE: ["pay"],
        Role.SERVICE: [],
    }


def test_a_link_to_an_order_that_is_not_there_leads_back_to_the_list(store: Store) -> None:
    app = open_app(store, Role.SALES)
    for asked in ("999", "x", "9" * 30):
        visit(app, "sales/order", id=asked)
        assert not app.exception
        assert not app.dataframe


def test_back_from_an_order_the_list_has_its_filter_and_page(store: Store) -> None:
    order_id = an_order(store)
    app = visit(open_app(store, Role.SALES), "sales/orders", state="confirmed", q="SO-")
    app.query_params.clear()
    visit(app, "sales/order", id=str(order_id))

    # What the browser's Back asks for: the list, under the words of the order.
    visit(app, "sales/orders", id=str(order_id))

    assert not app.exception
    assert "id" not in app.query_params
    assert app.query_params["q"] == "SO-"
    assert app.query_params["state"] == "confirmed"
    assert app.text_input(key="orders.text").value == "SO-"
    assert app.pills(key="orders.business").value == [BusinessState.CONFIRMED]


def test_what_is_to_ship_is_listed_with_its_day_and_taken_along_as_a_file(store: Store, clock: FixedClock) -> None:
    late = the_order(store, an_order(store))
    an_order(store, is_confirmed=False, customer="茶馆")
    clock.moment += timedelta(days=3)
    app = visit(open_app(store, Role.SALES), "sales/orders", to_ship="1")

    assert not app.exception
    shown = app.dataframe[0].value
    assert [list(shown[name]) for name in ("number", "late")] == [[late.number], ["1 day late"]]
    with store.viewing(SYSTEM) as view:
        file = order_file(view, OrderFilter(to_ship=True)).decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in file] == ["Order number", late.number]
    assert ",,2026-03-20,1 day late," in file[1]

    visit(app, "sales/order", id=str(late.id))
    assert ":material/event: Leaves by 20 Mar 2026 · :red[**1 day late**]" in [each.value for each in app.caption]


def test_the_day_wished_for_is_entered_on_the_draft_and_shown(store: Store) -> None:
    app = open_app(store, Role.SALES, "sales/orders")
    order_id = an_order(store, is_confirmed=False)
    app.session_state["new_order.order"] = order_id
    visit(app, "sales/new_order")
    app.date_input(key=f"new_order.head.{order_id}.wanted_on").set_value(date(2026, 3, 25)).run()

    assert not app.exception
    assert the_order(store, order_id).wanted_on == date(2026, 3, 25)
    assert ":material/event: Wished for 25 Mar 2026" in [each.value for each in app.caption]
