"""Suppliers, what is received from them, and what goes back: what the shop can rely on, on both databases."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import AppError, InvalidInput, NotFound, ReasonMissing, StaleVersion
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.stock.costs.adjust import add_landed_cost, reverse_adjustment
from core.stock.costs.errors import InTheFuture, PeriodClosed
from core.stock.costs.lists import cost_adjustments, cost_moves, cost_policies, receipt_moves
from core.stock.costs.methods import set_cost_method
from core.stock.costs.periods import close_period
from core.stock.costs.queries import document_cost, stock_costs
from core.stock.costs.rules.events import Method
from core.stock.document_queries import count_documents, document_card, stock_documents
from core.stock.drafts import (
    begin_movement,
    book_movement,
    edit_movement,
    find_movement_draft,
    price_movement,
    set_movement_day,
    set_movement_supplier,
)
from core.stock.errors import MoreThanReceived, NotAGoodsReceipt, NotEnoughStock, NothingToDo, ReturnedToSupplier
from core.stock.ledger import Line
from core.stock.models import DocumentKind
from core.stock.prices import receipt_prices
from core.stock.queries import on_hand
from core.stock.service import adjust_stock, issue_goods, receive_goods, reverse_document, scrap_goods
from core.stock.supplier_returns import return_to_supplier, returnable
from core.suppliers.errors import SupplierCodeTaken, SupplierRetired, SupplierUsed
from core.suppliers.queries import count_suppliers, find_suppliers, supplier_card
from core.suppliers.rules import SupplierEntry
from core.suppliers.service import add_supplier, delete_supplier, edit_supplier, set_supplier_active
from core.work.store import Store
from tests.builders import a_product, a_warehouse
from tests.soundness import assert_sound
from tests.traces import refusal_of


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Shop:
    """A warehouse, a mug that is taxed with 13 %, and a supplier."""

    def __init__(self, store: Store, clock: FixedClock) -> None:
        self.store, self.clock = store, clock
        with store.working(SYSTEM) as uow:
            self.house = a_warehouse(uow)
            self.mug = a_product(uow, sku="MUG", name="Mug", tax_rate=d("0.13"), purchase_price=d(7)).id
            self.tea = a_product(uow, sku="TEA", name="Tea", purchase_price=d(2)).id
            self.supplier = add_supplier(uow, SupplierEntry(name="华瓷陶艺", contact="王", phone="138 0000 1111"))

    def run(self, command, *args, **kwargs):
        return self.store.run(SYSTEM, command, None, *args, **kwargs)

    def receive(self, quantity: str | int = 10, cost: str | int | None = 5, **more) -> int:
        lines = [Line(self.mug, d(quantity), unit_cost=None if cost is None else d(cost))]
        return self.run(receive_goods, warehouse_id=self.house, lines=lines, supplier_id=self.supplier, **more)

    def send_back(self, receipt: int, quantity: str | int, reason: str = "cracked", **more) -> int:
        return self.run(
            return_to_supplier, receipt, quantities={self.move(receipt): d(quantity)}, reason=reason, **more
        )

    def move(self, receipt: int) -> int:
        with self.store.viewing(SYSTEM) as view:
            return receipt_prices(view, receipt)[0].move_id

    def cost(self, document: int) -> list[Decimal]:
        with self.store.viewing(SYSTEM) as view:
            return list(document_cost(view, "stock_document", document).values())

    def on_hand(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return on_hand(view, self.mug)

    def worth(self) -> Decimal:
        with self.store.viewing(SYSTEM) as view:
            return sum((row.amount for row in stock_costs(view)), d(0))

    def refused(self, error: type[AppError], command, *args, **kwargs) -> str:
        return refusal_of(self.store, error, self.run, command, *args, **kwargs).sentence


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> Shop:
    return Shop(any_store, clock)


def test_a_supplier_is_found_by_pinyin_code_and_phone(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        found = [[row.id for row in find_suppliers(view, typed)] for typed in ("huaci", "hcty", "1380000", "S-", "x9")]
        assert found == [[shop.supplier]] * 4 + [[]]
        assert count_suppliers(view) == 1


def test_a_supplier_is_changed_by_one_at_a_time(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        card = supplier_card(view, shop.supplier)
    entry = SupplierEntry(name="Huaci", code=card.code, terms="30 days")
    shop.run(edit_supplier, shop.supplier, entry, version=card.version)
    shop.refused(StaleVersion, edit_supplier, shop.supplier, entry, version=card.version)
    with shop.store.viewing(SYSTEM) as view:
        assert (supplier_card(view, shop.supplier).name, supplier_card(view, shop.supplier).terms) == (
            "Huaci",
            "30 days",
        )


def test_bad_suppliers_are_refused_without_a_trace(shop: Shop) -> None:
    with shop.store.viewing(SYSTEM) as view:
        code = supplier_card(view, shop.supplier).code
    shop.refused(InvalidInput, add_supplier, SupplierEntry(name=" "))
    shop.refused(InvalidInput, add_supplier, SupplierEntry(name="x" * 201))
    shop.refused(InvalidInput, add_supplier, SupplierEntry(name="A", email="nowhere"))
    shop.refused(SupplierCodeTaken, add_supplier, SupplierEntry(name="A", code=code.lower()))
    shop.refused(NotFound, delete_supplier, 999)


def test_a_supplier_that_goods_came_from_stays_and_one_entered_by_mistake_goes(shop: Shop) -> None:
    shop.receive()
    assert "stays on record" in shop.refused(SupplierUsed, delete_supplier, shop.supplier)
    mistake = shop.run(add_supplier, SupplierEntry(name="Twice"))
    shop.run(delete_supplier, mistake)
    shop.run(set_supplier_active, shop.supplier, is_active=False)
    lines = [Line(shop.mug, d(1))]
    shop.refused(SupplierRetired, receive_goods, warehouse_id=shop.house, lines=lines, supplier_id=shop.supplier)


def test_only_buyers_change_suppliers(shop: Shop) -> None:
    roles = frozenset({Role.WAREHOUSE})
    keeper = Actor(7, "keeper", roles, permissions_of(roles))
    with pytest.raises(NotAllowed):
        shop.store.run(keeper, add_supplier, None, SupplierEntry(name="A"))
    with shop.store.viewing(keeper) as view:
        assert count_suppliers(view) == 1
        with pytest.raises(NotAllowed):
            receipt_prices(view, 1)


def test_a_price_with_tax_is_kept_as_it_stood_and_goods_cost_what_is_left_without_it(shop: Shop) -> None:
    receipt = shop.receive(30, "11.30", prices_include_tax=True, supplier_number=" HC-1 ")
    with shop.store.viewing(SYSTEM) as view:
        card = document_card(view, receipt)
        (line,) = receipt_prices(view, receipt)
        assert [row.supplier for row in stock_documents(view, supplier_id=shop.supplier)] == ["华瓷陶艺"]
        assert count_documents(view, supplier_id=shop.supplier) == 1
    assert (card.supplier, card.supplier_number, card.prices_include_tax) == ("华瓷陶艺", "HC-1", True)
    assert (line.unit_price, line.tax_rate, line.unit_cost) == (d("11.30"), d("0.13"), d(10))
    assert shop.cost(receipt) == [300]


def test_goods_without_a_price_cost_what_they_usually_do(shop: Shop) -> None:
    receipt = shop.receive(3, None)
    assert shop.cost(receipt) == [21]
    with shop.store.viewing(SYSTEM) as view:
        assert document_card(view, receipt).prices_include_tax is None


def test_goods_go_back_at_the_value_they_came_with_and_never_more_than_came(shop: Shop) -> None:
    shop.run(set_cost_method, method=Method.FIFO)
    shop.receive(10, 5)
    receipt = shop.receive(10, 8)
    back = shop.send_back(receipt, 4)
    assert (shop.cost(back), shop.on_hand(), shop.worth()) == ([-32], 16, 98)
    said = shop.refused(
        MoreThanReceived, return_to_supplier, receipt, quantities={shop.move(receipt): d(7)}, reason="cracked"
    )
    assert said == "MUG Mug: of GR-2026-00002 at most 6 can go back, 7 entered. Enter at most that."
    with shop.store.viewing(SYSTEM) as view:
        (row,) = returnable(view, receipt)
        assert (row.received, row.returned, row.most) == (10, 4, 6)
        assert document_card(view, back).returns_id == receipt
    assert_sound(shop.store)


def test_what_is_gone_cannot_go_back(shop: Shop) -> None:
    receipt = shop.receive(10)
    shop.run(issue_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(8))], reason="sample")
    quantities = {shop.move(receipt): d(3)}
    shop.refused(NotEnoughStock, return_to_supplier, receipt, quantities=quantities, reason="cracked")
    shop.refused(ReasonMissing, return_to_supplier, receipt, quantities=quantities, reason="")
    shop.refused(NothingToDo, return_to_supplier, receipt, quantities={shop.move(receipt): d(0)}, reason="cracked")
    shop.refused(NotFound, return_to_supplier, receipt, quantities={999: d(1)}, reason="cracked")
    with shop.store.viewing(SYSTEM) as view:
        assert returnable(view, receipt)[0].most == 2


def test_a_receipt_stands_while_goods_of_it_are_back_at_the_supplier(shop: Shop) -> None:
    receipt = shop.receive(10)
    back = shop.send_back(receipt, 4)
    assert "Reverse PR-2026-00001 first." in shop.refused(
        ReturnedToSupplier, reverse_document, receipt, reason="typed twice"
    )
    shop.run(reverse_document, back, reason="kept after all")
    with shop.store.viewing(SYSTEM) as view:
        assert returnable(view, receipt)[0].most == 10
    reversal = shop.run(reverse_document, receipt, reason="typed twice")
    assert (shop.on_hand(), shop.worth()) == (0, 0)
    for gone in (receipt, reversal, back):
        shop.refused(NotAGoodsReceipt, return_to_supplier, gone, quantities={}, reason="cracked")
    assert_sound(shop.store)


def test_scrap_is_a_loss_with_a_reason_and_can_be_reversed(shop: Shop) -> None:
    shop.receive(10, 5)
    lines = [Line(shop.mug, d(3))]
    scrap = shop.run(scrap_goods, warehouse_id=shop.house, lines=lines, reason="broken", note="fell down")
    with shop.store.viewing(SYSTEM) as view:
        card = document_card(view, scrap)
    assert (card.number, card.kind, card.reason) == ("SC-2026-00001", DocumentKind.SCRAP, "broken")
    assert (shop.cost(scrap), shop.on_hand(), shop.worth()) == ([-15], 7, 35)
    shop.refused(ReasonMissing, scrap_goods, warehouse_id=shop.house, lines=lines, reason=" ")
    shop.refused(NotEnoughStock, scrap_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(8))], reason="broken")
    shop.run(reverse_document, scrap, reason="found intact")
    assert (shop.on_hand(), shop.worth()) == (10, 50)
    assert_sound(shop.store)


def test_a_sheet_carries_supplier_price_and_day_into_the_receipt(shop: Shop) -> None:
    head = {"kind": DocumentKind.RECEIPT, "warehouse_id": shop.house}
    draft = shop.run(begin_movement, **head, lines=[Line(shop.mug, d(2)), Line(shop.tea, d(3))])
    shop.run(set_movement_supplier, draft, shop.supplier)
    shop.run(edit_movement, draft, supplier_number="HC-2", prices_include_tax=True)
    shop.run(price_movement, draft, {shop.mug: d("11.3")})
    shop.run(set_movement_day, draft, date(2026, 3, 16))
    with shop.store.viewing(SYSTEM) as view:
        card = find_movement_draft(view, draft)
    assert card is not None
    assert (card.prices, card.supplier_id, card.booked_on) == ({shop.mug: d("11.3")}, shop.supplier, date(2026, 3, 16))
    shop.refused(InvalidInput, price_movement, draft, {shop.mug: d("-1")})
    shop.refused(InTheFuture, set_movement_day, draft, date(2026, 3, 19))
    shop.refused(SupplierRetired.__base__, set_movement_supplier, draft, 999)
    receipt = shop.run(book_movement, draft)
    with shop.store.viewing(SYSTEM) as view:
        booked = document_card(view, receipt)
        assert [row.amount for row in stock_costs(view, on=date(2026, 3, 16))] == [20, 6]
    assert (booked.supplier, booked.supplier_number, booked.at is None) == ("华瓷陶艺", "HC-2", False)


def test_a_sheet_for_a_day_that_was_closed_meanwhile_stays_as_it_is(shop: Shop) -> None:
    draft = shop.run(begin_movement, kind=DocumentKind.RECEIPT, warehouse_id=shop.house, lines=[Line(shop.mug, d(2))])
    shop.run(set_movement_day, draft, date(2026, 3, 16))
    shop.run(close_period, through=date(2026, 3, 17))
    assert "closed through 2026-03-17" in shop.refused(PeriodClosed, book_movement, draft)


def test_a_counted_surplus_is_not_taken_back_once_what_came_after_needs_it(shop: Shop) -> None:
    """The count set the stock to 100, all of it went the day after: without the count less than nothing is left."""
    yesterday = date(2026, 3, 17)
    counted = [Line(shop.mug, d(100), unit_cost=d(100))]
    count = shop.run(adjust_stock, warehouse_id=shop.house, counted=counted, reason="stocktake", at=yesterday)
    shop.run(issue_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(100))], reason="sample")
    shop.refused(NotEnoughStock, reverse_document, count, reason="typed twice")
    # New goods of today do not help the past: what went yesterday would still have been missing then.
    shop.receive(100)
    shop.refused(AppError, reverse_document, count, reason="typed twice")


def test_with_no_layer_left_an_issue_takes_the_last_known_cost(shop: Shop) -> None:
    """Where goods at 60 and at 80 are gone, goods found and issued cost 80, not the average of past receipts."""
    shop.run(set_cost_method, method=Method.FIFO)
    for cost in (60, 80):
        shop.receive(1, cost)
        shop.run(issue_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(1))], reason="sample")
    shop.run(adjust_stock, warehouse_id=shop.house, counted=[Line(shop.mug, d(1))], reason="stocktake")
    issue = shop.run(issue_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(1))], reason="sample")
    assert shop.cost(issue) == [-80]


def test_receipts_changes_and_methods_are_listed_for_who_sees_costs(shop: Shop) -> None:
    receipt = shop.receive(10, 5)
    shop.run(issue_goods, warehouse_id=shop.house, lines=[Line(shop.mug, d(4))], reason="sample")
    change = shop.run(add_landed_cost, amount=d(20), move_ids=[shop.move(receipt)], reason="freight")
    with shop.store.viewing(SYSTEM) as view:
        (line,) = receipt_moves(view, text="mug", supplier_id=shop.supplier)
        assert (line.number, line.supplier, line.unit_cost, line.amount) == ("GR-2026-00001", "华瓷陶艺", 5, 50)
        (row,) = cost_adjustments(view)
        assert (row.number, row.amount, row.products, row.can_reverse) == ("CA-2026-00001", 20, 1, True)
        moves = cost_moves(view, shop.mug)
        assert [(each.quantity, each.amount, each.is_corrected) for each in moves] == [(-4, -28, True), (10, 50, False)]
        assert cost_policies(view) == []
    shop.run(reverse_adjustment, change, reason="paid by the supplier")
    with shop.store.viewing(SYSTEM) as view:
        assert [each.can_reverse for each in cost_adjustments(view)] == [False, False]
        assert [each.amount for each in cost_moves(view, shop.mug)] == [-20, 50]
    roles = frozenset({Role.WAREHOUSE})
    keeper = Actor(7, "keeper", roles, permissions_of(roles))
    for listed in (receipt_moves, cost_adjustments, cost_policies):
        with shop.store.viewing(keeper) as view, pytest.raises(NotAllowed):
            listed(view)


def test_a_return_of_a_closed_receipt_leaves_today_at_its_value(shop: Shop) -> None:
    receipt = shop.receive(10, 5)
    shop.clock.moment += timedelta(days=1)
    shop.run(close_period, through=date(2026, 3, 18))
    shop.receive(10, 9)
    assert shop.cost(shop.send_back(receipt, 10)) == [-50]
    assert shop.worth() == 90
    assert_sound(shop.store)
