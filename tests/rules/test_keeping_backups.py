"""Which backups stay: the newest of days, weeks and months, what is fresh, and never nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from core.ops.backups.archive import Named, named, newest_first
from core.ops.backups.keeping import FRESH, Keeping, kept
from tests.examples import drawn

NOW = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
SHANGHAI = "Asia/Shanghai"


def nightly(days: int) -> list[Named]:
    """A backup of each of the last so many nights, newest first."""
    return [of(NOW - timedelta(days=day)) for day in range(days)]


def of(at: datetime) -> Named:
    """The backup of a moment."""
    found = named(f"salesbook-0a1b2c3d-{at:%Y%m%dT%H%M%SZ}.backup")
    assert found is not None
    return found


def test_the_newest_of_each_day_week_and_month_stays() -> None:
    stay = kept(nightly(400), Keeping(daily=7, weekly=5, monthly=12), NOW, SHANGHAI)
    days = sorted({each.at.date().isoformat() for each in nightly(400) if each.name in stay}, reverse=True)
    assert days == [
        *("2026-03-18", "2026-03-17", "2026-03-16", "2026-03-15", "2026-03-14", "2026-03-13", "2026-03-12"),
        *("2026-03-08", "2026-03-01", "2026-02-28", "2026-02-22"),
        *("2026-01-31", "2025-12-31", "2025-11-30", "2025-10-31", "2025-09-30", "2025-08-31"),
        *("2025-07-31", "2025-06-30", "2025-05-31", "2025-04-30"),
    ]


def test_of_several_backups_of_a_day_the_last_stays_once_they_are_old() -> None:
    old = NOW - timedelta(days=10)
    several = [of(old + timedelta(hours=hour)) for hour in range(4)]
    stay = kept([*nightly(3), *several], Keeping(30, 0, 0), NOW, SHANGHAI)
    assert {each.name for each in several} & stay == {several[-1].name}


def test_after_a_pause_of_a_year_the_old_ones_are_still_there() -> None:
    old = nightly(7)
    assert kept(old, Keeping(7, 0, 0), NOW + timedelta(days=365), SHANGHAI) == {each.name for each in old}


@given(
    hours=st.lists(st.integers(0, 24 * 900), max_size=60, unique=True),
    keeping=st.builds(Keeping, *(st.integers(0, 40) for _ in range(3))),
)
@settings(max_examples=drawn(30))
def test_the_newest_and_the_fresh_stay_and_applying_the_rule_twice_changes_nothing(
    hours: list[int], keeping: Keeping
) -> None:
    backups = newest_first([of(NOW - timedelta(hours=each)).name for each in hours])
    stay = kept(backups, keeping, NOW, SHANGHAI)
    assert {each.name for each in backups if NOW - each.at < FRESH} <= stay
    assert {each.name for each in backups[:1]} <= stay
    left = [each for each in backups if each.name in stay]
    assert kept(left, keeping, NOW, SHANGHAI) == stay
    assert len(stay) <= max(1, sum(NOW - each.at < FRESH for each in backups)) + sum(vars(keeping).values())
