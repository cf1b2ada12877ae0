"""Working days of the company's calendar: days off and the weekends worked for them, as the state sets them."""

from datetime import date, timedelta
from functools import cache

from chinese_calendar import is_workday  # type: ignore[import-untyped]

_FRIDAY = 5
ONE_DAY = timedelta(days=1)


@cache
def is_working_day(day: date) -> bool:
    """Whether people work that day; Monday to Friday in years whose days off are not announced yet."""
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.isoweekday() <= _FRIDAY


@cache
def is_announced(year: int) -> bool:
    """Whether the days off of a year are known."""
    try:
        is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def working_days(since: date, until: date) -> list[date]:
    """The working days from a day on, up to but without another."""
    days = (since + timedelta(days=n) for n in range(max(0, (until - since).days)))
    return [day for day in days if is_working_day(day)]
