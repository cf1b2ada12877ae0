"""One sheet as a CSV file, for other programs: a line of titles, then the lines, and no totals among them."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from core.analytics.export.sheet import DECIMALS, Cell, Field, File, Kind, Progress, Sheet
from core.base.exact import round_to
from core.base.i18n import ngettext
from core.base.sheets import STAND_IN, Charset, csv_text, encoded

_TOLD_EVERY = 2_000


def plain_file(sheet: Sheet, charset: Charset = Charset.UTF8, progress: Progress | None = None) -> File:
    """The file; signs that its charset does not have are replaced by one that shows, and counted in a sentence."""
    content, replaced = encoded(
        csv_text([field.full_title for field in sheet.fields], _lines(sheet, progress)), charset
    )
    if not replaced:
        return File(content)
    words = ngettext(
        "{count} sign does not exist in GBK and became {sign}.",
        "{count} signs do not exist in GBK and became {sign}.",
        replaced,
    )
    return File(content, (words.format(count=replaced, sign=STAND_IN),))


def _lines(sheet: Sheet, progress: Progress | None) -> Iterator[list[object]]:
    for number, line in enumerate(sheet.lines, start=1):
        if progress is not None and number % _TOLD_EVERY == 0:
            progress(number / len(sheet.lines))
        yield [_written(field, cell) for field, cell in zip(sheet.fields, line, strict=True)]


def _written(field: Field, cell: Cell) -> object:
    if isinstance(cell, Decimal):
        places = DECIMALS.get(field.kind)
        return f"{cell.normalize():f}" if places is None else f"{round_to(cell, places):f}"
    if isinstance(cell, date):
        return f"{cell:%Y-%m}" if field.kind is Kind.MONTH else cell.isoformat()
    return cell
