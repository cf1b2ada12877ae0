"""Receiving, issuing, adjusting and reversing: what the shop can rely on, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import AppError, InvalidInput, NotFound, ReasonMissing, Refusals
from core.catalog.errors import NotStocked
from core.catalog.models import ProductKind
from core.security.actor import SYSTEM
from core.stock.document_queries import count_documents, document_card, stock_documents
from core.stock.errors import (
    AlreadyReversed,
    NotEnoughStock,
    NothingToDo,
    WarehouseClosed,
    WarehouseNotEmpty,
)
from core.stock.ledger import Line
from core.stock.models import DocumentKind, StockDocument, StockMove
from core.stock.queries import LevelRow, count_moves, level_totals, on_hand, stock_card, stock_levels, warehouses
from core.stock.service import (
    add_warehouse,
    adjust_stock,
    edit_warehouse,
    issue_goods,
    receive_goods,
    reverse_document,
)
from core.work.store import Store
from tests.builders import a_product


def d(number: str | int) -> Decimal:
    return Decimal(number)


class Shop:
    """A shop with two warehouses and two products on a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            self.east = add_warehouse(uow, code="E", name="East")
            self.west = add_warehouse(uow, code="W", name="West")
            self.mug = a_product(uow, sku="MUG", name="Mug", unit="pc", barcodes=("690000000017",)).id
            self.tea = a_product(uow, sku="TEA", name="绿茶", unit="kg").id
            self.delivery = a_product(uow, sku="DEL", name="Delivery", kind=ProductKind.SERVICE).id

    def receive(self, *lines: tuple[int, str | int], warehouse: int | None = None) -> int:
        goods = [Line(variant, d(quantity)) for variant, quantity in lines]
        return self.store.run(SYSTEM, receive_goods, None, warehouse_id=warehouse or self.east, lines=goods)

    def issue(self, *lines: tuple[int, str | int], reason: str = "sample") -> int:
        goods = [Line(variant, d(quantity)) for variant, quantity in lines]
        return self.store.run(SYSTEM, issue_goods, None, warehouse_id=self.east, lines=goods, reason=reason)

    def count(self, *lines: tuple[int, str | int], reason: str = "stocktake") -> int:
        goods = [Line(variant, d(quantity)) for variant, quantity in lines]
        return self.store.run(SYSTEM, adjust_stock, None, warehouse_id=self.east, counted=goods, reason=reason)

    def reverse(self, document: int, reason: str = "typed twice") -> int:
        return self.store.run(SYSTEM, reverse_document, None, document, reason=reason)

    def levels(self) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        with self.store.viewing(SYSTEM) as view:
            return {(row.sku, row.warehouse): (row.on_hand, row.reserved) for row in stock_levels(view)}

    def facts(self) -> tuple[int, int, int]:
        """How many documents, moves and audit entries there are."""
        with self.store.viewing(SYSTEM) as view:
            tables = (StockDocument, StockMove, AuditEntry)
            return tuple(view.session.scalars(select(func.count()).select_from(each)).one() for each in tables)


@pytest.fixture
def shop(any_store: Store) -> Shop:
    return Shop(any_store)


def test_received_goods_are_on_the_shelf_of_their_warehouse(shop: Shop) -> None:
    shop.receive((shop.mug, 12), (shop.tea, "0.125"))
    shop.receive((shop.mug, 5), warehouse=shop.west)

    assert shop.levels() == {
        ("MUG", "East"): (d(12), d(0)),
        ("MUG", "West"): (d(5), d(0)),
        ("TEA", "East"): (d("0.125"), d(0)),
    }


def test_a_receipt_has_its_number_its_lines_and_one_audit_entry(shop: Shop) -> None:
    before = shop.facts()
    receipt = shop.receive((shop.mug, 12), (shop.tea, "2.5"))

    with shop.store.viewing(SYSTEM) as view:
        card = document_card(view, receipt)
        entry = view.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (card.number, card.kind, card.warehouse) == ("GR-2026-00001", DocumentKind.RECEIPT, "East")
    assert [(line.sku, line.change, line.unit) for line in card.lines] == [
        ("MUG", d(12), "pc"),
        ("TEA", d("2.5"), "kg"),
    ]
    assert (entry.tag, entry.subject_id) == ("goods.received", receipt)
    assert shop.facts() == (before[0] + 1, before[1] + 2, before[2] + 1)


def test_issued_goods_leave_the_shelf(shop: Shop) -> None:
    shop.receive((shop.mug, 12))
    issue = shop.issue((shop.mug, 5))

    assert shop.levels() == {("MUG", "East"): (d(7), d(0))}
    with shop.store.viewing(SYSTEM) as view:
        card = document_card(view, issue)
    assert (card.number, card.reason, [line.change for line in card.lines]) == ("GI-2026-00001", "sample", [d(-5)])


