"""The profit and loss of a lot: what became of it adds up exactly, in quantity and in money."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import NotFound
from core.catalog.service import get_variant
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.lot_result import CAME_IN, Fate, LotResult, lot_result, shares
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost
from core.stock.costs.methods import set_cost_method
from core.stock.costs.rules.events import Method
from core.stock.ledger import Line, LotEntry, storage_of
from core.stock.lot_queries import lots_on_hand
from core.stock.lots import split_lot
from core.stock.models import StockMove
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document, scrap_goods
from core.stock.supplier_returns import return_to_supplier
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_channel, a_customer, a_warehouse
from tests.services.test_lots import a_tracked


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Dairy:
    """Milk of which lot A of forty came in at 3 each, and lot B of twenty at 6."""

    def __init__(self, uow: UnitOfWork, *, per_lot: bool) -> None:
        self.uow = uow
        set_cost_method(uow, method=Method.AVERAGE, per_lot=True) if per_lot else None
        self.house, self.milk = a_warehouse(uow), a_tracked(uow)
        supplier = add_supplier(uow, SupplierEntry("Farm"))
        self.receipts = [
            receive_goods(
                uow,
                warehouse_id=self.house,
                lines=[Line(self.milk, d(count), unit_cost=d(cost), lot=LotEntry(number))],
                supplier_id=supplier,
            )
            for number, count, cost in (("A", 40, 3), ("B", 20, 6))
        ]
        self.a, self.b = (row.lot_id for row in lots_on_hand(uow))
        self.customer = a_customer(uow).id

    def move_of(self, receipt: int) -> int:
        found = self.uow.session.query(StockMove.id).filter_by(origin_type="stock_document", origin_id=receipt)
        return found.scalar()

    def sell(self, count: int, price: str = "10", discount: str = "0") -> int:
        uow = self.uow
        line = LineDraft(get_variant(uow, self.milk).id, d(count), d(price), d(discount))
        order = create_order(
            uow, customer_id=self.customer, channel_id=a_channel(uow), warehouse_id=self.house, lines=[line]
        )
        confirm_order(uow, order)
        ship_order(uow, order)
        return order


def adds_up(result: LotResult) -> bool:
    """Whether what came in is what left and what is here, in quantity and in cost."""
    came = [row for row in result.rows if row.fate in CAME_IN]
    gone = [row for row in result.rows if row.fate not in CAME_IN]
    in_cost = sum(row.cost for row in came) + result.landed == sum(row.cost for row in gone) + result.evened
    return in_cost and sum(row.quantity for row in came) == sum(row.quantity for row in gone)


def told(result: LotResult) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.fate.value: (row.quantity, row.cost) for row in result.rows if row.quantity or row.cost}


def test_a_lot_with_a_cost_of_its_own_says_what_became_of_every_piece(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        dairy = Dairy(uow, per_lot=True)
        house, milk, a = dairy.house, dairy.milk, dairy.a
        add_landed_cost(uow, amount=d(20), move_ids=[dairy.move_of(dairy.receipts[0])], reason="freight")
        dairy.sell(10, discount="5")
        issue_goods(uow, warehouse_id=house, lines=[Line(milk, d(2), lot_id=a)], reason="sample")
        scrap_goods(uow, warehouse_id=house, lines=[Line(milk, d(3), lot_id=a)], reason="broken")
        return_to_supplier(uow, dairy.receipts[0], quantities={dairy.move_of(dairy.receipts[0]): d(4)}, reason="late")
        adjust_stock(uow, warehouse_id=house, counted=[Line(milk, d(20), lot_id=a)], reason="count")
        split_lot(uow, a, location_id=storage_of(uow, house), quantity=d(5), number="A2")
        result = lot_result(uow, a)
    assert told(result) == {
        "bought": (40, 120),
        "other_lots": (-5, d("-17.50")),
        "sold": (10, 35),
        "issued": (2, 7),
        "scrapped": (3, d("10.50")),
        "lost": (1, d("3.50")),
        "returned": (4, 14),
        "here": (15, d("52.50")),
    }
    assert (result.landed, result.evened) == (20, 0)
    assert result.discount == 5
    assert result.profit == result.net - d("49.00")
    assert adds_up(result)


def test_lots_that_share_one_cost_even_it_out_and_still_add_up(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        dairy = Dairy(uow, per_lot=False)
        dairy.sell(30)
        first, second = lot_result(uow, dairy.a), lot_result(uow, dairy.b)
    assert told(first) == {"bought": (40, 120), "sold": (30, 120), "here": (10, 40)}
    assert told(second) == {"bought": (20, 120), "here": (20, 80)}
    assert (first.evened, second.evened) == (-40, 40)
    assert adds_up(first)
    assert adds_up(second)


def test_what_was_taken_back_never_was(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        dairy = Dairy(uow, per_lot=True)
        order = dairy.sell(10)
        undo_shipment(uow, order, reason="wrong")
        lines = [Line(dairy.milk, d(3), lot_id=dairy.a)]
        scrapped = scrap_goods(uow, warehouse_id=dairy.house, lines=lines, reason="x")
        reverse_document(uow, scrapped, reason="not so bad")
        result = lot_result(uow, dairy.a)
        assert (result.net, result.profit) == (0, 0)
        assert told(result) == {"bought": (40, 120), "here": (40, 120)}
        ship_order(uow, order)
        result = lot_result(uow, dairy.a)
    assert told(result) == {"bought": (40, 120), "sold": (10, 30), "here": (30, 90)}
    assert result.net > 0
    assert adds_up(result)


def test_an_order_line_of_two_lots_is_shared_to_the_cent(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        dairy = Dairy(uow, per_lot=True)
        dairy.sell(47, price="0.99", discount="0.01")
        found = [lot_result(uow, lot) for lot in (dairy.a, dairy.b)]
        net = sum(each.net for each in found)
    assert [each.of(Fate.SOLD).quantity for each in found] == [40, 7]
    assert net == d("46.52")
    assert sum(each.discount for each in found) == d("0.01")


def test_a_lot_that_is_not_there_is_not_found(any_store: Store) -> None:
    with any_store.viewing(SYSTEM) as view, pytest.raises(NotFound):
        lot_result(view, 999)


@given(st.integers(0, 10_000), st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_shares_of_all_parts_are_the_amount(cents: int, parts: list[int]) -> None:
    amount, numbered = d(cents) / 100, [(key, d(part)) for key, part in enumerate(parts)]
    assert sum(shares(amount, d(sum(parts)), numbered).values()) == amount
