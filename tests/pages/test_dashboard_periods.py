"""Which days a period means, what it is held against, and how it is cut."""

from datetime import date, timedelta

import pytest

from core.analytics.layer.dimensions import Grain
from pages._shared.filters import Look, address, from_address
from pages._shared.periods import (
    Comparison,
    Period,
    Window,
    compared_with,
    held_against,
    is_unfinished,
    step_of,
    steps,
    window_of,
)

WEDNESDAY = date(2026, 3, 18)
DIMENSIONS = {"channel": str.isdigit, "region": bool}


@pytest.mark.parametrize(
    ("period", "since"),
    [
        (Period.TODAY, date(2026, 3, 18)),
        (Period.WEEK, date(2026, 3, 16)),
        (Period.MONTH, date(2026, 3, 1)),
        (Period.QUARTER, date(2026, 1, 1)),
        (Period.YEAR, date(2026, 1, 1)),
        (Period.LAST_30, date(2026, 2, 17)),
        (Period.LAST_365, date(2025, 3, 19)),
    ],
)
def test_a_period_ends_with_today(period: Period, since: date) -> None:
    assert window_of(period, WEDNESDAY) == Window(since, date(2026, 3, 19))


@pytest.mark.parametrize(
    ("period", "since", "until"),
    [
        (Period.TODAY, date(2026, 3, 17), date(2026, 3, 18)),
        (Period.WEEK, date(2026, 3, 9), date(2026, 3, 12)),
        (Period.MONTH, date(2026, 2, 1), date(2026, 2, 19)),
        (Period.QUARTER, date(2025, 10, 1), date(2025, 12, 17)),
        (Period.YEAR, date(2025, 1, 1), date(2025, 3, 19)),
        (Period.LAST_30, date(2026, 1, 18), date(2026, 2, 17)),
    ],
)
def test_the_previous_period_has_lasted_equally_long(period: Period, since: date, until: date) -> None:
    window = window_of(period, WEDNESDAY)
    assert compared_with(period, window, Comparison.PREVIOUS) == Window(since, until)


def test_the_previous_month_does_not_run_into_this_one() -> None:
    window = window_of(Period.MONTH, date(2026, 3, 31))
    assert compared_with(Period.MONTH, window, Comparison.PREVIOUS) == Window(date(2026, 2, 1), date(2026, 3, 1))


def test_the_same_period_last_year_keeps_its_dates() -> None:
    window = window_of(Period.LAST_30, WEDNESDAY)
    assert compared_with(Period.LAST_30, window, Comparison.LAST_YEAR) == Window(date(2025, 2, 17), date(2025, 3, 19))
    leap = Window(date(2024, 2, 1), date(2024, 3, 1))
    assert compared_with(Period.CUSTOM, leap, Comparison.LAST_YEAR) == Window(date(2023, 2, 1), date(2023, 3, 1))


def test_a_long_period_is_drawn_in_wider_steps() -> None:
    steps_of = [step_of(window_of(period, WEDNESDAY)) for period in (Period.LAST_30, Period.LAST_90, Period.LAST_365)]
    assert steps_of == [Grain.DAY, Grain.WEEK, Grain.MONTH]


def test_steps_cover_the_window_without_gaps_and_begin_on_mondays() -> None:
    window = Window(date(2026, 3, 4), date(2026, 3, 19))
    assert steps(window, Grain.WEEK) == [
        Window(date(2026, 3, 4), date(2026, 3, 9)),
        Window(date(2026, 3, 9), date(2026, 3, 16)),
        Window(date(2026, 3, 16), date(2026, 3, 19)),
    ]


def test_only_the_step_of_today_is_unfinished() -> None:
    cuts = steps(window_of(Period.LAST_365, WEDNESDAY), Grain.MONTH)
    assert [is_unfinished(cut, Grain.MONTH, WEDNESDAY) for cut in cuts] == [False] * 12 + [True]


def test_an_address_and_its_look_are_the_same() -> None:
    window = Window(date(2026, 1, 5), date(2026, 2, 1))
    look = Look(Period.CUSTOM, window, Comparison.LAST_YEAR, {"channel": ("7", "12"), "region": ("East & more",)})
    words = {name: [each] if isinstance(each, str) else each for name, each in address(look).items()}
    assert from_address(words, WEDNESDAY, DIMENSIONS) == look


@pytest.mark.parametrize(
    "words",
    [
        {"period": ["soon"], "compare": ["everything"]},
        {"period": ["custom"], "since": ["2026-13-01"], "until": ["x"]},
        {"period": ["custom"], "since": ["2026-03-02"], "until": ["2026-03-01"]},
        {"period": ["custom"], "since": ["0001-01-01"], "until": ["0001-01-02"]},
        {"period": ["custom"], "since": ["9999-12-01"], "until": ["9999-12-31"]},
        {"drop": ["table"], "session.token": ["x"], "channel": ["Web"]},
    ],
)
def test_an_address_that_makes_no_sense_shows_the_last_30_days(words: dict[str, list[str]]) -> None:
    look = from_address(words, WEDNESDAY, DIMENSIONS)
    assert (look.window, look.comparison, look.where) == (
        window_of(Period.LAST_30, WEDNESDAY),
        Comparison.PREVIOUS,
        {},
    )


def test_a_second_click_takes_the_filter_away() -> None:
    look = from_address({}, WEDNESDAY, DIMENSIONS)
    both = look.toggled("channel", ["Web"]).toggled("channel", ["Shop"])
    assert both.where == {"channel": ("Web", "Shop")}
    assert both.toggled("channel", ["Web"]).where == {"channel": ("Shop",)}
    assert both.toggled("channel", ["Web"]).toggled("channel", ["Shop"]).where == {}


@pytest.mark.parametrize("comparison", [Comparison.PREVIOUS, Comparison.LAST_YEAR])
@pytest.mark.parametrize("period", list(Period)[:-1])
def test_what_the_steps_are_held_against_is_the_whole_compared_window(period: Period, comparison: Comparison) -> None:
    window = window_of(period, date(2024, 3, 31))
    compared = compared_with(period, window, comparison)
    assert compared is not None
    parts = [held_against(cut, window, compared) for cut in steps(window, step_of(window))]
    days = [part.since + timedelta(days=n) for part in parts for n in range(part.days)]
    assert days == [compared.since + timedelta(days=n) for n in range(compared.days)]
