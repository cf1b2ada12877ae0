"""Back orders, orders that leave as a whole, other warehouses, unpaid orders that expire, past and coming stock."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.ops.registry import find_differences
from core.receivables.models import PaymentMethod
from core.sales.close import reopen_order
from core.sales.confirm import confirm_order
from core.sales.errors import NotComplete
from core.sales.fulfilment import (
    allot_waiting,
    allot_what_arrived,
    expire_unpaid,
    keep_reserved,
    set_fulfilment_rule,
    ship_as_a_whole,
)
from core.sales.models import SalesOrder
from core.sales.pay import pay_order
from core.sales.queries import order_card
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.stock.as_of import stock_then
from core.stock.errors import NotEnoughPromised
from core.stock.ledger import Line
from core.stock.projected import end_planned, next_arrival, plan_goods, projected_stock
from core.stock.queries import stock_levels
from core.stock.service import receive_goods
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_sale, a_warehouse, goods
from tests.conftest import NOON
from tests.services.test_lots import promised
from tests.traces import everything

TODAY = date(2026, 3, 18)


def test_goods_that_arrive_go_to_the_orders_that_wait_in_their_turn(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 3)
        set_fulfilment_rule(uow, back_orders=True)
        served, old, paid, vip = (a_sale(uow, house, [(mug, 3)]) for _ in range(4))
        pay_order(uow, paid, amount=Decimal(30), method=PaymentMethod.CASH)
        order = uow.session.get(SalesOrder, vip)
        assert order is not None
        set_fulfilment_rule(uow, customer_id=order.customer_id, priority=0)
    before = everything(any_store)
    with pytest.raises(NotEnoughPromised), any_store.working(SYSTEM) as uow:
        ship_order(uow, vip)
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(5))])
        allot_what_arrived(uow)
        assert reserved(uow, served, old, paid, vip) == [3, 0, 2, 3]
        receive_goods(uow, warehouse_id=house, lines=[Line(mug.id, Decimal(2))])
        allot_waiting(uow, old)
        assert reserved(uow, served, old, paid, vip) == [3, 2, 2, 3]
        assert find_differences(uow) == []


def reserved(uow: UnitOfWork, *orders: int) -> list[Decimal]:
    return [sum(promised(uow, order).values(), Decimal(0)) for order in orders]


def test_an_order_that_is_to_leave_as_a_whole_does_not_leave_in_parts(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 5)
        order = a_sale(uow, house, [(mug, 5)])
        (line,) = (each.id for each in order_card(uow, order).lines)
        ship_as_a_whole(uow, order, whole=True)
    before = everything(any_store)
    with pytest.raises(NotComplete), any_store.working(SYSTEM) as uow:
        ship_order(uow, order, quantities={line: Decimal(4)})
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        ship_as_a_whole(uow, order, whole=None)
        ship_order(uow, order, quantities={line: Decimal(4)})
        ship_as_a_whole(uow, order, whole=True)
        ship_order(uow, order)


def test_other_warehouses_help_out_in_as_few_parcels_as_can_be(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        own, near, far = (a_warehouse(uow, code) for code in ("OWN", "NEAR", "FAR"))
        mug, cup = goods(uow, own, 5), goods(uow, near, 5)
        receive_goods(uow, warehouse_id=near, lines=[Line(mug.id, Decimal(1))])
        receive_goods(uow, warehouse_id=far, lines=[Line(mug.id, Decimal(9)), Line(cup.id, Decimal(9))])
        set_fulfilment_rule(uow, other_warehouses=True)
        both = a_sale(uow, own, [(mug, 5), (cup, 5)])
        assert where(uow) == {("FAR", mug.sku): 5, ("FAR", cup.sku): 5}
        ship_order(uow, both)
        a_sale(uow, own, [(mug, 5)])
        assert where(uow) == {("OWN", mug.sku): 5}
        assert find_differences(uow) == []


def where(uow: UnitOfWork) -> dict[tuple[str, str], Decimal]:
    return {(row.warehouse[:3], row.sku): row.reserved for row in stock_levels(uow) if row.reserved}


def test_an_unpaid_order_expires_and_can_be_opened_again(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 9)
        set_fulfilment_rule(uow, unpaid_minutes=30)
        late, paid, kept = (a_sale(uow, house, [(mug, 3)]) for _ in range(3))
        pay_order(uow, paid, amount=Decimal(1), method=PaymentMethod.CASH)
        keep_reserved(uow, kept, more_minutes=None)
    clock.moment = NOON + timedelta(minutes=30)
    with any_store.working(SYSTEM) as uow:
        expire_unpaid(uow)
        uow.session.flush()
        assert [order_card(uow, each).business for each in (late, paid, kept)] == ["expired", "confirmed", "confirmed"]
        assert stock_levels(uow)[0].reserved == 6
        assert find_differences(uow) == []
        reopen_order(uow, late)
        confirm_order(uow, late)
        assert stock_levels(uow)[0].reserved == 9


def test_stock_of_any_past_moment_is_what_the_ledger_said_then(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 9)
    clock.moment = NOON + timedelta(seconds=1)
    with any_store.working(SYSTEM) as uow:
        ship_order(uow, a_sale(uow, house, [(mug, 4)]))
    with any_store.viewing(SYSTEM) as view:
        then = [[row.on_hand for row in stock_then(view, NOON + timedelta(seconds=after))] for after in (-1, 0, 1)]
        assert then == [[], [9], [5]]


def test_projected_stock_knows_what_is_planned_and_promised(any_store: Store) -> None:
    arrival = TODAY + timedelta(days=2)
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 9)
        a_sale(uow, house, [(mug, 4)])
        goods_to_come = {"variant_id": mug.id, "warehouse_id": house, "quantity": Decimal(6), "planned_on": arrival}
        coming = plan_goods(uow, is_incoming=True, **goods_to_come)  # type: ignore[arg-type]
        on_hand, rows = projected_stock(uow, mug.id)
        assert on_hand == 9
        assert [(row.on, row.change, row.after) for row in rows] == [(TODAY, -4, 5), (arrival, 6, 11)]
        assert next_arrival(uow, [mug.id]) == {mug.id: (arrival, 6)}
        end_planned(uow, coming)
        assert next_arrival(uow, [mug.id]) == {}
