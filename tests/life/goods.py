"""Goods of the living shop: bought, moved, counted, valued."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import func, select

from core.security.actor import SYSTEM
from core.stock.costs.adjust import add_landed_cost, correct_receipt_price, revalue_stock
from core.stock.costs.methods import set_cost_method
from core.stock.costs.models import PeriodClose
from core.stock.costs.periods import close_period, reopen_period
from core.stock.costs.rules.events import Method
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import AbcClass, CountState, StockCount
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count, refit_count
from core.stock.counts.review import resume_count, submit_count
from core.stock.counts.rules import Tolerance
from core.stock.ledger import Line, LotEntry, storage_of
from core.stock.lots import block_lot, merge_lots, release_lot, split_lot
from core.stock.models import SUPPLIER, Lot, StockMove
from core.stock.negative import set_negative_rule
from core.stock.service import adjust_stock, issue_goods, receive_goods, scrap_goods
from core.stock.supplier_returns import return_to_supplier
from core.stock.transfers.models import LossParty, Transfer, TransferState
from core.stock.transfers.service import (
    carry_over,
    close_with_loss,
    receive_transfer,
    request_transfer,
    ship_transfer,
    undo_transfer_step,
)
from tests.life.base import WHY, Life, any_of, costs, days, money, quantities, two

LIMITLESS = {letter: Tolerance(None, None) for letter in AbcClass}


class Goods(Life):
    """What happens to goods and to what they are worth."""

    @rule(product=two, house=two, quantity=quantities, cost=costs, ago=days, lot=two)
    def buys(self, product: int, house: int, quantity: Decimal, cost: Decimal, ago: int | None, lot: int) -> None:
        entry = LotEntry(f"L{lot}") if product else None
        lines = [Line(self.product(product), quantity, unit_cost=cost, lot=entry)]
        self.attempt(receive_goods, warehouse_id=self.houses[house], lines=lines, at=self.day(ago))

    @rule(product=two, house=two, quantity=quantities, ago=days, is_scrap=st.booleans())
    def takes_out(self, product: int, house: int, quantity: Decimal, ago: int | None, is_scrap: bool) -> None:
        command = scrap_goods if is_scrap else issue_goods
        lines = [Line(self.product(product), quantity)]
        self.attempt(command, warehouse_id=self.houses[house], lines=lines, reason=WHY, at=self.day(ago))

    @rule(which=any_of, quantity=quantities)
    def sends_back_to_supplier(self, which: int, quantity: Decimal) -> None:
        move = self.pick(StockMove.id, which, StockMove.source_id == SUPPLIER)
        with self.store.viewing(SYSTEM) as view:
            origin = view.session.scalar(select(StockMove.origin_id).where(StockMove.id == move))
        self.attempt(return_to_supplier, origin or 0, quantities={move: quantity}, reason=WHY)

    @rule(source=two, product=two, quantity=quantities, at_once=st.booleans(), ago=days)
    def transfers(self, source: int, product: int, quantity: Decimal, at_once: bool, ago: int | None) -> None:
        ends = {"source_id": self.houses[source], "target_id": self.houses[1 - source]}
        lines = [Line(self.product(product), quantity)]
        if at_once:
            self.attempt(carry_over, **ends, lines=lines, at=self.day(ago))
        elif made := self.attempt(request_transfer, **ends, lines=lines):
            self.attempt(ship_transfer, made, at=self.day(ago))

    @rule(which=any_of, product=two, quantity=quantities, how=st.sampled_from(["all", "part", "lose", "undo"]))
    def goods_on_the_way(self, which: int, product: int, quantity: Decimal, how: str) -> None:
        transfer = self.pick(Transfer.id, which, *([Transfer.state == TransferState.SHIPPED] if how != "undo" else []))
        if how == "lose":
            self.attempt(close_with_loss, transfer, responsible=LossParty.CARRIER, reason=WHY)
        elif how == "undo":
            self.attempt(undo_transfer_step, transfer, reason=WHY)
        else:
            part = {self.product(product): quantity} if how == "part" else None
            self.attempt(receive_transfer, transfer, quantities=part)

    @rule(house=two, mugs=quantities, ago=days)
    def corrects_stock(self, house: int, mugs: Decimal, ago: int | None) -> None:
        where = {"warehouse_id": self.houses[house], "counted": [Line(self.mug, mugs)]}
        self.attempt(adjust_stock, **where, reason=WHY, at=self.day(ago))

    @rule(house=two, mugs=st.none() | quantities, is_frozen=st.booleans())
    def begins_a_count(self, house: int, mugs: Decimal | None, is_frozen: bool) -> None:
        how = {"is_frozen": is_frozen, "tolerances": LIMITLESS}
        made = self.attempt(plan_count, warehouse_id=self.houses[house], **how)
        if made is not None and mugs is not None:
            self.attempt(enter_counts, made, {self.mug: mugs})

    @rule(which=any_of, mugs=st.integers(0, 8).map(Decimal), ends=st.booleans())
    def counts(self, which: int, mugs: Decimal, ends: bool) -> None:
        count = self.pick(StockCount.id, which, StockCount.state == CountState.OPEN)
        self.attempt(enter_counts, count, {self.mug: mugs})
        if ends:
            self.attempt(submit_count, count)
            self.attempt(post_count, count)

    @rule(which=any_of, how=st.sampled_from([submit_count, resume_count, post_count, refit_count]))
    def goes_on_with_a_count(self, which: int, how: Callable[..., Any]) -> None:
        self.attempt(how, self.pick(StockCount.id, which))

    @rule(which=any_of, amount=money)
    def freight_comes(self, which: int, amount: Decimal) -> None:
        move = self.pick(StockMove.id, which, StockMove.source_id == SUPPLIER)
        self.attempt(add_landed_cost, amount=amount, move_ids=[move], reason=WHY)

    @rule(which=any_of, cost=costs)
    def corrects_a_price(self, which: int, cost: Decimal) -> None:
        move = self.pick(StockMove.id, which, StockMove.source_id == SUPPLIER)
        self.attempt(correct_receipt_price, move, unit_cost=cost, reason=WHY)

    @rule(product=two, cost=costs, ago=days)
    def revalues(self, product: int, cost: Decimal, ago: int | None) -> None:
        self.attempt(revalue_stock, self.product(product), unit_cost=cost, reason=WHY, at=self.day(ago))

    @rule(method=st.sampled_from(list(Method)), house=st.booleans(), lot=st.booleans())
    def values_otherwise(self, method: Method, house: bool, lot: bool) -> None:
        self.attempt(set_cost_method, method=method, per_warehouse=house, per_lot=lot)

    @rule(ago=st.integers(1, 2), opens=st.booleans())
    def closes_the_books(self, ago: int, opens: bool) -> None:
        if opens:
            self.attempt(reopen_period, self.pick(PeriodClose.id, 0), reason=WHY)
        else:
            self.attempt(close_period, through=self.day(ago))

    @rule(which=two, quantity=quantities, how=st.sampled_from(["block", "release", "split", "merge"]), house=two)
    def sorts_lots(self, which: int, quantity: Decimal, how: str, house: int) -> None:
        lot = self.pick(Lot.id, which)
        if how == "split":
            with self.store.viewing(SYSTEM) as view:
                number = f"S{view.session.scalar(select(func.count()).select_from(Lot))}"
                place = storage_of(view, self.houses[house])  # type: ignore[arg-type]
            self.attempt(split_lot, lot, location_id=place, quantity=quantity, number=number)
        elif how == "merge":
            self.attempt(merge_lots, [lot, self.pick(Lot.id, which + 1)], into=lot)
        else:
            self.attempt(block_lot if how == "block" else release_lot, lot, reason=WHY)

    @rule(allowed=st.sampled_from([True, False, None]))
    def lets_stock_go_below(self, allowed: bool | None) -> None:
        self.attempt(set_negative_rule, allowed=allowed)
