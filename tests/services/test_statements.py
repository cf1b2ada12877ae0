"""Statements and ageing: every document once, opening + lines = closing, whatever happens in between."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, NotFound, ReasonMissing
from core.base.flow import IllegalStep
from core.receivables.errors import NothingToState, OnStatement, StatementOpen
from core.receivables.models import TermsKind
from core.receivables.rules import Bucket, PlanState
from core.receivables.statement_models import LineKind, StatementState
from core.receivables.terms import InstalmentEntry, add_charge, cancel_charge
from core.sales.models import Progress
from core.sales.money.ageing import ageing, expected_cash, owed_rows, planned_receipts
from core.sales.money.plans import plan_customer_receipts, plan_order_receipts
from core.sales.money.statement_queries import StatementCard, find_statements, statement_card
from core.sales.money.statements import (
    cancel_statement,
    confirm_statement,
    dispute_statement,
    draw_statement,
    send_statement,
    settle_statement,
)
from core.sales.pay import allocate_payment, pay_order
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_customer
from tests.money import BANK, Books, assert_sound, open_books

D = Decimal
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def books(any_store: Store) -> Books:
    return open_books(any_store)


def card(books: Books, statement: int) -> StatementCard:
    with books.store.viewing(SYSTEM) as view:
        return statement_card(view, statement)


def test_a_statement_gathers_goods_charges_and_money_and_the_next_goes_on_from_it(
    books: Books, clock: FixedClock
) -> None:
    order = books.order()
    first = books.run(ship_order, order, quantities=books.part(order, 4))
    charge = books.run(add_charge, books.customer, amount=D("8.50"), note="freight")
    books.receive(30)

    march = books.run(draw_statement, books.customer, since=MARCH, until=APRIL)
    lines = card(books, march).lines
    assert [(line.kind, line.amount, line.balance) for line in lines] == [
        (LineKind.SHIPMENT, 40, 40),
        (LineKind.CHARGE, D("8.50"), D("48.50")),
        (LineKind.PAYMENT, -30, D("18.50")),
    ]
    assert card(books, march).row.closing_amount == D("18.50")
    assert books.card(order).statement == Progress.PARTIAL
    books.refuses(OnStatement, undo_shipment, first, reason="r")
    books.refuses(OnStatement, cancel_charge, charge, reason="r")

    clock.moment += timedelta(days=20)
    books.receive(5, received_on=date(2026, 3, 20))  # entered late
    books.run(ship_order, order)
    assert books.card(order).statement == Progress.PARTIAL
    april = card(books, books.run(draw_statement, books.customer, since=APRIL, until=MAY))
    assert (april.opening_amount, april.paid_amount, april.shipped_amount) == (D("18.50"), 5, 60)
    assert april.row.closing_amount == D("73.50") == books.account().owed
    assert books.card(order).statement == Progress.FULL
    assert_sound(books.store)

    books.run(cancel_statement, march, reason="wrong price")
    assert books.card(order).statement == Progress.PARTIAL
    again = card(books, books.run(draw_statement, books.customer, since=MARCH, until=APRIL))
    assert [line.amount for line in again.lines] == [40, D("8.50"), -30]
    assert_sound(books.store)


def test_a_statement_is_sent_disputed_confirmed_and_settled_when_it_is_paid(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order)
    statement = books.run(draw_statement, books.customer, since=MARCH, until=APRIL)
    books.refuses(IllegalStep, confirm_statement, statement)
    books.run(send_statement, statement)
    books.refuses(ReasonMissing, dispute_statement, statement, remark=" ")
    books.run(dispute_statement, statement, remark="two mugs broke")
    books.run(confirm_statement, statement, remark="agreed after all")
    assert books.refuses(StatementOpen, settle_statement, statement).facts["amount"] == 100
    payment = books.receive(120)
    books.run(allocate_payment, payment, statement_id=statement)
    assert books.figures() == (0, 0, 20)
    books.run(settle_statement, statement)
    assert card(books, statement).row.state == StatementState.SETTLED
    books.refuses(IllegalStep, cancel_statement, statement, reason="r")
    with books.store.viewing(SYSTEM) as view:
        assert [row.state for row in find_statements(view, customer_id=books.customer)] == [StatementState.SETTLED]
    assert_sound(books.store)


def test_an_empty_statement_and_a_period_without_days_are_refused(books: Books) -> None:
    books.refuses(NothingToState, draw_statement, books.customer, since=MARCH, until=APRIL)
    books.refuses(InvalidInput, draw_statement, books.customer, since=APRIL, until=APRIL)
    books.refuses(NotFound, draw_statement, 999, since=MARCH, until=APRIL)
    books.refuses(NotFound, send_statement, 999)


def test_ageing_tells_what_was_owed_at_the_end_of_any_day(books: Books, clock: FixedClock) -> None:
    books.agree(kind=TermsKind.NET, days=10)
    order = books.order()
    books.run(ship_order, order, quantities=books.part(order, 4))  # 18 March, due 28 March
    clock.moment += timedelta(days=20)  # 7 April
    books.run(ship_order, order)  # due 17 April
    books.run(pay_order, order, amount=D(15), method=BANK)
    books.receive(7)
    clock.moment += timedelta(days=30)  # 7 May

    with books.store.viewing(SYSTEM) as view:
        (now,) = ageing(view)
        assert (now.buckets[Bucket.TO_60], now.buckets[Bucket.TO_30], now.ahead) == (25, 60, 7)
        assert (now.owed, now.overdue) == (78, 85)
        assert [(row.open, row.days_late) for row in owed_rows(view, books.customer)] == [(25, 40), (60, 20)]
        (then,) = ageing(view, date(2026, 4, 6), customer_id=books.customer)
        assert (then.buckets[Bucket.TO_30], then.claims, then.ahead) == (40, 40, 0)
        assert ageing(view, date(2026, 3, 17)) == []
    assert_sound(books.store)


def test_planned_receipts_are_covered_in_turn_and_expected_week_by_week(books: Books, clock: FixedClock) -> None:
    planned, due = books.order(), books.order(5)
    books.run(
        plan_order_receipts,
        planned,
        (InstalmentEntry(date(2026, 3, 17), D(40)), InstalmentEntry(date(2026, 4, 1), D(60), "rest")),
    )
    books.run(plan_customer_receipts, books.customer, (InstalmentEntry(date(2026, 3, 20), D(30)),))
    books.run(pay_order, planned, amount=D(25), method=BANK)
    books.agree(kind=TermsKind.NET, days=14)
    books.run(ship_order, due, quantities=books.part(due, 2))

    with books.store.viewing(SYSTEM) as view:
        rows = planned_receipts(view)
        weeks = expected_cash(view, weeks=3)
    assert [(row.amount, row.open, row.state) for row in rows] == [
        (40, 15, PlanState.OVERDUE),
        (30, 5, PlanState.PARTLY),
        (60, 60, PlanState.OPEN),
    ]
    assert [(week.week, week.due, week.planned, week.unshipped) for week in weeks] == [
        (date(2026, 3, 16), 0, 15, 0),
        (date(2026, 3, 23), 0, 0, 0),
        (date(2026, 3, 30), 20, 60, 30),
    ]
    books.refuses(InvalidInput, plan_order_receipts, planned, (InstalmentEntry(MARCH, D(0)),))
    books.run(plan_order_receipts, planned, ())
    with books.store.viewing(SYSTEM) as view:
        assert planned_receipts(view, order_id=planned) == []


def test_money_of_another_customer_cannot_settle_a_statement(books: Books) -> None:
    order = books.order()
    books.run(ship_order, order)
    statement = books.run(draw_statement, books.customer, since=MARCH, until=APRIL)
    other = open_other(books)
    payment = other.receive(5)
    books.refuses(NotFound, allocate_payment, payment, statement_id=statement)
    assert books.card(order).paid_amount == 0


def open_other(books: Books) -> Books:
    with books.store.working(SYSTEM) as uow:
        return Books(books.store, books.warehouse, books.mug, books.channel, a_customer(uow, "Other").id)
