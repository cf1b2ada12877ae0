"""The sheet of a stocktake as a file: to fill in elsewhere and read back, and to print."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from html import escape

from sqlalchemy import select

from core.base.errors import AppError, Refusals
from core.base.i18n import N_, _
from core.base.qr import qr_svg
from core.base.sheets import FORMULA_SIGNS, csv_file
from core.catalog.queries import find_variant
from core.exchange.errors import FileEmpty
from core.exchange.sheet import Sheet, read_sheet
from core.security.permissions import P
from core.stock.counts.errors import OtherStocktake
from core.stock.counts.models import StockCount
from core.stock.counts.queries import SheetRow, sheet_lines
from core.stock.counts.scan import line_code, read_sheet_code
from core.work.command import Scope, query
from core.work.models import DoneOnce

HEADER = (N_("Code"), N_("Product name"), N_("Unit"), N_("Barcode"))
LOT, LINE_CODE, COUNTED = N_("Lot"), N_("Line code"), N_("Counted")
MOST_TOLD = 200
MOST_DRAWN = 2_000
"""Longer sheets are printed with the codes of their lines in letters only: drawing them takes too long."""
_STYLE = (
    "body{font:13px sans-serif;margin:1.5em}table{border-collapse:collapse;width:100%}thead{display:table-header-group}"
    "th,td{border:1px solid #999;padding:5px 7px;text-align:left}td:last-child{width:8em}tr{break-inside:avoid}"
    ".head{display:flex;gap:1.5em;align-items:center}.code{font-size:10px;white-space:nowrap}.code svg{display:block}"
)


@dataclass(frozen=True)
class SheetCounts:
    """What a sheet says: by product, and of what is tracked by lot."""

    quantities: dict[int, Decimal]
    lots: dict[int, Decimal]
    rounds: tuple[int, ...] = ()

    def key(self, count_id: int, actor_id: int | None, at: datetime | None) -> str:
        """What is the same where somebody reads the same sheet again: it counts once."""
        said = (sorted(self.quantities.items()), sorted(self.lots.items()), self.rounds)
        digest = sha256(repr((count_id, actor_id, at and at.isoformat(), said)).encode())
        return f"count-sheet-{digest.hexdigest()[:48]}"

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

    A row without a quantity was not counted. Refuses the sheet of another stocktake and, naming each, rows
    that cannot be read; nothing is entered by it.
    """
    sheet = read_sheet(content, name)
    if len(sheet.header) < 2:
        raise FileEmpty(file=name)
    _refuse_other(scope, count_id, sheet)
    rows = sheet_lines(scope, count_id, is_left=False)
    known = {_folded(row.sku): row.variant_id for row in rows}
    numbered = {(row.variant_id, _folded(row.lot)): row.lot_id for row in rows if row.lot_id is not None}
    problems: list[AppError] = []
    found = SheetCounts({}, {})
    lots = _column(sheet, LOT)
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
    rounds = {(row.variant_id, row.lot_id): row.round for row in rows}
    goods: list[tuple[int, int | None]] = [(variant_id, None) for variant_id in found.quantities]
    goods += [(row.variant_id, row.lot_id) for row in rows if row.lot_id in found.lots]
    return replace(found, rounds=tuple(sorted(rounds.get(each, 1) for each in goods)))


@query(P.COUNT_ENTER)
def was_read(scope: Scope, key: str) -> bool:
    """Whether a sheet with this key was read before."""
    return scope.session.get(DoneOnce, key) is not None


def written_sheet(number: str, rows: Sequence[SheetRow]) -> bytes:
    """The sheet of a stocktake for a spreadsheet: with the mark that tells it UTF-8, and nothing it would calculate."""
    has_lots = any(row.lot for row in rows)
    counted = ("" if row.counted is None else f"{row.counted.normalize():f}" for row in rows)
    lines = (
        (*_cells(row, has_lots=has_lots), line_code(number, row.line_id), each)
        for row, each in zip(rows, counted, strict=True)
    )
    return csv_file(_head(has_lots=has_lots), lines)


def printed_sheet(number: str, warehouse: str, rows: Sequence[SheetRow]) -> bytes:
    """The sheet as a page to print, with room to write in; codes name the stocktake and each line for a scanner."""
    title = f"{number} · {warehouse}"
    has_lots = any(row.lot for row in rows)
    head = "".join(f"<th>{escape(_(each))}</th>" for each in _head(has_lots=has_lots))
    body = "".join(
        "<tr>"
        + "".join(f"<td>{escape(each)}</td>" for each in _cells(row, has_lots=has_lots))
        + f'<td class="code">{_drawn(line_code(number, row.line_id), len(rows))}</td><td></td></tr>'
        for row in rows
    )
    signed = escape(_("Counted by, date and time:"))
    page = (
        f'<!doctype html><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f'<div class="head">{qr_svg(number, scale=4)}<div><h2>{escape(title)}</h2>'
        f"<p>{signed} ________________________</p></div></div>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    return page.encode()


def _refuse_other(scope: Scope, count_id: int, sheet: Sheet) -> None:
    own = scope.session.scalar(select(StockCount.number).where(StockCount.id == count_id))
    for cell in _column(sheet, LINE_CODE):
        code = read_sheet_code(cell)
        if code is not None and code[0] != own:
            raise OtherStocktake(sheet=code[0], number=own or "–")


def _column(sheet: Sheet, title: str) -> Sequence[str]:
    places = [place for place, each in enumerate(sheet.header) if each.strip() in {title, _(title)}]
    return sheet.column(places[0]) if places else [""] * len(sheet.lines)


def _drawn(code: str, lines: int) -> str:
    return (qr_svg(code) if lines <= MOST_DRAWN else "") + escape(code)


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
    return [_(each) for each in (*HEADER, *((LOT,) if has_lots else ()), LINE_CODE, COUNTED)]


def _cells(row: SheetRow, *, has_lots: bool) -> list[str]:
    cells = [row.sku, row.name, row.unit, row.barcode]
    return [*cells, row.lot] if has_lots else cells
