"""Money of customers: parts, deposits, allocation, refunds and reversal leave accounts and orders exact."""

from datetime import date
from decimal import Decimal

import pytest

from core.base.errors import InvalidInput, NotFound, ReasonMissing
from core.base.flow import IllegalStep
from core.receivables.errors import (
    AlreadyReversed,
    ChargePaid,
    MoneyGoneBack,
    MoreThanBalance,
    MoreThanFree,
    MoreThanOpen,
    MoreThanPaid,
    WrongCustomer,
)
from core.receivables.service import CHARGE, ORDER
from core.receivables.terms import add_charge, cancel_charge
from core.sales.close import cancel_order
from core.sales.errors import AlreadyPaid, NothingTooMuch
from core.sales.models import PaymentState
from core.sales.money.queries import find_payments, open_rows, payment_card
from core.sales.pay import (
    allocate_payment,
    keep_surplus,
    pay_order,
    receive_payment,
    refund_balance,
    refund_order,
    reverse_payment,
    unallocate_payment,
)
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_customer
from tests.money import BANK, Books, assert_sound, open_books

D = Decimal


@pytest.fixture
def books(any_store: Store) -> Books:
    return open_books(any_store)


def test_an_order_moves_from_open_to_receivable_to_paid(books: Books) -> None:
    order = books.order()
    assert books.figures() == (0, 100, 0)
    books.run(ship_order, order)
    assert books.figures() == (100, 0, 0)
    books.run(pay_order, order, amount=D("30.50"), method=BANK)
    assert books.figures() == (D("69.50"), 0, 0)
    books.run(pay_order, order, amount=D("69.50"), method=BANK)
    assert books.figures() == (0, 0, 0)
    assert books.card(order).payment == PaymentState.FULL
    assert_sound(books.store)


def test_what_is_paid_too_much_is_kept_as_the_balance_and_pays_the_next_order(books: Books) -> None:
    first, second = books.order(), books.order(5)
    books.run(pay_order, first, amount=D(90), method=BANK)
    payment = books.run(pay_order, first, amount=D(30), method=BANK)
    assert (books.card(first).payment, books.figures()) == (PaymentState.OVER, (-120, 150, 0))

    books.run(keep_surplus, first)
    assert (books.card(first).payment, books.figures()) == (PaymentState.FULL, (-100, 150, 20))
    books.refuses(NothingTooMuch, keep_surplus, first)

    books.run(allocate_payment, payment, parts={(ORDER, second): D(20)})
    assert (books.card(second).payment, books.card(second).paid_amount) == (PaymentState.PARTIAL, 20)
    assert books.figures() == (-120, 150, 0)
    assert_sound(books.store)


def test_a_deposit_needs_no_order_and_money_goes_to_the_oldest_first(books: Books) -> None:
    payment = books.receive(130)
    assert books.figures() == (0, 0, 130)
    first, second = books.order(), books.order(5)
    freight = books.run(add_charge, books.customer, amount=D(8), note="freight")

    books.run(allocate_payment, payment, is_oldest_first=True)

    assert [books.card(each).paid_amount for each in (first, second)] == [100, 30]
    with books.store.viewing(SYSTEM) as view:
        assert [(row.number, row.open) for row in open_rows(view, books.customer)] == [
            (books.card(second).number, 20),
            ("CH-2026-00001", 8),
        ]
    books.receive(28, is_oldest_first=True)
    assert books.figures() == (-150 + 0, 150, 0)
    books.refuses(ChargePaid, cancel_charge, freight, reason="none")
    assert_sound(books.store)


def test_money_is_taken_off_an_order_and_given_to_another(books: Books) -> None:
    first, second = books.order(), books.order()
    payment = books.receive(100, parts={(ORDER, first): D(100)})

    books.run(unallocate_payment, payment, (ORDER, first), reason="meant for the second", amount=D(60))
    books.run(allocate_payment, payment, parts={(ORDER, second): D(60)})

    assert [books.card(each).paid_amount for each in (first, second)] == [40, 60]
    assert books.figures() == (-100, 200, 0)
    with books.store.viewing(SYSTEM) as view:
        card = payment_card(view, payment)
    assert [(part.document, part.amount) for part in card.parts] == [((ORDER, first), 40), ((ORDER, second), 60)]
    books.refuses(NotFound, unallocate_payment, payment, (ORDER, first), reason="again", amount=D(41))
    books.refuses(ReasonMissing, unallocate_payment, payment, (ORDER, first), reason=" ")
    assert_sound(books.store)


def test_money_goes_back_from_an_order_or_the_balance_and_never_more_than_is_there(books: Books) -> None:
    order = books.order()
    books.receive(130, parts={(ORDER, order): D(100)})
    books.refuses(MoreThanBalance, refund_balance, books.customer, amount=D("30.01"), method=BANK, reason="r")
    books.refuses(MoreThanPaid, refund_order, order, amount=D("100.01"), method=BANK, reason="r")

    books.run(refund_balance, books.customer, amount=D(25), method=BANK, reason="asked for it")
    refund = books.run(refund_order, order, amount=D(10), method=BANK, reason="damaged")
    assert books.figures() == (-90, 100, 5)
    assert books.card(order).payment == PaymentState.PARTIAL

    books.run(reverse_payment, refund, reason="bank sent it back")
    assert books.figures() == (-100, 100, 5)
    assert_sound(books.store)


