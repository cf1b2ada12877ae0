"""Days of sales owed and the cash that is expected, from what really happened in the shop."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.receivables.forecast_rules import Split
from core.receivables.models import TermsKind
from core.receivables.terms import add_charge
from core.sales.money.ageing import ageing
from core.sales.money.forecast import cash_forecast, check_forecast, days_sales_outstanding
from core.sales.pay import pay_order, reverse_payment
from core.sales.returns.receive import receive_return
from core.sales.returns.request import LineBack, request_return
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_customer
from tests.money import BANK, Books, open_books

D = Decimal


@pytest.fixture
def books(any_store: Store) -> Books:
    opened = open_books(any_store)
    opened.agree(kind=TermsKind.NET, days=10)
    return opened


def sold(books: Books, pieces: int = 10) -> int:
    order = books.order(pieces)
    books.run(ship_order, order)
    return order


def pay(books: Books, order: int, amount: int = 100) -> int:
    return books.run(pay_order, order, amount=D(amount), method=BANK)


def test_days_of_sales_are_counted_by_what_left_on_credit_less_what_came_back(books: Books, clock: FixedClock) -> None:
    sold(books, 100)  # 18 March: outside the 90 days before 20 June
    clock.moment += timedelta(days=60)
    order = sold(books, 20)
    line = books.card(order).lines[0].id
    back = books.run(request_return, order, reason="Quality problem", lines=[LineBack(line, D(2))])
    books.run(receive_return, back)
    books.run(add_charge, books.customer, amount=D(20), note="freight")
    with books.store.working(SYSTEM) as uow:
        payer = Books(books.store, books.warehouse, books.mug, books.channel, a_customer(uow, "Rose").id)
    payer.agree(kind=TermsKind.PREPAID)
    prepaid = payer.order(50)
    pay(payer, prepaid, 500)
    payer.run(ship_order, prepaid)
    clock.moment += timedelta(days=34)  # 20 June

    with books.store.viewing(SYSTEM) as view:
        receivable = sum(row.claims for row in ageing(view))
        card = days_sales_outstanding(view, receivable)
        before = days_sales_outstanding(view, D(1000), date(2026, 3, 18))
        never = days_sales_outstanding(view, D(0), date(2026, 1, 1))
    assert (card.since, card.days, card.receivable, card.sales) == (date(2026, 3, 23), 90, 1200, 200)
    assert card.days_owed == D("540.0")
    assert (before.sales, before.days_owed) == (1000, D("90.0"))
    assert (never.sales, never.days_owed) == (0, None)


def test_cash_is_expected_by_the_habit_of_the_customer_and_adds_up_to_what_is_owed(
    books: Books, clock: FixedClock
) -> None:
    orders = [sold(books) for _ in range(6)]  # due 28 March
    clock.moment += timedelta(days=11)  # a day late: week 0
    for order in orders[:2]:
        pay(books, order)
    clock.moment += timedelta(days=14)  # 12 April, week 2
    for order in orders[2:5]:
        pay(books, order)
    bounced = pay(books, orders[5])
    books.run(reverse_payment, bounced, reason="bounced")
    with books.store.viewing(SYSTEM) as view:
        late = cash_forecast(view)
    assert late.outstanding == 100
    # 400 reached week 2 unpaid, of which 300 came in it: three in four come now, the rest later or never.
    assert late.weeks[0] == (date(2026, 4, 6), Split())
    assert late.weeks[1] == (date(2026, 4, 13), Split(D(75), D(100), D(100), D(100)))
    assert late.later == Split(D(25))

    sold(books)  # due 22 April
    with books.store.viewing(SYSTEM) as view:
        made = cash_forecast(view)
        known = {week: split.expected for week, split in made.weeks if split.expected}
        assert made.outstanding == sum(row.claims for row in ageing(view)) == 200
    # 600 got as far as being due, a third of it paid in that week.
    assert known == {date(2026, 4, 13): 75, date(2026, 4, 20): D("33.33"), date(2026, 5, 4): 50}
    assert made.within(13).expected + made.later.expected == 200


def test_a_customer_with_few_payments_is_expected_to_pay_as_all_do(books: Books, clock: FixedClock) -> None:
    orders = [sold(books) for _ in range(5)]
    sold(books)
    with books.store.working(SYSTEM) as uow:
        fresh = Books(books.store, books.warehouse, books.mug, books.channel, a_customer(uow, "Rose").id)
    fresh.agree(kind=TermsKind.NET, days=10)
    clock.moment += timedelta(days=18)  # 5 April: a week late
    for order in orders:
        pay(books, order)
    sold(fresh, 3)  # due 15 April, a Wednesday
    with books.store.viewing(SYSTEM) as view:
        made = cash_forecast(view)
    # Of 600 that were due, 500 came in the second week.
    assert {week: split.expected for week, split in made.weeks if split.expected} == {
        date(2026, 4, 6): D("83.33"),
        date(2026, 4, 20): D("25.00"),
    }
    assert made.later.expected == D("21.67")


def test_the_forecast_of_a_past_day_is_held_against_what_came(books: Books, clock: FixedClock) -> None:
    for _ in range(6):  # one a week; each is paid a day late
        order = sold(books)
        clock.moment += timedelta(days=11)
        pay(books, order)
    owed = [sold(books), sold(books)]
    clock.moment += timedelta(weeks=13)
    pay(books, owed[0])
    sold(books)
    with books.store.viewing(SYSTEM) as view:
        check = check_forecast(view)
    assert (check.until - check.since).days == 91
    assert (check.outstanding, check.forecast, check.settled) == (200, Split(D(200), D(200), D(200), D(200)), 100)
