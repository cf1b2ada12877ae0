"""Entries of the past: what they would change is said before, and is what they change."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.catalog.models import Tracking
from core.catalog.tracking import track_product
from core.security.actor import SYSTEM
from core.stock.costs.effects import Effect
from core.stock.costs.methods import set_cost_method
from core.stock.costs.queries import document_cost
from core.stock.costs.rules.events import Method
from core.stock.counts.enter import enter_counts
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count
from core.stock.counts.review import submit_count
from core.stock.drafts import (
    DraftLot,
    begin_movement,
    book_movement,
    change_movement,
    edit_movement,
    find_movement_draft,
    name_movement_lots,
    set_movement_day,
)
from core.stock.late_entries import preview_late_count, preview_late_sheet
from core.stock.ledger import Line, LotEntry
from core.stock.models import DocumentKind
from core.stock.service import issue_goods, receive_goods
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.soundness import assert_sound
from tests.stocktaking import LIMITLESS

TODAY = date(2026, 3, 18)


def d(number: str | int) -> Decimal:
    return Decimal(number)


def day(before: int) -> date:
    return TODAY - timedelta(days=before)


class Shop:
    """Mugs, first in, first out: five at 10, five at 20; five left two days ago and cost 50."""

    def __init__(self, store: Store, *, per_lot: bool = False) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            set_cost_method(uow, method=Method.FIFO, per_lot=per_lot)
            self.house, variant = a_warehouse(uow), a_product(uow)
            self.mug = variant.id
            if per_lot:
                track_product(uow, variant.product_id, tracking=Tracking.LOT)
            for cost, before in ((10, 6), (20, 5)):
                lot = LotEntry(f"L{cost}") if per_lot else None
                line = Line(self.mug, d(5), unit_cost=d(cost), lot=lot)
                receive_goods(uow, warehouse_id=self.house, lines=[line], at=day(before))
            self.issued = issue_goods(
                uow, warehouse_id=self.house, lines=[Line(self.mug, d(5))], reason="sample", at=day(2)
            )

    def run(self, command, *args, **facts):
        return self.store.run(SYSTEM, command, None, *args, **facts)

    def ask(self, query, *args, **facts):
        with self.store.viewing(SYSTEM) as view:
            return query(view, *args, **facts)

    def sheet(self, kind: DocumentKind, quantity: int, *, before: int = 3) -> int:
        lines = [Line(self.mug, d(1))]
        draft = self.run(begin_movement, kind=kind, warehouse_id=self.house, lines=lines)
        self.run(change_movement, draft, {self.mug: d(quantity)})
        self.run(edit_movement, draft, reason="forgotten")
        self.run(set_movement_day, draft, day(before))
        return draft

    def preview(self, draft: int) -> Effect:
        return self.ask(lambda view: preview_late_sheet(view, find_movement_draft(view, draft)))

    @property
    def cost(self) -> Decimal:
        return sum(self.ask(document_cost, "stock_document", self.issued).values())


@pytest.mark.parametrize(
    ("kind", "quantity"), [(DocumentKind.ISSUE, 2), (DocumentKind.SCRAP, 2), (DocumentKind.ADJUSTMENT, 8)]
)
def test_goods_that_were_gone_before_make_later_issues_dearer_as_was_said(
    any_store: Store, kind: DocumentKind, quantity: int
) -> None:
    shop = Shop(any_store)
    draft = shop.sheet(kind, quantity)
    effect = shop.preview(draft)
    assert (effect.issues, effect.cost_of_sales) == (1, 20)
    assert shop.cost == -50
    shop.run(book_movement, draft)
    assert shop.cost == -70
    assert_sound(any_store)


def test_goods_that_were_found_before_are_said_too(any_store: Store) -> None:
    shop = Shop(any_store)
    draft = shop.sheet(DocumentKind.ADJUSTMENT, 12)
    before, effect = shop.cost, shop.preview(draft)
    shop.run(book_movement, draft)
    assert before - shop.cost == effect.cost_of_sales
    assert_sound(any_store)


def test_a_sheet_of_today_changes_nothing_of_before(any_store: Store) -> None:
    shop = Shop(any_store)
    effect = shop.preview(shop.sheet(DocumentKind.ISSUE, 2, before=0))
    assert (effect.issues, effect.cost_of_sales, effect.stock) == (0, 0, 0)


def test_lots_with_a_cost_of_their_own_change_only_what_left_of_them(any_store: Store) -> None:
    shop = Shop(any_store, per_lot=True)
    assert shop.cost == -50
    draft = shop.sheet(DocumentKind.ISSUE, 2)
    shop.run(name_movement_lots, draft, shop.mug, [DraftLot("L20", d(2))])
    effect = shop.preview(draft)
    assert (effect.issues, effect.cost_of_sales) == (0, 0)
    shop.run(book_movement, draft)
    assert shop.cost == -50


def test_a_stocktake_says_what_posting_it_changes_of_what_left_after_the_count(
    any_store: Store, clock: FixedClock
) -> None:
    shop = Shop(any_store)
    clock.moment += timedelta(hours=1)
    count = shop.run(plan_count, warehouse_id=shop.house, tolerances=LIMITLESS)
    clock.moment += timedelta(hours=1)
    shop.run(receive_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(5), unit_cost=d(30))])
    shop.run(enter_counts, count, {shop.mug: d(7)}, at=clock.moment - timedelta(minutes=30))
    clock.moment += timedelta(hours=1)
    late = shop.run(issue_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(7))], reason="sample")
    assert sum(shop.ask(document_cost, "stock_document", late).values()) == -160
    shop.run(submit_count, count)
    effect = shop.ask(preview_late_count, count)
    shop.run(post_count, count)
    assert sum(shop.ask(document_cost, "stock_document", late).values()) == -160 - effect.cost_of_sales
    assert (effect.issues, effect.cost_of_sales) == (1, -20)
    effect = shop.ask(preview_late_count, count)
    assert (effect.issues, effect.stock) == (0, 0)
    assert_sound(any_store)


def test_a_count_of_now_changes_nothing_of_before(any_store: Store, clock: FixedClock) -> None:
    shop = Shop(any_store)
    clock.moment += timedelta(hours=1)
    count = shop.run(plan_count, warehouse_id=shop.house, tolerances=LIMITLESS)
    shop.run(enter_counts, count, {shop.mug: d(1)})
    shop.run(submit_count, count)
    assert shop.ask(preview_late_count, count).stock == 0