def test_issuing_lists_every_short_product_and_takes_nothing(shop: Shop) -> None:
    shop.receive((shop.mug, 3), (shop.tea, 9))
    before = shop.facts(), shop.levels()

    with pytest.raises(Refusals) as refused:
        shop.issue((shop.mug, 4), (shop.tea, "9.001"))

    assert [problem.facts for problem in refused.value.problems] == [
        {"sku": "MUG", "name": "Mug", "warehouse": "East", "available": d(3), "asked": d(4)},
        {"sku": "TEA", "name": "绿茶", "warehouse": "East", "available": d(9), "asked": d("9.001")},
    ]
    assert (shop.facts(), shop.levels()) == before


def test_a_count_corrects_what_is_on_hand_in_both_directions(shop: Shop) -> None:
    shop.receive((shop.mug, 10), (shop.tea, 4))
    count = shop.count((shop.mug, 8), (shop.tea, "4.5"))

    assert shop.levels() == {("MUG", "East"): (d(8), d(0)), ("TEA", "East"): (d("4.5"), d(0))}
    with shop.store.viewing(SYSTEM) as view:
        lines = document_card(view, count).lines
    assert {line.sku: line.change for line in lines} == {"MUG": d(-2), "TEA": d("0.5")}


def test_counting_a_product_that_was_never_here_brings_it_in(shop: Shop) -> None:
    shop.count((shop.mug, 3))
    assert shop.levels() == {("MUG", "East"): (d(3), d(0))}


@pytest.mark.parametrize(
    ("refusal", "act"),
    [
        (NothingToDo, lambda shop: shop.receive()),
        (InvalidInput, lambda shop: shop.receive((shop.mug, 0))),
        (InvalidInput, lambda shop: shop.receive((shop.mug, -1))),
        (InvalidInput, lambda shop: shop.receive((shop.mug, "0.0001"))),
        (NotStocked, lambda shop: shop.receive((shop.delivery, 1))),
        (NotFound, lambda shop: shop.receive((shop.mug, 1), warehouse=999)),
        (ReasonMissing, lambda shop: shop.issue((shop.mug, 1), reason=" ")),
        (NotEnoughStock, lambda shop: shop.issue((shop.mug, 11))),
        (ReasonMissing, lambda shop: shop.count((shop.mug, 1), reason="")),
        (InvalidInput, lambda shop: shop.count((shop.mug, -1))),
        (NothingToDo, lambda shop: shop.count((shop.mug, 10))),
        (NotFound, lambda shop: shop.reverse(999)),
    ],
)
def test_what_is_refused_changes_nothing(shop: Shop, refusal: type[AppError], act) -> None:
    shop.receive((shop.mug, 10))
    before = shop.facts(), shop.levels()

    with pytest.raises(refusal):
        act(shop)

    assert (shop.facts(), shop.levels()) == before


def test_reversing_puts_everything_back_by_an_opposite_document(shop: Shop) -> None:
    shop.receive((shop.mug, 10))
    issue = shop.issue((shop.mug, 4))
    reversal = shop.reverse(issue)

    assert shop.levels() == {("MUG", "East"): (d(10), d(0))}
    with shop.store.viewing(SYSTEM) as view:
        first, second = document_card(view, issue), document_card(view, reversal)
        listed = [(row.number, row.is_reversed) for row in stock_documents(view, kind=DocumentKind.ISSUE)]
    assert (first.reversal_id, first.can_reverse) == (reversal, False)
    assert (second.reverses_id, second.can_reverse, second.reason) == (issue, False, "typed twice")
    assert [line.change for line in second.lines] == [d(4)]
    assert listed == [("GI-2026-00002", False), ("GI-2026-00001", True)]


def test_a_document_is_reversed_once_and_a_reversal_never(shop: Shop) -> None:
    receipt = shop.receive((shop.mug, 10))
    reversal = shop.reverse(receipt)
    before = shop.facts(), shop.levels()

    for document in (receipt, reversal):
        with pytest.raises(AlreadyReversed):
            shop.reverse(document)

    assert (shop.facts(), shop.levels()) == before


def test_a_receipt_whose_goods_are_gone_is_not_reversed(shop: Shop) -> None:
    receipt = shop.receive((shop.mug, 10))
    shop.issue((shop.mug, 1))
    before = shop.facts(), shop.levels()

    with pytest.raises(NotEnoughStock):
        shop.reverse(receipt)

    assert (shop.facts(), shop.levels()) == before


def test_a_warehouse_with_goods_stays_open_until_it_is_empty(shop: Shop) -> None:
    shop.receive((shop.mug, 1))
    closing = {"code": "E", "name": "East", "is_active": False}

    with pytest.raises(WarehouseNotEmpty):
        shop.store.run(SYSTEM, edit_warehouse, None, shop.east, **closing)
    with shop.store.viewing(SYSTEM) as view:
        assert [house.code for house in warehouses(view)] == ["E", "W"]

    shop.issue((shop.mug, 1))
    shop.store.run(SYSTEM, edit_warehouse, None, shop.east, **closing)
    with shop.store.viewing(SYSTEM) as view:
        assert [house.code for house in warehouses(view)] == ["W"]
        assert [house.code for house in warehouses(view, with_closed=True)] == ["E", "W"]


