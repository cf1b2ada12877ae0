"""Tables as files that spreadsheets open: in the right encoding, and without anything they would calculate."""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def csv_file(heads: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """A CSV file in UTF-8 with the mark that tells it. None is an empty cell; text that begins a formula is quoted."""
    written = StringIO(newline="")
    sheet = csv.writer(written)
    sheet.writerow(heads)
    sheet.writerows([_harmless(cell) for cell in line] for line in lines)
    return written.getvalue().encode("utf-8-sig")


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return "" if cell is None else cell
