"""The days by which trade in China keeps time: Spring Festival, and the days on which everybody shops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from lunar_python import Lunar  # type: ignore[import-untyped]

from core.base.i18n import N_

YEAR_END_BEGINS, YEAR_END_PEAK, YEAR_END_STOPS = timedelta(days=28), timedelta(days=15), timedelta(days=6)


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


@dataclass(frozen=True)
class Occasion:
    """Days on which much is sold: from `since` up to but without `until`. The peak is the day it is known by.

    Two occasions are held against each other day by day, peak on peak.
    """

    name: str
    since: date
    until: date
    peak: date
    shopping: str = ""

    def days_of(self, other: "Occasion") -> tuple[date, date]:
        """As many days of another occasion as this one has, which lie as far from its peak."""
        since = other.peak - (self.peak - self.since)
        return since, since + (self.until - self.since)


def _before_new_year(year: int) -> tuple[date, date, date]:
    festival = spring_festival(year)
    return festival - YEAR_END_BEGINS, festival - YEAR_END_STOPS, festival - YEAR_END_PEAK


# The shopping days that everybody knows: name, and first day, end and peak of a year.
SHOPPING: dict[str, tuple[str, Callable[[int], tuple[date, date, date]]]] = {
    "year_end": (N_("New Year's shopping"), _before_new_year),
    "618": (N_("618"), lambda year: (date(year, 6, 1), date(year, 6, 21), date(year, 6, 18))),
    "double11": (N_("Double 11"), lambda year: (date(year, 11, 1), date(year, 11, 12), date(year, 11, 11))),
    "double12": (N_("Double 12"), lambda year: (date(year, 12, 1), date(year, 12, 13), date(year, 12, 12))),
}


def shopping_days(shopping: str, year: int) -> Occasion:
    """The days of a shopping festival in a year; `ValueError` beyond what calendars hold."""
    name, days = SHOPPING[shopping]
    return Occasion(name, *days(year), shopping=shopping)


def nearest_shopping(since: date, until: date) -> Occasion:
    """The shopping festival whose peak is nearest to the middle of a period; the earlier one where two are."""
    middle = since + (until - since - timedelta(days=1)) / 2
    years = (middle.year - 1, middle.year, middle.year + 1)
    found = [shopping_days(shopping, year) for year in years for shopping in SHOPPING]
    return min(found, key=lambda each: (abs(each.peak - middle), each.peak))


def promotion_shift(since: date, until: date) -> timedelta:
    """How far back the nearest shopping festival lay a year before, peak to peak."""
    nearest = nearest_shopping(since, until)
    year = nearest.peak.year if nearest.shopping != "year_end" else (nearest.peak + YEAR_END_PEAK).year
    return nearest.peak - shopping_days(nearest.shopping, year - 1).peak
