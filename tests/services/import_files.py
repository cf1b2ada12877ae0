"""Making order files, importing them, and counting what that wrote."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.catalog.models import Product, Variant
from core.customers.models import Channel, Customer
from core.exchange.fields import match_columns
from core.exchange.models import ImportBatch, ImportProblem, RememberedMapping
from core.exchange.parse import OrderFile, parse_orders
from core.exchange.queries import batch_problems, get_batch
from core.exchange.service import check_orders, import_orders
from core.exchange.sheet import read_sheet
from core.receivables.models import Allocation, Payment
from core.sales.models import OrderLine, ReturnLine, SalesOrder, SalesReturn
from core.security.actor import SYSTEM
from core.stock.models import StockMove, Warehouse
from core.work.models import Change
from core.work.store import Store

HEADER = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
TABLES = (
    *(AuditEntry, Change, Channel, Customer, Product, Variant, Warehouse, ImportBatch, ImportProblem),
    *(RememberedMapping, SalesOrder, OrderLine, SalesReturn, ReturnLine, StockMove, Payment, Allocation),
)


def row(
    number: str = "1001",
    sku: str = "MUG",
    quantity: str = "2",
    price: str = "2.55",
    *,
    at: str = "2024-03-01 10:00",
    customer: str = "C7",
    name: str = "White mug",
    country: str = "China",
) -> tuple[str, ...]:
    """One line of an order."""
    return (number, sku, name, quantity, at, price, customer, country)


def csv_file(*rows: Sequence[str], header: Sequence[str] = HEADER, encoding: str = "utf-8") -> bytes:
    """The rows as a CSV file."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode(encoding)


def read(content: bytes, name: str = "orders.csv", dates: str | None = None, **chosen: str) -> OrderFile:
    """What the file says."""
    sheet = read_sheet(content, name)
    return parse_orders(sheet, match_columns(sheet.header, chosen), "Asia/Shanghai", dates)


def apply(store: Store, content: bytes, *, channel: str = "Shop", is_history: bool = True) -> dict[str, Any]:
    """Import the file; its receipt with the batch's id, and the kind of each problem by line."""
    file = read(content)
    with store.viewing(SYSTEM) as view:
        _plan, checked = check_orders(view, file, channel=channel, is_history=is_history)
    batch_id = store.run(SYSTEM, import_orders, None, file, channel=channel, is_history=is_history)
    with store.viewing(SYSTEM) as view:
        receipt = get_batch(view, batch_id).receipt
        problems = batch_problems(view, batch_id)
    assert receipt == checked.facts(), "checking says what applying does"
    return receipt | {"batch_id": batch_id, "problems": [(each.line, each.column, each.kind) for each in problems]}


def counts(store: Store) -> dict[str, int]:
    """How many rows every table has that an import may write."""
    with store.viewing(SYSTEM) as view:
        return {
            table.__tablename__: view.session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES
        }


def totals(receipt: dict[str, Any]) -> tuple[str, str, str, str, str]:
    """File, booked, refused, unchanged, rounding."""
    names = ("file_total", "booked_total", "refused_total", "unchanged_total", "rounding")
    file_total, booked, refused, unchanged, rounding = (receipt[name] for name in names)
    return file_total, booked, refused, unchanged, rounding
