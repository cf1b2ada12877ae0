"""When something counts: now, or a day of the open period."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.base.clock import business_day
from core.stock.costs.errors import InTheFuture, PeriodClosed
from core.stock.costs.load import last_close
from core.work.unit import UnitOfWork

LAST = timedelta(microseconds=1)


def end_of(day: date, timezone: str) -> datetime:
    """The last moment of a business day."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(timezone)).astimezone(UTC) - LAST


def business_moment(uow: UnitOfWork, at: date | datetime | None) -> datetime:
    """The moment that something counts from.

    None and today mean now, an earlier day its last moment. Refuses the future and a closed period.
    """
    if at is None:
        return uow.now
    zone = uow.settings.timezone
    if not isinstance(at, datetime):
        at = uow.now if at == uow.today else end_of(at, zone)
    if at > uow.now:
        raise InTheFuture(on=business_day(at, zone))
    close = last_close(uow.session)
    if close is not None and at <= close.until:
        raise PeriodClosed(through=close.closed_through)
    return at


def is_open(uow: UnitOfWork, at: datetime) -> bool:
    """Whether a moment lies in the open period."""
    close = last_close(uow.session)
    return close is None or at > close.until
