"""Real exports, each imported with nothing but the guesses, to the cent."""

import csv
import io
import re
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.layer.documents import documents_behind
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.exchange.fields import match_columns
from core.exchange.parse import OrderFile, parse_orders
from core.exchange.queries import get_batch
from core.exchange.service import check_orders, import_orders
from core.exchange.sheet import read_sheet
from core.ops import checks  # noqa: F401 - fills the registry
from core.ops.registry import find_differences
from core.sales.models import OrderLine, SalesOrder, SalesReturn
from core.security.actor import SYSTEM
from core.stock.models import StockLevel, StockMove
from core.work.store import Store
from tests.apart import without_main
from tests.moments import NOON

REAL = Path(__file__).parent.parent.parent.parent / "shared" / "data"
MEGABYTE_IN_KB = 1024
HEAD = (20_000, 19_864, "339603.98")

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not beside the repository")


def read(path: str) -> OrderFile:
    file = REAL / path
    sheet = read_sheet(file, file.name)
    return parse_orders(sheet, match_columns(sheet.header), "Asia/Shanghai")


def net_sales(store: Store, region: str | None = None) -> Decimal:
    with store.viewing(SYSTEM) as view:
        sold = select(func.sum(SalesOrder.net_amount))
        returned = select(func.sum(SalesReturn.net_amount))
        if region:
            sold, returned = sold.where(SalesOrder.region == region), returned.where(SalesReturn.region == region)
        return (view.session.scalar(sold) or Decimal(0)) - (view.session.scalar(returned) or Decimal(0))


class Imported(NamedTuple):
    """What an import wrote, what checking the file again found, and the most memory that both needed."""

    receipt: dict[str, Any]
    again: tuple[int, int, Decimal]
    peak_kb: int


def import_the_year(settings: Settings) -> Imported:
    """Import the retailer's year in this process."""
    store = Store(settings, FixedClock(NOON))
    file = read("online_retail/OnlineRetail.csv")
    batch_id = store.run(SYSTEM, import_orders, None, file, channel="OnlineRetail", is_history=True)
    with store.viewing(SYSTEM) as view:
        receipt = get_batch(view, batch_id).receipt
        _plan, again = check_orders(view, file, channel="OnlineRetail", is_history=True)
    store.engine.dispose()
    return Imported(receipt, (again.booked, again.unchanged, again.unchanged_total), peak_kb())


def peak_kb() -> int:
    """The most memory this program has had; `ru_maxrss` would count what the process was before it, too."""
    return int(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])


def test_a_retailers_year_of_541909_lines(store: Store) -> None:
    with without_main(), ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        receipt, again, peak = fresh.submit(import_the_year, store.settings).result()

    with store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count()).select_from(OrderLine)) == 530143
        assert view.session.scalar(select(func.count()).select_from(StockMove)) == 536499
        assert view.session.scalars(select(StockLevel)).all() == []
        assert find_differences(view) == []
    assert {name: receipt[name] for name in ("rows_read", "booked", "refused", "orders", "returns")} == {
        "rows_read": 541909,
        "booked": 539431,
        "refused": 2478,
        "orders": 19963,
        "returns": 3836,
    }
    assert [receipt[name] for name in ("file_total", "booked_total", "refused_total", "rounding")] == [
        "9747747.934",
        "9758809.99",
        "-11062.06",
        "0.004",
    ]
    assert receipt["refused_kinds"] == {
        "stock_adjustment": {"rows": 2475, "amount": "0"},
        "bad_debt": {"rows": 3, "amount": "-11062.06"},
    }
    assert (receipt["new_products"], receipt["new_customers"]) == (3827, 4372)
    assert net_sales(store) == Decimal("9758809.99")
    assert net_sales(store, "United Kingdom") == Decimal("8198868.42")
    assert again == (0, 539431, Decimal("9758809.99"))
    assert peak < 1024 * MEGABYTE_IN_KB


def test_the_first_lines_of_that_year_on_both_databases(any_store: Store, tmp_path: Path) -> None:
    head = tmp_path / "head.csv"
    with (REAL / "online_retail" / "OnlineRetail.csv").open("rb") as stream:
        head.write_bytes(b"".join(islice(stream, 20_001)))
    sheet = read_sheet(head, head.name)
    file = parse_orders(sheet, match_columns(sheet.header), "Asia/Shanghai")

    batch_id = any_store.run(SYSTEM, import_orders, None, file, channel="OnlineRetail", is_history=True)

    with any_store.viewing(SYSTEM) as view:
        receipt = get_batch(view, batch_id).receipt
        _plan, again = check_orders(view, file, channel="OnlineRetail", is_history=True)
        assert find_differences(view) == []
    assert (receipt["rows_read"], receipt["booked"], receipt["booked_total"]) == HEAD
    assert net_sales(any_store) == Decimal(receipt["booked_total"])
    assert (again.booked, again.unchanged) == (0, receipt["booked"])


