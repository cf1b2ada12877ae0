"""Making order files, importing them, and counting what that wrote."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
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


def workbook_file(sheets: Mapping[str, Sequence[Sequence[object]]], about: str = "") -> bytes:
    """An XLSX workbook of these sheets; `=…` is a formula worth 99."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    numbers = range(1, len(sheets) + 1)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    titles = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in zip(numbers, sheets, strict=True)
    )
    parts = {
        "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="r" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}">{links}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">{about}<sheets>{titles}</sheets></workbook>',
    }
    for n, rows in zip(numbers, sheets.values(), strict=True):
        written = "".join(f"<row>{''.join(map(_cell, each))}</row>" for each in rows)
        parts[f"xl/worksheets/sheet{n}.xml"] = f'<worksheet xmlns="{main}"><sheetData>{written}</sheetData></worksheet>'
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return content.getvalue()


def _cell(content: object) -> str:
    """One cell in the words of the format."""
    if isinstance(content, int | float):
        return f"<c><v>{content!r}</v></c>"
    text = str(content)
    if text.startswith("="):
        return f"<c><f>{text[1:]}</f><v>99</v></c>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


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
