"""Credit of customers: the limit holds whatever is done to orders, and money is there before goods where agreed."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from threading import Barrier as ThreadBarrier

import pytest

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, Refusals, StaleVersion
from core.base.settings import Settings
from core.receivables.errors import ApprovalGone, NotPaidBefore, Overdue, OverLimit
from core.receivables.models import ApprovalKind, CreditStage, TermsKind
from core.receivables.service import ORDER
from core.receivables.terms import TermsEntry, set_terms
from core.sales.close import cancel_order, reopen_order
from core.sales.confirm import confirm_order, hold_order, resume_order
from core.sales.models import SalesOrder
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.money.queries import approvals_of
from core.sales.pay import pay_order, reverse_payment
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.money import BANK, Books, assert_sound, open_books

D = Decimal
PATIENCE_S = 60


@pytest.fixture
def books(any_store: Store) -> Books:
    return open_books(any_store)


def approve(books: Books, order: int, kind: ApprovalKind = ApprovalKind.CREDIT, amount: int = 1000) -> int:
    return books.run(approve_exception, order, kind=kind, amount=D(amount), reason="an old friend")


def test_exposure_is_what_is_owed_and_ordered_and_partial_shipment_keeps_the_sum(books: Books) -> None:
    owed = books.order()
    books.run(ship_order, owed)
    books.agree(credit_limit=D(100))
    order = books.draft(2, 25)

    refusal = books.refuses(OverLimit, confirm_order, order)
    assert refusal.sentence == (
        "Lotus Trading: the credit limit is 100; owed and ordered are 150, of which this order 50. 50 too much: "
        "take a payment, raise the limit, or ask for a one-time approval."
    )
    assert books.account().exposure == 100
    books.agree(credit_limit=D(200))
    books.run(confirm_order, order)
    assert books.account().exposure == 150
    books.agree(credit_limit=D(100))
    books.run(ship_order, order, quantities=books.part(order, 1))
    assert (books.account().exposure, *books.figures()) == (150, 125, 25, 0)
    assert_sound(books.store)


def test_the_check_holds_after_hold_and_resume_and_after_close_and_reopen(books: Books) -> None:
    books.agree(credit_limit=D(100))
    first = books.order()
    second = books.draft(1)
    books.run(hold_order, first, reason="wait")
    books.refuses(OverLimit, confirm_order, second)
    books.run(resume_order, first)
    books.refuses(OverLimit, confirm_order, second)

    books.run(cancel_order, first, reason="called off")
    books.run(confirm_order, second)
    books.run(reopen_order, first)
    books.refuses(OverLimit, confirm_order, first)
    assert books.figures() == (0, 10, 0)
    assert_sound(books.store)


def test_an_approval_lets_its_order_pass_once_until_it_expires(books: Books, clock: FixedClock) -> None:
    books.agree(credit_limit=D(50))
    order = books.draft()
    approve(books, order, amount=99)
    books.refuses(OverLimit, confirm_order, order)  # worth more than what was approved
    withdrawn = approve(books, order)
    books.run(withdraw_approval, withdrawn)
    books.refuses(ApprovalGone, withdraw_approval, withdrawn)
    books.refuses(OverLimit, confirm_order, order)
    approve(books, order)
    clock.moment += timedelta(days=2)
    books.refuses(OverLimit, confirm_order, order)

    approve(books, order)
    books.run(confirm_order, order)
    books.run(cancel_order, order, reason="called off")
    books.run(reopen_order, order)
    books.refuses(OverLimit, confirm_order, order)  # used is used
    with books.store.viewing(SYSTEM) as view:
        assert [each.used_at is not None for each in approvals_of(view, order)] == [True, False, False, False]
    assert_sound(books.store)


@pytest.mark.parametrize("stage", [CreditStage.SHIP, CreditStage.BOTH])
def test_credit_can_be_checked_when_goods_are_shipped(books: Books, stage: CreditStage) -> None:
    order = books.order()
    books.agree(credit_limit=D(99), stage=stage)
    books.refuses(OverLimit, ship_order, order)
    books.run(pay_order, order, amount=D(1), method=BANK)
    books.run(ship_order, order)
    other = books.draft(1)
    if stage == CreditStage.BOTH:
        books.refuses(OverLimit, confirm_order, other)
    else:
        books.run(confirm_order, other)


def test_money_overdue_for_too_long_stops_new_orders_and_every_reason_is_told(books: Books, clock: FixedClock) -> None:
    books.agree(kind=TermsKind.NET, days=30, overdue_days=5, credit_limit=D(100))
    order = books.order()
    books.run(ship_order, order)
    assert _due(books, order) == date(2026, 4, 17)
    clock.moment += timedelta(days=35)
    other = books.draft(1)
    books.refuses(OverLimit, confirm_order, other)
    clock.moment += timedelta(days=1)
    both = books.refuses(Refusals, confirm_order, other)
    assert both.sentence.splitlines()[1] == (
        "Lotus Trading: 100 are overdue since 2026-04-17, more than the 5 days agreed. "
        "Take a payment, or ask for a one-time approval."
    )
    payment = books.run(pay_order, order, amount=D(99), method=BANK)
    books.refuses(Overdue, confirm_order, other)
    books.run(pay_order, order, amount=D(1), method=BANK)
    assert _due(books, order) is None
    books.run(confirm_order, other)
    books.run(reverse_payment, payment, reason="bounced")
    assert _due(books, order) == date(2026, 4, 17)
    assert_sound(books.store)


def test_a_deposit_is_there_before_goods_leave_and_the_rest_is_owed(books: Books) -> None:
    books.agree(kind=TermsKind.DEPOSIT, deposit_rate=D("0.1"), days=10)
    order = books.order(5, 20)
    refusal = books.refuses(NotPaidBefore, ship_order, order)
    assert (refusal.facts["needed"], refusal.facts["missing"]) == (10, 10)
    books.run(pay_order, order, amount=D(10), method=BANK)
    books.run(ship_order, order)
    assert books.figures() == (90, 0, 0)
    assert _due(books, order) == date(2026, 3, 28)


def test_paid_half_before_shipment_half_may_be_shipped(books: Books) -> None:
    books.agree(kind=TermsKind.PREPAID)
    order = books.order()
    books.run(pay_order, order, amount=D(50), method=BANK)
    books.refuses(NotPaidBefore, ship_order, order)
    books.refuses(NotPaidBefore, ship_order, order, quantities=books.part(order, "5.001"))
    books.run(ship_order, order, quantities=books.part(order, 5))
    books.refuses(NotPaidBefore, ship_order, order)

    approve(books, order, ApprovalKind.CREDIT)
    books.refuses(NotPaidBefore, ship_order, order)
    approve(books, order, ApprovalKind.PREPAYMENT)
    books.run(ship_order, order)
    assert books.figures() == (50, 0, 0)
    assert_sound(books.store)


def test_money_of_a_customer_counts_for_goods_once_it_is_on_the_order(books: Books) -> None:
    books.agree(kind=TermsKind.PREPAID)
    order = books.order()
    payment = books.receive(100)
    refusal = books.refuses(NotPaidBefore, ship_order, order)
    assert refusal.facts["balance"] == 100
    books.run(reverse_payment, payment, reason="wrong")
    books.receive(100, parts={(ORDER, order): D(100)})
    books.run(ship_order, order)
    assert books.figures() == (0, 0, 0)


def test_terms_that_make_no_sense_or_are_stale_are_refused(books: Books) -> None:
    for entry in (
        TermsEntry(credit_limit=D(-1)),
        TermsEntry(credit_limit=D("0.001")),
        TermsEntry(kind=TermsKind.DEPOSIT),
        TermsEntry(kind=TermsKind.DEPOSIT, deposit_rate=D(2)),
        TermsEntry(days=-1),
        TermsEntry(overdue_days=-1),
    ):
        books.refuses(InvalidInput, set_terms, books.customer, entry, version=0)
    books.agree(credit_limit=D(5))
    books.refuses(StaleVersion, set_terms, books.customer, TermsEntry(), version=0)


def test_of_eight_threads_on_sqlite_one_order_fits_under_the_limit(store: Store) -> None:
    books = open_books(store)
    books.agree(credit_limit=D(100))
    orders = [books.draft(6) for _ in range(8)]
    start = ThreadBarrier(8)

    def confirm(order: int) -> bool:
        start.wait()
        return _confirmed(store, order)

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(confirm, orders))
    assert won.count(True) == 1
    assert books.account().exposure == 60
    assert_sound(store)


def test_of_eight_processes_on_postgresql_one_order_fits_under_the_limit(postgres_store: Store) -> None:
    books = open_books(postgres_store)
    books.agree(credit_limit=D(100))
    orders = [books.draft(6) for _ in range(8)]
    fork = multiprocessing.get_context("fork")
    start, wins = fork.Barrier(8), fork.Queue()
    postgres_store.engine.dispose()
    processes = [fork.Process(target=_race, args=(postgres_store.settings, order, start, wins)) for order in orders]
    for process in processes:
        process.start()
    won = [wins.get(timeout=PATIENCE_S) for _ in processes]
    for process in processes:
        process.join()
    assert won.count(True) == 1
    assert books.account().exposure == 60
    assert_sound(postgres_store)


def _race(settings: Settings, order: int, start: Barrier, wins: "multiprocessing.Queue[bool]") -> None:
    store = Store(settings)
    start.wait()
    wins.put(_confirmed(store, order))


def _confirmed(store: Store, order: int) -> bool:
    try:
        store.run(SYSTEM, confirm_order, None, order)
    except OverLimit:
        return False
    return True


def _due(books: Books, order: int) -> date | None:
    with books.store.viewing(SYSTEM) as view:
        return view.session.get_one(SalesOrder, order).due_on
