"""Returns on the screens: requested on the order, received and inspected by the keeper, paid back by finance."""

from decimal import Decimal

from core.attachments.service import remove_photo
from core.sales.models import ReturnKind, ReturnState
from core.sales.returns.cards import ReturnCard, return_card
from core.sales.returns.queries import ReturnFilter, find_returns
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.pages.app import open_app, visit
from tests.photos import a_photo
from tests.returns import REASON, a_delivery, a_return, lines_of

D = Decimal


def a_paid_delivery(store: Store) -> int:
    """Three of five mugs at 10, delivered and paid."""
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 5, sku="MUG", retail_price=10)
        goods(uow, warehouse, 5, sku="PLATE", name="Plate", retail_price=25)
        return a_delivery(uow, warehouse, [(mug, 3)], paid=30)


def the_return(store: Store, return_id: int) -> ReturnCard:
    with store.viewing(SYSTEM) as view:
        return return_card(view, return_id)


def test_a_return_is_requested_on_the_page_of_its_order(store: Store) -> None:
    order_id = a_paid_delivery(store)
    app = visit(open_app(store, Role.SERVICE), "sales/order", id=str(order_id))

    app.button(key="order.returns.submit").click().run()
    assert app.error[0].value.startswith("A reason is needed")
    app.selectbox(key="order.returns.reason").set_value(REASON)
    app.button(key="order.returns.submit").click().run()
    assert app.error[0].value.startswith("Enter how many of at least one product")
    with store.viewing(SYSTEM) as view:
        assert find_returns(view, ReturnFilter()) == []


def test_the_keeper_receives_a_part_and_sorts_it(store: Store) -> None:
    return_id = a_return(store, a_paid_delivery(store), 3, receives=False)
    (line,) = lines_of(store, return_id)
    app = visit(open_app(store, Role.WAREHOUSE), "sales/take_back", id=str(return_id))

    app.button(key="return.receive").click().run()
    app.number_input(key=f"return.receive.{line}").set_value(2.0)
    app.button(key="return.receive.submit").click().run()
    assert the_return(store, return_id).state == ReturnState.RECEIVED
    app.button(key="return.inspect").click().run()
    app.number_input(key=f"return.scrap.{line}").set_value(1.0)
    app.button(key="return.inspect.submit").click().run()
    assert app.error[0].value.startswith("MUG\\: 3 are accounted for, but 2 arrived")
    app.number_input(key=f"return.restock.{line}").set_value(1.0)
    app.button(key="return.inspect.submit").click().run()

    card = the_return(store, return_id)
    assert not app.exception
    assert (card.state, card.lines[0].restocked, card.lines[0].scrapped) == (ReturnState.INSPECTED, 1, 1)
    assert [each.state for each in card.related] == [ReturnState.REQUESTED]
    assert not [button for button in app.button if button.key == "return.refund"]


def test_finance_gives_money_back_and_takes_that_back(store: Store) -> None:
    return_id = a_return(store, a_paid_delivery(store), 1)
    app = visit(open_app(store, Role.FINANCE), "sales/take_back", id=str(return_id))

    app.button(key="return.refund").click().run()
    assert app.number_input(key="return.refund.amount").value == 10.0
    app.number_input(key="return.refund.amount").set_value(10.01)
    app.button(key="return.refund.submit").click().run()
    assert app.error[0].value.startswith("At most 10 can be given back")
    app.number_input(key="return.refund.amount").set_value(4.0)
    app.button(key="return.refund.submit").click().run()
    assert (the_return(store, return_id).refunded, the_return(store, return_id).left) == (4, 6)

    (refund,) = the_return(store, return_id).refunds
    app.text_input(key=f"return.refund.{refund.id}.reason").set_value("wrong account")
    app.button(key=f"return.refund.{refund.id}.undo").click().run()
    assert not app.exception
    assert the_return(store, return_id).refunded == 0


def test_goods_are_delivered_again_and_every_undoing_asks_why(store: Store) -> None:
    return_id = a_return(store, a_paid_delivery(store), 2)
    app = visit(open_app(store, Role.MANAGER), "sales/take_back", id=str(return_id))

    app.button(key="return.undo_receipt").click().run()
    app.button(key="return.undo_receipt.submit").click().run()
    assert app.error[0].value.startswith("A reason is needed")
    app.button(key="return.redeliver").click().run()
    app.button(key="return.redeliver.submit").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert [row.reserved for row in stock_levels(view)] == [2, 0]


def test_the_list_shows_why_goods_come_back_and_finds_returns(store: Store) -> None:
    order_id = a_paid_delivery(store)
    a_return(store, order_id, 1)
    a_return(store, order_id, 1, receives=False)
    app = open_app(store, Role.SALES, "sales/returns")

    assert [metric.value for metric in app.metric] == ["1", "¥10.00", "0", "¥0.00", "0", "¥0.00", "0", "¥0.00"]
    assert list(app.dataframe[0].value["number"]) == ["SR-2026-00002", "SR-2026-00001"]
    app.pills(key="returns.states").set_value([ReturnState.REQUESTED]).run()
    assert list(app.dataframe[0].value["number"]) == ["SR-2026-00002"]
    app.text_input(key="returns.text").set_value("nobody").run()
    assert any("No return matches" in each.value for each in app.markdown)
    assert not app.exception


