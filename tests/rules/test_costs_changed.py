"""What changes the cost of goods afterwards: late documents, corrected prices, landed costs, another method."""

from decimal import Decimal

from core.stock.costs.rules.events import EntryKind, Issue, LateCost, Method, Place, Policy, Receipt
from core.stock.costs.rules.landed import Received, SplitBy, split
from core.stock.costs.rules.replay import replay
from tests.costs import AVERAGE, FIFO, A, B, Book


def test_a_corrected_price_reprices_what_left_since_and_back() -> None:
    book = Book(AVERAGE)
    shown = []

    def average_after(*, events: int) -> Decimal:
        return replay([*book.events[:events], *book.events[6:]], book.opening).state.pool(Place()).unit_cost

    book.receive(1, 100, day=-2)
    first = book.issue(1, day=-2)
    corrected = book.receive(2, 120, day=-1)
    second = book.issue(1, day=-1)
    book.receive(3, 100)
    book.find(1)
    assert (book.moved(first), book.moved(second)) == (-100, -120)
    shown.append([average_after(events=n) for n in (1, 3, 4, 5)])
    book.correct(corrected, 20)
    shown.append([average_after(events=n) for n in (1, 3, 4, 5)])
    assert (book.moved(first), book.moved(second)) == (-100, -130)
    book.correct(corrected, -20)
    shown.append([average_after(events=n) for n in (1, 3, 4, 5)])

    assert shown == [[100, 120, 120, 105], [100, 130, 130, Decimal("107.5")], [100, 120, 120, 105]]


def test_a_supplier_credit_of_ten_lowers_the_cost_of_ten_by_one() -> None:
    book = Book()
    receipt = book.receive(10, "40.0000")
    book.correct(receipt, -10)
    assert book.unit_cost == 39


def test_a_revaluation_multiplies_what_a_unit_costs() -> None:
    book = Book(first_cost=175)
    book.receive(3, 175)
    book.revalue(factor="0.8")
    assert book.unit_cost == 140
    book.revalue(factor="1.1")
    assert (book.unit_cost, book.worth()) == (154, (3, 462))


def test_a_revaluation_without_stock_sets_what_the_next_goods_found_cost() -> None:
    book = Book(first_cost=175)
    book.revalue(factor="0.8")
    book.revalue(factor="1.1")
    assert (book.unit_cost, book.worth()) == (154, (0, 0))
    book.find(2)
    assert book.worth() == (2, 308)


def test_landed_cost_reaches_the_issue_and_its_return() -> None:
    book = Book(FIFO)
    receipt = book.receive(5, 100)
    gone = book.issue(5)
    back = book.come_back(2, gone)
    assert [book.moved(gone), book.moved(back)] == [-500, 200]
    book.correct(receipt, 50)
    assert [book.moved(gone), book.moved(back)] == [-550, 220]


def test_a_late_receipt_reprices_what_left_another_warehouse() -> None:
    by_warehouse = Policy(Method.FIFO, per_warehouse=True)
    book = Book(by_warehouse)
    costs = []
    book.receive(5, 10, place=A)
    book.transfer(5, A, B, day=1)
    issue = book.issue(5, place=B, day=2)
    costs.append(book.moved(issue))
    late = book.receive(5, 20, place=A, day=-1)
    costs.append(book.moved(issue))
    book.cancel(late)
    costs.append(book.moved(issue))
    book.receive(2, 20, place=A, day=-2)
    costs.append(book.moved(issue))
    assert costs == [-50, -100, -50, -70]


def test_a_late_receipt_of_a_lot_reprices_its_transfer() -> None:
    book = Book(Policy(Method.AVERAGE, per_warehouse=True, per_lot=True))
    x, y = 1, 2
    book.receive(5, 10, place=Place(1, y), day=-2)
    book.receive(5, 10, place=Place(1, x), day=-2)
    moved = book.transfer(5, Place(1, x), Place(2, x))
    out = next(each for each in book.now.entries if each.ref == moved.ref)
    assert out.amount == -50
    book.receive(5, 20, place=Place(1, x), day=-1)
    out = next(each for each in book.now.entries if each.ref == moved.ref)
    assert out.amount == -75

    def total(warehouse: int) -> Decimal:
        return sum(pool.amount for key, pool in book.now.state.pools.items() if key.warehouse_id == warehouse)

    assert (total(1), total(2)) == (125, 75)
    book.transfer(5, Place(1, y), Place(2, y))
    assert (total(1), total(2)) == (75, 125)


