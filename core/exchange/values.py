"""What cells mean: numbers and dates as people and programs write them, each understood exactly or refused."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from core.base.exact import QUANTITY_PLACES, round_to
from core.base.search import one_line
from core.exchange.problems import Bad

K = TypeVar("K")
V = TypeVar("V")

MOST_DIGITS = 15
LARGEST = Decimal(10) ** 9
YEARS = range(1970, 2101)
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"

_CURRENCY = re.compile(r"^(?:[¥$€£]|CNY|RMB|USD|EUR|GBP)\s*|\s*(?:[¥$€£元]|CNY|RMB|USD|EUR|GBP)$", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:([, '])\d{3})(?:\1\d{3})*)?(?:\.\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:([. '])\d{3})(?:\1\d{3})*)?(?:,\d+)?")
_ONLY_COMMA = re.compile(r"[+-]?\d[\d. ]*,(?:\d{1,2}|\d{4,})")
_PROTECTED = re.compile(r'="([^"]*)"')
_SERIAL = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
_TIME = r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([ap]m)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?" + _TIME, re.IGNORECASE)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})" + _TIME, re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})" + _TIME, re.IGNORECASE)


class Memo(dict[K, V], Generic[K, V]):
    """Understands each distinct text once: a column of half a million cells has a few thousand."""

    def __init__(self, understand: Callable[[K], V]) -> None:
        super().__init__()
        self.understand = understand

    def __missing__(self, key: K) -> V:
        made = self[key] = self.understand(key)
        return made


def text_of(cell: str) -> str:
    """The cell as one clean line; a text that a program protected as `="00123"` without its protection."""
    protected = _PROTECTED.fullmatch(cell.strip())
    return one_line(protected[1] if protected else cell)


def number_of(cell: str, *, comma_decimals: bool = False) -> Decimal | Bad | None:
    """The number in a cell, None where it is empty. Refuses formulas and what can be read two ways."""
    shown = cell.strip()
    plain = shown if shown.isascii() else unicodedata.normalize("NFKC", shown).replace("−", "-").strip()
    if not plain:
        return None
    if plain[0] == "=":
        return Bad("formula", {"text": shown[:80]})
    bare = _CURRENCY.sub("", plain)
    if bare[:1] in {"-", "+"}:
        bare = bare[0] + _CURRENCY.sub("", bare[1:].lstrip())
    pattern, mark = (_COMMA_NUMBER, ",") if comma_decimals else (_NUMBER, ".")
    if not pattern.fullmatch(bare) or not any(sign.isdigit() for sign in bare):
        return Bad("not_a_number", {"text": shown[:80]})
    whole, _, decimals = bare.partition(mark)
    whole = re.sub(r"\D", "", whole).lstrip("0")
    decimals = decimals.rstrip("0")
    if len(whole) + len(decimals) > MOST_DIGITS:
        return Bad("too_many_digits", {"text": shown[:80], "digits": str(len(whole) + len(decimals))})
    number = Decimal(f"{whole or 0}.{decimals}" if decimals else whole or "0")
    return -number if bare[0] == "-" and number else number


def quantity_of(cell: str, *, comma_decimals: bool = False) -> Decimal | Bad | None:
    """A quantity of at most three decimals."""
    number = number_of(cell, comma_decimals=comma_decimals)
    if isinstance(number, Decimal):
        if number != round(number, QUANTITY_PLACES):
            return Bad("too_many_decimals", {"text": cell.strip(), "limit": str(QUANTITY_PLACES)})
        return _within(number, cell)
    return number


def money_of(cell: str, *, comma_decimals: bool = False) -> Decimal | Bad | None:
    """A price or an amount, with all the decimals it has."""
    number = number_of(cell, comma_decimals=comma_decimals)
    return _within(number, cell) if isinstance(number, Decimal) else number


def rate_of(cell: str, *, comma_decimals: bool = False) -> Decimal | Bad | None:
    """A discount rate from 0 to 1, or written with a percent sign."""
    shown = cell.strip()
    percent = shown.endswith(("%", "％"))
    number = number_of(shown[:-1] if percent else shown, comma_decimals=comma_decimals)
    if not isinstance(number, Decimal):
        return number
    rate = number / 100 if percent else number
    return rate if 0 <= rate <= 1 else Bad("not_a_rate", {"text": shown[:80]})


def percent_of(cell: str, *, comma_decimals: bool = False) -> Decimal | Bad | None:
    """A discount from 0 to 100 percent, with or without the sign."""
    shown = cell.strip()
    return rate_of(shown if not shown or shown.endswith(("%", "％")) else f"{shown}%", comma_decimals=comma_decimals)


def uses_comma_decimals(cells: Iterable[str]) -> bool:
    """Whether a column has numbers such as 12,50 that only a decimal comma explains."""
    return any(_ONLY_COMMA.fullmatch(cell.strip()) for cell in cells)


def date_order(cells: Iterable[str]) -> str | None:
    """Day or month first in dates that end with the year; None where no cell decides it."""
    for cell in cells:
        found = _YEAR_LAST.fullmatch(_plain(cell))
        if found and int(found[1]) > 12:
            return DAY_FIRST
        if found and int(found[2]) > 12:
            return MONTH_FIRST
    return None


def has_year_last(cell: str) -> bool:
    """Whether day and month can be taken for each other in this date."""
    found = _YEAR_LAST.fullmatch(_plain(cell))
    return found is not None and found[1] != found[2]


def moment_of(cell: str, zone: ZoneInfo, order: str | None, day_zero: date | None = None) -> datetime | Bad | None:
    """The moment in a cell; a time without a zone is the company's, a date alone is its first minute.

    With a `day_zero`, days counted from it are understood too.
    """
    plain = _plain(cell)
    if not plain:
        return None
    if plain[0] == "=":
        return Bad("formula", {"text": plain[:80]})
    if day_zero and _SERIAL.fullmatch(plain):
        return _counted(plain, zone, day_zero)
    found = _YEAR_FIRST.fullmatch(plain) or _COMPACT.fullmatch(plain)
    if found:
        year, month, day = (int(part) for part in found.groups()[:3])
    else:
        found = _YEAR_LAST.fullmatch(plain)
        if not found:
            return Bad("not_a_date", {"text": plain[:80]})
        first, second, year = (int(part) for part in found.groups()[:3])
        day, month = (first, second) if order == DAY_FIRST else (second, first)
    hour, minute, seconds = (int(part or 0) for part in found.groups()[3:6])
    half, offset = found[7], found[8]
    if half:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    if year not in YEARS:
        return _out_of_range(plain[:80])
    try:
        moment = datetime(year, month, day, hour, minute, seconds, tzinfo=_zone(offset) or zone)
    except ValueError:
        return Bad("no_such_date", {"text": plain[:80]})
    return moment.astimezone(UTC)


def _counted(days: str, zone: ZoneInfo, day_zero: date) -> datetime | Bad:
    """The moment so many days after the first, to the second."""
    seconds = int(round_to(Decimal(days) * 86_400, 0))
    moment = datetime.combine(day_zero, time(), zone) + timedelta(seconds=seconds)
    return moment.astimezone(UTC) if moment.year in YEARS else _out_of_range(f"{moment.astimezone(zone):%Y-%m-%d}")


def _out_of_range(text: str) -> Bad:
    return Bad("date_out_of_range", {"text": text, "first": str(YEARS[0]), "last": str(YEARS[-1])})


def _within(number: Decimal, cell: str) -> Decimal | Bad:
    return number if abs(number) <= LARGEST else Bad("too_large", {"text": cell.strip()[:80], "limit": f"{LARGEST:f}"})


def _plain(cell: str) -> str:
    return (cell if cell.isascii() else unicodedata.normalize("NFKC", cell)).strip()


def _zone(offset: str | None) -> timezone | None:
    if not offset:
        return None
    if offset in {"Z", "z"}:
        return UTC
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
