"""The stretches of days that balances are shown for: each has an end, and so many days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.analytics.errors import OneKindOfDays
from core.analytics.layer.dimensions import Dimension, Grain, add_months

if TYPE_CHECKING:
    from core.analytics.layer.ask import Period
    from core.analytics.layer.compose import Filter

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bucket:
    """Days from `since` up to but without `until`, shown as `label`."""

    since: date
    until: date
    label: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.until - self.since).days


def grain_of(by: Sequence[Dimension]) -> Grain | None:
    """How long the buckets are; None for the whole period. Refuses weekdays, and two kinds of days at once."""
    found = [each for each in by if each.is_of_days]
    if len(found) > 1 or any(each.grain is None for each in found):
        raise OneKindOfDays
    return found[0].grain if found else None


def days_asked(period: "Period", filters: Sequence["Filter"], first: date, today: date) -> tuple[date, date]:
    """The first day and the day after the last: no earlier than the first stock, no later than today."""
    since = max(first, period.since or first)
    until = min(today + DAY, period.until or today + DAY)
    for each in filters:
        if not each.dimension.is_of_days:
            continue
        grain = each.dimension.grain
        if grain is None or each.negated or len(each.values) != 1:
            raise OneKindOfDays
        start = each.values[0]
        assert isinstance(start, date)  # noqa: S101 - days are kept by days
        since, until = max(since, start), min(until, grain.next(start))
    return since, max(since, until)


def buckets_of(since: date, until: date, grain: Grain | None, period: "Period") -> tuple[Bucket, ...]:
    """The buckets of these days, labelled as those of the period they are compared with."""
    if since >= until:
        return ()
    if grain is None:
        return (Bucket(since, until, since),)
    buckets: list[Bucket] = []
    start = since
    is_shifted = bool(period.shift_days or period.shift_months)
    while start < until:
        label = grain.start(_shown(start, period))
        end = start + DAY if is_shifted else grain.next(label)
        if buckets and buckets[-1].label == label:
            buckets[-1] = Bucket(buckets[-1].since, end, label)
        else:
            buckets.append(Bucket(start, min(end, until), label))
        start = end
    return tuple(buckets)


def _shown(day: date, period: "Period") -> date:
    if period.shift_months:
        return add_months(day, period.shift_months)
    return day + timedelta(days=period.shift_days)
