"""When a recurring job is due: on a grid that every process computes alike."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

_START = datetime(2000, 1, 1, tzinfo=UTC)


class Rhythm(Protocol):
    """How often something happens."""

    def after(self, moment: datetime, timezone: str) -> datetime:
        """The first time later than this moment."""
        ...


@dataclass(frozen=True)
class Every:
    """Again and again after so much time."""

    step: timedelta

    def after(self, moment: datetime, timezone: str) -> datetime:  # noqa: ARG002 - one of several rhythms
        """The next multiple of the step, counted from one moment for everybody."""
        return _START + ((moment - _START) // self.step + 1) * self.step


@dataclass(frozen=True)
class Daily:
    """Once a day, at this time of the company's day."""

    at: time

    def after(self, moment: datetime, timezone: str) -> datetime:
        """Today at that time, or tomorrow where that is past."""
        zone = ZoneInfo(timezone)
        day = moment.astimezone(zone).date()
        due = datetime.combine(day, self.at, zone).astimezone(UTC)
        if due <= moment:
            due = datetime.combine(day + timedelta(days=1), self.at, zone).astimezone(UTC)
        return due


def minutes(count: int) -> Every:
    """Every so many minutes."""
    return Every(timedelta(minutes=count))


def daily(at: str) -> Daily:
    """Every day at a time such as `03:00`, by the company's clock."""
    return Daily(time.fromisoformat(at))