def test_managers_keep_the_list_of_reasons(store: Store) -> None:
    app = open_app(store, Role.MANAGER, "sales/returns")

    app.text_input(key="returns.reasons.name").set_value("Ordered twice")
    app.button(key="returns.reasons.add").click().run()

    assert not app.exception
    assert any(each.value == "Ordered twice" for each in app.text_input)


def test_a_return_that_does_not_exist_says_so(store: Store) -> None:
    app = visit(open_app(store, Role.SALES), "sales/take_back", id="77")
    assert app.error[0].value.startswith("The return was not found")


def test_a_claim_is_entered_by_service_and_decided_by_the_manager(store: Store) -> None:
    order_id = a_paid_delivery(store)
    app = visit(open_app(store, Role.SERVICE), "sales/order", id=str(order_id))
    app.segmented_control(key="order.returns.kind").set_value(ReturnKind.CLAIM).run()
    assert app.button(key="order.returns.submit").label == "Enter the claim"
    claim = a_return(store, order_id, 2, receives=False, kind=ReturnKind.CLAIM)
    (line,) = lines_of(store, claim)
    assert not [each for each in visit(app, "sales/take_back", id=str(claim)).button if each.key == "return.accept"]

    app = visit(open_app(store, Role.MANAGER), "sales/take_back", id=str(claim))
    assert not [button for button in app.button if button.key == "return.receive"]
    app.button(key="return.accept").click().run()
    app.number_input(key=f"return.here.{line}").set_value(1.0)
    app.button(key="return.accept.submit").click().run()

    card = the_return(store, claim)
    assert not app.exception
    assert (card.gross_amount, card.lines[0].restocked, card.lines[0].scrapped) == (20, 1, 1)


def test_goodwill_is_given_on_the_order_and_given_back(store: Store) -> None:
    order_id = a_paid_delivery(store)
    assert not [
        each
        for each in visit(open_app(store, Role.SALES), "sales/order", id=str(order_id)).button
        if each.label == "Let off"
    ]

    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(order_id))
    app.number_input(key=f"order.{order_id}.goodwill.amount").set_value(99.0)
    app.selectbox(key=f"order.{order_id}.goodwill.reason").set_value(REASON)
    app.button(key=f"order.{order_id}.goodwill.submit").click().run()
    assert app.error[0].value.startswith("At most 30 can be let off on SO-2026-00001, 99 asked")
    app.number_input(key=f"order.{order_id}.goodwill.amount").set_value(4.5)
    app.button(key=f"order.{order_id}.goodwill.submit").click().run()

    assert not app.exception
    assert [(each.label, each.value) for each in app.metric if each.label in {"Goodwill", "Open"}] == [
        ("Goodwill", "¥4.50"),
        ("Open", "¥0.00"),
    ]
    made = the_return(store, 1)
    assert (made.kind, made.gross_amount, made.left) == (ReturnKind.GOODWILL, D("4.50"), D("4.50"))

    app = visit(app, "sales/take_back", id="1")
    assert {each.key for each in app.button} >= {"return.undo_goodwill", "return.refund"}
    app.button(key="return.undo_goodwill").click().run()
    app.text_input(key="return.undo_goodwill.reason").set_value("Meant for another order")
    app.button(key="return.undo_goodwill.submit").click().run()
    assert not app.exception
    assert the_return(store, 1).state == ReturnState.CANCELLED


def test_goodwill_is_given_over_the_account_of_a_customer(store: Store) -> None:
    a_paid_delivery(store)
    app = visit(open_app(store, Role.MANAGER), "customers/customer", id="1")
    app.number_input(key="customer.1.goodwill.amount").set_value(12.0)
    app.selectbox(key="customer.1.goodwill.reason").set_value(REASON)
    app.button(key="customer.1.goodwill.submit").click().run()

    assert not app.exception
    assert (the_return(store, 1).kind, the_return(store, 1).left) == (ReturnKind.GOODWILL, 12)
    app = visit(app, "sales/returns")
    assert ("Amount of goodwill", "¥12.00") in [(each.label, each.value) for each in app.metric]


def test_photos_are_put_back_on_the_page_of_a_claim(store: Store) -> None:
    claim = a_return(store, a_paid_delivery(store), 1, receives=False, kind=ReturnKind.CLAIM, photos=[a_photo()])
    store.run(SYSTEM, remove_photo, None, 1)
    app = visit(open_app(store, Role.SERVICE), "sales/take_back", id=str(claim))
    assert not [each for each in app.button if each.key == "photos.open.1"]

    app.button(key="photos.back.1").click().run()
    assert app.button(key="photos.open.1").label == "Enlarge"

    app = visit(open_app(store, Role.FINANCE), "sales/take_back", id=str(claim))
    assert app.button(key="photos.open.1").label == "Enlarge"
    assert "Add photos" not in [each.label for each in app.expander]
