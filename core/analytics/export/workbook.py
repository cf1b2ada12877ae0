"""Sheets as an Excel file: a cover that says what is found, then one sheet for each table."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]

from core.analytics.export.sheet import MOST_COLUMNS, MOST_ROWS, Cell, Cover, Field, File, Kind, Progress, Sheet
from core.base.i18n import N_, _

FORMATS = {
    Kind.TEXT: "@",
    Kind.DAY: "yyyy-mm-dd",
    Kind.MONTH: "yyyy-mm",
    Kind.PLAIN: "0",
    Kind.MONEY: "#,##0.00;[Red]-#,##0.00",
    Kind.PRICE: "#,##0.00##",
    Kind.QUANTITY: "#,##0.000",
    Kind.COUNT: "#,##0",
    Kind.RATE: "0.00%",
    Kind.ONE_PLACE: "#,##0.0",
    Kind.TWO_PLACES: "#,##0.00",
    Kind.FOUR_PLACES: "#,##0.00##",
}
SHORTENED = N_("A sheet holds {most} rows. The first {shown} of {count} are on it; a CSV file has all of them.")
_MOMENT = "yyyy-mm-dd hh:mm:ss"
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_LONGEST_NAME, _LONGEST_TEXT = 31, 32_767
_LARGE, _TOLD_EVERY = 50_000, 2_000
_NARROWEST, _WIDEST, _LOOKED_AT = 9, 48, 200
_COVER_WIDTHS = (24, 96)
_SHADE = "#E7F3F3"


def workbook(cover: Cover, sheets: Sequence[Sheet], progress: Progress | None = None) -> File:
    """The file, and a sentence for each sheet that holds only a part of its table.

    Numbers are numbers and days are days. Text is text, also where it looks like a formula. A total that is the sum
    of its column is a formula over it, so that it follows the filter; any other one stands as it was answered.
    """
    content = BytesIO()
    every = sum(len(sheet.lines) for sheet in sheets)
    fits = [_fitting(sheet) for sheet in sheets]
    remarks = tuple(remark for _sheet, remark in fits if remark)
    counter = _Counter(every, progress)
    options = {"in_memory": every <= _LARGE, "constant_memory": every > _LARGE}
    with Workbook(content, options) as book:
        book.set_properties({"title": cover.title, "author": cover.made_by, "company": cover.company})
        styles = _Styles(book)
        front = book.add_worksheet(_name(_("About"), set()))
        taken = {front.name.casefold()}
        names = []
        for sheet, _remark in fits:
            page = book.add_worksheet(_name(sheet.title, taken))
            taken.add(page.name.casefold())
            names.append(page.name)
            _write_sheet(page, sheet, styles, counter)
        _write_cover(front, cover, fits, names, styles)
    return File(content.getvalue(), remarks)


class _Styles:
    """The formats of a book, each made once."""

    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "bg_color": _SHADE, "text_wrap": True, "valign": "top"})
        self.group = book.add_format({"bold": True, "bg_color": _SHADE, "align": "center", "left": 1})
        self.title = book.add_format({"bold": True, "size": 14})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.words = book.add_format({"text_wrap": True, "valign": "top"})
        self.moment = book.add_format({"num_format": _MOMENT, "align": "left"})
        self.cells = {kind: book.add_format({"num_format": written}) for kind, written in FORMATS.items()}
        bold = {"bold": True, "top": 1}
        self.totals = {kind: book.add_format({"num_format": written, **bold}) for kind, written in FORMATS.items()}


class _Counter:
    """How many lines are written, told now and then."""

    def __init__(self, every: int, progress: Progress | None) -> None:
        self.every, self.progress, self.done = every, progress, 0

    def one_more(self) -> None:
        self.done += 1
        if self.progress is not None and self.done % _TOLD_EVERY == 0:
            self.progress(min(self.done / self.every, 1.0))


def _fitting(sheet: Sheet) -> tuple[Sheet, str]:
    """As much of it as a sheet holds, and what is said where that is not all."""
    room = MOST_ROWS - _heads(sheet) - bool(sheet.totals)
    if len(sheet.lines) <= room:
        return sheet, ""
    fields = tuple(Field(each.title, each.kind, each.group) for each in sheet.fields)
    said = _(SHORTENED).format(most=f"{MOST_ROWS:,}", shown=f"{room:,}", count=f"{len(sheet.lines):,}")
    return Sheet(sheet.title, fields, sheet.lines[:room], sheet.totals, sheet.means, (*sheet.notes, said)), said


def _heads(sheet: Sheet) -> int:
    return 2 if any(field.group for field in sheet.fields) else 1


def _write_sheet(page: Any, sheet: Sheet, styles: _Styles, counter: _Counter) -> None:
    heads = _heads(sheet)
    fields = sheet.fields[:MOST_COLUMNS]
    for place, width in enumerate(_widths(sheet)):
        page.set_column(place, place, width)
    if heads > 1:
        _write_groups(page, fields, styles)
    for place, field in enumerate(fields):
        page.write_string(heads - 1, place, field.title[:_LONGEST_TEXT], styles.head)
    kinds = [_shown_as(sheet, place) for place in range(len(fields))]
    row = heads - 1
    for line in sheet.lines:
        row += 1
        for place, kind in enumerate(kinds):
            _write(page, row, place, line[place], styles.cells[kind])
        counter.one_more()
    if sheet.totals:
        for place, field in enumerate(fields):
            style = styles.totals[kinds[place]]
            total = sheet.totals[place]
            if field.is_sum and sheet.lines and isinstance(total, Decimal):
                column = _letters(place)
                formula = f"=SUBTOTAL(109,{column}{heads + 1}:{column}{row + 1})"
                page.write_formula(row + 1, place, formula, style, float(total))
            else:
                _write(page, row + 1, place, total, style)
    page.freeze_panes(heads, sum(not field.is_figure for field in fields) if heads > 1 else 0)
    if sheet.lines:
        page.autofilter(heads - 1, 0, row, len(fields) - 1)


def _shown_as(sheet: Sheet, place: int) -> Kind:
    """Quantities need no decimals where all of them are whole."""
    kind = sheet.fields[place].kind
    if kind is not Kind.QUANTITY:
        return kind
    cells = (line[place] for line in (*sheet.lines, *((sheet.totals,) if sheet.totals else ())))
    is_whole = all(cell % 1 == 0 for cell in cells if isinstance(cell, Decimal | int))
    return Kind.COUNT if is_whole else kind


def _write_groups(page: Any, fields: Sequence[Field], styles: _Styles) -> None:
    """Each group once, over all of its columns."""
    place = 0
    while place < len(fields):
        group, first = fields[place].group, place
        while place < len(fields) and fields[place].group == group:
            place += 1
        if not group:
            continue
        page.write_string(0, first, group[:_LONGEST_TEXT], styles.group)
        for other in range(first + 1, place):
            page.write_blank(0, other, None, styles.group)


def _write(page: Any, row: int, place: int, cell: Cell, style: Any) -> None:
    if cell is None or cell == "":
        page.write_blank(row, place, None, style)
    elif isinstance(cell, str):
        page.write_string(row, place, cell[:_LONGEST_TEXT], style)
    elif isinstance(cell, date):
        page.write_datetime(row, place, datetime(cell.year, cell.month, cell.day), style)  # noqa: DTZ001 - a day
    else:
        page.write_number(row, place, float(cell), style)


def _write_cover(
    page: Any, cover: Cover, sheets: Sequence[tuple[Sheet, str]], names: Sequence[str], styles: _Styles
) -> None:
    for place, width in enumerate(_COVER_WIDTHS):
        page.set_column(place, place, width)
    page.write_string(0, 0, cover.title, styles.title)
    facts: list[tuple[str, str | datetime]] = [
        (_("Company"), cover.company),
        (_("Made by"), cover.made_by),
        (_("Made at"), cover.made_at),
    ]
    if cover.as_of is not None:
        facts.append((_("Figures as of"), cover.as_of))
    facts += [(_("Period"), cover.period)] if cover.period else []
    facts += [(_("Compared with"), cover.compared)] if cover.compared else []
    facts.append((_("Filters"), "\n".join(cover.filters) or _("None")))
    row = 1
    for word, fact in facts:
        row += 1
        page.write_string(row, 0, word, styles.bold)
        if isinstance(fact, datetime):
            page.write_datetime(row, 1, fact.replace(tzinfo=None), styles.moment)
        else:
            page.write_string(row, 1, fact, styles.words)
    for (sheet, _remark), name in zip(sheets, names, strict=True):
        row += 2
        page.write_url(row, 0, f"internal:'{name}'!A1", string=name)
        page.write_string(row, 1, sheet.title if sheet.title != name else "", styles.words)
        for word, sentence in (*sheet.means, *((_("Note"), note) for note in sheet.notes)):
            row += 1
            page.write_string(row, 0, word, styles.bold)
            page.write_string(row, 1, sentence, styles.words)


def _widths(sheet: Sheet) -> list[int]:
    widths = []
    for place, field in enumerate(sheet.fields[:MOST_COLUMNS]):
        shown = [_length(line[place]) for line in sheet.lines[:_LOOKED_AT]]
        longest = max((*shown, _signs(field.title) // (2 if field.is_figure else 1)), default=0)
        widths.append(min(max(longest + 2, _NARROWEST), _WIDEST))
    return widths


def _length(cell: Cell) -> int:
    if isinstance(cell, str):
        return _signs(cell)
    return 10 if isinstance(cell, date) else len(f"{cell:,.2f}") if cell is not None else 0


def _signs(text: str) -> int:
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)


def _name(title: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet, and that no other one has."""
    plain = _NOT_IN_NAMES.sub(" ", title).strip()[:_LONGEST_NAME].strip() or _("Table")
    if plain.casefold() == "history":
        plain = f"{plain} 1"
    name, number = plain, 1
    while name.casefold() in taken:
        number += 1
        mark = f" {number}"
        name = plain[: _LONGEST_NAME - len(mark)] + mark
    return name


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
