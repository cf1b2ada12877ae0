"""Periods to look at, what they are compared with, and the days, weeks or months they are drawn in.

Every period ends with today at the latest, so that what is compared has lasted equally long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.analytics.layer.calendar import nearest_festival, promotion_shift, spring_festival
from core.analytics.layer.dimensions import Grain, add_months
from core.base.i18n import N_

ONE_DAY = timedelta(days=1)
A_YEAR_OF_WEEKS = timedelta(weeks=52)
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
    SAME_WEEKDAYS = "weekdays"
    SPRING_FESTIVAL = "festival"
    PROMOTION_DAYS = "promotion"
    NOTHING = "nothing"


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
    Comparison.SAME_WEEKDAYS: N_("Same weekdays last year"),
    Comparison.SPRING_FESTIVAL: N_("Last year, by Spring Festival"),
    Comparison.PROMOTION_DAYS: N_("By promotion days"),
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

    def __iter__(self) -> Iterator[date]:
        return (self.since + timedelta(days=n) for n in range(self.days))

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


def compared_with(period: Period, window: Window, comparison: Comparison, against: date | None = None) -> Window | None:
    """As many days to hold the period against; None where nothing is.

    By promotion days it is the days from `against` on, or else those that lie as far from the same shopping festival
    of the year before.
    """
    if comparison is Comparison.NOTHING:
        return None
    if comparison is Comparison.LAST_YEAR:
        return Window(add_months(window.since, -12), add_months(window.last_day, -12) + ONE_DAY)
    if comparison is Comparison.SAME_WEEKDAYS:
        return Window(window.since - A_YEAR_OF_WEEKS, window.until - A_YEAR_OF_WEEKS)
    if comparison is Comparison.SPRING_FESTIVAL:
        festival = nearest_festival(window.since, window.until)
        back = festival - spring_festival(festival.year - 1)
        return Window(window.since - back, window.until - back)
    if comparison is Comparison.PROMOTION_DAYS:
        since = against or window.since - promotion_shift(window.since, window.until)
        return Window(since, since + timedelta(days=window.days))
    if period in (Period.MONTH, Period.QUARTER, Period.YEAR):
        months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
        since = add_months(window.since, -months)
        return Window(since, min(since + timedelta(days=window.days), window.since))
    back = timedelta(days=7 if period is Period.WEEK else window.days)
    return Window(window.since - back, window.until - back)


def step_of(window: Window) -> Grain:
    """Days, weeks or months: so many that the eye still tells them apart."""
    if window.days <= LONGEST_BY_DAY:
        return Grain.DAY
    return Grain.WEEK if window.days <= LONGEST_BY_WEEK else Grain.MONTH


def steps(window: Window, step: Grain) -> list[Window]:
    """The window cut at the starts of its days, weeks or months; the first and last may be cut short."""
    cuts: list[Window] = []
    since = window.since
    while since < window.until:
        until = min(step.next(step.start(since)), window.until)
        cuts.append(Window(since, until))
        since = until
    return cuts


def is_unfinished(cut: Window, step: Grain, today: date) -> bool:
    """Whether the day, week or month is still going on."""
    return today < step.next(step.start(cut.since)) and cut.until > today


def held_against(cut: Window, window: Window, compared: Window) -> Window:
    """The days of the compared window that a cut of the window is held against; together they are all of it."""
    since = min(_counterpart(cut.since, window, compared), compared.until)
    until = min(_counterpart(cut.until, window, compared), compared.until)
    return Window(since, compared.until if cut.until == window.until else until)


def _counterpart(day: date, window: Window, compared: Window) -> date:
    """A year back keeps the date; anything else counts days."""
    if compared.since == add_months(window.since, -12):
        return add_months(day, -12)
    return compared.since + (day - window.since)


def _start_of(period: Period, today: date) -> date:
    if period is Period.WEEK:
        return today - timedelta(days=today.weekday())
    if period is Period.QUARTER:
        return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    return today.replace(day=1) if period is Period.MONTH else date(today.year, 1, 1)
