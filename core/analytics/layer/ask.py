"""What can be asked, and what an answer holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from core.analytics.errors import ComparisonNeedsPeriod, EmptyPeriod, NothingEarlier
from core.analytics.layer.calendar import nearest_festival, promotion_shift, spring_festival
from core.analytics.layer.dimensions import Dimension, add_months
from core.analytics.layer.terms import Measure, Unit
from core.base.i18n import N_

# A name, an id, a number, a day, or None for "none".
Choice = str | int | date | None
Choices = Mapping[str, tuple[Choice, ...]]
Cell = str | int | date | Decimal | None
Key = int | date
Figure = Decimal | None


class Compare(StrEnum):
    """What a period is compared with."""

    PREVIOUS_PERIOD = "previous_period"
    SAME_PERIOD_LAST_YEAR = "same_period_last_year"
    SAME_WEEKDAYS = "same_weekdays"
    SPRING_FESTIVAL = "spring_festival"
    PROMOTION_DAYS = "promotion_days"
    CUSTOM = "custom"


COMPARE_LABELS = {
    Compare.PREVIOUS_PERIOD: N_("Previous period"),
    Compare.SAME_PERIOD_LAST_YEAR: N_("Same period last year"),
    Compare.SAME_WEEKDAYS: N_("Same weekdays last year"),
    Compare.SPRING_FESTIVAL: N_("Last year, by Spring Festival"),
    Compare.PROMOTION_DAYS: N_("By promotion days"),
    Compare.CUSTOM: N_("Another period"),
}
_WEEKS_OF_A_YEAR = timedelta(weeks=52)
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ask:
    """One question. `where` and `exclude` name dimensions and the values kept or left out.

    `until` is exclusive. `order` is a column's name, with a minus for the largest first. `top` keeps so
    many rows; totals are always over all. `fill` adds the empty days, weeks or months of a series.
    `compared` are the first day and the day after the last of a custom comparison. With `to_date` a period
    that is not over is compared with as much of the other one as has passed of it. `totals` may be left out where
    only rows are wanted: there are none then.
    """

    measures: tuple[str, ...]
    by: tuple[str, ...] = ()
    where: Choices = field(default_factory=dict)
    exclude: Choices = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    compare: Compare | None = None
    top: int | None = None
    order: str | None = None
    fill: bool = False
    compared: tuple[date, date] | None = None
    to_date: bool = False
    totals: bool = True

    def __hash__(self) -> int:
        """The same for the same question."""
        where = tuple(sorted((name, tuple(choices)) for name, choices in self.where.items()))
        exclude = tuple(sorted((name, tuple(choices)) for name, choices in self.exclude.items()))
        shape = (self.compare, self.compared, self.to_date, self.top, self.order, self.fill, self.totals)
        return hash((self.measures, self.by, where, exclude, self.since, self.until, shape))


@dataclass(frozen=True)
class Period:
    """Days from `since` up to but without `until`; None is open. Days are shown shifted by so much."""

    since: date | None
    until: date | None
    shift_months: int = 0
    shift_days: int = 0

    def earlier(self, compare: Compare, custom: tuple[date, date] | None = None) -> "Period":
        """The period to compare with; its days are shifted so that they fall on those of this one.

        Refuses an open period, and one so early that the calendar has none before it.
        """
        if self.since is None or self.until is None:
            raise ComparisonNeedsPeriod
        try:
            return self._earlier(self.since, self.until, compare, custom).checked()
        except (ValueError, OverflowError):
            raise NothingEarlier(since=self.since, until=self.until) from None

    @staticmethod
    def _earlier(since: date, until: date, compare: Compare, custom: tuple[date, date] | None) -> "Period":
        if compare == Compare.CUSTOM:
            if custom is None:
                raise ComparisonNeedsPeriod
            if since.day == custom[0].day == 1:
                return Period(*custom, shift_months=_months_between(custom[0], since))
            return Period(*custom, shift_days=(since - custom[0]).days)
        if compare == Compare.SAME_WEEKDAYS:
            return Period(since - _WEEKS_OF_A_YEAR, until - _WEEKS_OF_A_YEAR, shift_days=_WEEKS_OF_A_YEAR.days)
        if compare == Compare.SPRING_FESTIVAL:
            festival = nearest_festival(since, until)
            back = festival - spring_festival(festival.year - 1)
            return Period(since - back, until - back, shift_days=back.days)
        if compare == Compare.PROMOTION_DAYS:
            back = promotion_shift(since, until)
            return Period(since - back, until - back, shift_days=back.days)
        if compare == Compare.SAME_PERIOD_LAST_YEAR:
            return Period(add_months(since, -12), add_months(until, -12), shift_months=12)
        if since.day == 1 and until.day == 1:
            months = _months_between(since, until)
            return Period(add_months(since, -months), since, shift_months=months)
        days = (until - since).days
        return Period(since - timedelta(days=days), since, shift_days=days)

    def until_yesterday(self, today: date) -> "Period":
        """The days of this period that are over."""
        return replace(self, until=min(self.until or today, today))

    def up_to(self, day: date, now: "Period") -> "Period":
        """As much of this period as has passed, with this day, of the one it is compared with."""
        if now.since is None or now.until is None or self.until is None or not now.since <= day < now.until - _ONE_DAY:
            return self
        last = add_months(day, -self.shift_months) - timedelta(days=self.shift_days)
        return replace(self, until=min(self.until, last + _ONE_DAY))

    def checked(self) -> "Period":
        """Itself; `EmptyPeriod` where it ends before it begins."""
        if self.since is not None and self.until is not None and self.until < self.since:
            raise EmptyPeriod(since=self.since, until=self.until)
        return self


def _months_between(since: date, until: date) -> int:
    return (until.year - since.year) * 12 + until.month - since.month


@dataclass(frozen=True)
class Column:
    """One column of an answer, with its definition."""

    name: str
    label: str
    sentence: str
    dimension: Dimension | None = None
    measure: Measure | None = None

    @property
    def unit(self) -> Unit | None:
        """What the figures of a measure count."""
        return None if self.measure is None else self.measure.unit


@dataclass(frozen=True)
class Answer:
    """Rows of labels and exact figures, in order; totals over all rows, also those that `top` left out.

    `keys` are what to put into `where` for exactly one row. `before` and `totals_before` are the same
    figures of the period compared with. `incomplete` are the buckets of days that the period or today
    cut short; `is_partial` says that the period reaches today, which is not over.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: tuple[tuple[Key, ...], ...]
    totals: tuple[Figure, ...]
    as_of: datetime
    since: date | None
    until: date | None
    is_partial: bool
    incomplete: frozenset[date] = frozenset()
    compared: Period | None = None
    before: tuple[tuple[Figure, ...], ...] = ()
    totals_before: tuple[Figure, ...] = ()

    @property
    def overlaps(self) -> tuple[str, ...]:
        """The dimensions under which one fact may stand in several rows: these add up to more than the total."""
        return tuple(each.name for each in self.columns if each.dimension is not None and each.dimension.overlaps)

    def total(self, measure: str) -> Figure:
        """The total of one measure."""
        return self.totals[self._position(measure)]

    def total_before(self, measure: str) -> Figure:
        """The total of one measure in the period compared with."""
        return self.totals_before[self._position(measure)]

    def figures(self, measure: str) -> list[Figure]:
        """One measure, row by row."""
        position = sum(column.measure is None for column in self.columns) + self._position(measure)
        return [row[position] for row in self.rows]  # type: ignore[misc]

    def _position(self, measure: str) -> int:
        names = [column.name for column in self.columns if column.measure is not None]
        return names.index(measure)


def change(now: Figure, before: Figure) -> Figure:
    """By what part a figure grew, exact to four places; None where there was nothing before."""
    if now is None or not before:
        return None
    return ((now - before) / abs(before)).quantize(Decimal("0.0001"))
