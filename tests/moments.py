"""When tests happen."""

from datetime import UTC, datetime

NOON = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
