"""The sheet of a stocktake as a file, there and back."""

from decimal import Decimal

import pytest

from core.base.clock import FixedClock
from core.base.errors import Refusals
from core.exchange.count_sheet import (
    NotAQuantity,
    TwiceOnSheet,
    UnknownOnSheet,
    printed_sheet,
    read_count_sheet,
    written_sheet,
)
from core.security.actor import SYSTEM
from core.stock.counts.enter import enter_counts
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
        content = written_sheet(rows)
        assert read_count_sheet(view, count, content, "sheet.csv") == {shop.mug: Decimal("3.5")}
    text = content.decode("utf-8-sig").splitlines()
    assert text[1:] == ["'=1+1,<b>,,6901234567892,", "MUG,Mug,,,3.5", "TEA,Tea,,,"]
    assert b"&lt;b&gt;" in printed_sheet("ST-1", rows)
    filled = content.replace(b"6901234567892,\r\n", b"6901234567892,4\r\n")
    with shop.store.viewing(shop.wei) as view:
        found = read_count_sheet(view, count, filled, "sheet.csv")
    shop.run(shop.wei, enter_counts, count, found)
    assert shop.lines(count)["=1+1"].counted == 4


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