def test_a_late_receipt_reprices_the_issues_after_it() -> None:
    book = Book(FIFO, first_cost=40)
    gone = book.issue(10)
    back = book.come_back(2, gone)
    assert (book.moved(gone), book.moved(back)) == (-400, 80)
    book.receive(16, 20, day=-1)
    assert (book.moved(gone), book.moved(back), book.unit_cost) == (-200, 40, 20)


def test_documents_of_today_correct_quantities_at_their_own_price() -> None:
    def bought_and_sold() -> tuple[Book, Receipt, Issue]:
        book = Book(AVERAGE)
        first = book.receive(10, 10)
        book.receive(10, 20)
        return book, first, book.issue(15)

    book, _, _ = bought_and_sold()
    book.receive(5, 10, day=1)
    assert book.worth() == (10, 125)
    book, first, _ = bought_and_sold()
    book.send_back(5, first, day=1)
    assert book.worth() == (0, 0)
    book, _, _ = bought_and_sold()
    book.issue(5, day=1)
    assert book.worth() == (0, 0)
    book, _, sold = bought_and_sold()
    book.come_back(5, sold, day=1)
    assert book.worth() == (10, 150)


def test_another_method_changes_no_amount() -> None:
    for before, after, amount in ((AVERAGE, FIFO, 285), (FIFO, AVERAGE, 290)):
        book = Book(before)
        book.receive(10, 10)
        book.receive(10, 20)
        book.issue(1)
        book.change(after)
        assert book.worth() == (19, amount)
        rest = book.issue(19)
        assert book.moved(rest) == -amount
        assert book.worth() == (0, 0)


def test_pools_by_warehouse_share_by_quantity_and_join_by_age() -> None:
    book = Book(FIFO)
    book.receive(6, 10, place=A)
    book.receive(4, 20, place=B, day=1)
    book.change(Policy(Method.FIFO, per_warehouse=True), day=2)
    state = book.now.state
    assert {key: (pool.quantity, pool.amount) for key, pool in state.pools.items()} == {A: (6, 84), B: (4, 56)}
    book.change(FIFO, day=3)
    assert book.worth() == (10, 140)


def test_a_count_with_a_price_is_a_difference_and_a_revaluation() -> None:
    for counted, unit_cost, worth in ((50, 1000, 50_000), (25, 900, 22_500)):
        book = Book(AVERAGE)
        book.receive(10, 700, day=-11)
        book.issue(15, day=-1)
        book.find(counted + 5)
        book.revalue(unit_cost=unit_cost)
        assert book.worth() == (counted, worth)
    book = Book(AVERAGE)
    book.receive(10, 700, day=-11)
    book.revalue(unit_cost=1000, day=-5)
    assert book.worth() == (10, 10_000)
    book.issue(10)
    assert book.worth() == (0, 0)


def test_a_cost_that_comes_after_the_close_is_borne_by_what_is_left() -> None:
    for policy in (FIFO, AVERAGE):
        book = Book(policy)
        receipt = book.receive(10, 10)
        issue = book.issue(6, day=1)
        late = book.add(LateCost, 2, of=receipt.ref, quantity=Decimal(10), amount=Decimal(5))
        entries = [(each.kind, each.amount) for each in book.now.entries if each.ref == late.ref]
        assert entries == [(EntryKind.LANDED, 2), (EntryKind.EXPENSED, 3)]
        assert book.moved(issue) == -60
        assert book.worth() == (4, 42)


def test_an_amount_is_split_by_what_was_paid_how_many_or_how_heavy() -> None:
    a = Received(1, Decimal(10), Decimal(1000), weight=Decimal(30))
    b = Received(2, Decimal(1), Decimal(10), weight=Decimal(10))
    nothing = Received(3, Decimal(0), Decimal(0))
    assert split(Decimal(10), [a, nothing], SplitBy.AMOUNT) == {1: 10}
    assert split(Decimal(10), [a, b], SplitBy.AMOUNT) == {1: Decimal("9.9010"), 2: Decimal("0.0990")}
    assert split(Decimal(11), [a, b], SplitBy.QUANTITY) == {1: 10, 2: 1}
    assert split(Decimal(10), [a, b], SplitBy.WEIGHT) == {1: Decimal("7.5"), 2: Decimal("2.5")}


def test_landed_cost_of_one_product_leaves_the_other_alone_and_can_be_cancelled() -> None:
    a, b = Book(), Book()
    receipt = a.receive(10, 100)
    b.receive(1, 10)
    landed = a.correct(receipt, 10)
    assert (a.unit_cost, b.unit_cost) == (101, 10)
    a.cancel(landed)
    assert (a.unit_cost, b.unit_cost) == (100, 10)
