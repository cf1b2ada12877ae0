"""What a customer is due to buy follows exactly from the days of the purchases before."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sales.rhythm import Due, HitRate, Purchase, due_on, hit_rate

DAY = date(2026, 3, 1)


def bought(product: int, *days: int, quantity: int = 1) -> list[Purchase]:
    return [Purchase(DAY + timedelta(days=each), product, Decimal(quantity)) for each in days]


def test_a_product_bought_every_ten_days_is_due_with_its_last_quantity() -> None:
    history = [*bought(1, 0, 10, 19), *bought(1, 30, quantity=4)]
    assert due_on(history, DAY + timedelta(days=38)) == [
        Due(1, 4, Decimal(10), DAY + timedelta(days=30), DAY + timedelta(days=40), Decimal(4))
    ]


@pytest.mark.parametrize(("day", "is_due"), [(34, False), (35, True), (60, True), (61, False)])
def test_it_is_due_from_half_of_the_pause_on_until_three_pauses_are_over(day: int, is_due: bool) -> None:
    assert bool(due_on(bought(1, 0, 10, 20, 30), DAY + timedelta(days=day))) == is_due


def test_the_middle_of_two_pauses_may_be_half_a_day_and_one_long_pause_changes_little() -> None:
    assert due_on(bought(1, 0, 3, 7), DAY + timedelta(days=9))[0].pause == Decimal("3.5")
    assert due_on(bought(1, 0, 3, 7), DAY + timedelta(days=9))[0].due_on == DAY + timedelta(days=11)
    assert due_on(bought(1, 0, 7, 90, 97), DAY + timedelta(days=103))[0].pause == 7


def test_twice_on_a_day_is_once_with_both_quantities_and_two_days_are_no_rhythm() -> None:
    history = [*bought(1, 0, 10, 20), *bought(1, 20, quantity=2), *bought(2, 0, 10)]
    assert [(due.product, due.times, due.quantity) for due in due_on(history, DAY + timedelta(days=29))] == [(1, 3, 3)]


def test_what_was_bought_most_often_comes_first_and_the_future_is_not_known() -> None:
    history = [*bought(1, 0, 10, 20, 31), *bought(2, 0, 5, 10, 15, 20)]
    assert [due.product for due in due_on(history, DAY + timedelta(days=28))] == [2, 1]


def test_the_hit_rate_counts_what_was_predicted_and_what_was_bought() -> None:
    steady, shaky = bought(1, 0, 10, 20, 30), [*bought(2, 0, 10, 20), *bought(3, 30)]
    assert hit_rate([steady, shaky], orders=1) == HitRate(orders=2, predicted=2, bought=2, hits=1)
    assert hit_rate([steady, shaky], orders=1).right == Decimal("0.5")
    assert hit_rate([bought(1, 0)]) == HitRate(0, 0, 0, 0)


@given(st.lists(st.integers(0, 200), min_size=3, max_size=20, unique=True), st.integers(0, 400))
def test_nothing_is_due_before_half_or_after_three_of_its_pauses(days: list[int], on: int) -> None:
    for due in due_on(bought(1, *days), DAY + timedelta(days=on)):
        since = (DAY + timedelta(days=on) - due.last_on).days
        assert due.pause / 2 <= since <= due.pause * 3
        assert due.last_on <= due.due_on
