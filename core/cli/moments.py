"""Moments as a terminal shows them."""

from datetime import datetime
from zoneinfo import ZoneInfo


def shown_moment(moment: datetime, timezone: str) -> str:
    """By the company's clock."""
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"
