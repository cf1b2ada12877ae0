"""What to write to a customer about an order: what holds at this moment, in the words of the company."""

from decimal import Decimal

import pytest

from core.base.i18n import LANGUAGES
from core.receivables.models import PaymentMethod
from core.sales.close import cancel_order
from core.sales.confirm import confirm_order
from core.sales.pay import pay_order
from core.sales.queries import order_card
from core.sales.ship import ship_order
from core.sales.text_models import OrderText
from core.sales.texts import USUAL, Occasion, customer_text, occasions_of, order_texts, set_order_text
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_draft, a_warehouse, goods
from tests.refusals import Calls, assert_each_refused


@pytest.fixture
def order(store: Store) -> int:
    """A draft of three mugs at 10."""
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        return a_draft(uow, house, [(goods(uow, house, 10), 3)])


def told(store: Store, order: int, language: str = "en") -> str:
    """What there is to write first, without the name and the number."""
    with store.viewing(SYSTEM) as view:
        card = order_card(view, order)
        text = customer_text(view, order, occasions_of(card)[0], language)
    return text.replace(card.customer, "C").replace(card.number, "N")


def test_the_text_follows_the_order(store: Store, order: int) -> None:
    assert told(store, order) == (
        "Hello C, here is our offer N:\nMug × 3\nAltogether ¥30.00. Let me know whether it suits you, and I confirm it."
    )
    store.run(SYSTEM, confirm_order, None, order)
    assert told(store, order, "zh_CN").startswith("C 您好，订单 N 已确认：\nMug × 3\n合计 ¥30.00，还需付款 ¥30.00。")
    store.run(SYSTEM, pay_order, None, order, amount=Decimal(20), method=PaymentMethod.CASH)
    assert told(store, order) == "Hello C, we received ¥20.00 for order N, thank you. Still open: ¥10.00."
    store.run(SYSTEM, ship_order, None, order, carrier="SF", tracking_number="SF123")
    assert "on its way:\nSF SF123\n" in told(store, order)
    with store.viewing(SYSTEM) as view:
        assert occasions_of(order_card(view, order)) == [Occasion.SHIPPED, Occasion.PAID, Occasion.CONFIRMED]


def test_a_cancelled_order_says_why(store: Store) -> None:
    with store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        order = a_draft(uow, house, [(goods(uow, house, 10), 3)])
    store.run(SYSTEM, cancel_order, None, order, reason="Found {number} cheaper")
    assert told(store, order) == "Hello C, order N over ¥30.00 is cancelled. Found {number} cheaper"


def test_the_company_has_words_of_its_own_until_it_takes_the_usual_ones_again(store: Store, order: int) -> None:
    store.run(SYSTEM, set_order_text, None, Occasion.OFFERED, "en", " Dear {customer}: {amount}. ")
    store.run(SYSTEM, set_order_text, None, Occasion.OFFERED, "en", "Dear {customer}: {amount}!")
    assert told(store, order) == "Dear C: ¥30.00!"
    with store.viewing(SYSTEM) as view:
        assert [row.is_own for row in order_texts(view, Occasion.OFFERED)] == [each == "en" for each in LANGUAGES]
    store.run(SYSTEM, set_order_text, None, Occasion.OFFERED, "en", "")
    assert told(store, order).startswith("Hello C, here is our offer")
    with store.viewing(SYSTEM) as view:
        assert view.session.query(OrderText).count() == 0


def test_texts_that_could_not_be_filled_in_are_refused(store: Store) -> None:
    wrong = ("{phone}", "{customer", "{customer!r}", "{amount:>9}", "{}", "x" * 1_001)
    calls: Calls = [(set_order_text, (Occasion.PAID, "en", words), {}) for words in wrong]
    calls.append((set_order_text, (Occasion.PAID, "xx", "Thanks"), {}))
    assert_each_refused(store, calls)
    assert set(USUAL) == set(Occasion)
