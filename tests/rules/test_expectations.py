"""Forecasts with intervals, and products bought together: the methods alone."""

from decimal import Decimal

from core.analytics.customers.rules.affinity import Together
from core.analytics.forecast import forecast

WEEK = [10, 20, 30, 40, 50, 80, 60]


def test_a_week_that_repeats_is_expected_to_repeat() -> None:
    found = forecast([Decimal(each) for each in WEEK * 6], 7, 7)

    assert found is not None
    assert found.method == "naive"
    assert found.wape == 0
    assert [step.amount for step in found.steps] == [Decimal(each) for each in WEEK]
    assert all(step.low == step.amount == step.high for step in found.steps)


def test_a_growing_series_is_not_forecast_by_last_week() -> None:
    found = forecast([Decimal(each + 5 * week) for week in range(12) for each in WEEK], 7, 7)

    assert found is not None
    assert found.method != "naive"
    assert abs(sum(step.amount for step in found.steps) - (sum(WEEK) + 7 * 60)) < 25
    assert all(step.low <= step.amount <= step.high for step in found.steps)


def test_little_history_gives_no_forecast() -> None:
    assert forecast([Decimal(each) for each in WEEK * 2], 7, 7) is None
    assert forecast([Decimal(0)] * 60, 7, 7) is None


def test_support_confidence_and_lift_of_a_pair() -> None:
    """Of 100 orders 20 hold tea, 25 cups, 15 both; the error of the logarithm is √(1/15 − 1/20 − 1/25 + 5/100)."""
    found = Together(with_first=20, with_second=25, with_both=15, orders=100)
    assert (found.confidence, found.lift) == (0.75, 3.0)
    assert round(found.lowest_lift, 4) == 2.1783


def test_what_was_never_below_nothing_is_not_expected_to_be() -> None:
    spikes = [Decimal(900 if day % 11 == 0 else 10) for day in range(84)]
    found = forecast(spikes, ahead=14, season=7)
    assert found is not None
    assert min(step.low for step in found.steps) == 0


def test_what_was_below_nothing_may_be_again() -> None:
    swings = [Decimal(900 if day % 11 == 0 else -50) for day in range(84)]
    found = forecast(swings, ahead=14, season=7)
    assert found is not None
    assert min(step.low for step in found.steps) < 0
