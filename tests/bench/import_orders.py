"""Importing a retailer's year through the command line; the baseline inserts as many lines and moves, bare."""

import csv
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from core.base.settings import PROJECT_DIR
from core.catalog.models import Product, Variant
from core.db.bulk import bulk_insert, bulk_insert_dicts, storing
from core.exchange.booking import MOVE_COLUMNS
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM
from core.stock.models import CUSTOMER, HISTORY, StockMove
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, at_most_times, benchmark, reported
from tests.builders import a_channel, a_customer, a_warehouse

REAL = PROJECT_DIR.parent / "shared" / "data" / "online_retail" / "OnlineRetail.csv"
LINES, ORDERS, PRODUCTS, CUSTOMERS = 541_909, 25_900, 3_958, 4_372
TIMES = 10
MOST_MB = 1024
_LINE_COLUMNS = (
    *("id", "order_id", "line_number", "variant_id", "quantity", "unit_price", "discount_amount", "tax_rate"),
    *("net_amount", "tax_amount", "gross_amount", "shipped_quantity", "returned_quantity"),
)


@dataclass(frozen=True)
class Spent:
    """What a child process took."""

    wall: float
    cpu: float
    peak_mb: float


@benchmark("import")
def import_orders() -> Iterator[Figure]:
    """The whole domain path in a process of its own, as an operator runs it."""
    with tempfile.TemporaryDirectory(prefix="salesbook-bench-") as directory:
        file = REAL if REAL.exists() else _made_file(Path(directory) / "orders.csv")
        for database in DATABASES:
            with fresh_store(database) as store:
                bare = _bare_insert(store)
            with fresh_store(database) as store:
                spent = _imported(store, file)
                again = _imported(store, file)
            here = {"database": database, "size": LINES}
            yield at_most_times(TIMES, name="import of orders", value=spent.wall, unit="s", baseline=bare, **here)
            yield reported(name="import of orders, CPU", value=spent.cpu, unit="s", **here)
            yield at_most(MOST_MB, name="import of orders, peak memory", value=spent.peak_mb, unit="MB", **here)
            yield reported(name="the same file again", value=again.wall, unit="s", **here)


def _imported(store: Store, file: Path) -> Spent:
    words = [sys.executable, "-m", "core", "import", "orders", str(file)]
    options = ["--channel", "Bench", "--history", "--apply", "--json"]
    places = {"SALESBOOK_DATABASE_URL": store.settings.url, "SALESBOOK_DATA_DIR": str(store.settings.data_dir)}
    begun = perf_counter()
    child = subprocess.Popen(
        [*words, *options],
        cwd=PROJECT_DIR,
        env=os.environ | places,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _pid, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the import ended with {child.returncode}")
    return Spent(perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def _bare_insert(store: Store) -> float:
    """Seconds for rows that stand ready in memory, with nothing decided, checked or recorded."""
    with store.working(SYSTEM) as uow:
        _parents(uow)
    chance = random.Random(1)
    moment = storing(uow.session, StockMove.at)
    per_order = -(-LINES // ORDERS)
    lines = [
        (
            n + 1,
            n // per_order + 1,
            n % per_order + 1,
            chance.randint(1, PRODUCTS),
            2000,
            25500,
            0,
            0,
            510,
            0,
            510,
            2000,
            0,
            None,
            None,
            0,
        )
        for n in range(LINES)
    ]
    first = datetime(2010, 12, 1, tzinfo=UTC)
    times = [moment(first + timedelta(minutes=20 * order)) for order in range(ORDERS + 1)]
    moves = [
        (line[0], line[3], line[4], HISTORY, CUSTOMER, "done", "sales_order", line[1], line[0], times[line[1]])
        for line in lines
    ]
    with store.working(SYSTEM) as uow:
        begun = perf_counter()
        bulk_insert(uow.session, OrderLine, _LINE_COLUMNS, lines)
        bulk_insert(uow.session, StockMove, MOVE_COLUMNS, moves)
    return perf_counter() - begun


def _parents(uow: UnitOfWork) -> None:
    session = uow.session
    customer, channel, warehouse = a_customer(uow).id, a_channel(uow), a_warehouse(uow)
    now = storing(session, SalesOrder.ordered_at)(uow.now)
    day = storing(session, SalesOrder.ordered_on)(date(2010, 12, 1))
    nothing = {"brand": "", "unit": "", "tax_rate": 0, "note": "", "created_at": now, "version": 1}
    products = range(1, PRODUCTS + 1)
    kinds = {"kind": "stocked", "status": "active"}
    bulk_insert_dicts(session, Product, ({"id": n, "name": "Mug"} | kinds | nothing for n in products))
    prices = dict.fromkeys(("purchase_price", "retail_price", "wholesale_price", "lowest_price"), 0)
    texts = {"initials": "", "search_text": ""}
    variants = ({"id": n, "product_id": n, "sku": f"SKU-{n}"} | prices | texts for n in products)
    bulk_insert_dicts(session, Variant, variants)
    head = {
        **{"customer_id": customer, "channel_id": channel, "warehouse_id": warehouse, "region": ""},
        **{"ordered_at": now, "ordered_on": day, "business_state": "completed", "payment_state": "full"},
        **{"shipment_state": "full", "return_state": "none", "statement_state": "none", "prices_include_tax": True},
        **{"rounding": "half_up", "currency": "CNY", "net_amount": 0, "tax_amount": 0, "gross_amount": 0},
        **{"paid_amount": 0, "note": "", "cancel_reason": "", "created_at": now, "version": 1},
    }
    orders = ({"id": n, "number": f"B-{n}"} | head for n in range(1, ORDERS + 1))
    bulk_insert_dicts(session, SalesOrder, orders)


def _made_file(file: Path) -> Path:
    """A file of the same size where the real one is not beside the repository."""
    chance = random.Random(1)
    per_order = -(-LINES // ORDERS)
    first = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"])
        for n in range(LINES):
            order = n // per_order
            back = order % 7 == 0
            writer.writerow(
                [
                    f"{'C' if back else ''}{536365 + order}",
                    f"SKU-{chance.randint(1, PRODUCTS)}",
                    "WHITE HANGING HEART T-LIGHT HOLDER",
                    -1 if back else chance.randint(1, 48),
                    f"{first + timedelta(minutes=20 * order):%Y-%m-%d %H:%M:%S}",
                    f"{chance.randint(1, 2000) / 100:.2f}",
                    12346 + order % CUSTOMERS,
                ]
            )
    return file
