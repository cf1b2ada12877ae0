"""Transfers between warehouses: what the shop can rely on, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import AppError, InvalidInput, NotFound, ReasonMissing
from core.catalog.errors import NotStocked
from core.catalog.models import ProductKind, Tracking
from core.catalog.tracking import track_product
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.costs.errors import InTheFuture
from core.stock.costs.methods import set_cost_method
from core.stock.costs.periods import close_checklist, close_period
from core.stock.costs.queries import stock_costs
from core.stock.costs.rules.events import Method
from core.stock.errors import NotEnoughStock, NotEnoughThen, NothingToDo, WarehouseClosed, WarehouseNotEmpty
from core.stock.ledger import Line, LotEntry
from core.stock.lot_queries import lots_on_hand
from core.stock.queries import on_hand, stock_card, stock_levels
from core.stock.service import add_warehouse, edit_warehouse, issue_goods, receive_goods
from core.stock.transfers.errors import (
    ArrivesBeforeItLeft,
    LossWithoutOwner,
    MoreThanOnTheWay,
    NothingToUndo,
    NotInTransfer,
    SameWarehouse,
    TransferNotThere,
)
from core.stock.transfers.models import LossParty, TransferState
from core.stock.transfers.queries import coming, count_transfers, transfer_card, transfers, transit_days
from core.stock.transfers.service import (
    cancel_transfer,
    carry_over,
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from core.work.store import Store
from tests.builders import a_product
from tests.everything import everything
from tests.soundness import assert_sound


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Shop:
    """Two warehouses with a cost each; the East has ten mugs that cost 3 and ten that cost 5."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store, self.clock = store, clock
        with store.working(SYSTEM) as uow:
            self.east = add_warehouse(uow, code="E", name="East")
            self.west = add_warehouse(uow, code="W", name="West")
            self.mug = a_product(uow, sku="MUG", name="Mug").id
            self.tea = a_product(uow, sku="TEA", name="Tea").id
            self.service = a_product(uow, sku="DEL", name="Delivery", kind=ProductKind.SERVICE).id
            set_cost_method(uow, method=Method.FIFO, per_warehouse=True)
        for cost in (3, 5):
            lines = [Line(self.mug, d(10), unit_cost=d(cost))]
            self.run(receive_goods, warehouse_id=self.east, lines=lines)

    def run(self, command, *args, **kwargs):
        return self.store.run(SYSTEM, command, None, *args, **kwargs)

    def request(self, quantity: str | int = 12) -> int:
        return self.run(request_transfer, source_id=self.east, target_id=self.west, lines=[Line(self.mug, d(quantity))])

    def shipped(self, quantity: str | int = 12) -> int:
        transfer = self.request(quantity)
        self.run(ship_transfer, transfer)
        return transfer

    def levels(self) -> dict[str, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {row.warehouse: row.on_hand for row in stock_levels(view)}

    def worth(self) -> dict[int | None, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {row.warehouse_id: row.amount for row in stock_costs(view, by_warehouse=True)}

    def coming(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return coming(view).get((self.mug, self.west), d(0))

    def card(self, transfer: int):
        with self.store.viewing(SYSTEM) as view:
            return transfer_card(view, transfer)

    def refused(self, error: type[AppError], command, *args, **kwargs) -> str:
        before = everything(self.store)
        with pytest.raises(error) as refusal:
            self.run(command, *args, **kwargs)
        assert everything(self.store) == before
        return refusal.value.sentence


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> Shop:
    return Shop(any_store, clock)


def test_a_request_moves_and_promises_nothing(shop: Shop) -> None:
    transfer = shop.request()
    assert shop.card(transfer).state is TransferState.REQUESTED
    assert shop.levels() == {"East": 20}
    assert shop.coming() == 0


def test_goods_on_the_way_are_nowhere_for_sale_and_worth_what_they_were(shop: Shop) -> None:
    transfer = shop.shipped()
    assert shop.levels() == {"East": 8, "West": 0}
    assert shop.coming() == 12
    assert shop.worth() == {shop.east: 40, shop.west: 40}
    lines = {"warehouse_id": shop.west, "lines": [Line(shop.mug, d(1))], "reason": "sample"}
    shop.refused(NotEnoughStock, issue_goods, **lines)
    (line,) = shop.card(transfer).lines
    assert (line.asked, line.shipped, line.arrived, line.lost, line.on_the_way) == (12, 12, 0, 0, 12)
    assert_sound(shop.store)


def test_goods_arrive_in_parts_and_the_rest_is_lost_on_the_account_of_the_carrier(shop: Shop) -> None:
    transfer = shop.shipped()
    shop.run(receive_transfer, transfer, quantities={shop.mug: d(7)})
    assert (shop.card(transfer).state, shop.levels(), shop.coming()) == (
        TransferState.SHIPPED,
        {"East": 8, "West": 7},
        5,
    )
    shop.run(close_with_loss, transfer, responsible=LossParty.CARRIER, responsible_name="SF", reason="crushed")
    card = shop.card(transfer)
    assert card.state is TransferState.CLOSED
    assert (card.lines[0].arrived, card.lines[0].lost, card.lines[0].on_the_way) == (7, 5, 0)
    assert (card.steps[-1].responsible, card.steps[-1].responsible_name, card.steps[-1].reason) == (
        LossParty.CARRIER,
        "SF",
        "crushed",
    )
    assert shop.worth() == {shop.east: 40, shop.west: 25}
    assert_sound(shop.store)


def test_every_step_can_be_taken_back_and_leaves_all_as_it_was(shop: Shop) -> None:
    transfer = shop.shipped()
    shop.run(receive_transfer, transfer, quantities={shop.mug: d(7)})
    shop.run(close_with_loss, transfer, responsible=LossParty.SENDER, reason="never packed")
    for state, coming_now in (
        (TransferState.SHIPPED, 5),
        (TransferState.SHIPPED, 12),
        (TransferState.REQUESTED, 0),
    ):
        shop.run(undo_transfer_step, transfer, reason="typed by mistake")
        assert (shop.card(transfer).state, shop.coming()) == (state, coming_now)
        assert_sound(shop.store)
    assert shop.levels() == {"East": 20, "West": 0}
    assert shop.worth() == {shop.east: 80}
    shop.refused(NothingToUndo, undo_transfer_step, transfer, reason="again")
    shop.run(ship_transfer, transfer)
    shop.run(receive_transfer, transfer)
    assert shop.card(transfer).state is TransferState.CLOSED


def test_an_arrival_is_not_taken_back_once_the_goods_are_gone(shop: Shop) -> None:
    transfer = shop.shipped()
    shop.run(receive_transfer, transfer)
    shop.run(issue_goods, warehouse_id=shop.west, lines=[Line(shop.mug, d(1))], reason="sample")
    shop.refused(NotEnoughStock, undo_transfer_step, transfer, reason="wrong goods")


def test_a_step_of_a_closed_period_is_taken_back_as_of_today(shop: Shop) -> None:
    transfer = shop.shipped()
    shop.clock.moment += timedelta(days=1)
    shop.run(close_period, through=date(2026, 3, 18))
    shop.run(undo_transfer_step, transfer, reason="came back")
    assert shop.levels() == {"East": 20, "West": 0}
    assert shop.worth() == {shop.east: 80}
    with shop.store.viewing(SYSTEM) as view:
        assert [row.amount for row in stock_costs(view, on=date(2026, 3, 18), by_warehouse=True)] == [40, 40]
    assert_sound(shop.store)


def test_a_transfer_in_one_step_is_in_the_other_warehouse_at_once(shop: Shop) -> None:
    lines = [Line(shop.mug, d(12))]
    transfer = shop.run(carry_over, source_id=shop.east, target_id=shop.west, lines=lines, note="by hand")
    assert shop.levels() == {"East": 8, "West": 12}
    assert shop.worth() == {shop.east: 40, shop.west: 40}
    card = shop.card(transfer)
    assert (card.state, card.lines[0].arrived, card.days) == (TransferState.CLOSED, 12, None)
    shop.run(undo_transfer_step, transfer, reason="wrong warehouse")
    assert shop.levels() == {"East": 20, "West": 0}
    assert_sound(shop.store)


def test_a_transfer_in_one_step_carries_the_lot_it_names(shop: Shop) -> None:
    with shop.store.working(SYSTEM) as uow:
        milk = a_product(uow)
        track_product(uow, milk.product_id, tracking=Tracking.LOT)
        lines = [Line(milk.id, d(5), lot=LotEntry(number)) for number in ("OLD", "NEW")]
        receive_goods(uow, warehouse_id=shop.east, lines=lines)
        lots = {row.number: row.lot_id for row in lots_on_hand(uow, variant_ids=[milk.id])}

    carried = [Line(milk.id, d(2), lot_id=lots["NEW"])]
    shop.run(carry_over, source_id=shop.east, target_id=shop.west, lines=carried)

    with shop.store.viewing(SYSTEM) as view:
        rows = lots_on_hand(view, variant_ids=[milk.id])
    assert {(row.number, row.warehouse): row.on_hand for row in rows} == {
        ("OLD", "East"): 5,
        ("NEW", "East"): 3,
        ("NEW", "West"): 2,
    }
    assert_sound(shop.store)


def test_the_stock_card_follows_the_goods_and_its_balances_add_up(shop: Shop) -> None:
    transfer = shop.shipped()
    shop.run(receive_transfer, transfer, quantities={shop.mug: d(7)})
    with shop.store.viewing(SYSTEM) as view:
        both = stock_card(view, shop.mug)
        west = stock_card(view, shop.mug, warehouse_id=shop.west)
        assert on_hand(view, shop.mug) == 15
    assert [(row.change, row.balance) for row in both] == [(7, 15), (-12, 8), (10, 20), (10, 10)]
    assert [(row.change, row.balance) for row in west] == [(7, 7)]


def test_how_long_the_way_takes_is_learnt_from_the_past(shop: Shop) -> None:
    for days in (2, 3, 7):
        transfer = shop.shipped(1)
        shop.clock.moment += timedelta(days=days)
        shop.run(receive_transfer, transfer)
    with shop.store.viewing(SYSTEM) as view:
        assert transit_days(view, shop.east, shop.west) == 3
        assert transit_days(view, shop.west, shop.east) is None
    transfer = shop.shipped(1)
    assert shop.card(transfer).expected_on == date(2026, 4, 2)
    with shop.store.viewing(SYSTEM) as view:
        rows = transfers(view, state=TransferState.SHIPPED, warehouse_id=shop.west)
        assert [(row.on_the_way, row.expected_on) for row in rows] == [(1, date(2026, 4, 2))]
        assert count_transfers(view, warehouse_id=shop.east) == 4


def test_goods_that_did_not_arrive_stand_on_the_list_before_a_close(shop: Shop) -> None:
    shop.shipped()
    shop.clock.moment += timedelta(days=1)
    with shop.store.viewing(SYSTEM) as view:
        listed = close_checklist(view, through=date(2026, 3, 18), timezone=shop.store.settings.timezone)
    assert {row.name: row.count for row in listed}["not_received"] == 1


@pytest.mark.parametrize(
    ("source", "target", "variant", "quantity", "error"),
    [
        ("east", "east", "mug", 1, SameWarehouse),
        ("east", "west", "mug", 0, InvalidInput),
        ("east", "west", "mug", "0.0001", InvalidInput),
        ("east", "west", "service", 1, NotStocked),
        ("east", "west", None, 1, NotFound),
        ("east", "west", "mug", 21, NotEnoughStock),
        ("east", "west", "tea", 1, NotEnoughStock),
    ],
)
def test_a_transfer_that_cannot_be_is_refused_without_a_trace(
    shop: Shop, source: str, target: str, variant: str | None, quantity: int | str, error: type[AppError]
) -> None:
    lines = [Line(getattr(shop, variant) if variant else 999, d(quantity))]
    ends = {"source_id": getattr(shop, source), "target_id": getattr(shop, target)}
    shop.refused(error, carry_over, **ends, lines=lines)


def test_steps_that_cannot_be_are_refused_without_a_trace(shop: Shop) -> None:
    ends = {"source_id": shop.east, "target_id": shop.west}
    shop.refused(NothingToDo, request_transfer, **ends, lines=[])
    transfer = shop.request(12)
    shop.refused(TransferNotThere, receive_transfer, transfer)
    shop.refused(NotInTransfer, ship_transfer, transfer, quantities={shop.tea: d(1)})
    shop.refused(NothingToDo, ship_transfer, transfer, quantities={shop.mug: d(0)})
    shop.refused(InTheFuture, ship_transfer, transfer, at=date(2026, 3, 19))
    shop.refused(NotEnoughThen, ship_transfer, transfer, at=date(2026, 3, 17))
    shop.refused(NotFound, ship_transfer, 999)
    shop.run(ship_transfer, transfer)
    said = shop.refused(MoreThanOnTheWay, receive_transfer, transfer, quantities={shop.mug: d(13)})
    assert said == "MUG Mug: 12 of TR-2026-00001 are on the way, 13 entered. Enter at most that."
    shop.refused(ArrivesBeforeItLeft, receive_transfer, transfer, at=date(2026, 3, 17))
    shop.refused(LossWithoutOwner, close_with_loss, transfer, responsible=LossParty.SOMEBODY, reason="gone")
    shop.refused(ReasonMissing, close_with_loss, transfer, responsible=LossParty.CARRIER, reason=" ")
    shop.refused(TransferNotThere, cancel_transfer, transfer, reason="not wanted")
    shop.refused(TransferNotThere, ship_transfer, transfer)


def test_a_request_can_be_dropped_once(shop: Shop) -> None:
    transfer = shop.request()
    shop.run(cancel_transfer, transfer, reason="not wanted")
    assert shop.card(transfer).state is TransferState.CANCELLED
    shop.refused(TransferNotThere, cancel_transfer, transfer, reason="again")


def test_nothing_goes_to_a_closed_warehouse_and_one_that_goods_are_on_the_way_to_stays_open(shop: Shop) -> None:
    transfer = shop.shipped()
    shut = {"code": "W", "name": "West", "is_active": False}
    shop.refused(WarehouseNotEmpty, edit_warehouse, shop.west, **shut)
    shop.run(undo_transfer_step, transfer, reason="not wanted")
    shop.run(edit_warehouse, shop.west, **shut)
    assert shop.refused(WarehouseClosed, ship_transfer, transfer).startswith("West is closed.")
    lines = {"lines": [Line(shop.mug, d(1))]}
    shop.refused(WarehouseClosed, receive_goods, warehouse_id=shop.west, **lines)
    shop.refused(WarehouseClosed, carry_over, source_id=shop.east, target_id=shop.west, **lines)


def test_only_who_moves_stock_moves_transfers(shop: Shop) -> None:
    roles = frozenset({Role.SALES})
    seller = Actor(7, "seller", roles, permissions_of(roles))
    transfer = shop.shipped()
    before = everything(shop.store)
    with pytest.raises(NotAllowed):
        shop.store.run(seller, receive_transfer, None, transfer)
    assert everything(shop.store) == before


def test_a_transfer_keeps_its_value_to_the_last_decimal(any_store: Store, clock: FixedClock) -> None:
    with any_store.working(SYSTEM) as uow:
        east, west = (add_warehouse(uow, code=code, name=code) for code in "EW")
        wire = a_product(uow, sku="WIRE", name="Wire").id
        set_cost_method(uow, method=Method.AVERAGE, per_warehouse=True)
        receive_goods(uow, warehouse_id=east, lines=[Line(wire, d(20_000), unit_cost=d("156.526"))])
        carry_over(uow, source_id=east, target_id=west, lines=[Line(wire, d("1728.0"))])
    with any_store.viewing(SYSTEM) as view:
        worth = {row.warehouse_id: row.amount for row in stock_costs(view, by_warehouse=True)}
    assert worth == {east: d("3130520") - d("270476.928"), west: d("270476.928")}
    assert_sound(any_store)