def test_nothing_moves_in_or_out_of_a_closed_warehouse(shop: Shop) -> None:
    shop.store.run(SYSTEM, edit_warehouse, None, shop.east, code="E", name="East", is_active=False)
    before = shop.facts(), shop.levels()
    lines = [Line(shop.mug, d(1))]

    for command, words in (
        (receive_goods, {"lines": lines}),
        (issue_goods, {"lines": lines, "reason": "sample"}),
        (adjust_stock, {"counted": lines, "reason": "found"}),
    ):
        with pytest.raises(WarehouseClosed) as refusal:
            shop.store.run(SYSTEM, command, None, warehouse_id=shop.east, **words)  # type: ignore[arg-type]
        assert refusal.value.sentence == "East is closed. Choose another warehouse, or have it opened again."

    assert (shop.facts(), shop.levels()) == before


@pytest.mark.parametrize(("code", "name"), [("E", "North"), ("N", "East"), ("", "North"), ("N", " ")])
def test_a_warehouse_needs_a_code_and_name_of_its_own(shop: Shop, code: str, name: str) -> None:
    with pytest.raises(InvalidInput):
        shop.store.run(SYSTEM, add_warehouse, None, code=code, name=name)
    with shop.store.viewing(SYSTEM) as view:
        assert len(warehouses(view, with_closed=True)) == 2


def test_the_stock_card_shows_every_move_with_the_balance_after_it(shop: Shop, clock: FixedClock) -> None:
    shop.receive((shop.mug, 10))
    shop.issue((shop.mug, 4))
    shop.receive((shop.mug, 1), warehouse=shop.west)
    shop.count((shop.mug, 7))

    with shop.store.viewing(SYSTEM) as view:
        both = stock_card(view, shop.mug)
        east = stock_card(view, shop.mug, warehouse_id=shop.east)
        second_page = stock_card(view, shop.mug, limit=2, offset=2)
        counts = count_moves(view, shop.mug), count_moves(view, shop.mug, warehouse_id=shop.east)
        total = on_hand(view, shop.mug), on_hand(view, shop.mug, shop.east)
    assert [(row.warehouse, row.change, row.balance) for row in both] == [
        ("East", d(1), d(8)),
        ("West", d(1), d(7)),
        ("East", d(-4), d(6)),
        ("East", d(10), d(10)),
    ]
    assert [(row.change, row.balance) for row in east] == [(d(1), d(7)), (d(-4), d(6)), (d(10), d(10))]
    assert second_page == both[2:]
    assert counts == (4, 3)
    assert total == (d(8), d(7))


def test_levels_are_found_by_code_name_pinyin_and_barcode_and_added_up(shop: Shop) -> None:
    shop.receive((shop.mug, 10), (shop.tea, "2.5"))
    shop.receive((shop.mug, 3), warehouse=shop.west)
    shop.issue((shop.tea, "2.5"))

    def found(**asked: object) -> list[tuple[str, str]]:
        with shop.store.viewing(SYSTEM) as view:
            rows: list[LevelRow] = stock_levels(view, **asked)  # type: ignore[arg-type]
            assert level_totals(view, **asked).count == len(rows)  # type: ignore[arg-type]
        return [(row.sku, row.warehouse) for row in rows]

    assert found(text="690000000017") == [("MUG", "East"), ("MUG", "West")]
    assert found(text="LC") == [("TEA", "East")]
    assert found(text="mug", warehouse_id=shop.west) == [("MUG", "West")]
    assert found(only_short=True) == [("TEA", "East")]
    assert found(text="100%") == []
    with shop.store.viewing(SYSTEM) as view:
        totals = level_totals(view, text="mug")
        assert (totals.count, totals.on_hand, totals.reserved, totals.available) == (2, d(13), d(0), d(13))
        assert stock_levels(view, limit=1, offset=1)[0].warehouse == "West"


def test_documents_are_listed_by_kind_and_warehouse_newest_first(shop: Shop) -> None:
    shop.receive((shop.mug, 10))
    shop.receive((shop.mug, 2), warehouse=shop.west)
    shop.issue((shop.mug, 1))

    with shop.store.viewing(SYSTEM) as view:
        everything = [row.number for row in stock_documents(view)]
        east = [row.number for row in stock_documents(view, warehouse_id=shop.east)]
        receipts = [row.number for row in stock_documents(view, kind=DocumentKind.RECEIPT, limit=1, offset=1)]
        counts = count_documents(view), count_documents(view, kind=DocumentKind.RECEIPT, warehouse_id=shop.west)
        with pytest.raises(NotFound):
            document_card(view, 999)
    assert everything == ["GI-2026-00001", "GR-2026-00002", "GR-2026-00001"]
    assert east == ["GI-2026-00001", "GR-2026-00001"]
    assert receipts == ["GR-2026-00001"]
    assert counts == (3, 1)
