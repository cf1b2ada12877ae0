"""What goods cost: booked with every move, corrected later, closed, and always what the moves say."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.base.clock import FixedClock
from core.base.errors import AppError, NotFound
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price, revalue_stock, reverse_adjustment
from core.stock.costs.errors import (
    AdjustmentReversed,
    CannotReopenOpening,
    InTheFuture,
    NotAReceipt,
    NothingOfIt,
    NotNewestClose,
    PeriodClosed,
    PeriodNotOver,
    SameMethod,
)
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostBalance, CostEntry, PeriodClose
from core.stock.costs.periods import close_checklist, close_period, closed_periods, reopen_period
from core.stock.costs.previews import (
    landed_shares,
    preview_landed_cost,
    preview_late_receipt,
    preview_receipt_price,
    simulated_method,
)
from core.stock.costs.queries import cost_history, document_cost, move_cost, stock_costs, unit_cost
from core.stock.costs.rules.events import EntryKind, Method, Policy
from core.stock.costs.rules.landed import SplitBy
from core.stock.errors import NotEnoughStock, NotEnoughThen
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.soundness import assert_sound

TODAY = date(2026, 3, 18)
FIFO = Policy(Method.FIFO)


class Shop:
    """A warehouse and a product, and the documents that move it."""

    def __init__(self, store: Store, clock: FixedClock, *, purchase_price: str = "0") -> None:
        self.store, self.clock = store, clock
        with store.working(SYSTEM) as uow:
            self.warehouse = a_warehouse(uow)
            self.mug = a_product(uow, purchase_price=Decimal(purchase_price)).id

    def receive(self, quantity, cost=None, *, at=None, variant=None) -> int:
        unit = None if cost is None else Decimal(cost)
        lines = [Line(variant or self.mug, Decimal(quantity), unit_cost=unit)]
        return self.store.run(SYSTEM, receive_goods, None, warehouse_id=self.warehouse, lines=lines, at=at)

    def issue(self, quantity, *, at=None) -> int:
        lines = [Line(self.mug, Decimal(quantity))]
        where = {"warehouse_id": self.warehouse, "lines": lines, "reason": "sample"}
        return self.store.run(SYSTEM, issue_goods, None, **where, at=at)

    def count(self, quantity, *, at=None) -> int:
        lines = [Line(self.mug, Decimal(quantity))]
        where = {"warehouse_id": self.warehouse, "counted": lines, "reason": "count"}
        return self.store.run(SYSTEM, adjust_stock, None, **where, at=at)

    def run(self, command, *args, **facts):
        return self.store.run(SYSTEM, command, None, *args, **facts)

    def ask(self, query, *args, **facts):
        with self.store.viewing(SYSTEM) as view:
            return query(view, *args, **facts)

    def cost_of(self, document: int) -> Decimal:
        return sum(self.ask(document_cost, "stock_document", document).values())

    def move_of(self, document: int) -> int:
        return next(iter(self.ask(document_cost, "stock_document", document)))

    @property
    def worth(self) -> tuple[Decimal, Decimal]:
        rows = self.ask(stock_costs, variant_ids=[self.mug])
        return (rows[0].quantity, rows[0].amount) if rows else (Decimal(0), Decimal(0))

    def refused(self, refusal: type[AppError], deed) -> None:
        """It is refused, and nothing at all is different afterwards."""
        before = self.everything()
        with pytest.raises(refusal):
            deed()
        assert self.everything() == before

    def everything(self) -> list[object]:
        with self.store.viewing(SYSTEM) as view:
            tables = (CostEntry, CostBalance, StockMove, PeriodClose)
            counts = [view.session.scalar(select(func.count()).select_from(table)) for table in tables]
            pools = view.session.execute(select(CostBalance.variant_id, CostBalance.quantity, CostBalance.amount))
            return [*counts, *map(tuple, pools)]


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> Shop:
    """A shop that values at the moving average."""
    return Shop(any_store, clock)


@pytest.fixture
def fifo(any_store: Store, clock: FixedClock) -> Shop:
    """A shop that values first in, first out."""
    shop = Shop(any_store, clock)
    shop.run(set_cost_method, method=Method.FIFO)
    return shop


def day(before: int) -> date:
    return TODAY - timedelta(days=before)


def test_goods_leave_at_the_average_and_the_last_takes_the_rest(shop: Shop) -> None:
    shop.receive(1, "13.13")
    shop.receive(2, "12.20")
    first, rest = shop.issue(1), shop.issue(2)
    assert [shop.cost_of(first), shop.cost_of(rest)] == [Decimal("-12.51"), Decimal("-25.02")]
    assert shop.worth == (0, 0)
    assert shop.ask(unit_cost, shop.mug) == Decimal("12.51")
    assert_sound(shop.store)


def test_goods_without_a_price_come_in_at_the_purchase_price(any_store: Store, clock: FixedClock) -> None:
    shop = Shop(any_store, clock, purchase_price="7.5")
    shop.receive(4)
    assert shop.worth == (4, 30)
    assert_sound(shop.store)


def test_layers_are_eaten_from_the_oldest_and_explained(fifo: Shop) -> None:
    old, new = fifo.receive(4, 10), fifo.receive(2, 25)
    issue = fifo.issue(5)
    card = fifo.ask(move_cost, fifo.move_of(issue))
    assert (card.method, card.amount, card.unit_cost) == (Method.FIFO, -65, 13)
    assert [(row.origin_id, row.quantity, row.amount) for row in card.eaten] == [(old, 4, 40), (new, 1, 25)]
    assert fifo.worth == (1, 25)
    assert_sound(fifo.store)


def test_a_backdated_receipt_reprices_what_left_since_and_says_so_before(fifo: Shop) -> None:
    fifo.receive(5, 10, at=day(3))
    issue = fifo.issue(5, at=day(1))
    at = fifo.clock.moment - timedelta(days=4)
    where = {"warehouse_id": fifo.warehouse, "quantity": Decimal(2), "unit_cost": Decimal(20), "at": at}
    effect = fifo.ask(preview_late_receipt, fifo.mug, **where)
    assert (effect.issues, effect.cost_of_sales, effect.stock) == (1, 20, 20)
    assert [(row.origin_id, row.amount) for row in effect.moves] == [(issue, 20)]
    fifo.receive(2, 20, at=day(4))
    assert fifo.cost_of(issue) == -70
    card = fifo.ask(move_cost, fifo.move_of(issue))
    assert [(row.is_late, row.amount) for row in card.entries] == [(False, -50), (True, -20)]
    assert fifo.worth == (2, 20)
    assert_sound(fifo.store)


def test_an_undone_receipt_never_was(fifo: Shop) -> None:
    fifo.receive(5, 10, at=day(2))
    issue = fifo.issue(5, at=day(1))
    late = fifo.receive(5, 20, at=day(3))
    assert fifo.cost_of(issue) == -100
    fifo.run(reverse_document, late, reason="entered twice")
    assert fifo.cost_of(issue) == -50
    assert fifo.worth == (0, 0)
    assert_sound(fifo.store)


def test_what_went_into_the_past_may_not_have_been_missing_since(shop: Shop) -> None:
    shop.receive(10, 100, at=day(3))
    shop.issue(2, at=day(1))
    shop.refused(NotEnoughStock, lambda: shop.count(1, at=day(2)))
    shop.receive(5, 100)
    shop.refused(NotEnoughThen, lambda: shop.count(1, at=day(2)))
    shop.refused(NotEnoughThen, lambda: shop.issue(9, at=day(2)))
    shop.count(3, at=day(2))
    assert shop.worth == (6, 600)
    assert_sound(shop.store)


def test_nothing_is_dated_into_the_future_or_a_closed_period(shop: Shop) -> None:
    shop.receive(5, 10, at=day(9))
    shop.run(close_period, through=day(5))
    shop.refused(PeriodClosed, lambda: shop.receive(1, 10, at=day(5)))
    shop.refused(PeriodClosed, lambda: shop.issue(1, at=day(7)))
    shop.refused(InTheFuture, lambda: shop.receive(1, 10, at=TODAY + timedelta(days=1)))
    shop.refused(PeriodNotOver, lambda: shop.run(close_period, through=day(5)))
    shop.refused(PeriodNotOver, lambda: shop.run(close_period, through=TODAY))
    shop.issue(1, at=day(4))
    assert shop.worth == (4, 40)
    assert_sound(shop.store)


def test_landed_cost_is_previewed_spread_and_taken_back(shop: Shop) -> None:
    receipt = shop.receive(10, 100)
    issue = shop.issue(4)
    moves = [shop.move_of(receipt)]
    facts = {"amount": Decimal(10), "move_ids": moves}
    effect = shop.ask(preview_landed_cost, **facts)
    assert (effect.issues, effect.cost_of_sales, effect.stock) == (1, 4, 6)
    assert shop.worth == (6, 600)
    landed = shop.run(add_landed_cost, **facts, reason="freight")
    assert (shop.cost_of(issue), shop.worth) == (-404, (6, 606))
    shop.run(reverse_adjustment, landed, reason="not ours")
    assert (shop.cost_of(issue), shop.worth) == (-400, (6, 600))
    shop.refused(AdjustmentReversed, lambda: shop.run(reverse_adjustment, landed, reason="again"))
    assert_sound(shop.store)


def test_an_amount_is_spread_by_amount_quantity_or_weight(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        plate = a_product(uow).id
    first = shop.move_of(shop.receive(10, 100))
    second = shop.move_of(shop.receive(1, 10, variant=plate))
    facts = {"amount": Decimal(11), "move_ids": [first, second]}
    weights = {first: Decimal(1), second: Decimal(10)}
    assert shop.ask(landed_shares, **facts, split_by=SplitBy.QUANTITY) == {first: 10, second: 1}
    by_weight = shop.ask(landed_shares, **facts, split_by=SplitBy.WEIGHT, weights=weights)
    assert by_weight == {first: 1, second: 10}
    assert sum(shop.ask(landed_shares, **facts).values()) == 11
    gone = shop.move_of(shop.issue(1))
    shop.refused(NotAReceipt, lambda: shop.run(add_landed_cost, amount=Decimal(1), move_ids=[gone], reason="freight"))
    shop.refused(NothingOfIt, lambda: shop.run(add_landed_cost, amount=Decimal(0), move_ids=[first], reason="freight"))


def test_a_corrected_price_reprices_what_left_since_and_back(shop: Shop) -> None:
    shop.receive(1, 100, at=day(2))
    shop.issue(1, at=day(2))
    receipt = shop.move_of(shop.receive(2, 120, at=day(1)))
    issue = shop.issue(1, at=day(1))
    shop.receive(3, 100)
    assert (shop.cost_of(issue), shop.ask(unit_cost, shop.mug)) == (-120, 105)
    effect = shop.ask(preview_receipt_price, receipt, unit_cost=Decimal(130))
    assert (effect.issues, effect.cost_of_sales, effect.stock) == (1, 10, 10)
    shop.run(correct_receipt_price, receipt, unit_cost=Decimal(130), reason="invoice")
    assert (shop.cost_of(issue), shop.ask(unit_cost, shop.mug)) == (-130, Decimal("107.5"))
    shop.run(correct_receipt_price, receipt, unit_cost=Decimal(120), reason="credit note")
    assert (shop.cost_of(issue), shop.ask(unit_cost, shop.mug)) == (-120, 105)
    shop.refused(NothingOfIt, lambda: shop.run(correct_receipt_price, receipt, unit_cost=Decimal(120), reason="again"))
    assert_sound(shop.store)


@pytest.mark.parametrize("method", Method)
def test_a_cost_of_a_closed_period_is_borne_by_what_is_left(shop: Shop, method: Method) -> None:
    if method is Method.FIFO:
        shop.run(set_cost_method, method=method)
    receipt = shop.move_of(shop.receive(10, 10, at=day(9)))
    issue = shop.issue(6, at=day(8))
    shop.run(close_period, through=day(5))
    closed = shop.ask(stock_costs, on=day(5), variant_ids=[shop.mug])
    effect = shop.ask(preview_landed_cost, amount=Decimal(5), move_ids=[receipt])
    assert (effect.issues, effect.cost_of_sales, effect.stock) == (0, 3, 2)
    shop.run(add_landed_cost, amount=Decimal(5), move_ids=[receipt], reason="freight")
    assert (shop.cost_of(issue), shop.worth) == (-60, (4, 42))
    assert shop.ask(stock_costs, on=day(5), variant_ids=[shop.mug]) == closed
    late = shop.issue(4)
    assert (shop.cost_of(late), shop.worth) == (-42, (0, 0))
    assert_sound(shop.store)


def test_a_period_is_reopened_from_the_newest_back(shop: Shop) -> None:
    shop.receive(5, 10, at=day(9))
    first = shop.run(close_period, through=day(8))
    shop.issue(1, at=day(7))
    second = shop.run(close_period, through=day(5))
    shop.refused(NotNewestClose, lambda: shop.run(reopen_period, first, reason="late invoice"))
    shop.run(reopen_period, second, reason="late invoice")
    assert [row.id for row in shop.ask(closed_periods)] == [first]
    shop.receive(5, 20, at=day(6))
    assert shop.worth == (9, 140)
    assert_sound(shop.store)


def test_the_list_before_closing_counts_what_is_open(shop: Shop) -> None:
    shop.receive(1, 0, at=day(3))
    rows = shop.ask(close_checklist, through=day(1), timezone="Asia/Shanghai")
    assert {row.name: row.count for row in rows if row.count} == {"without_cost": 1}


def test_the_opening_close_stays(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        at = uow.now - timedelta(days=30)
        close = uow.add(PeriodClose(closed_through=day(30), until=at, is_opening=True, created_at=at))
        uow.audit("test", close)
    shop.refused(CannotReopenOpening, lambda: shop.run(reopen_period, close.id, reason="why not"))


def test_a_method_counts_from_its_day_and_amounts_stay(shop: Shop) -> None:
    shop.receive(10, 10, at=day(4))
    shop.receive(10, 20, at=day(3))
    one = shop.issue(1, at=day(2))
    shop.run(set_cost_method, method=Method.FIFO, since=day(1))
    assert (shop.cost_of(one), shop.worth) == (-15, (19, 285))
    shop.receive(1, 40)
    assert shop.cost_of(shop.issue(19)) == -285
    shop.refused(SameMethod, lambda: shop.run(set_cost_method, method=Method.FIFO))
    shop.run(set_cost_method, method=Method.AVERAGE)
    assert shop.worth == (1, 40)
    assert_sound(shop.store)


def test_another_method_can_be_tried(shop: Shop) -> None:
    shop.receive(10, 10)
    shop.receive(10, 20)
    shop.issue(10)
    (row,) = shop.ask(simulated_method, [shop.mug], FIFO)
    assert (row.cost_now, row.stock_now, row.cost_then, row.stock_then) == (150, 150, 100, 200)


def test_a_revaluation_changes_what_is_here(shop: Shop) -> None:
    shop.receive(3, 175)
    shop.run(revalue_stock, shop.mug, factor=Decimal("0.8"), reason="damaged box")
    assert shop.ask(unit_cost, shop.mug) == 140
    shop.run(revalue_stock, shop.mug, factor=Decimal("1.1"), reason="not so bad")
    assert shop.worth == (3, 462)
    shop.receive(1, 38)
    assert shop.cost_of(shop.issue(4)) == -500
    assert_sound(shop.store)


def test_the_history_has_one_row_a_day(shop: Shop) -> None:
    start = shop.clock.moment
    for before, costs in ((2, [100]), (1, [90, 120]), (0, [110])):
        shop.clock.moment = start - timedelta(days=before)
        if before == 2:
            shop.receive(1, 100)
        for cost in costs:
            if before < 2:
                shop.run(revalue_stock, shop.mug, unit_cost=Decimal(cost), reason="market")
    assert [row.unit_cost for row in shop.ask(cost_history, shop.mug)] == [100, 120, 110]
    assert_sound(shop.store)


def test_each_warehouse_may_have_its_own_cost(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        other = a_warehouse(uow, "EAST")
    shop.run(set_cost_method, method=Method.AVERAGE, per_warehouse=True)
    shop.receive(2, 10)
    lines = [Line(shop.mug, Decimal(2), unit_cost=Decimal(20))]
    shop.run(receive_goods, warehouse_id=other, lines=lines)
    rows = shop.ask(stock_costs, by_warehouse=True)
    assert {row.warehouse_id: row.amount for row in rows} == {shop.warehouse: 20, other: 40}
    assert shop.cost_of(shop.issue(2)) == -20
    assert_sound(shop.store)


def test_one_cost_for_all_is_shown_by_warehouse_and_day(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        other = a_warehouse(uow, "EAST")
    shop.receive(2, 10, at=day(2))
    lines = [Line(shop.mug, Decimal(1), unit_cost=Decimal(40))]
    shop.run(receive_goods, warehouse_id=other, lines=lines)
    now = shop.ask(stock_costs, by_warehouse=True)
    then = shop.ask(stock_costs, by_warehouse=True, on=day(1))
    assert {row.warehouse_id: row.amount for row in now} == {shop.warehouse: 40, other: 20}
    assert {row.warehouse_id: row.amount for row in then} == {shop.warehouse: 20}


def test_a_move_without_a_cost_has_none_to_explain(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.ask(move_cost, 99)


def test_goods_that_left_come_in_at_what_was_known_last(shop: Shop) -> None:
    shop.receive(2, 30)
    shop.issue(2)
    found = shop.count(1)
    card = shop.ask(move_cost, shop.move_of(found))
    assert (card.amount, card.entries[0].kind) == (30, EntryKind.FOUND)
    assert_sound(shop.store)
