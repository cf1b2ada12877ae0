"""Valuation counts as other systems' own tests say, and as a bookkeeper would by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from core.stock.costs.rules.events import (
    Cancellation,
    ComeBack,
    Correction,
    EntryKind,
    Event,
    Found,
    Issue,
    LateCost,
    Method,
    Place,
    Policy,
    PolicyChange,
    Receipt,
    Revaluation,
    SendBack,
    Transfer,
    merged_cost,
)
from core.stock.costs.rules.landed import Received, SplitBy, split
from core.stock.costs.rules.pools import State
from core.stock.costs.rules.replay import Replayed, replay

D0 = datetime(2026, 3, 18, tzinfo=UTC)
AVERAGE, FIFO = Policy(), Policy(Method.FIFO)
ALL, A, B = Place(), Place(1), Place(2)


class Book:
    """A product whose events are written down one after the other, each on a day if need be."""

    def __init__(self, policy: Policy = AVERAGE, first_cost: int = 0) -> None:
        self.opening = State(policy, Decimal(first_cost))
        self.events: list[Event] = []
        self.ids = count(1)

    def receive(self, quantity, unit_cost, *, day=0, place=ALL) -> Receipt:
        return self.add(Receipt, day, place=place, quantity=Decimal(quantity), unit_cost=Decimal(unit_cost))

    def issue(self, quantity, *, day=0, place=ALL) -> Issue:
        return self.add(Issue, day, place=place, quantity=Decimal(quantity))

    def find(self, quantity, *, day=0) -> Found:
        return self.add(Found, day, quantity=Decimal(quantity))

    def come_back(self, quantity, of, *, day=0) -> ComeBack:
        return self.add(ComeBack, day, quantity=Decimal(quantity), of=of.ref, place=of.place)

    def send_back(self, quantity, of, *, day=0) -> SendBack:
        return self.add(SendBack, day, quantity=Decimal(quantity), of=of.ref, place=of.place)

    def transfer(self, quantity, place, to, *, day=0) -> Transfer:
        return self.add(Transfer, day, place=place, to=to, quantity=Decimal(quantity))

    def revalue(self, *, day=0, **how) -> Revaluation:
        return self.add(Revaluation, day, **{name: Decimal(each) for name, each in how.items()})

    def correct(self, receipt, amount) -> Correction:
        return self.add(Correction, 0, of=receipt.ref, amount=Decimal(amount))

    def cancel(self, event) -> Cancellation:
        return self.add(Cancellation, 0, of=event.ref)

    def change(self, policy, *, day=0) -> PolicyChange:
        return self.add(PolicyChange, day, policy=policy)

    def add(self, kind, day, **facts):
        event = kind(ref=("move", next(self.ids)), at=D0 + timedelta(days=day), **facts)
        self.events.append(event)
        return event

    @property
    def now(self) -> Replayed:
        return replay(self.events, self.opening)

    def worth(self, place=ALL) -> tuple[Decimal, Decimal]:
        pool = self.now.state.pool(place)
        return pool.quantity, pool.amount

    @property
    def unit_cost(self) -> Decimal:
        return self.now.state.pool(Place()).unit_cost

    def moved(self, event) -> Decimal:
        return self.now.amount_of(event.ref)


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


def test_landed_cost_reaches_the_issue_and_its_return() -> None:
    book = Book(FIFO)
    receipt = book.receive(5, 100)
    gone = book.issue(5)
    back = book.come_back(2, gone)
    assert [book.moved(gone), book.moved(back)] == [-500, 200]
    book.correct(receipt, 50)
    assert [book.moved(gone), book.moved(back)] == [-550, 220]


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


def test_a_transfer_takes_exactly_what_it_brings() -> None:
    book = Book(Policy(Method.AVERAGE, per_warehouse=True))
    book.receive(20_000, "156.526", place=A)
    moved = book.transfer("1728.0", A, B)
    amounts = [each.amount for each in book.now.entries if each.ref == moved.ref]
    assert amounts == [Decimal("-270476.928"), Decimal("270476.928")]
    assert book.now.state.amount == 3_130_520


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


def test_goods_put_together_cost_what_those_with_a_cost_do() -> None:
    ten, none = Decimal(10), None
    assert merged_cost([(ten, none), (Decimal(20), none)]) is None
    assert merged_cost([(ten, none), (Decimal(15), ten), (Decimal(30), none)]) == 10
    assert merged_cost([(ten, Decimal(5)), (Decimal(25), ten), (Decimal(5), Decimal(75))]) == Decimal("16.875")
