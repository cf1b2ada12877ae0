"""Credit after an order was closed and opened again: nothing passes that would not pass the first time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import StaleVersion
from core.receivables.errors import NothingToAllocate, Overdue, OverLimit
from core.receivables.models import ApprovalKind, CreditStage, TermsKind
from core.receivables.service import ORDER
from core.receivables.terms import TermsEntry, set_terms
from core.sales.close import cancel_order, complete_order, reopen_order
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, add_line
from core.sales.money.credit import approve_exception, withdraw_approval
from core.sales.pay import allocate_payment, pay_order
from core.sales.ship import ship_order
from core.work.store import Store
from tests.money import BANK, Books, assert_sound, open_books

D = Decimal


@pytest.fixture
def books(any_store: Store) -> Books:
    return open_books(any_store)


def again(books: Books, order: int) -> None:
    books.run(cancel_order, order, reason="called off")
    books.run(reopen_order, order)


def approve(books: Books, order: int, amount: int = 1000, days: int = 1) -> int:
    return books.run(
        approve_exception, order, kind=ApprovalKind.CREDIT, amount=D(amount), reason="an old friend", days=days
    )


def test_an_order_confirmed_in_good_times_is_checked_for_overdue_money_when_it_comes_back(
    books: Books, clock: FixedClock
) -> None:
    books.agree(kind=TermsKind.NET, days=10, overdue_days=5)
    owed = books.order()
    books.run(ship_order, owed)
    order = books.order(1)
    again(books, order)
    clock.moment += timedelta(days=15)
    books.run(confirm_order, order)  # 5 days overdue, as agreed
    again(books, order)
    clock.moment += timedelta(days=1)
    books.refuses(Overdue, confirm_order, order)
    assert books.card(order).business.value == "draft"
    books.run(pay_order, owed, amount=D(100), method=BANK)
    books.run(confirm_order, order)
    assert_sound(books.store)


@pytest.mark.parametrize("stage", [CreditStage.SHIP, CreditStage.BOTH])
def test_overdue_money_stops_the_goods_of_an_order_that_was_opened_again(
    books: Books, clock: FixedClock, stage: CreditStage
) -> None:
    books.agree(kind=TermsKind.NET, days=10, overdue_days=5, stage=stage)
    owed, order = books.order(), books.order(1)
    books.run(ship_order, owed)
    again(books, order)
    books.run(confirm_order, order)
    clock.moment += timedelta(days=16)
    books.refuses(Overdue, ship_order, order)
    approve(books, order)
    books.run(ship_order, order)
    assert books.figures() == (110, 0, 0)


def test_an_approval_not_used_yet_lets_the_order_pass_after_it_was_opened_again_until_it_expires(
    books: Books, clock: FixedClock
) -> None:
    books.agree(credit_limit=D(50))
    order = books.draft()
    approve(books, order, days=2)
    again(books, order)
    clock.moment += timedelta(days=2)
    books.refuses(OverLimit, confirm_order, order)
    approve(books, order, days=2)
    clock.moment += timedelta(days=2) - timedelta(seconds=1)
    books.run(confirm_order, order)
    again(books, order)
    books.refuses(OverLimit, confirm_order, order)
    assert books.figures() == (0, 0, 0)


def test_an_approval_does_not_cover_what_was_added_while_the_order_was_open_again(books: Books) -> None:
    books.agree(credit_limit=D(50))
    order = books.draft()
    approve(books, order, amount=100)
    again(books, order)
    books.run(add_line, order, LineDraft(books.mug, D(1), D(1)))
    books.refuses(OverLimit, confirm_order, order)


def test_an_approval_of_one_order_and_one_withdrawn_let_no_other_pass(books: Books) -> None:
    books.agree(credit_limit=D(50))
    first, second = books.draft(), books.draft()
    books.run(withdraw_approval, approve(books, first))
    approve(books, first)
    again(books, second)
    books.refuses(OverLimit, confirm_order, second)
    books.run(confirm_order, first)
    books.refuses(OverLimit, confirm_order, second)


def test_an_order_completed_and_opened_again_frees_nothing_for_others(books: Books) -> None:
    books.agree(credit_limit=D(100))
    order = books.order()
    books.run(ship_order, order)
    other = books.draft(1)
    books.refuses(OverLimit, confirm_order, other)
    books.run(pay_order, order, amount=D(100), method=BANK)
    books.run(complete_order, order)
    books.run(confirm_order, other)
    assert books.account().exposure == 10


def test_money_is_not_said_to_be_allocated_where_there_is_none_or_nothing_is_open(books: Books) -> None:
    payment = books.receive(100)
    books.refuses(NothingToAllocate, allocate_payment, payment, is_oldest_first=True)
    books.refuses(NothingToAllocate, allocate_payment, payment)
    order = books.order()
    books.refuses(NothingToAllocate, allocate_payment, payment, parts={(ORDER, order): D(0)})
    books.run(allocate_payment, payment, is_oldest_first=True)
    books.order()
    refusal = books.refuses(NothingToAllocate, allocate_payment, payment, is_oldest_first=True)
    assert refusal.sentence == (
        "Payment PM-2026-00001 has nothing free, or no document of the customer is open. Nothing was changed."
    )


def test_terms_changed_by_somebody_else_are_told_in_a_right_sentence(books: Books) -> None:
    books.agree(credit_limit=D(5))
    refusal = books.refuses(StaleVersion, set_terms, books.customer, TermsEntry(), version=0)
    assert refusal.sentence.startswith("What was agreed with the customer was changed by somebody else meanwhile.")
