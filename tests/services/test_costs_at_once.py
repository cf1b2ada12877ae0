"""Costs under several writers, on an upgraded database, and in the life of an order."""

import threading
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select, text

from core.base.clock import SystemClock
from core.ops.registry import find_differences
from core.ops.service import repair_differences
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostBalance, CostEntry
from core.stock.costs.queries import document_cost, stock_costs
from core.stock.costs.rules.events import EntryKind, Method
from core.stock.ledger import Line
from core.stock.models import StockMove
from core.stock.service import issue_goods, receive_goods
from core.work.store import Store
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.soundness import assert_sound


def test_a_shipment_costs_and_its_undoing_brings_that_back(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 3, purchase_price=Decimal("3.3333"))
        order = a_sale(uow, warehouse, [(mug, 2)])
    shipment = any_store.run(SYSTEM, ship_order, None, order)
    lines = [Line(mug.id, Decimal(1), unit_cost=Decimal(9))]
    any_store.run(SYSTEM, receive_goods, None, warehouse_id=warehouse, lines=lines)
    any_store.run(SYSTEM, undo_shipment, None, shipment, reason="not gone")
    with any_store.viewing(SYSTEM) as view:
        assert sorted(document_cost(view, "sales_order", order).values()) == [
            Decimal("-6.6666"),
            Decimal("6.6666"),
        ]
        (row,) = stock_costs(view)
        assert (row.quantity, row.amount) == (4, Decimal("18.9999"))
    assert_sound(any_store)


def test_goods_that_leave_again_after_an_undoing_are_issued_anew(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = goods(uow, warehouse, 3, purchase_price=Decimal("3.3333"))
        order = a_sale(uow, warehouse, [(mug, 2)])
    shipment = any_store.run(SYSTEM, ship_order, None, order)
    any_store.run(SYSTEM, undo_shipment, None, shipment, reason="not gone")
    any_store.run(SYSTEM, ship_order, None, order)
    with any_store.viewing(SYSTEM) as view:
        moves = view.session.scalars(select(StockMove.returns_id).order_by(StockMove.id)).all()
        _receipt, left, _back, again = view.session.scalars(select(StockMove).order_by(StockMove.id))
        assert list(moves) == [None, None, left.id, None]
        kinds = view.session.execute(select(CostEntry.move_id, CostEntry.kind).order_by(CostEntry.id)).all()
        assert kinds[-1] == (again.id, EntryKind.ISSUE)
    assert_sound(any_store)


def test_writers_at_once_leave_whole_costs(postgres_store: Store) -> None:
    """Four people ship and receive the same products while a fifth spreads freight over a receipt."""
    postgres_store.clock = SystemClock()
    with postgres_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        variants = [goods(uow, warehouse, 1000, purchase_price=Decimal("1.37")).id for _ in range(3)]
    with postgres_store.viewing(SYSTEM) as view:
        first = view.session.scalar(select(StockMove.id).order_by(StockMove.id))
    postgres_store.run(SYSTEM, set_cost_method, None, method=Method.FIFO)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        order = variants if number % 2 else variants[::-1]
        try:
            for n in range(6):
                lines = [Line(variant, Decimal(n + 1)) for variant in order]
                out = {"warehouse_id": warehouse, "lines": lines, "reason": "sample"}
                postgres_store.run(SYSTEM, issue_goods, None, **out)
                into = [Line(variant, Decimal(2), unit_cost=Decimal(n)) for variant in order]
                postgres_store.run(SYSTEM, receive_goods, None, warehouse_id=warehouse, lines=into)
                if number == 0:
                    freight = {"amount": Decimal(n + 1), "move_ids": [first], "reason": "freight"}
                    postgres_store.run(SYSTEM, add_landed_cost, None, **freight)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_sound(postgres_store)
    with postgres_store.viewing(SYSTEM) as view:
        assert [row.quantity for row in stock_costs(view)] == [1000 - 4 * 21 + 4 * 12] * 3
        landed = view.session.scalars(select(CostEntry.amount).where(CostEntry.kind == EntryKind.LANDED))
        assert sum(landed) == 21


def test_posting_at_the_end_touches_no_entry_of_before(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        mug = a_product(uow)
        for n in range(5):
            receive_goods(uow, warehouse_id=warehouse, lines=[Line(mug.id, Decimal(2), unit_cost=Decimal(n))])
            issue_goods(uow, warehouse_id=warehouse, lines=[Line(mug.id, Decimal(1))], reason="sample")
    with any_store.viewing(SYSTEM) as view:
        entries = view.session.scalars(select(CostEntry).order_by(CostEntry.id)).all()
        assert [entry.is_late for entry in entries] == [False] * 10
        moments = [entry.at for entry in entries]
        assert moments == sorted(moments)
        assert moments[-1] - moments[0] < timedelta(seconds=1)
        balance = view.session.scalars(select(CostBalance)).one()
        assert (balance.quantity, balance.amount) == (5, sum(entry.amount for entry in entries))
    assert_sound(any_store)


def test_falsified_costs_are_found_and_set_right(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        set_cost_method(uow, method=Method.FIFO)
        mug = goods(uow, warehouse, 4, purchase_price=Decimal(5))
    issue = {"warehouse_id": warehouse, "lines": [Line(mug.id, Decimal(1))], "reason": "sample"}
    any_store.run(SYSTEM, issue_goods, None, **issue)
    with any_store.engine.begin() as connection:
        connection.execute(text("UPDATE cost_balance SET amount = amount + 1"))
        connection.execute(text("UPDATE cost_layer SET quantity = quantity + 1000"))
        connection.execute(text("UPDATE cost_entry SET amount = amount - 1 WHERE kind = 'issue'"))
    with any_store.viewing(SYSTEM) as view:
        found = {each.check for each in find_differences(view)}
    assert found == {"cost_entries", "cost_balances", "cost_layers"}

    any_store.run(SYSTEM, repair_differences)

    assert_sound(any_store)
    with any_store.viewing(SYSTEM) as view:
        (row,) = stock_costs(view)
        assert (row.quantity, row.amount) == (3, 15)
