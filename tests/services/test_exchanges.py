"""Goods for goods: two legs that go their own ways and one settlement; on both databases."""

from decimal import Decimal

import pytest

from core.receivables.models import PaymentMethod
from core.sales.draft import LineDraft
from core.sales.models import BusinessState, PaymentState, Progress, ReturnState
from core.sales.queries import OrderCard, order_card
from core.sales.returns import errors
from core.sales.returns.cards import ExchangeCard, exchange_card, exchange_of
from core.sales.returns.exchange import Leg, cancel_exchange, request_exchange, settle_exchange
from core.sales.returns.inspect import inspect_return
from core.sales.returns.receive import receive_return
from core.sales.returns.refund import undo_refund
from core.sales.returns.request import cancel_return
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_warehouse, goods
from tests.returns import REASON, a_delivery, back
from tests.services.test_returns import Shop
from tests.soundness import assert_sound

D = Decimal


class Swap(Shop):
    """Ten mugs at 10 that were delivered and paid; plates at 25 wait on the shelf."""

    def ask(self, mugs: int, plates: int, price: int = 25) -> int:
        out = [LineDraft(self.plate, D(plates), D(price))]
        made = self.do(request_exchange, self.order, reason=REASON, back=back(self.store, self.order, mugs), out=out)
        assert isinstance(made, int)
        return made

    @property
    def plate(self) -> int:
        with self.store.viewing(SYSTEM) as view:
            return next(row.variant_id for row in stock_levels(view) if row.sku == "PLATE")

    def exchange(self, exchange_id: int) -> ExchangeCard:
        with self.store.viewing(SYSTEM) as view:
            return exchange_card(view, exchange_id)

    def out(self, exchange_id: int) -> OrderCard:
        with self.store.viewing(SYSTEM) as view:
            return order_card(view, self.exchange(exchange_id).order_id)

    def reserved(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return stock_levels(view, variant_ids=[self.plate])[0].reserved


@pytest.fixture
def shop(any_store: Store) -> Swap:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 10, sku="MUG", retail_price=10)
        goods(uow, warehouse, 5, sku="PLATE", name="Plate", retail_price=25)
        order = a_delivery(uow, warehouse, [(mug, 10)], paid=100)
    return Swap(any_store, mug.id, order, warehouse)


def test_an_exchange_reserves_what_goes_out_when_it_is_requested(shop: Swap) -> None:
    made = shop.ask(4, 2)

    card = shop.exchange(made)
    assert (card.number, card.return_state, card.business) == (
        "EX-2026-00001",
        ReturnState.REQUESTED,
        BusinessState.CONFIRMED,
    )
    assert (card.back_amount, card.out_amount, card.difference) == (D(40), D(50), D(10))
    assert shop.reserved() == 2
    with shop.store.viewing(SYSTEM) as view:
        assert exchange_of(view, card.order_id) == made
    assert_sound(shop.store)


def test_an_exchange_that_cannot_be_delivered_is_not_requested(shop: Swap) -> None:
    out = [LineDraft(shop.plate, D(6))]
    one = back(shop.store, shop.order, 1)
    shop.refuses(NotEnoughStock, request_exchange, shop.order, reason=REASON, back=one, out=out)
    shop.refuses(errors.NothingInExchange, request_exchange, shop.order, reason=REASON, back=one, out=[])
    shop.refuses(errors.NothingToReturn, request_exchange, shop.order, reason=REASON, back=[], out=out[:1])
    many = back(shop.store, shop.order, 11)
    shop.refuses(errors.NotThatMany, request_exchange, shop.order, reason=REASON, back=many, out=out)


def test_the_customer_pays_the_difference_once(shop: Swap) -> None:
    made = shop.ask(4, 2)
    shop.refuses(errors.ExchangeNotArrived, settle_exchange, made, method=PaymentMethod.CASH)
    shop.do(ship_order, shop.exchange(made).order_id)
    shop.do(receive_return, shop.exchange(made).return_id)

    shop.do(settle_exchange, made, method=PaymentMethod.CASH)

    out = shop.out(made)
    assert (out.paid_amount, out.payment, out.shipment) == (D(50), PaymentState.FULL, Progress.FULL)
    assert (shop.card().paid_amount, shop.card().payment) == (D(60), PaymentState.FULL)
    shop.refuses(errors.ExchangeSettled, settle_exchange, made)
    shop.do(inspect_return, shop.exchange(made).return_id)
    assert shop.exchange(made).return_state == ReturnState.SETTLED
    assert_sound(shop.store)


@pytest.mark.parametrize("method", [PaymentMethod.BANK, None])
def test_what_is_left_goes_back_or_stays_as_balance(shop: Swap, method: PaymentMethod | None) -> None:
    made = shop.ask(4, 1)
    shop.do(receive_return, shop.exchange(made).return_id)

    shop.do(settle_exchange, made, method=method)

    assert (shop.out(made).paid_amount, shop.out(made).payment) == (D(25), PaymentState.FULL)
    assert (shop.card().paid_amount, shop.card().payment) == (D(60), PaymentState.FULL)
    refunds = shop.see(shop.exchange(made).return_id).refunds
    assert [(each.way.value, each.amount) for each in refunds] == [
        ("exchange", D(25)),
        ("money" if method else "balance", D(15)),
    ]
    assert_sound(shop.store)
    for each in refunds:
        shop.do(undo_refund, each.id, reason="not yet")
    assert (shop.out(made).paid_amount, shop.card().paid_amount) == (0, D(100))
    assert shop.exchange(made).settled_at is None
    assert_sound(shop.store)


def test_an_unpaid_order_gives_no_credit_and_the_new_goods_stay_owed(shop: Swap) -> None:
    with shop.store.working(SYSTEM) as uow:
        cup = goods(uow, shop.warehouse, 5, sku="CUP", retail_price=10)
        order = a_delivery(uow, shop.warehouse, [(cup, 5)])
    other = Swap(shop.store, shop.mug, order, shop.warehouse)
    made = other.ask(5, 2)
    shop.do(receive_return, shop.exchange(made).return_id)

    shop.do(settle_exchange, made)

    assert (other.card().unpaid, shop.out(made).unpaid) == (0, D(50))
    assert_sound(shop.store)


def test_cancelling_one_leg_leaves_the_other_to_go_on(shop: Swap) -> None:
    first, second, third = shop.ask(1, 1), shop.ask(1, 1), shop.ask(1, 1)
    shop.refuses(errors.PartOfExchange, cancel_return, shop.exchange(first).return_id, reason="x")

    shop.do(cancel_exchange, first, leg=Leg.RETURN, reason="they keep the mug")
    shop.do(cancel_exchange, second, leg=Leg.DELIVERY, reason="they want money")
    shop.do(cancel_exchange, third, reason="all a mistake")

    states = [(shop.exchange(each).return_state, shop.exchange(each).business) for each in (first, second, third)]
    assert states == [
        (ReturnState.CANCELLED, BusinessState.CONFIRMED),
        (ReturnState.REQUESTED, BusinessState.CANCELLED),
        (ReturnState.CANCELLED, BusinessState.CANCELLED),
    ]
    assert shop.reserved() == 1
    assert_sound(shop.store)
