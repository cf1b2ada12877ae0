"""When a notice leaves: at once or gathered, and not in quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.notify.models import Gathering

MORNING = time(8, 30)
HOUR, DAY = 60, 24 * 60


def leaves_at(
    now: datetime, timezone: str, gathering: Gathering, quiet_from: int | None, quiet_until: int | None
) -> datetime:
    """The moment at which a notice of now leaves, by the company's clock."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    if gathering is Gathering.HOURLY:
        # By elapsed time, so that the hour that a clock change repeats is an hour as well.
        local = (now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0).astimezone(zone)
    elif gathering is Gathering.DAILY:
        local = datetime.combine(local.date() + timedelta(days=local.time() >= MORNING), MORNING, zone)
    return _after_quiet(local, zone, quiet_from, quiet_until).astimezone(UTC)


def _after_quiet(local: datetime, zone: ZoneInfo, quiet_from: int | None, quiet_until: int | None) -> datetime:
    if quiet_from is None or quiet_until is None or quiet_from == quiet_until:
        return local
    minute = local.hour * HOUR + local.minute
    passes_midnight = quiet_from > quiet_until
    is_quiet = minute >= quiet_from or minute < quiet_until if passes_midnight else quiet_from <= minute < quiet_until
    if not is_quiet:
        return local
    later = timedelta(days=passes_midnight and minute >= quiet_from)
    end = time(quiet_until // HOUR, quiet_until % HOUR)
    return datetime.combine(local.date() + later, end, zone)
