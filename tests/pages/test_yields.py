"""On the screen of an order that lacks goods: who could give them, taking them, and being refused."""

from core.sales.fulfilment import set_fulfilment_rule
from core.sales.queries import order_timeline
from core.sales.reallocation.queries import yield_proposal
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.security.permissions import Role
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods
from tests.pages.app import open_app, visit


def two_orders(store: Store) -> tuple[int, int]:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 3)
        set_fulfilment_rule(uow, back_orders=True)
        first, second = (a_sale(uow, house, [(mug, 3)]) for _ in range(2))
        return first, second


def is_waiting(store: Store, order: int) -> bool:
    with store.viewing(SYSTEM) as view:
        return yield_proposal(view, order) is not None


def test_a_manager_takes_the_goods_of_another_order(store: Store) -> None:
    first, second = two_orders(store)
    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(second))
    assert any("Waits for goods" in each.value for each in app.markdown)
    app.button(key="order.yields.take").click().run()
    assert not app.exception
    assert (is_waiting(store, first), is_waiting(store, second)) == (True, False)
    with store.viewing(SYSTEM) as view:
        assert {order_timeline(view, each)[0].tag for each in (first, second)} == {"orders.reallocated"}


def test_what_left_meanwhile_is_refused_in_words(store: Store) -> None:
    first, second = two_orders(store)
    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(second))
    with store.working(SYSTEM) as uow:
        ship_order(uow, first)
    app.button(key="order.yields.take").click().run()
    assert is_waiting(store, second)


def test_a_seller_is_told_whose_order_it_is(store: Store) -> None:
    _, second = two_orders(store)
    app = visit(open_app(store, Role.SALES), "sales/order", id=str(second))
    assert any("Ask a manager" in each.value for each in app.caption)
    assert not [each for each in app.button if each.key == "order.yields.take"]


def test_an_order_that_has_its_goods_says_nothing_of_it(store: Store) -> None:
    first, _ = two_orders(store)
    app = visit(open_app(store, Role.MANAGER), "sales/order", id=str(first))
    assert not any("Waits for goods" in each.value for each in app.markdown)
