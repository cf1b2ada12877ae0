"""The sheet of a stocktake as a file: to fill in elsewhere and read back, and to print."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from html import escape

from core.base.errors import AppError, Refusals
from core.base.i18n import N_, _
from core.catalog.queries import find_variant
from core.exchange.errors import FileEmpty
from core.exchange.sheet import read_sheet
from core.security.permissions import P
from core.stock.counts.queries import SheetRow, sheet_lines
from core.work.command import Scope, query

HEADER = (N_("Code"), N_("Product name"), N_("Unit"), N_("Barcode"), N_("Counted"))
FORMULA_SIGNS = ("=", "+", "-", "@", "\t")
MOST_TOLD = 200
_STYLE = (
    "body{font:13px sans-serif;margin:1.5em}table{border-collapse:collapse;width:100%}thead{display:table-header-group}"
    "th,td{border:1px solid #999;padding:5px 7px;text-align:left}td:last-child{width:8em}tr{break-inside:avoid}"
)


class UnknownOnSheet(AppError):
    """A row of a count sheet whose product is not known."""

    message = N_("Row {line}: “{text}” is no code or barcode of a product.")


class NotAQuantity(AppError):
    """A row of a count sheet whose quantity is no number."""

    message = N_("Row {line}: “{text}” is not a quantity. Write it like 12 or 0.5, or leave it empty if not counted.")


class TwiceOnSheet(AppError):
    """A product that stands on a count sheet twice."""

    message = N_("Row {line}: {text} stands on the sheet twice. Add the two up in one row.")


@query(P.COUNT_ENTER)
def read_count_sheet(scope: Scope, count_id: int, content: bytes, name: str) -> dict[int, Decimal]:
    """The quantities of a sheet by product: its first column names the product, its last says how many.

    A row without a quantity was not counted. Refuses, naming each, rows that cannot be read; nothing
    is entered by it.
    """
    sheet = read_sheet(content, name)
    if len(sheet.header) < 2:
        raise FileEmpty(file=name)
    known = {_folded(row.sku): row.variant_id for row in sheet_lines(scope, count_id, is_left=False)}
    problems: list[AppError] = []
    found: dict[int, Decimal] = {}
    for line, code, counted in zip(sheet.lines, sheet.column(0), sheet.column(len(sheet.header) - 1), strict=True):
        written = counted.strip()
        if not written:
            continue
        typed = code.strip().removeprefix("'") if code.strip()[1:2] in FORMULA_SIGNS else code.strip()
        variant_id = known.get(_folded(typed))
        if variant_id is None:
            row = find_variant(scope, typed)
            variant_id = row.variant_id if row else None
        quantity = _quantity(written)
        if variant_id is None:
            problems.append(UnknownOnSheet(line=line, text=typed[:60]))
        elif quantity is None:
            problems.append(NotAQuantity(line=line, text=written[:60]))
        elif variant_id in found:
            problems.append(TwiceOnSheet(line=line, text=typed[:60]))
        else:
            found[variant_id] = quantity
    if problems:
        raise Refusals(problems[:MOST_TOLD]) if len(problems) > 1 else problems[0]
    return found


def written_sheet(rows: Sequence[SheetRow]) -> bytes:
    """The sheet for a spreadsheet: with the mark that tells it UTF-8, and nothing it would calculate."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_(each) for each in HEADER])
    for row in rows:
        counted = "" if row.counted is None else f"{row.counted.normalize():f}"
        writer.writerow([*(_harmless(each) for each in (row.sku, row.name, row.unit, row.barcode)), counted])
    return text.getvalue().encode("utf-8-sig")


def printed_sheet(title: str, rows: Sequence[SheetRow]) -> bytes:
    """The sheet as a page to print, with room to write in."""
    head = "".join(f"<th>{escape(_(each))}</th>" for each in HEADER)
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(each)}</td>" for each in (row.sku, row.name, row.unit, row.barcode, ""))
        + "</tr>"
        for row in rows
    )
    signed = escape(_("Counted by, date and time:"))
    page = (
        f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h2>{escape(title)}</h2><p>{signed} ________________________</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return page.encode()


def _quantity(written: str) -> Decimal | None:
    try:
        number = Decimal(unicodedata.normalize("NFKC", written).replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _folded(code: str) -> str:
    return unicodedata.normalize("NFKC", code).casefold()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
