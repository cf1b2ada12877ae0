"""Alerts on histories made by hand: what is out of bounds, what is only a holiday, and what it means in money."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.analytics.alerts.models import Condition, Direction
from core.analytics.alerts.rules import (
    Found,
    Line,
    Verdict,
    Watched,
    compared,
    effect_of,
    found_in,
    judge,
    reads,
    situations,
    stricter,
)
from core.analytics.alerts.seasons import Kind, Series, Usual, is_off, kind_of, usual
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import Grain

ONE_DAY = timedelta(days=1)
TUESDAY = date(2026, 3, 17)
WEEK = date(2026, 3, 9)
SALES = Watched("net_sales", Grain.DAY, Condition.THRESHOLD, Direction.BELOW, Decimal(100))
USUAL = replace(SALES, condition=Condition.UNUSUAL, direction=Direction.EITHER, bound=Decimal("3.5"))


def series(figures: Mapping[date, int | str], adds_up: bool = True) -> Series:
    return Series({day: Decimal(figure) for day, figure in figures.items()}, adds_up)


def lived(since: date, until: date, festival: int = 0) -> dict[date, int]:
    """1000 on working days, 400 on others, and something else around Spring Festival."""
    found = {}
    while since < until:
        usual_day = 400 if since.isoweekday() > 5 or is_off(since) else 1000
        found[since] = festival if kind_of(Grain.DAY, since) is Kind.FESTIVAL else usual_day
        since += ONE_DAY
    return found


def days(figures: Mapping[date, int], **changed: int) -> Series:
    return series({**figures, **{date.fromisoformat(name[1:].replace("_", "-")): n for name, n in changed.items()}})


@pytest.mark.parametrize(
    ("direction", "figure", "is_out"),
    [
        (Direction.BELOW, "99.99", True),
        (Direction.BELOW, "100", False),
        (Direction.ABOVE, "100", False),
        (Direction.ABOVE, "100.01", True),
    ],
)
def test_a_threshold_is_passed_and_not_only_reached(direction: Direction, figure: str, is_out: bool) -> None:
    verdict = judge(replace(SALES, direction=direction), series({TUESDAY: figure}), TUESDAY)
    assert verdict is not None
    assert (verdict.figure, verdict.expected, verdict.is_out) == (Decimal(figure), Decimal(100), is_out)


def test_a_day_without_sales_is_one_of_nought_and_a_ratio_without_a_figure_is_not_judged() -> None:
    assert found_in(SALES, Line("", "", series({})), TUESDAY) == Found(
        "", "", TUESDAY, Verdict(Decimal(0), Decimal(100), Decimal(100), None), Decimal("100.00")
    )
    assert judge(replace(SALES, measure="return_rate"), series({}, adds_up=False), TUESDAY) is None


def test_a_change_is_measured_in_money_or_in_parts_of_what_it_is_compared_with() -> None:
    fell = replace(SALES, condition=Condition.CHANGE, bound=Decimal("0.2"), is_part=True, compare=Compare.SAME_WEEKDAYS)
    before = date(2025, 3, 18)
    assert compared(Grain.DAY, TUESDAY, Compare.SAME_WEEKDAYS) == before
    at_bound = judge(fell, series({before: 500, TUESDAY: 400}), TUESDAY)
    assert at_bound == Verdict(Decimal(400), Decimal(500), Decimal(400), None)
    assert not at_bound.is_out
    found = found_in(fell, Line("", "", series({before: 500, TUESDAY: "399.99"})), TUESDAY)
    assert found is not None
    assert found.effect == Decimal("100.01")
    assert judge(fell, series({TUESDAY: 400}), TUESDAY) is None  # no part of nothing
    amount = replace(fell, is_part=False, bound=Decimal(50), direction=Direction.EITHER)
    grown = judge(amount, series({before: 500, TUESDAY: "550.01"}), TUESDAY)
    assert grown == Verdict(Decimal("550.01"), Decimal(500), Decimal(450), Decimal(550))
    assert grown.is_out


@pytest.mark.parametrize(
    ("grain", "start", "compare", "before"),
    [
        (Grain.DAY, TUESDAY, Compare.PREVIOUS_PERIOD, date(2026, 3, 16)),
        (Grain.DAY, TUESDAY, Compare.SAME_PERIOD_LAST_YEAR, date(2025, 3, 17)),
        (Grain.DAY, date(2026, 2, 17), Compare.SPRING_FESTIVAL, date(2025, 1, 29)),
        (Grain.WEEK, WEEK, Compare.PREVIOUS_PERIOD, date(2026, 3, 2)),
        (Grain.WEEK, WEEK, Compare.SAME_PERIOD_LAST_YEAR, date(2025, 3, 10)),
        (Grain.WEEK, date(2026, 2, 16), Compare.SPRING_FESTIVAL, date(2025, 1, 27)),
        (Grain.MONTH, date(2026, 1, 1), Compare.PREVIOUS_PERIOD, date(2025, 12, 1)),
        (Grain.MONTH, date(2026, 2, 1), Compare.SAME_WEEKDAYS, date(2025, 2, 1)),
    ],
)
def test_what_a_period_is_compared_with(grain: Grain, start: date, compare: Compare, before: date) -> None:
    assert compared(grain, start, compare) == before


def test_usual_is_the_middle_of_the_same_weekday_and_how_far_the_others_are_from_it() -> None:
    tuesdays = [
        d for d in lived(date(2025, 10, 1), TUESDAY) if d.isoweekday() == 2 and kind_of(Grain.DAY, d) is Kind.ORDINARY
    ]
    newest = tuesdays[::-1][:12]
    figures = dict(zip(newest, (900, 950, 1000, 1000, 1010, 1020, 1030, 1040, 1100, 1200, 5000, 10), strict=True))
    # Middle of 1010 and 1020; distances 5 5 15 15 15 25 65 85 115 185 1005 3985, middle 45, times 1.4826.
    assert usual(series(figures), Grain.DAY, TUESDAY) == Usual(Decimal(1015), Decimal("66.7170"))
    verdict = judge(USUAL, series({**figures, TUESDAY: 1248}), TUESDAY)
    assert verdict == Verdict(Decimal(1248), Decimal(1015), Decimal("781.4905"), Decimal("1248.5095"))
    assert not verdict.is_out
    assert found_in(USUAL, Line("", "", series({**figures, TUESDAY: 1249})), TUESDAY) is not None


def test_equal_days_leave_a_twentieth_of_room_and_too_few_days_are_not_judged() -> None:
    figures = lived(date(2025, 9, 1), TUESDAY)
    assert usual(series(figures), Grain.DAY, TUESDAY) == Usual(Decimal(1000), Decimal(50))
    few = {day: n for day, n in figures.items() if day >= date(2026, 2, 4)}  # holds one ordinary Tuesday
    assert usual(series(few), Grain.DAY, TUESDAY) is None
    assert usual(series(dict.fromkeys(figures, 0)), Grain.DAY, TUESDAY) is None


def test_a_week_of_spring_festival_without_sales_is_usual_and_an_ordinary_one_is_not() -> None:
    figures = lived(date(2024, 12, 1), date(2026, 3, 18))
    day = date(2026, 2, 18)
    assert kind_of(Grain.DAY, day) is Kind.FESTIVAL
    assert usual(series(figures), Grain.DAY, day) == Usual(Decimal(0), Decimal(100))
    assert found_in(USUAL, Line("", "", series(figures)), day) is None
    assert found_in(USUAL, Line("", "", days(figures, d2026_02_18=400)), day) is not None
    assert found_in(USUAL, Line("", "", days(figures, d2026_03_17=0)), TUESDAY) is not None
    week, shut = replace(USUAL, grain=Grain.WEEK), date(2026, 2, 16)
    weekly: dict[date, int] = {}
    for each, figure in figures.items():
        weekly[Grain.WEEK.start(each)] = weekly.get(Grain.WEEK.start(each), 0) + figure
    assert weekly[shut] == 0
    assert found_in(week, Line("", "", series(weekly)), shut) is None
    assert found_in(week, Line("", "", series({**weekly, WEEK: 0})), WEEK) is not None


def test_a_first_spring_festival_has_nothing_to_be_held_against() -> None:
    figures = lived(date(2025, 9, 1), date(2026, 3, 18))
    assert usual(series(figures), Grain.DAY, date(2026, 2, 18)) is None


def test_days_off_are_held_against_days_off_and_a_weekend_that_is_worked_against_working_days() -> None:
    figures = lived(date(2025, 3, 1), date(2026, 3, 1))
    national_day = date(2025, 10, 1)
    assert kind_of(Grain.DAY, national_day) is Kind.HOLIDAY
    assert usual(series(figures), Grain.DAY, national_day) == Usual(Decimal(400), Decimal(100))
    assert found_in(USUAL, Line("", "", series(figures)), national_day) is None
    worked = date(2025, 9, 28)  # a Sunday that is worked for it
    assert usual(series(figures), Grain.DAY, worked) == Usual(Decimal(1000), Decimal(50))
    assert (is_off(date(2025, 10, 4)), is_off(date(2025, 11, 8)), is_off(worked)) == (True, False, False)


def test_no_verdict_reads_all_of_the_past() -> None:
    assert reads(SALES, TUESDAY) == [(TUESDAY, TUESDAY + ONE_DAY)]
    fell = replace(SALES, condition=Condition.CHANGE, compare=Compare.SAME_WEEKDAYS)
    assert reads(fell, TUESDAY) == [(date(2025, 3, 18), date(2025, 3, 19)), (TUESDAY, TUESDAY + ONE_DAY)]
    assert reads(USUAL, TUESDAY) == [(date(2025, 9, 16), TUESDAY + ONE_DAY)]
    festival = reads(USUAL, date(2026, 2, 18))
    assert [until for _since, until in festival] == [date(2024, 2, 15), date(2025, 2, 3), date(2026, 2, 19)]
    assert sum((until - since).days for since, until in festival) < 360


def test_the_windows_read_give_the_verdict_that_all_of_the_past_gives() -> None:
    figures = {day: n + day.toordinal() * 37 % 90 for day, n in lived(date(2023, 6, 1), TUESDAY + ONE_DAY, 70).items()}
    for start in (TUESDAY, date(2026, 2, 18), date(2025, 10, 1), date(2025, 9, 28)):
        read = {d: n for d, n in figures.items() if any(since <= d < until for since, until in reads(USUAL, start))}
        assert len(read) < 640
        assert judge(USUAL, series(read), start) == judge(USUAL, series(figures), start) is not None


def test_what_is_not_money_is_worth_the_sales_that_go_with_it() -> None:
    orders = replace(SALES, measure="orders", bound=Decimal(5))
    counted = series({TUESDAY: 0, TUESDAY - ONE_DAY: 8, TUESDAY - 2 * ONE_DAY: 12})
    net = series({TUESDAY - ONE_DAY: 900, TUESDAY - 2 * ONE_DAY: 1100})
    found = found_in(orders, Line("3", "North", counted, net), TUESDAY)
    assert found is not None
    assert found.effect == Decimal("500.00")  # five orders of 100
    rate = replace(SALES, measure="return_rate", direction=Direction.ABOVE, bound=Decimal("0.05"))
    line = Line("", "", series({TUESDAY: "0.08"}, adds_up=False), series({TUESDAY: 2000}))
    verdict = judge(rate, line.series, TUESDAY)
    assert verdict is not None
    assert effect_of(rate, line, TUESDAY, verdict) == Decimal("60.00")
    assert effect_of(orders, Line("", "", counted), TUESDAY, verdict) is None


def test_less_than_the_minimum_effect_is_not_raised() -> None:
    least = replace(SALES, minimum_effect=Decimal(50))
    assert found_in(least, Line("", "", series({TUESDAY: "50.01"})), TUESDAY) is None
    found = found_in(least, Line("", "", series({TUESDAY: 50})), TUESDAY)
    assert found is not None
    assert found.effect == Decimal(50)


def test_days_in_a_row_are_one_situation_whose_money_adds_up_and_that_of_a_balance_does_not() -> None:
    verdict = Verdict(Decimal(1), Decimal(9), Decimal(9), None)
    found = [
        Found(key, key, TUESDAY + ONE_DAY * n, verdict, Decimal(effect))
        for key, n, effect in (("a", 0, 10), ("a", 1, 30), ("b", 1, 5), ("a", 3, 7), ("b", 2, 4))
    ]
    told = [(each.first.key, each.first.period.day, each.periods, each.effect) for each in situations(SALES, found)]
    assert told == [("a", 17, 2, 40), ("b", 18, 2, 9), ("a", 20, 1, 7)]
    held = replace(SALES, measure="stock_value")
    assert [each.effect for each in situations(held, found)] == [30, 5, 7]


def test_a_rule_beyond_its_budget_is_proposed_the_minimum_effect_that_would_have_kept_it() -> None:
    effects = [Decimal(n) for n in (900, 1234, 500, 120)]
    assert stricter(effects, 4) is None
    assert stricter(effects, 2) == Decimal(510)
    assert stricter(effects, 1) == Decimal(910)
    assert stricter([Decimal("0.07"), Decimal("0.05"), None], 1) == Decimal("0.06")
    assert stricter([None, None, None], 1) is None
