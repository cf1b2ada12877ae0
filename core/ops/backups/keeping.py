"""Which backups are kept: the newest of so many days, weeks and months, and whatever is fresh."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.base.clock import business_day
from core.ops.backups.archive import Named

FRESH = timedelta(days=2)


@dataclass(frozen=True)
class Keeping:
    """So many days, weeks and months of which the newest backup is kept."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


def kept(backups: Sequence[Named], keeping: Keeping, now: datetime, timezone: str) -> set[str]:
    """The names that stay. What is younger than two days stays, and the newest one always does.

    Days without a backup do not count: after a pause the old ones are still there.
    """
    newest = sorted(backups, key=lambda each: (each.at, each.name), reverse=True)
    stay = {each.name for each in newest if now - each.at < FRESH} | {each.name for each in newest[:1]}
    spans: tuple[tuple[int, Callable[[date], tuple[int, ...]]], ...] = (
        (keeping.daily, lambda day: (day.year, day.month, day.day)),
        (keeping.weekly, lambda day: tuple(day.isocalendar()[:2])),
        (keeping.monthly, lambda day: (day.year, day.month)),
    )
    for most, span in spans:
        seen: set[tuple[int, ...]] = set()
        for each in newest:
            place = span(business_day(each.at, timezone))
            if place not in seen and len(seen) < most:
                seen.add(place)
                stay.add(each.name)
    return stay
