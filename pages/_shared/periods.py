"""Periods to look at, what they are compared with, and the days, weeks or months they are drawn in.

Every period ends with today at the latest, so that what is compared has lasted equally long.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.base.i18n import N_

ONE_DAY = timedelta(days=1)
LONGEST_BY_DAY = 45
LONGEST_BY_WEEK = 200


class Period(StrEnum):
    """What a manager asks for."""

    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    LAST_30 = "30d"
    LAST_90 = "90d"
    LAST_365 = "365d"
    CUSTOM = "custom"


class Comparison(StrEnum):
    """What a period is held against."""

    PREVIOUS = "previous"
    LAST_YEAR = "last_year"
    NOTHING = "nothing"


class Step(StrEnum):
    """How wide a point of a line over time is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


PERIOD_LABELS = {
    Period.TODAY: N_("Today"),
    Period.WEEK: N_("This week"),
    Period.MONTH: N_("This month"),
    Period.QUARTER: N_("This quarter"),
    Period.YEAR: N_("This year"),
    Period.LAST_30: N_("30 days"),
    Period.LAST_90: N_("90 days"),
    Period.LAST_365: N_("365 days"),
    Period.CUSTOM: N_("Custom"),
}
COMPARISON_LABELS = {
    Comparison.PREVIOUS: N_("Previous period"),
    Comparison.LAST_YEAR: N_("Same period last year"),
    Comparison.NOTHING: N_("No comparison"),
}
_LAST_DAYS = {Period.TODAY: 1, Period.LAST_30: 30, Period.LAST_90: 90, Period.LAST_365: 365}


@dataclass(frozen=True)
class Window:
    """Days from `since` up to, but not with, `until`."""

    since: date
    until: date

    @property
    def days(self) -> int:
        """How many days these are."""
        return (self.until - self.since).days

    @property
    def last_day(self) -> date:
        """The last day inside."""
        return self.until - ONE_DAY


def window_of(period: Period, today: date) -> Window:
    """The days of a period up to today."""
    until = today + ONE_DAY
    if period in _LAST_DAYS:
        return Window(until - timedelta(days=_LAST_DAYS[period]), until)
    return Window(_start_of(period, today), until)


def compared_with(period: Period, window: Window, comparison: Comparison) -> Window | None:
    """As many days to hold the period against; None where nothing is."""
    if comparison is Comparison.NOTHING:
        return None
    if comparison is Comparison.LAST_YEAR:
        return Window(_months_back(window.since, 12), _months_back(window.last_day, 12) + ONE_DAY)
    if period in (Period.MONTH, Period.QUARTER, Period.YEAR):
        months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
        since = _months_back(window.since, months)
        return Window(since, min(since + timedelta(days=window.days), window.since))
    back = timedelta(days=7 if period is Period.WEEK else window.days)
    return Window(window.since - back, window.until - back)


def step_of(window: Window) -> Step:
    """Days, weeks or months: so many that the eye still tells them apart."""
    if window.days <= LONGEST_BY_DAY:
        return Step.DAY
    return Step.WEEK if window.days <= LONGEST_BY_WEEK else Step.MONTH


def steps(window: Window, step: Step) -> list[Window]:
    """The window cut at the starts of its days, weeks or months; the first and last may be cut short."""
    cuts: list[Window] = []
    since = window.since
    while since < window.until:
        until = min(_next_start(since, step), window.until)
        cuts.append(Window(since, until))
        since = until
    return cuts


def is_unfinished(cut: Window, step: Step, today: date) -> bool:
    """Whether the day, week or month is still going on."""
    return today < _next_start(cut.since, step) and cut.until > today


def _start_of(period: Period, today: date) -> date:
    if period is Period.WEEK:
        return today - timedelta(days=today.weekday())
    if period is Period.QUARTER:
        return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return today.replace(day=1) if period is Period.MONTH else date(today.year, 1, 1)


def _next_start(day: date, step: Step) -> date:
    if step is Step.DAY:
        return day + ONE_DAY
    if step is Step.WEEK:
        return day + timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _months_back(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    first = date(count // 12, count % 12 + 1, 1)
    longest = (_next_start(first, Step.MONTH) - first).days
    return first.replace(day=min(day.day, longest))
