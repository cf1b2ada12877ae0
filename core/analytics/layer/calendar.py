"""The days of Spring Festival, by which trade in China keeps time."""

from datetime import date
from functools import cache

from lunar_python import Lunar  # type: ignore[import-untyped]


@cache
def spring_festival(year: int) -> date:
    """The first day of the lunar year that begins in this one; `ValueError` beyond what calendars hold."""
    first = Lunar.fromYmd(year, 1, 1).getSolar()
    return date(first.getYear(), first.getMonth(), first.getDay())


def nearest_festival(since: date, until: date) -> date:
    """The Spring Festival nearest to the middle of a period."""
    middle = since + (until - since) / 2
    years = (middle.year - 1, middle.year, middle.year + 1)
    return min((spring_festival(year) for year in years), key=lambda day: abs(day - middle))
