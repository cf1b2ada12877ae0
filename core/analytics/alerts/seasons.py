"""What is usual for a day, week or month: the middle of days like it, and how far these are from it.

Days alike are ordinary days of the same weekday, days off around a holiday, or days as far from Spring Festival in
other years. Medians and MAD are not moved by the very days that are to be found.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from itertools import islice
from statistics import median

from core.analytics.layer.calendar import nearest_festival, spring_festival
from core.analytics.layer.dimensions import Grain, add_months
from core.base.exact import round_to
from core.team.calendar import is_working_day

ONE_DAY = timedelta(days=1)
FRIDAY = 5
# Trade slows down a week before Spring Festival, and is as before two weeks after it.
BEFORE_FESTIVAL, AFTER_FESTIVAL = 7, 14
# How far back ordinary days, weeks or months alike are looked for, and how many are taken, the newest.
REACH = {Grain.DAY: 182, Grain.WEEK: 182, Grain.MONTH: 1_100}
MOST_ALIKE, FEWEST_ALIKE = 12, 6
# What holidays are measured by: so many ordinary days, weeks or months before them, not further back than this.
LEVEL = {Grain.DAY: (28, 70), Grain.WEEK: (8, 140), Grain.MONTH: (6, 550)}
# Other holidays of about a year; of Spring Festivals two earlier ones, so many days around the same distance.
HOLIDAY_REACH, YEARS, AROUND = 400, 2, {Grain.DAY: 3, Grain.WEEK: 10, Grain.MONTH: 20}
FEWEST_HOLIDAYS = 3
# The median absolute deviation of a normal distribution, as a standard deviation.
SCALE = Decimal("1.4826")
# Days alike are never taken to lie closer together than this part of what is usual, of a season's level.
CLOSEST, CLOSEST_HOLIDAY = Decimal("0.05"), Decimal("0.10")
PLACES = 4


class Kind(StrEnum):
    """What sort of day, week or month it is."""

    ORDINARY = "ordinary"
    HOLIDAY = "holiday"
    FESTIVAL = "festival"


@dataclass(frozen=True)
class Usual:
    """The middle and the spread of what is like a day, week or month."""

    middle: Decimal
    spread: Decimal


@dataclass(frozen=True)
class Series:
    """Figures by the first day of their day, week or month. Of what adds up, a missing one is nought."""

    figures: Mapping[date, Decimal | None]
    adds_up: bool

    def at(self, start: date) -> Decimal | None:
        """The figure that begins on this day."""
        found = self.figures.get(start)
        return Decimal(0) if found is None and self.adds_up else found

    @cached_property
    def days(self) -> list[date]:
        """The days that have a figure, in order."""
        return sorted(self.figures)

    @cached_property
    def is_never_negative(self) -> bool:
        """Whether none of the figures is below nought."""
        return all(figure is None or figure >= 0 for figure in self.figures.values())

    def begins(self, since: date, until: date) -> date | None:
        """The first day from `since` on, before `until`, that has a figure."""
        place = bisect_left(self.days, since)
        return self.days[place] if place < len(self.days) and self.days[place] < until else None


def usual(series: Series, grain: Grain, start: date) -> Usual | None:
    """What is usual for what begins on this day; None where too little like it is known."""
    kind = kind_of(grain, start)
    if kind is Kind.ORDINARY:
        known = _known(series, _alike(series, grain, start), _most_alike(grain, start))
        return _middle(known, CLOSEST) if len(known) >= FEWEST_ALIKE else None
    level = _level(series, grain, start)
    if level is None or level == 0:
        return None
    parts = []
    for other in holidays_alike(grain, start, kind):
        base, figure = _level(series, grain, other), series.at(other)
        if base and figure is not None:
            parts.append(figure / base)
    if len(parts) < FEWEST_HOLIDAYS:
        return None
    middle = median(parts)
    spread = max(SCALE * median([abs(each - middle) for each in parts]), CLOSEST_HOLIDAY)
    return Usual(round_to(level * middle, PLACES), round_to(abs(level) * spread, PLACES))


def windows(grain: Grain, start: date) -> list[tuple[date, date]]:
    """The days that `usual` reads for what begins on this day: first, and after the last. Never all of the past."""
    end = grain.next(start)
    kind = kind_of(grain, start)
    found = [(start - timedelta(days=max(REACH[grain], LEVEL[grain][1])), end)]
    others = holidays_alike(grain, start, kind) if kind is not Kind.ORDINARY else []
    if kind is Kind.HOLIDAY and others:
        found.append((min(others) - timedelta(days=LEVEL[grain][1]), end))
    for year in {other.year for other in others} if kind is Kind.FESTIVAL else ():
        mine = [other for other in others if other.year == year]
        found.append((min(mine) - timedelta(days=LEVEL[grain][1]), grain.next(max(mine))))
    return _joined(sorted(found))


def reach(grain: Grain, since: date) -> date:
    """The first day that judging everything from `since` on may read."""
    longest = 366 * YEARS + 2 * max(AROUND.values()) + LEVEL[grain][1]
    return since - timedelta(days=max(longest, REACH[grain], HOLIDAY_REACH + LEVEL[grain][1]))


def holidays_alike(grain: Grain, start: date, kind: Kind) -> list[date]:
    """Days, weeks or months to hold a holiday against: around the same distance from Spring Festival, or others off."""
    if kind is Kind.HOLIDAY:
        first = start - timedelta(days=HOLIDAY_REACH)
        return [each for each in _before(grain, start, first) if kind_of(grain, each) is kind]
    here = nearest_festival(start, grain.next(start))
    found = set()
    for back in range(1, YEARS + 1):
        there = start - (here - spring_festival(here.year - back))
        around = timedelta(days=AROUND[grain])
        day = there - around
        while day <= there + around:
            other = grain.start(day)
            if kind_of(grain, other) is kind and abs(other - there) <= around:
                found.add(other)
            day += ONE_DAY
    return sorted(found, reverse=True)


@cache
def kind_of(grain: Grain, start: date) -> Kind:
    """Whether a Spring Festival, or another holiday, falls into what begins on this day; months have only the first."""
    days = [start + timedelta(days=n) for n in range((grain.next(start) - start).days)]
    if any(_is_festival(day) for day in days):
        return Kind.FESTIVAL
    if not grain.is_months and any(is_off(day) for day in days):
        return Kind.HOLIDAY
    return Kind.ORDINARY


@cache
def is_off(day: date) -> bool:
    """Whether a day belongs to days off that hold more than a weekend."""
    if is_working_day(day):
        return False
    first = last = day
    while not is_working_day(first - ONE_DAY):
        first -= ONE_DAY
    while not is_working_day(last + ONE_DAY):
        last += ONE_DAY
    return any((first + timedelta(days=n)).isoweekday() <= FRIDAY for n in range((last - first).days + 1))


def _is_festival(day: date) -> bool:
    festival = nearest_festival(day, day + ONE_DAY)
    return -BEFORE_FESTIVAL <= (day - festival).days <= AFTER_FESTIVAL


def _alike(series: Series, grain: Grain, start: date) -> Iterator[date]:
    """Ordinary days of the same weekday, the newest first; a weekend that is worked is like any working day."""
    first = series.begins(start - timedelta(days=REACH[grain]), start)
    if grain is Grain.DAY and not _is_worked_weekend(start):
        weeks = range(start.toordinal() - 7, (first or start).toordinal() - 1, -7)
        others = (date.fromordinal(day) for day in weeks)
        yield from (each for each in others if kind_of(grain, each) is Kind.ORDINARY and not _is_worked_weekend(each))
        return
    for other in _before(grain, start, first):
        if kind_of(grain, other) is Kind.ORDINARY and (grain is not Grain.DAY or other.isoweekday() <= FRIDAY):
            yield other


def _most_alike(grain: Grain, start: date) -> int:
    """So many weeks of it: of a weekend that is worked, all their working days."""
    return MOST_ALIKE * FRIDAY if grain is Grain.DAY and _is_worked_weekend(start) else MOST_ALIKE


def _is_worked_weekend(day: date) -> bool:
    return day.isoweekday() > FRIDAY and is_working_day(day)


def _level(series: Series, grain: Grain, start: date) -> Decimal | None:
    count, days = LEVEL[grain]
    first = series.begins(start - timedelta(days=days), start)
    ordinary = (each for each in _before(grain, start, first) if kind_of(grain, each) is Kind.ORDINARY)
    known = _known(series, islice(ordinary, count), count)
    return median(known) if len(known) >= min(FEWEST_ALIKE, count) else None


def _before(grain: Grain, start: date, first: date | None) -> Iterator[date]:
    """What begins before this day, the newest first, back to a first day."""
    each = grain.start(start - ONE_DAY)
    while first is not None and each >= first:
        yield each
        each = grain.start(each - ONE_DAY)


def _known(series: Series, starts: Iterable[date], most: int) -> list[Decimal]:
    """The first figures that are known, so many at most."""
    return list(islice((figure for figure in map(series.at, starts) if figure is not None), most))


def _middle(known: list[Decimal], closest: Decimal) -> Usual | None:
    middle = median(known)
    spread = max(SCALE * median([abs(each - middle) for each in known]), closest * abs(middle))
    return Usual(round_to(middle, PLACES), round_to(spread, PLACES)) if spread else None


def _joined(spans: list[tuple[date, date]]) -> list[tuple[date, date]]:
    joined: list[tuple[date, date]] = []
    for since, until in spans:
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined


def earlier(grain: Grain, start: date, count: int) -> date:
    """What begins so many days, weeks or months before."""
    return add_months(start, -count) if grain is Grain.MONTH else start - count * (grain.next(start) - start)
