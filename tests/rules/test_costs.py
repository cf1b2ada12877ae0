"""Valuation counts as other systems' own tests say, and as a bookkeeper would by hand."""

from decimal import Decimal

from core.stock.costs.rules.events import Method, Place, Policy, merged_cost
from tests.costs import AVERAGE, FIFO, A, B, Book


def test_the_first_goods_in_are_the_first_out() -> None:
    book = Book(FIFO, first_cost=80)
    shown = []
    book.receive(4, 10)
    shown.append(book.unit_cost)
    book.receive(2, 25)
    shown.append(book.unit_cost)
    three = book.issue(3)
    shown.append(book.unit_cost)
    one, last = book.issue(1), book.issue(1)
    shown.append(book.unit_cost)

    assert shown == [10, 15, 20, 25]
    assert [book.moved(three), book.moved(one), book.moved(last)] == [-30, -10, -25]
    assert book.worth() == (1, 25)


def test_what_is_left_of_two_layers_is_the_newer_one() -> None:
    book = Book(FIFO)
    book.receive(10, 10)
    book.receive(10, 20)
    book.issue(15)
    assert book.worth() == (5, 100)


def test_goods_found_come_in_at_the_average_of_that_moment() -> None:
    book = Book(FIFO, first_cost=80)
    shown = []
    book.receive(1, 100, day=-2)
    shown.append(book.unit_cost)
    book.receive(2, 120, day=-1)
    shown.append(book.unit_cost)
    found = book.find(1, day=-1)
    shown.append(book.unit_cost)
    issues = [book.issue(2, day=-1)]
    book.receive(3, 100)
    shown.append(book.unit_cost)
    issues += [book.issue(2), book.issue(1)]

    assert [round(each, 4) for each in shown] == [100, Decimal("113.3333"), Decimal("113.3333"), Decimal("106.6667")]
    assert book.moved(found) == Decimal("113.3333")
    assert [book.moved(each) for each in issues] == [-220, Decimal("-233.3333"), -100]


def test_goods_sold_before_they_came_cost_what_they_then_cost() -> None:
    book = Book(FIFO)
    book.receive(10, 10)
    book.receive(10, 20)
    early = book.issue(30)
    assert book.worth() == (-10, -200)
    book.receive(10, 30)
    assert book.worth() == (0, 0)
    book.receive(10, 40)

    assert book.worth() == (10, 400)
    assert book.moved(early) == -(100 + 200 + 300)


def test_below_zero_the_last_known_cost_counts_until_the_next_receipt() -> None:
    book = Book(FIFO)
    worth = []
    queues = []
    steps = [lambda: book.receive(10, 10), lambda: book.issue(15), lambda: book.issue(5), lambda: book.receive(15, 15)]
    for step in steps:
        step()
        worth.append(book.worth()[1])
        layers = book.now.state.pool(Place()).layers
        queues.append((sum(each.quantity for each in layers), layers[0].amount / layers[0].quantity))

    assert worth == [100, -50, -100, 75]
    assert queues == [(10, 10), (-5, 10), (-10, 10), (5, 15)]


def test_an_average_below_zero_follows_the_last_receipt() -> None:
    book = Book(AVERAGE, first_cost=5)
    shown = []
    for step in (
        lambda: book.issue(1),
        lambda: book.issue(1),
        lambda: book.receive(1, 3),
        lambda: book.receive(2, 2),
    ):
        step()
        shown.append((book.now.state.quantity, book.unit_cost))
    assert shown == [(-1, 5), (-2, 5), (-1, 3), (1, 2)]


def test_the_last_unit_takes_every_fraction_along() -> None:
    for costs, before in ((["1.00", "1.00", "1.01"], "3.01"), (["1.02", "1.00", "1.00"], "3.02")):
        book = Book(AVERAGE)
        for cost in costs:
            book.receive(1, cost)
        assert book.worth() == (3, Decimal(before))
        book.issue(3)
        assert book.worth() == (0, 0)


def test_large_numbers_average_and_leave_nothing() -> None:
    book = Book(AVERAGE)
    book.receive(1000, "0.17")
    book.receive(800, "0.23")
    assert round(book.unit_cost, 2) == Decimal("0.20")
    first, second = book.issue(1000), book.issue(800)
    assert [book.moved(first), book.moved(second)] == [Decimal("-196.6667"), Decimal("-157.3333")]
    assert book.worth() == (0, 0)


def test_a_full_return_brings_back_exactly_what_went() -> None:
    book = Book(AVERAGE)
    book.receive(1, "13.13")
    book.receive(1, "12.20")
    gone = book.issue(2)
    first, second = book.come_back(1, gone), book.come_back(1, gone)
    assert [book.moved(first), book.moved(second)] == [Decimal("12.6650"), Decimal("12.6650")]
    assert book.worth() == (2, Decimal("25.33"))


def test_three_returns_of_ten_yuan_add_up_to_ten_yuan() -> None:
    book = Book(AVERAGE)
    book.receive(3, "3.3333")
    book.revalue(factor="1.00003")
    gone = book.issue(3)
    back = [book.come_back(1, gone) for _ in range(3)]
    assert sum(book.moved(each) for each in back) == -book.moved(gone)


def test_a_return_to_the_supplier_follows_the_cost_of_its_receipt() -> None:
    for policy in (FIFO, AVERAGE):
        book = Book(policy)
        receipt = book.receive(5, 100)
        back = book.send_back(2, receipt)
        assert book.moved(back) == -200
        book.correct(receipt, 50)
        assert book.moved(back) == -220
        assert book.worth() == (3, 330)


def test_a_return_to_the_supplier_takes_its_own_layer_first() -> None:
    book = Book(FIFO)
    book.receive(5, 10)
    second = book.receive(5, 20)
    back = book.send_back(3, second)
    assert book.moved(back) == -60
    assert book.worth() == (7, 90)


def test_parts_of_a_bundle_return_at_what_they_left_with() -> None:
    book = Book(FIFO)
    receipt = book.receive(50, 100)
    out = book.issue(20)
    back = book.come_back(8, out)
    assert book.moved(back) == 800
    book.correct(receipt, 50)
    assert (book.moved(out), book.moved(back)) == (-2020, 808)


def test_a_transfer_takes_exactly_what_it_brings() -> None:
    book = Book(Policy(Method.AVERAGE, per_warehouse=True))
    book.receive(20_000, "156.526", place=A)
    moved = book.transfer("1728.0", A, B)
    amounts = [each.amount for each in book.now.entries if each.ref == moved.ref]
    assert amounts == [Decimal("-270476.928"), Decimal("270476.928")]
    assert book.now.state.amount == 3_130_520


def test_goods_put_together_cost_what_those_with_a_cost_do() -> None:
    ten, none = Decimal(10), None
    assert merged_cost([(ten, none), (Decimal(20), none)]) is None
    assert merged_cost([(ten, none), (Decimal(15), ten), (Decimal(30), none)]) == 10
    assert merged_cost([(ten, Decimal(5)), (Decimal(25), ten), (Decimal(5), Decimal(75))]) == Decimal("16.875")
