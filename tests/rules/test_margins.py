"""Lights of margins: exact at the thresholds, added up by what is expected of each part, and floors."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pricing.rules.margins import USUAL, Light, Margin, Sold, Thresholds, floor_of, is_below, margin_of, nearest

D = Decimal


@pytest.mark.parametrize(
    ("cost", "light", "share"),
    [
        ("80", Light.GREEN, "0.2"),
        ("80.01", Light.AMBER, "0.1999"),
        ("95", Light.AMBER, "0.05"),
        ("95.01", Light.RED, "0.0499"),
        ("100", Light.RED, "0"),
        ("130", Light.RED, "-0.3"),
    ],
)
def test_a_margin_is_green_amber_or_red_exactly_from_its_threshold_on(cost: str, light: Light, share: str) -> None:
    assert margin_of([Sold(D(100), D(cost))]) == Margin(light, 100 - D(cost), D(share), 0)


def test_an_order_is_expected_to_leave_what_its_lines_are_expected_to_leave() -> None:
    food = Thresholds(D("0.08"), D("0.02"))
    parts = [Sold(D(900), D(828), food), Sold(D(100), D(80))]
    assert margin_of(parts) == Margin(Light.GREEN, D(92), D("0.092"), 0)
    assert margin_of([Sold(D(900), D("828.01"), food), Sold(D(100), D(80))]).light == Light.AMBER


def test_what_nobody_knows_the_cost_of_is_left_out_and_said() -> None:
    assert margin_of([Sold(D(100), D(50)), Sold(D(900), None)]) == Margin(Light.GREEN, D(50), D("0.5"), 1)
    assert margin_of([Sold(D(900), None)]) == Margin(Light.UNKNOWN, D(0), None, 1)


def test_a_gift_is_red_and_has_no_share() -> None:
    assert margin_of([Sold(D(0), D(3))]) == Margin(Light.RED, D(-3), None, 0)


def test_the_nearest_category_decides_then_the_company_then_what_is_usual() -> None:
    company, tea = Thresholds(D("0.3"), D("0.1")), Thresholds(D("0.5"), D("0.2"))
    assert nearest((7, 3), {3: tea, None: company}) == tea
    assert nearest((7,), {3: tea, None: company}) == company
    assert nearest((7,), {3: tea}) == USUAL


def test_a_floor_is_exact() -> None:
    floor = floor_of(D("9.99"), D("0.05"))
    assert floor == D("9.4905")
    assert not is_below(D("94.905"), D(10), floor)
    assert is_below(D("94.9049"), D(10), floor)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=6),
)
def test_lines_of_one_light_never_make_an_order_of_another_side(rows: list[tuple[int, int]]) -> None:
    parts = [Sold(D(net), D(cost)) for net, cost in rows]
    lights = {margin_of([each]).light for each in parts}
    if lights == {Light.GREEN}:
        assert margin_of(parts).light == Light.GREEN
    if Light.GREEN not in lights:
        assert margin_of(parts).light != Light.GREEN
