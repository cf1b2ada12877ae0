"""The sheet of a stocktake as a file: to fill in elsewhere and read back, and to print."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from html import escape

from core.base.errors import AppError, Refusals
from core.base.i18n import N_, _
from core.base.sheets import FORMULA_SIGNS, csv_file
from core.catalog.queries import find_variant
from core.exchange.errors import FileEmpty
from core.exchange.sheet import read_sheet
from core.security.permissions import P
from core.stock.counts.queries import SheetRow, sheet_lines
from core.work.command import Scope, query

HEADER = (N_("Code"), N_("Product name"), N_("Unit"), N_("Barcode"), N_("Counted"))
LOT = N_("Lot")
MOST_TOLD = 200
_STYLE = (
    "body{font:13px sans-serif;margin:1.5em}table{border-collapse:collapse;width:100%}thead{display:table-header-group}"
    "th,td{border:1px solid #999;padding:5px 7px;text-align:left}td:last-child{width:8em}tr{break-inside:avoid}"
)


@dataclass(frozen=True)
class SheetCounts:
    """What a sheet says: by product, and of what is tracked by lot."""

    quantities: dict[int, Decimal]
    lots: dict[int, Decimal]

    def __len__(self) -> int:
        return len(self.quantities) + len(self.lots)


class UnknownOnSheet(AppError):
    """A row of a count sheet whose product is not known."""

    message = N_("Row {line}: “{text}” is no code or barcode of a product.")


class UnknownLot(AppError):
    """A row of a count sheet whose lot is not on the stocktake."""

    message = N_("Row {line}: lot “{lot}” of {text} is not on this sheet. Count it on the screen, or check the number.")


class NotAQuantity(AppError):
    """A row of a count sheet whose quantity is no number."""

    message = N_("Row {line}: “{text}” is not a quantity. Write it like 12 or 0.5, or leave it empty if not counted.")


class TwiceOnSheet(AppError):
    """A product that stands on a count sheet twice."""

    message = N_("Row {line}: {text} stands on the sheet twice. Add the two up in one row.")


@query(P.COUNT_ENTER)
def read_count_sheet(scope: Scope, count_id: int, content: bytes, name: str) -> SheetCounts:
    """The quantities of a sheet: its first column names the product, its last says how many, one may name the lot.

    A row without a quantity was not counted. Refuses, naming each, rows that cannot be read; nothing
    is entered by it.
    """
    sheet = read_sheet(content, name)
    if len(sheet.header) < 2:
        raise FileEmpty(file=name)
    rows = sheet_lines(scope, count_id, is_left=False)
    known = {_folded(row.sku): row.variant_id for row in rows}
    numbered = {(row.variant_id, _folded(row.lot)): row.lot_id for row in rows if row.lot_id is not None}
    problems: list[AppError] = []
    found = SheetCounts({}, {})
    places = [place for place, title in enumerate(sheet.header) if title.strip() in {LOT, _(LOT)}]
    lots = sheet.column(places[0]) if places else [""] * len(sheet.lines)
    columns = (sheet.lines, sheet.column(0), lots, sheet.column(len(sheet.header) - 1))
    for line, code, lot, counted in zip(*columns, strict=True):
        written = counted.strip()
        if not written:
            continue
        typed, number = _plain(code), _plain(lot)
        variant_id = known.get(_folded(typed))
        if variant_id is None:
            row = find_variant(scope, typed)
            variant_id = row.variant_id if row else None
        quantity = _quantity(written)
        if variant_id is None:
            problems.append(UnknownOnSheet(line=line, text=typed[:60]))
        elif quantity is None:
            problems.append(NotAQuantity(line=line, text=written[:60]))
        elif number and (variant_id, _folded(number)) not in numbered:
            problems.append(UnknownLot(line=line, lot=number[:60], text=typed[:60]))
        else:
            lot_id = numbered[variant_id, _folded(number)] if number else None
            said, key = (found.quantities, variant_id) if lot_id is None else (found.lots, lot_id)
            if key in said:
                problems.append(TwiceOnSheet(line=line, text=typed[:60]))
            said[key] = quantity
    if problems:
        raise Refusals(problems[:MOST_TOLD]) if len(problems) > 1 else problems[0]
    return found


def written_sheet(rows: Sequence[SheetRow]) -> bytes:
    """The sheet for a spreadsheet: with the mark that tells it UTF-8, and nothing it would calculate."""
    has_lots = any(row.lot for row in rows)
    counted = ("" if row.counted is None else f"{row.counted.normalize():f}" for row in rows)
    lines = ((*_cells(row, has_lots=has_lots), each) for row, each in zip(rows, counted, strict=True))
    return csv_file(_head(has_lots=has_lots), lines)


def printed_sheet(title: str, rows: Sequence[SheetRow]) -> bytes:
    """The sheet as a page to print, with room to write in."""
    has_lots = any(row.lot for row in rows)
    head = "".join(f"<th>{escape(_(each))}</th>" for each in _head(has_lots=has_lots))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(each)}</td>" for each in (*_cells(row, has_lots=has_lots), "")) + "</tr>"
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


def _plain(cell: str) -> str:
    text = cell.strip()
    return text.removeprefix("'") if text[1:2] in FORMULA_SIGNS else text


def _head(*, has_lots: bool) -> list[str]:
    titles = [_(each) for each in HEADER]
    return [*titles[:-1], _(LOT), titles[-1]] if has_lots else titles


def _cells(row: SheetRow, *, has_lots: bool) -> list[str]:
    cells = [row.sku, row.name, row.unit, row.barcode]
    return [*cells, row.lot] if has_lots else cells
