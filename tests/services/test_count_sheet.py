"""The sheet of a stocktake as a file, there and back."""

from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import Refusals
from core.exchange.count_sheet import (
    NotAQuantity,
    SheetCounts,
    TwiceOnSheet,
    UnknownOnSheet,
    printed_sheet,
    read_count_sheet,
    was_read,
    written_sheet,
)
from core.security.actor import SYSTEM, Actor
from core.stock.counts.enter import enter_counts
from core.stock.counts.errors import OtherStocktake
from core.stock.counts.plan import cancel_count
from core.stock.counts.queries import sheet_lines
from core.work.store import Store
from tests.builders import goods
from tests.stocktaking import CountedShop


@pytest.fixture
def shop(any_store: Store, clock: FixedClock) -> CountedShop:
    """A shop with a product whose code a spreadsheet would calculate."""
    shop = CountedShop(any_store, clock)
    with any_store.working(SYSTEM) as uow:
        goods(uow, shop.house, 7, sku="=1+1", name="<b>", barcodes=("6901234567892",))
    return shop


def test_what_is_written_is_read_back_and_says_nothing_of_what_is_expected(shop: CountedShop) -> None:
    count = shop.plan()
    shop.count(count, mug="3.5")
    with shop.store.viewing(shop.wei) as view:
        rows = sheet_lines(view, count, is_left=False)
        content = written_sheet("ST-2026-00001", rows)
        assert read_count_sheet(view, count, content, "sheet.csv") == SheetCounts({shop.mug: Decimal("3.5")}, {}, (1,))
    text = content.decode("utf-8-sig").splitlines()
    codes = [f"ST-2026-00001/{row.line_id}" for row in rows]
    assert text[1:] == [
        f"'=1+1,<b>,,6901234567892,{codes[0]},",
        f"MUG,Mug,,,{codes[1]},3.5",
        f"TEA,Tea,,,{codes[2]},",
    ]
    filled = content.replace(f"{codes[0]},\r\n".encode(), f"{codes[0]},4\r\n".encode())
    with shop.store.viewing(shop.wei) as view:
        found = read_count_sheet(view, count, filled, "sheet.csv")
    shop.run(shop.wei, enter_counts, count, found.quantities, lots=found.lots)
    assert shop.lines(count)["=1+1"].counted == 4


def test_a_printed_sheet_bears_codes_of_the_stocktake_and_of_each_line(shop: CountedShop) -> None:
    count = shop.plan()
    with shop.store.viewing(shop.wei) as view:
        rows = sheet_lines(view, count, is_left=False)
    page = printed_sheet("ST-2026-00001", "Main", rows).decode()
    assert "&lt;b&gt;" in page
    assert page.count("<svg") == 4
    assert all(f"ST-2026-00001/{row.line_id}</td>" in page for row in rows)


def test_the_sheet_of_another_stocktake_is_refused(shop: CountedShop) -> None:
    first = shop.plan()
    with shop.store.viewing(shop.wei) as view:
        content = written_sheet("ST-2026-00001", sheet_lines(view, first, is_left=False))
    shop.run(shop.mei, cancel_count, first, reason="Rain")
    second = shop.plan()
    with shop.store.viewing(shop.wei) as view, pytest.raises(OtherStocktake) as refusal:
        read_count_sheet(view, second, content.replace(b",\r\n", b",4\r\n"), "sheet.csv")
    assert refusal.value.facts == {"sheet": "ST-2026-00001", "number": "ST-2026-00002"}


def test_the_same_sheet_read_twice_changes_nothing(shop: CountedShop) -> None:
    count = shop.plan()
    content = b"code,counted\nMUG,1\nTEA,2\n"

    def read_in(actor: Actor) -> bool:
        with shop.store.viewing(actor) as view:
            found = read_count_sheet(view, count, content, "sheet.csv")
            key = found.key(count, actor.id, None)
            before = was_read(view, key)
        shop.tick()
        shop.store.run(actor, enter_counts, key, count, found.quantities, lots=found.lots)
        return before

    assert not read_in(shop.wei)
    shop.count(count, mug=3)
    before = shop.lines(count)
    assert read_in(shop.wei)
    assert shop.lines(count) == before
    with pytest.raises(Refusals):
        read_in(shop.lin)
    assert shop.lines(count) == before


def test_every_row_that_cannot_be_read_is_named(shop: CountedShop) -> None:
    count = shop.plan()
    content = "code,counted\nMUG,1\nmug,2\nTEA,many\nX,3\n6901234567892,１２\n".encode()
    with shop.store.viewing(shop.wei) as view, pytest.raises(Refusals) as refusal:
        read_count_sheet(view, count, content, "sheet.csv")
    assert [(type(each), each.facts["line"]) for each in refusal.value.problems] == [
        (TwiceOnSheet, 3),
        (NotAQuantity, 4),
        (UnknownOnSheet, 5),
    ]
