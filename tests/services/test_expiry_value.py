"""What dated goods are worth by when they expire, and what of them is not sold in time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from core.base.clock import FixedClock
from core.catalog.service import get_variant
from core.sales.ship import ship_order
from core.security.actor import SYSTEM, Actor, permissions_of
from core.security.permissions import Role
from core.stock.expiry import LotDates
from core.stock.expiry_risk import Advice, Bucket, Remedy
from core.stock.expiry_value import RiskRow, buckets, expiry_risks
from core.stock.ledger import Line, LotEntry
from core.stock.lots import block_lot
from core.stock.service import issue_goods, receive_goods
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier
from core.work.store import Store
from tests.builders import a_sale, a_warehouse
from tests.services.test_lots import a_tracked, in_days


class Dairy:
    """Milk in two warehouses: the east sells one a day, the west two; nobody sells cream."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store, self.clock = store, clock
        with store.working(SYSTEM) as uow:
            self.east, self.west = a_warehouse(uow, "EAST"), a_warehouse(uow, "WEST")
            self.milk, self.cream = a_tracked(uow), a_tracked(uow)
            farm = add_supplier(uow, SupplierEntry("Farm"))
        self.receive(self.east, self.milk, "OLD", 90, 5, cost="1")
        self.receive(self.west, self.milk, "OLD", 180, 5, cost="1")
        for house, count in ((self.east, 90), (self.west, 180)):
            with store.working(SYSTEM) as uow:
                ship_order(uow, a_sale(uow, house, [(get_variant(uow, self.milk), count)]))
        self.receive(self.east, self.milk, "A", 50, 20, cost="2")
        self.receive(self.west, self.milk, "B", 25, 11, cost="2")
        self.receive(self.east, self.cream, "C", 4, 45, cost="5", supplier_id=farm)
        self.receive(self.east, self.cream, "D", 3, -1, cost="5")
        self.receive(self.east, self.cream, "E", 2, None, cost="5")

    def receive(self, house: int, variant: int, lot: str, quantity: int, expires: int | None, *, cost: str, **more):
        dates = LotDates(expiry_on=None if expires is None else in_days(expires))
        line = Line(variant, Decimal(quantity), unit_cost=Decimal(cost), lot=LotEntry(lot, dates))
        self.store.run(SYSTEM, receive_goods, None, warehouse_id=house, lines=[line], **more)

    def rows(self, actor: Actor = SYSTEM, **choices) -> dict[str, RiskRow]:
        with self.store.viewing(actor) as view:
            return {row.number: row for row in expiry_risks(view, **choices)}


@pytest.fixture
def dairy(any_store: Store, clock: FixedClock) -> Dairy:
    return Dairy(any_store, clock)


def test_each_lot_says_what_is_not_sold_in_time_and_what_to_do(dairy: Dairy) -> None:
    rows = dairy.rows()
    found = {number: (row.outlook.unsold, row.outlook.advice, row.unsold_value) for number, row in rows.items()}
    assert found == {
        "A": (
            30,
            (Advice(Remedy.TRANSFER, Decimal(18), dairy.west), Advice(Remedy.MARK_DOWN, Decimal(12))),
            Decimal("60.00"),
        ),
        "B": (3, (Advice(Remedy.MARK_DOWN, Decimal(3)),), Decimal("6.00")),
        "C": (4, (Advice(Remedy.RETURN, Decimal(4)),), Decimal("20.00")),
        "D": (3, (), Decimal("15.00")),
        "E": (0, (), Decimal("0.00")),
    }
    assert rows["C"].supplier == "Farm"
    assert (rows["A"].sold, rows["B"].sold) == (90, 180)


def test_buckets_add_up_what_is_here_and_what_it_is_worth(dairy: Dairy) -> None:
    with dairy.store.viewing(SYSTEM) as view:
        found = buckets(expiry_risks(view))
        east = buckets(expiry_risks(view, warehouse_id=dairy.east))
    assert [(row.bucket, row.lots, row.quantity, row.unsold, row.value, row.unsold_value) for row in found] == [
        (Bucket.EXPIRED, 1, 3, 3, Decimal("15.00"), Decimal("15.00")),
        (Bucket.IN_30, 2, 75, 33, Decimal("150.00"), Decimal("66.00")),
        (Bucket.IN_60, 1, 4, 4, Decimal("20.00"), Decimal("20.00")),
        (Bucket.IN_90, 0, 0, 0, Decimal(0), Decimal(0)),
        (Bucket.LATER, 1, 2, 0, Decimal("10.00"), Decimal("0.00")),
    ]
    assert [row.quantity for row in east] == [3, 50, 4, 0, 2]


def test_values_stay_hidden_from_who_may_not_see_costs(dairy: Dairy) -> None:
    roles = frozenset({Role.WAREHOUSE})
    rows = dairy.rows(Actor(None, "wei", roles, permissions_of(roles)))
    assert {(row.value, row.unsold_value) for row in rows.values()} == {(None, None)}
    assert [row.value for row in buckets(rows.values()) if row.lots] == [None, None, None, None]


def test_a_blocked_lot_is_not_sold_and_not_carried(dairy: Dairy) -> None:
    dairy.store.run(SYSTEM, block_lot, None, dairy.rows()["A"].lot_id, reason="glass")
    assert dairy.rows()["A"].outlook == type(dairy.rows()["A"].outlook)(Decimal(50))


def test_sales_of_long_ago_count_nowhere_and_cost_no_more_statements(dairy: Dairy) -> None:
    sent: list[str] = []
    engine = dairy.store.reader

    @event.listens_for(engine, "before_cursor_execute")
    def remember(connection, cursor, statement, *rest) -> None:
        sent.append(statement)

    dairy.rows()
    before = len(sent)
    dairy.store.run(
        SYSTEM, issue_goods, None, warehouse_id=dairy.east, lines=[Line(dairy.milk, Decimal(1))], reason="sample"
    )
    dairy.clock.moment += timedelta(days=91)
    rows = dairy.rows()
    assert {row.sold for row in rows.values()} == {0}
    assert len(sent) == 2 * before
    event.remove(engine, "before_cursor_execute", remember)