def test_a_chinese_export_in_gbk(store: Store) -> None:
    file = read("cn_orders/orders_gbk.csv")
    batch_id = store.run(SYSTEM, import_orders, None, file, channel="商城", is_history=True)

    with store.viewing(SYSTEM) as view:
        receipt = get_batch(view, batch_id).receipt
        assert find_differences(view) == []
    assert [receipt[name] for name in ("file_total", "booked_total", "refused_total", "rounding")] == [
        "2838383.66",
        "2724202.39",
        "114181.27",
        "0",
    ]
    assert (receipt["booked"], receipt["refused_kinds"]) == (
        1616,
        {"cancelled_order": {"rows": 77, "amount": "114181.27"}},
    )
    assert net_sales(store) == Decimal("2724202.39")


def test_superstore_with_its_four_decimals(store: Store) -> None:
    file = read("superstore/superstore.csv")
    batch_id = store.run(SYSTEM, import_orders, None, file, channel="Superstore", is_history=True)

    with store.viewing(SYSTEM) as view:
        receipt = get_batch(view, batch_id).receipt
        assert view.session.scalar(select(func.sum(OrderLine.quantity))) == 37873
        assert find_differences(view) == []
    assert [receipt[name] for name in ("file_total", "booked_total", "refused_total", "rounding")] == [
        "2297200.8603",
        "2297201.07",
        "0",
        "-0.2097",
    ]
    assert (receipt["orders"], receipt["new_customers"], receipt["new_products"]) == (5009, 793, 1862)
    assert net_sales(store, "West") == Decimal("725457.93")
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        found = answer(mirror, SYSTEM, Ask(("net_sales", "margin", "uncosted_share"), ("region",)))
        behind = documents_behind(mirror, SYSTEM, Ask(("margin",)), limit=1)
        once = answer(mirror, SYSTEM, Ask(("net_sales_unrounded",), ("region",)))
        exactly = documents_behind(mirror, SYSTEM, Ask(("net_sales_unrounded",)), limit=1)
        in_west = documents_behind(mirror, SYSTEM, Ask(("net_sales_unrounded",), where={"region": ("West",)}), limit=1)
        assert mirror.check() == []
    assert (exactly.total, in_west.total) == (Decimal("2297200.8603"), Decimal("725457.8245"))
    assert once.totals == (Decimal("2297200.86"),)
    assert dict(once.rows)["West"] == Decimal("725457.82")
    # Each line is booked in whole cents; what the file calls profit is kept with its four decimals.
    assert found.totals == (Decimal("2297201.07"), Decimal("286397.02"), Decimal("0.0000"))
    assert behind.total == Decimal("286397.0217")
    assert dict(zip((row[0] for row in found.rows), found.figures("margin"), strict=True)) == {
        "West": Decimal("108418.45"),
        "East": Decimal("91522.78"),
        "Central": Decimal("39706.36"),
        "South": Decimal("46749.43"),
    }


def northwind() -> bytes:
    """Northwind's five files as the one file of order lines that a query over them exports."""
    tables = {}
    for name in ("Orders", "Order_Details", "Products", "Categories", "Customers"):
        with (REAL / "northwind" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
            tables[name] = list(csv.DictReader(stream))
    orders, products, categories, customers = (
        {row[key]: row for row in tables[name]}
        for name, key in (
            ("Orders", "OrderID"),
            ("Products", "ProductID"),
            ("Categories", "CategoryID"),
            ("Customers", "CustomerID"),
        )
    )
    rows = []
    for line in tables["Order_Details"]:
        order, product = orders[line["OrderID"]], products[line["ProductID"]]
        rows.append(
            {
                **line,
                **{name: order[name] for name in ("OrderDate", "CustomerID")},
                "CustomerName": customers[order["CustomerID"]]["CompanyName"],
                "Country": order["ShipCountry"],
                "ProductName": product["ProductName"],
                "Category": categories[product["CategoryID"]]["CategoryName"],
            }
        )
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_northwind_shows_the_sum_of_its_lines_each_in_cents(store: Store) -> None:
    sheet = read_sheet(northwind(), "northwind.csv")
    file = parse_orders(sheet, match_columns(sheet.header), "Asia/Shanghai")
    batch_id = store.run(SYSTEM, import_orders, None, file, channel="Northwind", is_history=True)

    with store.viewing(SYSTEM) as view:
        receipt = get_batch(view, batch_id).receipt
        assert find_differences(view) == []
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        found = answer(mirror, SYSTEM, Ask(("net_sales", "orders", "lines", "customers", "quantity"), ("category",)))
        once = answer(mirror, SYSTEM, Ask(("net_sales_unrounded",)))
        assert mirror.check() == []
    # What customers were billed is the sum of lines in whole cents; what the file says is rounded once.
    assert once.totals == (Decimal("1265793.04"),)
    assert [receipt[name] for name in ("file_total", "booked_total", "refused_total", "rounding")] == [
        "1265793.0395",
        "1265793.29",
        "0",
        "-0.2505",
    ]
    assert found.totals == (Decimal("1265793.29"), 830, 2155, 89, 51317)
    assert dict(zip((row[0] for row in found.rows), found.figures("net_sales"), strict=True)) == {
        "Beverages": Decimal("267868.20"),
        "Dairy Products": Decimal("234507.32"),
        "Confections": Decimal("167357.29"),
        "Meat/Poultry": Decimal("163022.38"),
        "Seafood": Decimal("131261.77"),
        "Condiments": Decimal("106047.15"),
        "Produce": Decimal("99984.58"),
        "Grains/Cereals": Decimal("95744.60"),
    }
