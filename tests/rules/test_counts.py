"""Rules of stocktakes: classes, tolerance, when a line may be posted, risk."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stock.counts.models import AbcClass
from core.stock.counts.rules import (
    DEFAULT_TOLERANCES,
    Exposure,
    Finding,
    Obstacle,
    Tolerance,
    classes,
    obstacle,
    read,
    risks,
    written,
)

A, B, C = AbcClass.A, AbcClass.B, AbcClass.C
TENTH = Tolerance(Decimal("0.1"), Decimal(200))


def d(number: str | int) -> Decimal:
    return Decimal(number)


def test_classes_follow_from_the_share_of_those_before() -> None:
    found = classes({1: d(50), 2: d(29), 3: d(2), 4: d(15), 5: d(4), 6: d(0)})
    assert [(each.variant_id, each.share, each.up_to, each.abc_class) for each in found] == [
        (1, d("0.5"), d("0.5"), A),
        (2, d("0.29"), d("0.79"), A),
        (4, d("0.15"), d("0.94"), A),
        (5, d("0.04"), d("0.98"), B),
        (3, d("0.02"), d(1), C),
        (6, d(0), d(1), C),
    ]


def test_a_single_product_is_a_and_without_issues_all_are_c() -> None:
    assert [each.abc_class for each in classes({7: d(3)})] == [A]
    assert [each.abc_class for each in classes({7: d(0), 8: d(-2)})] == [C, C]


@given(st.dictionaries(st.integers(1, 99), st.decimals(-9, 10**6, places=2), max_size=30))
def test_no_product_of_a_lower_class_is_worth_more(amounts: dict[int, Decimal]) -> None:
    found = classes(amounts)
    assert [each.abc_class for each in found] == sorted(each.abc_class for each in found)
    assert {each.variant_id for each in found} == set(amounts)
    assert [each.amount for each in found] == sorted((each.amount for each in found), reverse=True)


def test_tolerance_is_measured_by_quantity_and_by_value() -> None:
    assert TENTH.used(d(1), d(1), d(100)) == (d(10), d("0.5"))
    assert TENTH.used(d("2.5"), d("2.5"), d(70)) == (d(10), d("0.875"))
    assert TENTH.used(d(3), d(0), d(1)) == (None, d("0.015"))


@pytest.mark.parametrize(
    ("difference", "expected", "unit_cost", "is_over"),
    [(0, 0, 0, False), (1, 10, 200, False), ("1.001", 10, 1, True), (-1, 10, "200.01", True), (1, 0, 1, True)],
)
def test_a_difference_is_over_where_either_limit_is_passed(
    difference: str | int, expected: int, unit_cost: str | int, is_over: bool
) -> None:
    assert TENTH.is_passed(d(difference), d(expected), d(unit_cost)) is is_over


def test_without_limits_nothing_is_over() -> None:
    assert not Tolerance(None, None).is_passed(d(9), d(0), d(10**6))
    assert Tolerance(None, None).used(d(9), d(0), d(1)) == (None, None)


def test_tolerances_are_kept_exactly() -> None:
    assert read(written(DEFAULT_TOLERANCES)) == DEFAULT_TOLERANCES
    assert read(written({A: Tolerance(None, d("0.01"))})) == {A: Tolerance(None, d("0.01"))}


@pytest.mark.parametrize(
    ("counted", "round_", "earlier", "is_accepted", "is_double", "why"),
    [
        (None, 1, None, False, True, None),
        (None, 2, "5", False, False, Obstacle.RECOUNT),
        ("10", 1, None, False, False, None),
        ("10", 1, None, False, True, Obstacle.SECOND),
        ("10", 2, "0", False, True, None),
        ("12", 1, None, False, False, Obstacle.OVER),
        ("12", 1, None, True, False, None),
        ("12", 2, "2", False, False, None),
        ("12", 2, "1", False, False, Obstacle.OVER),
        ("11", 2, "5", False, False, None),
    ],
)
def test_what_keeps_a_line_from_being_posted(
    counted: str | None, round_: int, earlier: str | None, is_accepted: bool, is_double: bool, why: Obstacle | None
) -> None:
    finding = Finding(
        None if counted is None else d(counted),
        d(10),
        d(1),
        A,
        round_,
        None if earlier is None else d(earlier),
        is_accepted,
    )
    assert obstacle(finding, {A: TENTH}, is_double=is_double) is why


def test_risk_is_the_product_of_its_factors_and_what_was_just_counted_waits() -> None:
    most = Exposure(1, d(1000), d("0.5"), 40, 3, None)
    half = Exposure(2, d(500), d(0), 20, 0, 73)
    fresh = Exposure(3, d(1000), d(1), 40, 9, 0)
    found = risks([half, fresh, most])
    assert [(each.variant_id, each.risk) for each in found] == [(1, d(12)), (2, d("0.45")), (3, d(0))]
    assert (found[0].value, found[0].variance, found[0].movement, found[0].negative, found[0].age) == (
        d(2),
        d("1.5"),
        d(2),
        d(2),
        d(1),
    )
    assert risks([]) == []
