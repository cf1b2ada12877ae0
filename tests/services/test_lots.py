"""Lots, expiry, places: which goods an order gets, what is refused, and what is never lost."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.base.clock import FixedClock
from core.base.errors import InvalidInput, Refusals
from core.catalog.models import Tracking
from core.catalog.service import get_variant
from core.catalog.tracking import track_product
from core.ops.registry import find_differences
from core.sales.close import cancel_order
from core.sales.fulfilment import set_fulfilment_rule
from core.sales.recall import lot_choices, recall, shipped_lots
from core.sales.ship import ship_order, undo_shipment
from core.security.actor import SYSTEM, NotAllowed
from core.security.permissions import P
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import CostBalance
from core.stock.costs.rules.events import Method
from core.stock.errors import LotBlocked, LotExpired, LotMissing, NotEnoughStock, NotOnePiece, SerialTwice
from core.stock.expiry import LotDates
from core.stock.ledger import Line, LotEntry, Origin, reserve, storage_of
from core.stock.lot_queries import lot_card, lot_moves, lots_on_hand
from core.stock.lots import block_lot, merge_lots, name_lots, release_lot, split_lot
from core.stock.models import MoveState, StockMove
from core.stock.queries import stock_levels
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.builders import a_product, a_sale, a_warehouse, goods
from tests.conftest import NOON
from tests.traces import everything

TODAY = date(2026, 3, 18)


def in_days(count: int) -> date:
    return TODAY + timedelta(days=count)


def a_tracked(uow: UnitOfWork, tracking: Tracking = Tracking.LOT, **life: Any) -> int:
    variant = a_product(uow)
    track_product(uow, variant.product_id, tracking=tracking, **life)
    return variant.id


def a_lot(
    uow: UnitOfWork,
    warehouse: int,
    variant: int,
    number: str,
    quantity: int | str,
    expires: int | None = None,
    **more: Any,
) -> int:
    dates = LotDates(expiry_on=None if expires is None else in_days(expires))
    line = Line(variant, Decimal(quantity), lot=LotEntry(number, dates))
    receive_goods(uow, warehouse_id=warehouse, lines=[line])
    return next(row.lot_id for row in lots_on_hand(uow, variant_ids=[variant]) if row.number == number)


def held(uow: UnitOfWork, variant: int) -> dict[str, tuple[Decimal, Decimal]]:
    return {row.number: (row.on_hand, row.reserved) for row in lots_on_hand(uow, variant_ids=[variant])}


def promised(uow: UnitOfWork, order: int) -> dict[int | None, Decimal]:
    moves = uow.session.scalars(
        select(StockMove).where(StockMove.origin_id == order, StockMove.state == MoveState.RESERVED)
    )
    return {move.lot_id: move.quantity for move in moves}


def the_line(uow: UnitOfWork, order: int) -> int:
    return next(choice.order_line_id for choice in lot_choices(uow, order))


def test_an_order_gets_what_expires_first_and_spills_into_the_next_lot(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        a_lot(uow, house, milk, "FAR", 10, 10)
        a_lot(uow, house, milk, "SOON", 10, 2)
        a_lot(uow, house, milk, "MID", 10, 5)
        a_lot(uow, house, milk, "UNDATED", 10)
        a_sale(uow, house, [(get_variant(uow, milk), 24)])
        assert held(uow, milk) == {"SOON": (10, 10), "MID": (10, 10), "FAR": (10, 4), "UNDATED": (10, 0)}
        assert find_differences(uow) == []


def test_a_lot_is_good_on_its_last_day_and_not_on_the_next_everywhere(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        a_lot(uow, house, milk, "TODAY", 5, 0)
        order = a_sale(uow, house, [(get_variant(uow, milk), 2)])
        assert stock_levels(uow)[0].available == 3
        assert lots_on_hand(uow)[0].freshness == "good"
        ship_order(uow, order, quantities={the_line(uow, order): Decimal(1)})
    clock.moment = NOON + timedelta(days=1)
    with any_store.working(SYSTEM) as uow:
        assert stock_levels(uow)[0].available == 0
        assert stock_levels(uow)[0].unavailable == 3
        assert lots_on_hand(uow)[0].freshness == "expired"
    before = everything(any_store)
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(get_variant(uow, milk), 1)])
    with pytest.raises(LotExpired), any_store.working(SYSTEM) as uow:
        ship_order(uow, order)
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        ship_order(uow, order, expired_too=True)
        assert held(uow, milk) == {"TODAY": (3, 0)}


def test_goods_leave_with_their_lots_named_and_not_without(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 10)
        order = a_sale(uow, house, [(mug, 10)])
        track_product(uow, mug.product_id, tracking=Tracking.LOT)
    before = everything(any_store)
    with pytest.raises(LotMissing), any_store.working(SYSTEM) as uow:
        ship_order(uow, order)
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        lots = {LotEntry("00001"): Decimal(7), LotEntry("00002"): Decimal(3)}
        name_lots(uow, location_id=storage_of(uow, house), variant_id=mug.id, lots=lots)
        assert held(uow, mug.id) == {"00001": (7, 7), "00002": (3, 3)}
        shipment = ship_order(uow, order)
        assert {row.number: row.quantity for row in shipped_lots(uow, order)} == {"00001": 7, "00002": 3}
        undo_shipment(uow, shipment, reason="wrong van")
        assert held(uow, mug.id) == {"00001": (7, 7), "00002": (3, 3)}
        assert find_differences(uow) == []


def test_a_keeper_may_send_other_lots_than_were_proposed(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        soon, far = a_lot(uow, house, milk, "SOON", 10, 2), a_lot(uow, house, milk, "FAR", 4, 9)
        order = a_sale(uow, house, [(get_variant(uow, milk), 6)])
        line = the_line(uow, order)
        offered = [(each.lot.number, each.most, each.proposed) for each in lot_choices(uow, order)]
        assert offered == [("SOON", 10, 6), ("FAR", 4, 0)]
    before = everything(any_store)
    refused = ((far, Decimal(5), NotEnoughStock), (far, Decimal(4), InvalidInput))
    for lot, count, refusal in refused:
        rest = {soon: Decimal(1)} if count == 5 else {}
        with pytest.raises(refusal), any_store.working(SYSTEM) as uow:
            ship_order(uow, order, lots={line: {lot: count, **rest}})
        assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        first = ship_order(uow, order, quantities={line: Decimal(4)}, lots={line: {far: Decimal(3), soon: Decimal(1)}})
        assert held(uow, milk) == {"SOON": (9, 2), "FAR": (1, 0)}
        second = ship_order(uow, order)
        undo_shipment(uow, first, reason="wrong")
        assert held(uow, milk) == {"SOON": (8, 1), "FAR": (4, 3)}
        undo_shipment(uow, second, reason="wrong")
        cancel_order(uow, order, reason="changed their mind")
        assert held(uow, milk) == {"SOON": (10, 0), "FAR": (4, 0)}
        assert find_differences(uow) == []


def test_expired_lots_leave_only_when_somebody_who_may_confirms_it(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        good, bad = a_lot(uow, house, milk, "GOOD", 8, 10), a_lot(uow, house, milk, "BAD", 8, -10)
        order = a_sale(uow, house, [(get_variant(uow, milk), 8)])
        line = the_line(uow, order)
        ship_order(uow, order, quantities={line: Decimal(2)}, lots={line: {good: Decimal(2)}})
    before = everything(any_store)
    keeper = replace(SYSTEM, permissions=SYSTEM.permissions - {P.LOT_SHIP_EXPIRED})
    for lots in ({good: Decimal(2), bad: Decimal(4)}, {bad: Decimal(6)}):
        with pytest.raises(LotExpired), any_store.working(SYSTEM) as uow:
            ship_order(uow, order, lots={line: lots})
        with pytest.raises(NotAllowed), any_store.working(keeper) as uow:
            ship_order(uow, order, lots={line: lots}, expired_too=True)
        assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        ship_order(uow, order, lots={line: {good: Decimal(2), bad: Decimal(4)}}, expired_too=True)
        assert held(uow, milk) == {"GOOD": (4, 0), "BAD": (4, 0)}


def test_blocked_lots_are_promised_to_nobody_and_stay_where_they_are(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        lot = a_lot(uow, house, milk, "A", 8, 10)
        order = a_sale(uow, house, [(get_variant(uow, milk), 3)])
        block_lot(uow, lot, reason="glass found")
        assert (stock_levels(uow)[0].available, stock_levels(uow)[0].unavailable) == (0, 5)
    before = everything(any_store)
    with pytest.raises(LotBlocked), any_store.working(SYSTEM) as uow:
        ship_order(uow, order, expired_too=True)
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(get_variant(uow, milk), 1)])
    assert everything(any_store) == before
    with any_store.working(SYSTEM) as uow:
        release_lot(uow, lot, reason="false alarm")
        ship_order(uow, order)


def test_a_customer_gets_only_goods_with_enough_life_left(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow, shelf_life_days=30)
        a_lot(uow, house, milk, "OLD", 5, 19)
        fresh = a_lot(uow, house, milk, "FRESH", 5, 20)
        set_fulfilment_rule(uow, least_life_share=Decimal("0.6666"))
        order = a_sale(uow, house, [(get_variant(uow, milk), 4)])
        assert promised(uow, order) == {fresh: 4}
    with pytest.raises(NotEnoughStock) as refused, any_store.working(SYSTEM) as uow:
        a_sale(uow, house, [(get_variant(uow, milk), 2)])
    assert refused.value.facts["available"] == 1


def test_a_serial_number_is_one_piece_and_comes_in_once(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        phone = a_tracked(uow, Tracking.SERIAL)
        a_lot(uow, house, phone, "SN1", 1)
    before = everything(any_store)
    for lines, refusal in (
        ([("SN1", 1)], SerialTwice),
        ([("SN2", 1), ("SN2", 1)], SerialTwice),
        ([("SN3", 2)], NotOnePiece),
        ([("SN1", 1), ("SN3", 2)], Refusals),
        ([("", 1)], InvalidInput),
    ):
        arrived = [Line(phone, Decimal(count), lot=LotEntry(number)) for number, count in lines]
        with pytest.raises(refusal), any_store.working(SYSTEM) as uow:
            receive_goods(uow, warehouse_id=house, lines=arrived)
        with pytest.raises(LotMissing), any_store.working(SYSTEM) as uow:
            receive_goods(uow, warehouse_id=house, lines=[Line(phone, Decimal(1))])
        assert everything(any_store) == before


def test_a_lot_is_split_and_merged_with_its_promises(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        lot = a_lot(uow, house, milk, "A", 100, 9)
        a_sale(uow, house, [(get_variant(uow, milk), 90)])
        place = storage_of(uow, house)
        part = split_lot(uow, lot, location_id=place, quantity=Decimal(22), number="B")
        assert held(uow, milk) == {"A": (78, 78), "B": (22, 12)}
        assert lot_card(uow, part).dates == lot_card(uow, lot).dates
        merge_lots(uow, [lot, part], into=part)
        assert held(uow, milk) == {"B": (100, 90)}
        assert {row.number for row in lot_moves(uow, part)} == {"A", "B"}
        assert find_differences(uow) == []
    before = everything(any_store)
    with pytest.raises(NotEnoughStock), any_store.working(SYSTEM) as uow:
        split_lot(uow, part, location_id=place, quantity=Decimal(101), number="C")
    assert everything(any_store) == before


def test_merged_lots_cost_what_they_cost_together(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        set_cost_method(uow, method=Method.AVERAGE, per_lot=True)
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        for number, count, cost in (("A", 10, 5), ("B", 25, 10), ("C", 5, 75)):
            line = Line(milk, Decimal(count), unit_cost=Decimal(cost), lot=LotEntry(number))
            receive_goods(uow, warehouse_id=house, lines=[line])
        lots = [row.lot_id for row in lots_on_hand(uow)]
        merge_lots(uow, lots, into=lots[0])
        pools = uow.session.execute(select(CostBalance.lot_id, CostBalance.quantity, CostBalance.amount)).all()
        assert {(lot, quantity, amount) for lot, quantity, amount in pools if quantity} == {(lots[0], 40, 675)}
        assert Decimal(675) / 40 == Decimal("16.875")
        assert find_differences(uow) == []


def test_issues_counts_and_reversals_know_their_lot(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        bad = a_lot(uow, house, milk, "BAD", 3, -1)
        a_lot(uow, house, milk, "GOOD", 5, 5)
        issue_goods(uow, warehouse_id=house, lines=[Line(milk, Decimal(2))], reason="sample")
        scrapped = issue_goods(uow, warehouse_id=house, lines=[Line(milk, Decimal(3), lot_id=bad)], reason="expired")
        assert held(uow, milk) == {"GOOD": (3, 0)}
        reverse_document(uow, scrapped, reason="kept for tests")
        adjust_stock(uow, warehouse_id=house, counted=[Line(milk, Decimal(1), lot_id=bad)], reason="count")
        assert held(uow, milk) == {"BAD": (1, 0), "GOOD": (3, 0)}
        assert find_differences(uow) == []


def test_a_recall_finds_who_has_the_goods_and_where_they_came_from(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        milk = a_tracked(uow)
        lot = a_lot(uow, house, milk, "A", 10, 9)
        order = a_sale(uow, house, [(get_variant(uow, milk), 4)])
        ship_order(uow, order)
        part = split_lot(uow, lot, location_id=storage_of(uow, house), quantity=Decimal(6), number="B")
        assert [(row.lot, row.order_id, row.quantity) for row in recall(uow, part)] == [("A", order, 4)]
        receipts = [row.document for row in lot_moves(uow, part) if row.left == "supplier"]
        assert receipts == ["GR-2026-00001"]
        (sent,) = shipped_lots(uow, order)
        assert (sent.number, sent.quantity) == ("A", 4)


def test_an_order_may_name_the_lot_it_wants(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 1)
        track_product(uow, mug.product_id, tracking=Tracking.LOT)
        lot = a_lot(uow, house, mug.id, "1", 2)
        storage, origin = storage_of(uow, house), Origin("sales_order", 7)
        with pytest.raises(NotEnoughStock):
            reserve(uow, storage, [Line(mug.id, Decimal(3), 1, lot_id=lot)], origin)
        reserve(uow, storage, [Line(mug.id, Decimal(2), 1, lot_id=lot)], origin)
        assert held(uow, mug.id) == {"1": (2, 2)}
