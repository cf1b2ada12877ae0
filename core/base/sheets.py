"""Tables as files that spreadsheets open: in the right encoding, and without anything they would calculate."""

import csv
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from io import StringIO

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
# Stands for a sign that a charset does not have; Chinese typesetters know it as that.
STAND_IN = "〓"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class Charset(StrEnum):
    """How the letters of a text file are written down."""

    UTF8 = "utf-8-sig"
    GBK = "gbk"


def csv_file(heads: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """A CSV file in UTF-8 with the mark that tells it. None is an empty cell; text that begins a formula is quoted."""
    return csv_text(heads, lines).encode(Charset.UTF8)


def csv_text(heads: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """The same before it is encoded; titles are as harmless as cells."""
    written = StringIO(newline="")
    sheet = csv.writer(written)
    sheet.writerow([_harmless(head) for head in heads])
    sheet.writerows([_harmless(cell) for cell in line] for line in lines)
    return written.getvalue()


def encoded(text: str, charset: Charset) -> tuple[bytes, int]:
    """The text in a charset, and how many signs it does not have; each of them became a stand-in."""
    missing = {sign for sign in set(text) if not _knows(charset, sign)}
    if not missing:
        return text.encode(charset), 0
    count = sum(text.count(sign) for sign in missing)
    return text.translate(dict.fromkeys(map(ord, missing), STAND_IN)).encode(charset), count


def _knows(charset: Charset, sign: str) -> bool:
    try:
        sign.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return "" if cell is None else cell
