"""A year is held against the one before: across a leap day, days without sales, grains, and Spring Festival."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Answer, Ask, Compare
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_sale, a_warehouse, goods

Row = tuple[Decimal, Decimal]


@pytest.fixture
def sold(any_store: Store, clock: FixedClock) -> Store:
    """Sold on these days for so much, and on no others."""
    with any_store.working(SYSTEM) as uow:
        house = a_warehouse(uow)
        mug = goods(uow, house, 500, retail_price=1)
    days = {
        date(2024, 2, 29): 10,
        date(2024, 3, 1): 20,
        date(2025, 1, 29): 4,
        date(2025, 1, 31): 8,
        date(2025, 2, 28): 30,
        date(2025, 3, 1): 40,
        date(2026, 2, 17): 50,
    }
    for number, (day, amount) in enumerate(days.items()):
        clock.moment = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        with any_store.working(SYSTEM) as uow:
            a_sale(uow, house, [(mug, amount)], channel=f"Stall {number}")
    return any_store


def asked(store: Store, grain: str, since: date, until: date, compare: Compare) -> Answer:
    with Mirror(store, "test") as mirror:
        mirror.refresh_now()
        return answer(
            mirror, SYSTEM, Ask(("net_sales",), (grain,), since=since, until=until, compare=compare, fill=True)
        )


def by_day(found: Answer) -> dict[object, Row]:
    return {
        row[0]: (Decimal(str(row[1] or 0)), before[0] or Decimal(0))
        for row, before in zip(found.rows, found.before, strict=True)
    }


# As in metabase#51167 and metabase PR #50171: gaps and leap days must not shift what is compared, whatever the grain.
@pytest.mark.parametrize(
    ("grain", "right"),
    [
        ("day", {(2, 27): (0, 0), (2, 28): (30, 10), (3, 1): (40, 20), (3, 2): (0, 0)}),
        ("week", {(2, 24): (70, 30)}),
        ("month", {(2, 1): (30, 10), (3, 1): (40, 20)}),
    ],
)
def test_a_year_earlier_is_the_same_days_over_gaps_and_a_leap_day_in_every_grain(
    sold: Store, grain: str, right: dict[tuple[int, int], Row]
) -> None:
    found = asked(sold, grain, date(2025, 2, 27), date(2025, 3, 3), Compare.SAME_PERIOD_LAST_YEAR)

    assert by_day(found) == {date(2025, *day): figures for day, figures in right.items()}
    assert (found.totals, found.totals_before) == ((70,), (30,))


# As in lightdash#18424: the festival moves by weeks from year to year.
def test_spring_festival_is_held_against_spring_festival(sold: Store) -> None:
    found = asked(sold, "day", date(2026, 2, 16), date(2026, 2, 20), Compare.SPRING_FESTIVAL)

    assert by_day(found) == {
        date(2026, 2, 16): (0, 0),
        date(2026, 2, 17): (50, 4),
        date(2026, 2, 18): (0, 0),
        date(2026, 2, 19): (0, 8),
    }
    assert (found.totals, found.totals_before) == ((50,), (12,))
