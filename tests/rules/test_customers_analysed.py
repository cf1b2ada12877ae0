"""Concentration and overdue customers: figures that can be checked by hand."""

import numpy as np
import pytest

from core.analytics.customers.rules.concentration import concentration
from core.analytics.customers.rules.overdue import Clock, medians, pauses

NAN = float("nan")


def test_concentration_of_four_customers() -> None:
    found = concentration(np.array([100, 700, 0, 50, 150, -30]))
    assert found is not None
    assert (found.customers, found.total, found.four_fifths) == (4, 1000, 2)
    assert found.top == (0.7, 0.7, 0.7)
    assert found.herfindahl == pytest.approx(0.49 + 0.0225 + 0.01 + 0.0025)
    assert found.gini == pytest.approx(0.5)
    assert found.curve == ((0.0, 0.0), (0.25, 0.7), (0.5, 0.85), (0.75, 0.95), (1.0, 1.0))


def test_equal_customers_have_no_concentration_and_none_have_no_figure() -> None:
    found = concentration(np.full(200, 7))
    assert found is not None
    assert found.top == (0.01, 0.1, 0.2)
    assert found.gini == pytest.approx(0, abs=1e-12)
    assert found.herfindahl == pytest.approx(1 / 200)
    assert found.four_fifths == 160
    assert concentration(np.array([0, -5])) is None


def test_sums_beyond_what_floats_hold_stay_exact() -> None:
    found = concentration(np.array([9_007_199_254_740_993, 1]))
    assert found is not None
    assert found.total == 9_007_199_254_740_994


def test_a_customer_without_a_rhythm_takes_that_of_the_category_then_of_all() -> None:
    own, category = np.array([10.0, 20.0, 60.0, NAN, NAN, NAN]), np.array([1, 1, 2, 1, 3, 0])
    of_category, of_all = medians(own, category)
    assert (of_category, of_all) == ({1: 15.0, 2: 60.0}, 20.0)
    pause, clocks = pauses(own, category, of_category, of_all)
    assert pause.tolist() == [10, 20, 60, 15, 20, 20]
    assert clocks == [Clock.OWN] * 3 + [Clock.CATEGORY, Clock.COMPANY, Clock.COMPANY]


def test_where_nobody_has_a_rhythm_nobody_is_overdue() -> None:
    of_category, of_all = medians(np.array([NAN]), np.array([1]))
    assert of_category == {}
    assert not (np.array([900.0]) / pauses(np.array([NAN]), np.array([1]), of_category, of_all)[0] >= 2).any()
