"""Amending an order, ordering again, last prices and links as people meet them on the screens."""

from decimal import Decimal

from streamlit.testing.v1 import AppTest

from core.sales.amend import request_amendment
from core.sales.amend_lines import LineWish
from core.sales.amendments import AmendmentCard, amendments_of
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, change_line, create_order
from core.sales.memory import templates_of
from core.sales.models import BusinessState
from core.sales.queries import OrderCard, OrderFilter, find_orders, order_card, shipments_of
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.ledger import Line
from core.stock.service import add_warehouse, receive_goods
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_product
from tests.pages.app import open_app, visit


def an_order(store: Store) -> int:
    """Three mugs at 10, confirmed; five are on the shelf, and ten cups."""
    with store.working(SYSTEM) as uow:
        mug = a_product(uow, sku="MUG", name="Red mug", retail_price=10)
        cup = a_product(uow, sku="CUP", name="Blue cup", retail_price=4)
        warehouse = add_warehouse(uow, code="SH", name="Shanghai")
        receive_goods(uow, warehouse_id=warehouse, lines=[Line(mug.id, Decimal(5)), Line(cup.id, Decimal(10))])
        order_id = create_order(
            uow,
            customer_id=a_customer(uow, "荷花商行").id,
            channel_id=a_channel(uow),
            warehouse_id=warehouse,
            lines=[LineDraft(mug.id, Decimal(3))],
        )
        return confirm_order(uow, order_id)


def the_order(store: Store, order_id: int) -> OrderCard:
    with store.viewing(SYSTEM) as view:
        return order_card(view, order_id)


def the_amendment(store: Store, order_id: int) -> AmendmentCard:
    with store.viewing(SYSTEM) as view:
        return amendments_of(view, order_id)[0]


def opened(store: Store, order_id: int, role: Role = Role.SALES) -> AppTest:
    return visit(open_app(store, role), "sales/order", id=str(order_id))


def texts(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.caption])


def test_a_seller_draws_an_amendment_up_compares_it_and_accepts_it(store: Store) -> None:
    order_id = an_order(store)
    app = opened(store, order_id)
    app.button(key="order.amend").click().run()

    app.text_area(key="order.amend.more").set_value("CUP*2")
    app.text_input(key="order.amend.reason").set_value("called")
    app.button(key="order.amend.compare").click().run()

    assert not app.exception
    assert the_order(store, order_id).gross_amount == 30
    assert "**CUP** Blue cup :green-badge[Added]" in texts(app)
    assert "**CUP** Blue cup: 2 more to reserve, 10 available." in texts(app)
    assert [(each.label, each.value) for each in app.metric][:2] == [
        ("Total before", "¥30.00"),
        ("Total after", "¥38.00"),
    ]

    app.button(key="order.amend.accept").click().run()

    assert not app.exception
    assert [(line.sku, line.quantity) for line in the_order(store, order_id).lines] == [("MUG", 3), ("CUP", 2)]
    assert "Version 1 → version 2" in texts(app)


def test_what_is_short_is_shown_and_cannot_be_accepted(store: Store) -> None:
    order_id = an_order(store)
    card = the_order(store, order_id)
    wishes = [LineWish(Decimal(9), card.lines[0].id)]
    store.run(SYSTEM, request_amendment, None, order_id, lines=wishes, reason="more", seen_version=card.version)

    app = opened(store, order_id)

    assert ":red[:material/warning:] **MUG** Red mug: 6 more to reserve, 2 available: 4 missing." in texts(app)
    assert "order.amend.accept" not in {button.key for button in app.button}


def test_an_amendment_of_an_order_that_changed_is_brought_up_to_date_before_it_is_accepted(store: Store) -> None:
    order_id = an_order(store)
    card = the_order(store, order_id)
    wishes = [LineWish(Decimal(2), card.lines[0].id)]
    store.run(SYSTEM, request_amendment, None, order_id, lines=wishes, reason="fewer", seen_version=card.version)
    store.run(SYSTEM, ship_order, None, order_id, quantities={card.lines[0].id: Decimal(1)})
    app = opened(store, order_id)
    assert "order.amend.accept" not in {button.key for button in app.button}

    app.button(key="order.amend.refresh").click().run()
    app.button(key="order.amend.accept").click().run()

    assert not app.exception
    assert the_order(store, order_id).lines[0].quantity == 2


