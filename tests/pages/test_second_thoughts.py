"""What is set right later on the screens: charges, lots entered twice, goods at the wrong place, reservations."""

from datetime import timedelta
from decimal import Decimal

from core.catalog.models import Tracking
from core.catalog.tracking import track_product
from core.receivables.terms import add_charge
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.fulfilment import order_promise, set_fulfilment_rule
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.lies import goods_lie
from core.stock.lot_queries import lot_card
from core.stock.models import LocationKind
from core.stock.tree import add_place
from core.work.store import Store
from tests.builders import a_channel, a_customer, a_sale, a_warehouse, goods
from tests.money import open_books
from tests.pages.app import open_app, visit
from tests.services.test_lots import a_lot, a_tracked

D = Decimal


def lies(store: Store, variant: int) -> list[tuple[str, str, Decimal]]:
    with store.viewing(SYSTEM) as view:
        return [(row.place, row.lot, row.on_hand) for row in goods_lie(view, variant)]


def test_a_charge_entered_by_mistake_is_taken_off_the_account_with_a_reason(store: Store) -> None:
    books = open_books(store)
    charge = books.run(add_charge, books.customer, amount=D("30.50"), note="Freight")
    assert books.account().receivable == D("30.50")
    app = visit(open_app(store, Role.FINANCE), "customers/customer", id=str(books.customer))
    app.button(key=f"customer.charged.{charge}.save").click().run()
    assert len(app.error) == 1
    assert books.account().receivable == D("30.50")
    app.text_input(key=f"customer.charged.{charge}.reason").set_value("the carrier did not ask for it")
    app.button(key=f"customer.charged.{charge}.save").click().run()
    assert not app.exception
    assert books.account().receivable == 0
    assert any("~~**¥30.50**~~" in each.value for each in app.markdown)


def test_two_lots_entered_twice_become_one_with_the_earliest_dates(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house, milk = a_warehouse(uow), a_tracked(uow)
        kept, double = a_lot(uow, house, milk, "A1", 8, 9), a_lot(uow, house, milk, "A-1", 3, 5)
    app = visit(open_app(store, Role.WAREHOUSE), "stock/lot", id=str(kept))
    app.button(key="lot.merge.save").click().run()
    assert app.error[0].value.startswith("Lot\\: choose at least two lots")
    app.multiselect(key=f"lot.{kept}.merge").set_value([double])
    app.button(key="lot.merge.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        card = lot_card(view, kept)
        assert card.dates.expiry_on == view.today + timedelta(days=5)
    assert lies(store, milk) == [("MAIN warehouse", "A1", 11)]


def test_goods_are_carried_to_another_place_of_the_warehouse(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 8).id
        shelf = add_place(uow, warehouse_id=house, name="Second quality", kind=LocationKind.SECOND_QUALITY)
    app = visit(open_app(store, Role.WAREHOUSE), "stock/card", id=str(mug))
    app.button(key="card.carry.save").click().run()
    assert len(app.error) == 1
    assert lies(store, mug) == [("MAIN warehouse", "", 8)]
    app.selectbox(key=f"card.carry.to.{mug}").set_value(shelf)
    (count,) = [each for each in app.number_input if str(each.key).startswith("card.carry.count")]
    count.set_value(3.0)
    app.button(key="card.carry.save").click().run()
    assert not app.exception
    assert lies(store, mug) == [("MAIN warehouse", "", 5), ("Second quality", "", 3)]

    app = visit(open_app(store, Role.SALES), "stock/levels")
    assert not app.exception


def test_goods_that_were_here_before_lots_were_kept_get_their_lots(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        variant = goods(uow, house, 8)
        track_product(uow, variant.product_id, tracking=Tracking.LOT)
        mug = variant.id
    app = visit(open_app(store, Role.WAREHOUSE), "stock/card", id=str(mug))
    with store.viewing(SYSTEM) as view:
        (row,) = goods_lie(view, mug)
    app.session_state[f"card.name.rows.{row.location_id}.{row.on_hand}"] = {
        "edited_rows": {},
        "added_rows": [{"number": "A1", "quantity": 5}, {"number": "A2", "quantity": 3}],
        "deleted_rows": [],
    }
    app.run()
    app.button(key="card.name.save").click().run()
    assert not app.exception
    assert lies(store, mug) == [("MAIN warehouse", "A1", 5), ("MAIN warehouse", "A2", 3)]


def test_an_unpaid_order_is_kept_reserved_and_told_to_leave_as_a_whole(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        set_fulfilment_rule(uow, unpaid_minutes=30)
        order = a_sale(uow, house, [(goods(uow, house, 5), 5)])
    app = visit(open_app(store, Role.SALES), "sales/order", id=str(order))
    assert any("Reserved until" in each.value for each in app.caption)
    app.selectbox(key="order.keep_reserved.days").set_value(7)
    app.button(key="order.keep_reserved.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert order_promise(view, order).reserved_until == view.now + timedelta(days=7)
    app.selectbox(key="order.keep_reserved.days").set_value(0)
    app.button(key="order.keep_reserved.save").click().run()
    app.selectbox(key=f"order.{order}.whole.None").set_value(True)
    app.button(key="order.whole.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        promise = order_promise(view, order)
    assert (promise.reserved_until, promise.ship_complete, promise.ships_whole) == (None, True, True)
    assert any("Leaves only as a whole." in each.value for each in app.caption)


def test_an_order_says_which_lots_left(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house, milk = a_warehouse(uow), a_tracked(uow)
        a_lot(uow, house, milk, "A1", 8, 5)
        head = {"customer_id": a_customer(uow).id, "channel_id": a_channel(uow), "warehouse_id": house}
        order = create_order(uow, **head, lines=[LineDraft(milk, D(3))])
        ship_order(uow, confirm_order(uow, order))
    app = visit(open_app(store, Role.SALES), "sales/order", id=str(order))
    assert not app.exception
    assert any(each.label == "Lots that left" for each in app.expander)