def test_a_payment_is_reversed_on_all_its_orders_and_in_the_balance(books: Books) -> None:
    first, second = books.order(), books.order()
    payment = books.receive(180, parts={(ORDER, first): D(100), (ORDER, second): D(50)})
    books.run(reverse_payment, payment, reason="bounced")
    assert books.figures() == (0, 200, 0)
    assert [books.card(each).payment for each in (first, second)] == [PaymentState.NONE] * 2
    books.refuses(AlreadyReversed, reverse_payment, payment, reason="again")
    assert_sound(books.store)


def test_a_payment_whose_money_went_back_is_reversed_after_its_refund(books: Books) -> None:
    payment = books.receive(50)
    refund = books.run(refund_balance, books.customer, amount=D(20), method=BANK, reason="r")
    books.refuses(MoneyGoneBack, reverse_payment, payment, reason="bounced")
    books.run(reverse_payment, refund, reason="came back")
    assert books.figures() == (0, 0, 50)
    assert_sound(books.store)


def test_what_makes_no_sense_is_refused_and_changes_nothing(books: Books) -> None:
    order, draft = books.order(), books.draft()
    payment = books.receive(20)
    with books.store.working(SYSTEM) as uow:
        other = a_customer(uow, "Other").id
    for error, command, args, more in (
        (InvalidInput, receive_payment, (books.customer,), {"amount": D(0), "method": BANK}),
        (InvalidInput, receive_payment, (books.customer,), {"amount": D("0.001"), "method": BANK}),
        (InvalidInput, receive_payment, (books.customer,), {"amount": D("NaN"), "method": BANK}),
        (NotFound, receive_payment, (999,), {"amount": D(1), "method": BANK}),
        (MoreThanOpen, receive_payment, (books.customer,), _parts(101, (ORDER, order), 101)),
        (MoreThanFree, allocate_payment, (payment,), {"parts": {(ORDER, order): D(21)}}),
        (InvalidInput, allocate_payment, (payment,), {"parts": {(ORDER, order): D(-1)}}),
        (IllegalStep, allocate_payment, (payment,), {"parts": {(ORDER, draft): D(1)}}),
        (NotFound, allocate_payment, (payment,), {"parts": {(CHARGE, 9): D(1)}}),
        (NotFound, allocate_payment, (999,), {"parts": {(ORDER, order): D(1)}}),
        (
            WrongCustomer,
            receive_payment,
            (other,),
            {"amount": D(5), "method": BANK, "parts": {(ORDER, order): D(5)}},
        ),
        (MoreThanFree, receive_payment, (books.customer,), _parts(5, (ORDER, order), 6)),
        (NotFound, reverse_payment, (999,), {"reason": "r"}),
    ):
        books.refuses(error, command, *args, **more)
    with pytest.raises(InvalidInput):
        books.receive(1, received_on=date(2026, 3, 19))
    assert_sound(books.store)


def _parts(amount: int, document: tuple[str, int], part: int) -> dict[str, object]:
    return {"amount": D(amount), "method": BANK, "parts": {document: D(part)}}


def test_parts_of_a_shipped_order_add_up_to_it_and_an_undone_shipment_is_open_again(books: Books) -> None:
    order = books.order(3, "3.3333")  # 10.00 for three
    first = books.run(ship_order, order, quantities=books.part(order, 1))
    assert books.figures() == (D("3.33"), D("6.67"), 0)
    second = books.run(ship_order, order, quantities=books.part(order, 1))
    assert books.figures() == (D("6.67"), D("3.33"), 0)
    books.run(undo_shipment, first, reason="not loaded")
    assert books.figures() == (D("3.34"), D("6.66"), 0)
    books.run(ship_order, order)
    assert books.figures() == (10, 0, 0)
    assert_sound(books.store)
    books.run(undo_shipment, second, reason="back")
    assert sum(books.figures()) == 10
    assert_sound(books.store)


def test_an_order_with_money_is_cancelled_after_the_money_was_taken_off(books: Books) -> None:
    order = books.order()
    payment = books.receive(40, parts={(ORDER, order): D(40)})
    books.refuses(AlreadyPaid, cancel_order, order, reason="changed")
    books.run(unallocate_payment, payment, (ORDER, order), reason="cancelled")
    books.run(cancel_order, order, reason="changed")
    assert books.figures() == (0, 0, 40)
    with books.store.viewing(SYSTEM) as view:
        (row,) = find_payments(view, "lotus", is_open=True)
    assert (row.open_amount, row.amount) == (40, 40)
    assert_sound(books.store)