def test_a_keeper_sees_the_comparison_but_cannot_decide(store: Store) -> None:
    order_id = an_order(store)
    card = the_order(store, order_id)
    wishes = [LineWish(Decimal(2), card.lines[0].id)]
    store.run(SYSTEM, request_amendment, None, order_id, lines=wishes, reason="fewer", seen_version=card.version)

    app = opened(store, order_id, Role.WAREHOUSE)

    assert not app.exception
    assert "**MUG** Red mug :orange-badge[Changed]" in texts(app)
    assert not {button.key for button in app.button} & {"order.amend.accept", "order.amend.edit", "order.again"}


def test_an_accepted_amendment_is_undone_with_two_buttons(store: Store) -> None:
    order_id = an_order(store)
    card = the_order(store, order_id)
    wishes = [LineWish(Decimal(1), card.lines[0].id)]
    made = store.run(SYSTEM, request_amendment, None, order_id, lines=wishes, reason="fewer", seen_version=card.version)
    app = opened(store, order_id)
    app.button(key="order.amend.accept").click().run()

    app.button[[each.label for each in app.button].index("Undo by an amendment")].click().run()
    assert the_amendment(store, order_id).id != made
    app.button(key="order.amend.accept").click().run()

    assert not app.exception
    assert (the_order(store, order_id).lines[0].quantity, the_order(store, order_id).revision) == (3, 2)


def test_why_this_status_and_what_each_step_changed(store: Store) -> None:
    order_id = an_order(store)
    store.run(SYSTEM, ship_order, None, order_id, quantities={the_order(store, order_id).lines[0].id: Decimal(1)})

    app = opened(store, order_id)

    assert "**Goods: Partly shipped**  \n1 of 3 units have left; 2 are still to go." in texts(app)
    assert "**Payment: Unpaid**  \nNothing of ¥30.00 came in; ¥30.00 are open." in texts(app)
    assert ":blue[:material/trending_flat: Not shipped → **Partly shipped**]" in texts(app)


def test_an_order_is_copied_into_a_draft_that_tells_what_is_different(store: Store) -> None:
    order_id = an_order(store)
    app = opened(store, order_id)

    app.button(key="order.again").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        draft, first = find_orders(view, OrderFilter())
    assert (draft.business, first.business) == (BusinessState.DRAFT, BusinessState.CONFIRMED)
    assert app.info[0].value == f"Copied from {first.number}, at today's prices."


def test_a_list_is_kept_from_an_order_and_used_on_the_customers_card(store: Store) -> None:
    order_id = an_order(store)
    app = opened(store, order_id)
    app.text_input(key="order.keep.name").set_value("Monday")
    app.button(key="order.keep.now").click().run()
    customer = the_order(store, order_id).customer_id

    visit(app, "customers/customer", id=str(customer))
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        (card,) = templates_of(view, customer, on=view.today)
    app.button(key=f"customer.list.{card.id}.use").click().run()

    assert not app.exception
    with store.viewing(SYSTEM) as view:
        newest = find_orders(view, OrderFilter())[0]
        assert [(line.sku, line.quantity) for line in order_card(view, newest.id).lines] == [("MUG", 3)]


def test_the_price_of_last_time_is_taken_with_one_click(store: Store) -> None:
    order_id = an_order(store)
    app = opened(store, order_id)
    app.button(key="order.again").click().run()
    with store.viewing(SYSTEM) as view:
        draft = find_orders(view, OrderFilter())[0].id
    line = the_order(store, draft).lines[0]
    store.run(SYSTEM, change_line, None, draft, line.id, quantity=line.quantity, unit_price=Decimal(12))
    visit(app, "sales/new_order")

    app.button(key=f"new_order.memory.{line.id}.0").click().run()

    assert not app.exception
    assert the_order(store, draft).lines[0].unit_price == 10


def test_a_shipment_opens_from_its_order_and_leads_back(store: Store) -> None:
    order_id = an_order(store)
    store.run(SYSTEM, ship_order, None, order_id)
    with store.viewing(SYSTEM) as view:
        (shipment,) = shipments_of(view, order_id)

    app = visit(open_app(store, Role.WAREHOUSE), "sales/shipment", id=str(shipment.id))

    assert not app.exception
    assert app.subheader[0].value == shipment.number
    assert "**MUG** Red mug" in texts(app)
