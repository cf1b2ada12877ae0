"""Accounts follow returns and amendments: what came back is not owed, what was stated stays, nothing counts twice."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.receivables.errors import OnStatement, OverLimit
from core.sales.amend import accept_amendment, decline_amendment, request_amendment
from core.sales.amend_lines import LineWish
from core.sales.close import cancel_order
from core.sales.errors import AlreadyShipped
from core.sales.models import PaymentState, Progress, Shipment
from core.sales.money.ageing import owed_rows
from core.sales.money.statements import cancel_statement, draw_statement
from core.sales.pay import pay_order, refund_balance, reverse_payment
from core.sales.returns.again import cancel_redelivery, deliver_again
from core.sales.returns.cards import return_card
from core.sales.returns.errors import BalanceSpent
from core.sales.returns.inspect import inspect_return
from core.sales.returns.receive import undo_receipt
from core.sales.returns.refund import refund_return, undo_refund
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import goods
from tests.money import BANK, Books, assert_sound, open_books
from tests.returns import a_return

D = Decimal
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def books(any_store: Store) -> Books:
    return open_books(any_store)


def amend(books: Books, order: int, *lines: LineWish) -> None:
    asked = ask(books, order, *lines)
    books.run(accept_amendment, asked, version=1)


def ask(books: Books, order: int, *lines: LineWish) -> int:
    asked = books.run(request_amendment, order, lines=lines, reason="agreed", seen_version=books.card(order).version)
    assert isinstance(asked, int)
    return asked


def shipped(books: Books) -> list[Decimal]:
    """What each live shipment is worth, oldest first."""
    with books.store.viewing(SYSTEM) as view:
        live = select(Shipment.amount).where(Shipment.cancelled_at.is_(None)).order_by(Shipment.id)
        return list(view.session.scalars(live))


def refunds(books: Books, return_id: int) -> list[int]:
    with books.store.viewing(SYSTEM) as view:
        return [each.id for each in return_card(view, return_id).refunds]


def test_a_received_return_lowers_what_is_owed_and_its_undoing_raises_it(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order)
    return_id = a_return(books.store, order, 4)
    assert books.figures() == (60, 0, 0)
    with books.store.viewing(SYSTEM) as view:
        assert [row.open for row in owed_rows(view, books.customer)] == [60]
    assert_sound(books.store)

    books.run(undo_receipt, return_id, reason="another parcel")
    assert books.figures() == (100, 0, 0)
    assert_sound(books.store)


def test_credit_goes_back_as_money_or_becomes_balance_and_each_way_is_undone(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order)
    books.run(pay_order, order, amount=D(100), method=BANK)
    return_id = a_return(books.store, order, 4)
    books.run(inspect_return, return_id)
    assert books.figures() == (-40, 0, 0)

    books.run(refund_return, return_id, amount=D(15), method=BANK)
    books.run(refund_return, return_id, amount=D(25))
    assert books.figures() == (0, 0, 25)
    assert_sound(books.store)

    money, balance = refunds(books, return_id)
    books.run(refund_balance, books.customer, amount=D(5), method=BANK, reason="r")
    books.refuses(BalanceSpent, undo_refund, balance, reason="r")
    books.run(undo_refund, money, reason="r")
    assert books.figures() == (-15, 0, 20)
    assert (books.card(order).paid_amount, books.card(order).payment) == (75, PaymentState.OVER)
    assert_sound(books.store)


def test_goods_delivered_again_are_owed_once_however_often_they_leave(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order)
    return_id = a_return(books.store, order)
    books.run(inspect_return, return_id)
    assert books.figures() == (0, 0, 0)

    again = books.run(deliver_again, return_id)
    assert books.figures() == (100, 0, 0)
    books.refuses(AlreadyShipped, cancel_order, order, reason="r")
    assert_sound(books.store)
    second = books.run(ship_order, order, quantities=books.part(order, 3))
    third = books.run(ship_order, order)
    assert (books.figures(), shipped(books)) == ((100, 0, 0), [100, 0, 0])
    assert_sound(books.store)

    for shipment in (third, second):
        books.run(undo_shipment, shipment, reason="r")
    books.run(cancel_redelivery, again, reason="r")
    assert books.figures() == (0, 0, 0)
    assert_sound(books.store)


def test_a_return_on_a_statement_is_not_taken_back(books: Books, clock: FixedClock) -> None:
    order = books.order()
    books.run(ship_order, order)
    return_id = a_return(books.store, order, 4)
    statement = books.run(draw_statement, books.customer, since=MARCH, until=APRIL)
    books.refuses(OnStatement, undo_receipt, return_id, reason="r")
    books.run(inspect_return, return_id)
    assert books.card(order).statement == Progress.FULL
    clock.moment += timedelta(days=20)

    books.run(deliver_again, return_id)
    assert books.card(order).statement == Progress.PARTIAL
    books.run(ship_order, order)
    books.run(draw_statement, books.customer, since=APRIL, until=MAY)
    assert books.card(order).statement == Progress.FULL
    books.run(cancel_statement, statement, reason="r")
    assert_sound(books.store)


def test_an_amendment_changes_what_is_open_and_what_has_left(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order, quantities=books.part(order, 4))
    line = books.card(order).lines[0].id
    assert books.figures() == (40, 60, 0)

    amend(books, order, LineWish(D(8), line, unit_price=D("9.50")))
    assert (books.figures(), shipped(books)) == ((38, 38, 0), [38])
    assert_sound(books.store)
    books.run(ship_order, order)
    amend(books, order, LineWish(D(8), line, unit_price=D(10)))
    assert (books.figures(), shipped(books)) == ((80, 0, 0), [38, 42])
    assert_sound(books.store)


def test_a_stated_shipment_keeps_its_amount_and_the_next_takes_the_difference(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order, quantities=books.part(order, 4))
    books.run(draw_statement, books.customer, since=MARCH, until=APRIL)
    line = books.card(order).lines[0].id

    amend(books, order, LineWish(D(10), line, unit_price=D(9)))
    assert (books.figures(), shipped(books)) == ((40, 50, 0), [40])
    asked = ask(books, order, LineWish(D(4), line))
    books.refuses(OnStatement, accept_amendment, asked, version=1)
    books.run(ship_order, order)
    assert (books.figures(), shipped(books)) == ((90, 0, 0), [40, 50])
    assert_sound(books.store)


def test_an_order_that_grows_is_checked_and_one_that_shrinks_is_not(books: Books) -> None:
    books.agree(credit_limit=D(100))
    order = books.order()
    with books.store.working(SYSTEM) as uow:
        plate = goods(uow, books.warehouse, 9, retail_price=5)
    asked = ask(books, order, LineWish(D(1), variant_id=plate.id))
    books.refuses(OverLimit, accept_amendment, asked, version=1)
    books.run(decline_amendment, asked, version=1, reason="r")

    books.agree(credit_limit=D(50))
    amend(books, order, LineWish(D(9), books.card(order).lines[0].id))
    assert books.figures() == (0, 90, 0)
    assert_sound(books.store)


def test_money_that_paid_and_was_kept_is_not_taken_back_by_reversing(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order)
    payment = books.run(pay_order, order, amount=D(100), method=BANK)
    return_id = a_return(books.store, order, 4)
    books.run(refund_return, return_id, amount=D(40))

    books.run(reverse_payment, payment, reason="bounced")
    assert books.figures() == (60, 0, 0)
    assert_sound(books.store)
    books.refuses(BalanceSpent, undo_refund, refunds(books, return_id)[0], reason="r")
