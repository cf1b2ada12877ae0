"""Working days with weekends that are worked, pace, landing with its interval, fair indexes and exact splits."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.base.errors import Refusals
from core.team.calendar import is_announced, is_working_day, working_days
from core.team.paste import parse_targets
from core.team.plans import Levels
from core.team.rules import Fair, by_working_day, fair_indexes, paced, planned, split

FEBRUARY, MARCH, APRIL = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)


def d(number: str | int) -> Decimal:
    return Decimal(number)


def test_weekends_worked_for_spring_festival_are_working_days_and_its_days_off_are_none() -> None:
    days = working_days(FEBRUARY, MARCH)
    assert [day.day for day in days] == [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 24, 25, 26, 27, 28]
    assert is_working_day(date(2026, 2, 14))
    assert is_working_day(date(2026, 2, 28))
    assert not is_working_day(date(2026, 2, 17))
    assert is_announced(2026)
    assert not is_announced(2090)
    assert is_working_day(date(2090, 10, 2))
    assert not is_working_day(date(2090, 10, 7))


def test_pace_landing_and_what_a_day_needs_count_working_days() -> None:
    """March 2026 has 22 working days; 8 of them were before the 11th."""
    first = [day for day in working_days(MARCH, APRIL) if day < date(2026, 3, 11)]
    assert len(first) == 7
    daily = {day: d(100) for day in first} | {date(2026, 3, 11): d(40), date(2026, 2, 27): d(999)}
    found = paced(daily, {MARCH: d(2200)}, MARCH, APRIL, date(2026, 3, 11))
    assert (found.days, found.days_over, found.days_left) == (22, 7, 15)
    assert (found.reached, found.gap) == (d(740), d(1460))
    assert found.attainment == d("0.3364")
    assert (found.expected, found.pace) == (d("700.00"), d("1.0000"))
    assert found.needed_a_day == d("97.33")
    assert (found.landing, found.low, found.high) == (d("2200.00"), d("2200.00"), d("2200.00"))


def test_the_interval_is_that_of_the_days_to_come_and_their_mean() -> None:
    """Spread 14.142 over 5 days, 17 to come, t(4; 90 %) = 1.5332: 1.5332 · 14.142 · √(17 + 17² / 5) = 187.53."""
    days = working_days(MARCH, APRIL)
    daily = dict(zip(days, map(d, (80, 100, 120, 100, 100)), strict=False))
    found = paced(daily, {MARCH: d(2000)}, MARCH, APRIL, days[5])
    assert (found.landing, found.low, found.high) == (d("2200.00"), d("2012.47"), d("2387.53"))
    assert paced(dict(list(daily.items())[:4]), {MARCH: d(2000)}, MARCH, APRIL, days[4]).low is None


def test_what_comes_in_on_days_off_counts_for_the_working_day_after_them() -> None:
    daily = {date(2026, 3, 7): d(5), date(2026, 3, 8): d(6), date(2026, 3, 9): d(7), date(2026, 3, 29): d(8)}
    found = by_working_day(daily, MARCH, date(2026, 3, 30))
    assert {day: amount for day, amount in found.items() if amount} == {
        date(2026, 3, 9): d(18),
        date(2026, 3, 27): d(8),
    }


def test_a_period_that_is_over_has_landed_and_one_to_come_has_no_pace() -> None:
    over = paced({MARCH + timedelta(days=1): d(90)}, {MARCH: d(100)}, MARCH, APRIL, date(2026, 5, 4))
    assert (over.landing, over.low, over.needed_a_day, over.attainment, over.pace) == (
        d(90),
        None,
        None,
        d("0.9000"),
        d("0.9000"),
    )
    ahead = paced({}, {MARCH: d(100)}, MARCH, APRIL, date(2026, 2, 3))
    assert (ahead.landing, ahead.pace, ahead.needed_a_day) == (None, None, d("4.55"))
    assert paced({}, {MARCH: d(0)}, MARCH, APRIL, date(2026, 3, 3)).attainment is None


def test_months_of_a_year_are_asked_for_by_their_own_targets_and_working_days() -> None:
    """February has 16 working days, March 22; the 2nd to 10th of March are 7 of them."""
    targets = {FEBRUARY: d(1600), MARCH: d(4400)}
    assert planned(targets, date(2026, 3, 11)) == d(1600) + 7 * d(200)
    assert planned(targets, date(2026, 2, 16)) == d(1100)
    assert paced({}, targets, FEBRUARY, APRIL, date(2026, 3, 11)).expected == d(3000)


def test_a_fair_index_compares_growth_and_not_territories() -> None:
    people = [Fair(1, d(1200), d(1000)), Fair(2, d(120), d(100)), Fair(3, d(80), d(100)), Fair(4, d(900), d(0))]
    # Those with a year before grew from 1200 to 1400 together.
    assert fair_indexes(people) == {1: d("102.9"), 2: d("102.9"), 3: d("68.6"), 4: None}
    assert fair_indexes([Fair(1, d(0), d(5))]) == {1: None}


def test_a_split_adds_up_to_the_cent_over_months_people_and_all() -> None:
    found = split(d("100.00"), [d(1), d(1), d(1)], {7: d(2), 8: d(1)})
    assert found == {7: [d("22.23"), d("22.22"), d("22.22")], 8: [d("11.11"), d("11.11"), d("11.11")]}
    assert sum(sum(parts) for parts in found.values()) == d(100)
    assert split(d(7), [d(0), d(0)], {1: d(0), 2: d(-5)}, 0) == {1: [d(2), d(2)], 2: [d(2), d(1)]}


def test_a_pasted_table_is_read_line_by_line_and_every_bad_line_is_named() -> None:
    people = {"李娜": 5, "Zhang": 6}
    text = (
        "月份\t人员\t目标\t冲刺\t挑战\n2026-05\t李娜\t1,000\t1,200\t1,500\n2026年6月\tzhang\t¥80.5\n2026/6\t全公司\t9\n"
    )
    assert parse_targets(text, people) == {
        (date(2026, 5, 1), 5): Levels(d(1000), d(1200), d(1500)),
        (date(2026, 6, 1), 6): Levels(d("80.5"), d("80.5"), d("80.5")),
        (date(2026, 6, 1), None): Levels(d(9), d(9), d(9)),
    }
    with pytest.raises(Refusals) as refused:
        parse_targets("2026-05,Zhang,1\n2026-13,Zhang,1\n2026-05,Wu,1\n2026-05,Zhang,x\n2026-05,Zhang,2", people)
    assert [each.facts["line"] for each in refused.value.problems] == [2, 3, 4, 5]
