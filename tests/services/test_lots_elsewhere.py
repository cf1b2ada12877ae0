"""Lots in returns to suppliers and in stocktakes: the lot that came goes back, each lot is counted by itself."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import AppError, NotFound
from core.catalog.models import Tracking, Variant
from core.catalog.tracking import track_product
from core.security.actor import SYSTEM
from core.stock.counts.enter import add_to_counts, enter_counts
from core.stock.counts.posting import post_count, reverse_count
from core.stock.counts.review import submit_count
from core.stock.errors import LotMissing, NotEnoughStock
from core.stock.expiry import LotDates
from core.stock.ledger import Line, LotEntry, storage_of
from core.stock.lots import block_lot, merge_lots, name_lots
from core.stock.service import issue_goods, receive_goods, reverse_document
from core.stock.supplier_returns import return_to_supplier, returnable
from core.work.store import Store
from tests.builders import a_sale, a_warehouse
from tests.services.test_lots import a_lot, a_tracked, held, in_days
from tests.soundness import assert_sound
from tests.stocktaking import CountedShop, d
from tests.traces import refusal_of


class Buyer:
    """One receipt of five OLD (good for five days) and five NEW (good for ninety)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            self.house, self.milk = a_warehouse(uow), a_tracked(uow)
            lots = [LotEntry("OLD", LotDates(expiry_on=in_days(5))), LotEntry("NEW", LotDates(expiry_on=in_days(90)))]
            lines = [Line(self.milk, d(5), unit_cost=d(cost), lot=lot) for cost, lot in zip((3, 4), lots, strict=True)]
            self.receipt = receive_goods(uow, warehouse_id=self.house, lines=lines)
        with store.viewing(SYSTEM) as view:
            self.move = {row.lot: row.move_id for row in returnable(view, self.receipt)}
            self.lot = {row.lot: row.lot_id or 0 for row in returnable(view, self.receipt)}

    def run(self, command: Any, *args: Any, **kwargs: Any) -> Any:
        return self.store.run(SYSTEM, command, None, *args, **kwargs)

    def send_back(self, **lots: int) -> int:
        quantities = {self.move[lot]: d(quantity) for lot, quantity in lots.items()}
        made: int = self.run(return_to_supplier, self.receipt, quantities=quantities, reason="cracked")
        return made

    def refused(self, **lots: int) -> str:
        quantities = {self.move[lot]: d(quantity) for lot, quantity in lots.items()}
        facts: dict[str, Any] = {"quantities": quantities, "reason": "cracked"}
        return refusal_of(self.store, NotEnoughStock, self.run, return_to_supplier, self.receipt, **facts).sentence

    def held(self) -> dict[str, tuple[Decimal, Decimal]]:
        with self.store.working(SYSTEM) as uow:
            return held(uow, self.milk)

    def most(self) -> dict[str, Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return {row.lot: row.most for row in returnable(view, self.receipt)}


@pytest.fixture
def buyer(any_store: Store) -> Buyer:
    return Buyer(any_store)


def test_the_lot_that_came_with_the_receipt_goes_back(buyer: Buyer) -> None:
    back = buyer.send_back(NEW=2)
    assert buyer.held() == {"OLD": (5, 0), "NEW": (3, 0)}
    assert buyer.most() == {"OLD": 5, "NEW": 3}
    buyer.run(reverse_document, back, reason="kept after all")
    assert buyer.held() == {"OLD": (5, 0), "NEW": (5, 0)}
    buyer.send_back(NEW=5, OLD=1)
    assert buyer.held() == {"OLD": (4, 0)}
    with buyer.store.viewing(SYSTEM) as view:
        facts = view.session.scalars(select(AuditEntry.facts).order_by(AuditEntry.id.desc())).first()
    assert facts is not None
    assert facts["lines"] == {str(buyer.milk): "6"}
    assert_sound(buyer.store)


def test_another_lot_does_not_go_back_in_place_of_one_that_is_gone(buyer: Buyer) -> None:
    lines = [Line(buyer.milk, d(4), lot_id=buyer.lot["NEW"])]
    buyer.run(issue_goods, warehouse_id=buyer.house, lines=lines, reason="sample")
    assert buyer.most() == {"OLD": 5, "NEW": 1}
    assert "Only 1 of" in buyer.refused(NEW=2)
    buyer.send_back(NEW=1)
    assert buyer.held() == {"OLD": (5, 0)}
    assert_sound(buyer.store)


def test_a_lot_that_is_promised_or_merged_away_stays(buyer: Buyer) -> None:
    with buyer.store.working(SYSTEM) as uow:
        variant: Any = type("Sold", (), {"id": buyer.milk})
        a_sale(uow, buyer.house, [(variant, 7)])
    assert buyer.most() == {"OLD": 0, "NEW": 3}
    buyer.refused(OLD=1)
    buyer.refused(NEW=4)
    buyer.run(merge_lots, [buyer.lot["OLD"]], into=buyer.lot["NEW"])
    assert buyer.most() == {"OLD": 0, "NEW": 3}
    buyer.refused(OLD=1)
    assert_sound(buyer.store)


def test_a_blocked_lot_may_go_back(buyer: Buyer) -> None:
    buyer.run(block_lot, buyer.lot["NEW"], reason="complaint")
    buyer.send_back(NEW=5)
    assert buyer.held() == {"OLD": (5, 0)}


def test_goods_that_came_without_a_lot_do_not_go_back_as_a_lot_they_were_given_later(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        house, milk = a_warehouse(uow), a_tracked(uow, Tracking.NONE)
        receipt = receive_goods(uow, warehouse_id=house, lines=[Line(milk, d(5))])
        (row,) = returnable(uow, receipt)
        product = uow.session.get_one(Variant, milk).product_id
        track_product(uow, product, tracking=Tracking.LOT)
        name_lots(uow, location_id=storage_of(uow, house), variant_id=milk, lots={LotEntry("A"): d(4)})
    facts: dict[str, Any] = {"quantities": {row.move_id: d(2)}, "reason": "cracked"}
    refusal_of(any_store, NotEnoughStock, any_store.run, SYSTEM, return_to_supplier, None, receipt, **facts)
    any_store.run(SYSTEM, return_to_supplier, None, receipt, **(facts | {"quantities": {row.move_id: d(1)}}))
    with any_store.working(SYSTEM) as uow:
        assert held(uow, milk) == {"A": (4, 0)}
    assert_sound(any_store)


class LotShop(CountedShop):
    """The shop of the stocktakes with five of lot OLD and five of NEW."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        super().__init__(store, clock)
        with store.working(SYSTEM) as uow:
            self.milk = a_tracked(uow)
            self.old = a_lot(uow, self.house, self.milk, "OLD", 5, 5)
            self.new = a_lot(uow, self.house, self.milk, "NEW", 5, 90)
            self.other = a_tracked(uow)
            self.foreign = a_lot(uow, self.house, self.other, "OLD", 1)
        self.tick()

    def find(self, count: int, **lots: int) -> None:
        found = {getattr(self, name): d(quantity) for name, quantity in lots.items()}
        self.run(self.wei, enter_counts, count, {}, lots=found)

    def held(self) -> dict[str, tuple[Decimal, Decimal]]:
        with self.store.working(SYSTEM) as uow:
            return held(uow, self.milk)

    def refused(self, error: type[AppError], command: Any, *args: Any, **facts: Any) -> None:
        refusal_of(self.store, error, self.store.run, self.mei, command, None, *args, **facts)


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> LotShop:
    return LotShop(any_store, clock)


def test_each_lot_is_counted_by_itself_and_a_reversal_restores_each(shop: LotShop) -> None:
    count = shop.plan()
    shop.find(count, old=3, new=6)
    shop.post(count)
    assert shop.held() == {"OLD": (3, 0), "NEW": (6, 0)}
    assert_sound(shop.store)
    shop.run(shop.mei, reverse_count, count, reason="wrong shelf")
    assert shop.held() == {"OLD": (5, 0), "NEW": (5, 0)}
    assert_sound(shop.store)


def test_lots_that_leave_while_they_are_counted_leave_no_difference(shop: LotShop) -> None:
    count = shop.plan()
    shop.find(count, old=5)
    lines = [Line(shop.milk, d(2), lot_id=shop.old)]
    shop.run(SYSTEM, issue_goods, warehouse_id=shop.house, lines=lines, reason="Sample")
    shop.find(count, new=5)
    shop.post(count)
    assert shop.held() == {"OLD": (3, 0), "NEW": (5, 0)}
    assert_sound(shop.store)


def test_a_lot_nobody_counted_stays_and_one_that_had_gone_can_be_found_again(shop: LotShop) -> None:
    lines = [Line(shop.milk, d(5), lot_id=shop.old)]
    shop.run(SYSTEM, issue_goods, warehouse_id=shop.house, lines=lines, reason="Sample")
    count = shop.plan()
    shop.find(count, old=2)
    shop.run(shop.wei, add_to_counts, count, [Line(shop.milk, d(1), lot_id=shop.old)])
    shop.post(count)
    assert shop.held() == {"OLD": (3, 0), "NEW": (5, 0)}
    assert_sound(shop.store)


def test_a_promised_lot_is_not_counted_away_though_another_lies_there(shop: LotShop) -> None:
    with shop.store.working(SYSTEM) as uow:
        variant: Any = type("Sold", (), {"id": shop.milk})
        a_sale(uow, shop.house, [(variant, 4)])
    count = shop.plan()
    shop.find(count, old=3, new=5)
    shop.run(shop.wei, submit_count, count)
    shop.refused(NotEnoughStock, post_count, count)
    assert shop.held() == {"OLD": (5, 4), "NEW": (5, 0)}


def test_what_is_tracked_is_not_counted_without_its_lot(shop: LotShop) -> None:
    count = shop.plan()
    shop.refused(LotMissing, enter_counts, count, {shop.milk: d(9)})
    shop.refused(NotFound, enter_counts, count, {}, lots={999: d(1)})
    assert shop.held() == {"OLD": (5, 0), "NEW": (5, 0)}
