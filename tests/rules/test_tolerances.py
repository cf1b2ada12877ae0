"""How far a shipment may be off, what was ordered, and when so much can be promised."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.base.exact import ZERO
from core.sales.tolerance_rules import (
    Agreed,
    Tolerance,
    Written,
    agreed,
    checked_shares,
    room_of,
    scaled_discount,
    scaled_parts,
    tolerance_that_counts,
)
from core.stock.projected import Planned, can_promise_on, project

TODAY = date(2026, 3, 18)
quantities = st.integers(1, 20_000).map(lambda n: Decimal(n).scaleb(-3))
shares = st.integers(0, 10_000).map(lambda n: Decimal(n).scaleb(-4))
amounts = st.integers(0, 20_000).map(lambda n: Decimal(n).scaleb(-2))


def d(number: str) -> Decimal:
    return Decimal(number)


@pytest.mark.parametrize(
    ("customer", "categories", "company", "counts"),
    [
        ((None, None), [], (None, None), ("0", "0")),
        ((None, None), [], ("0.02", "0.03"), ("0.02", "0.03")),
        ((None, None), [("0.05", None), ("0.01", "0.1")], ("0.02", "0.03"), ("0.05", "0.1")),
        (("0", None), [("0.05", "0.1")], (None, None), ("0", "0.1")),
    ],
)
def test_the_narrowest_that_says_something_counts_for_less_and_for_more_by_itself(
    customer: tuple[str | None, str | None],
    categories: list[tuple[str | None, str | None]],
    company: tuple[str | None, str | None],
    counts: tuple[str, str],
) -> None:
    def said(pair: tuple[str | None, str | None]) -> tuple[Decimal | None, Decimal | None]:
        under, over = (None if each is None else d(each) for each in pair)
        return under, over

    found = tolerance_that_counts(said(customer), [said(each) for each in categories], said(company))
    assert found == Tolerance(d(counts[0]), d(counts[1]))


def test_parts_of_a_unit_are_cut_off_not_rounded_up() -> None:
    tolerance = Tolerance(d("0.0333"), d("0.0333"))
    assert tolerance.may_stay(d("0.1")) == d("0.003")
    assert tolerance.may_leave(d("0.1")) == d("0.103")


@pytest.mark.parametrize("share", [d("-0.1"), d("1.01"), d("0.00001")])
def test_a_share_is_from_nothing_to_all(share: Decimal) -> None:
    with pytest.raises(InvalidInput):
        checked_shares(None, share)


@pytest.mark.parametrize(
    ("quantity", "shipped", "closes"),
    [
        ("10", "9.5", True),
        ("10", "9.499", False),
        ("10", "10", False),
        ("9.7", "9.5", True),
        ("9.7", "9.499", False),
        ("9.4", "9.3", False),
        ("12", "11.5", True),
    ],
)
def test_a_line_is_closed_from_enough_on(quantity: str, shipped: str, closes: bool) -> None:
    """Half a unit of the ten ordered may stay behind, and what did before is part of it."""
    room = room_of(Tolerance(under=d("0.05")), d("10"), d(quantity), is_again=False)
    assert room.closes(d(quantity), d(shipped)) is closes


def test_a_line_of_which_nothing_left_is_not_closed_and_one_delivered_again_neither() -> None:
    assert not room_of(Tolerance(under=d("1")), d("10"), d("10"), is_again=False).closes(d("10"), ZERO)
    assert not room_of(Tolerance(under=d("1")), d("10"), d("10"), is_again=True).closes(d("10"), d("9"))


def test_a_new_agreement_makes_an_end_of_what_shipments_changed() -> None:
    over = Written(True, d("10"), d("11"), d("2"), d("2.20"))
    more = Written(False, d("11"), d("12"), d("2.20"), d("2.20"))
    cheaper = Written(False, d("11"), d("11"), d("2.20"), d("4.40"))
    assert agreed(d("11"), d("2.20"), [over]) == Agreed(d("10"), d("2"))
    assert agreed(d("12"), d("2.20"), [over, more]) == Agreed(d("12"), d("2.20"))
    assert agreed(d("11"), d("4.40"), [over, cheaper]) == Agreed(d("10"), d("4.00"))


@given(ordered=quantities, discount=amounts, goes=st.lists(quantities, max_size=6))
def test_whatever_shipments_make_of_a_line_what_was_ordered_stays_known(
    ordered: Decimal, discount: Decimal, goes: list[Decimal]
) -> None:
    written, quantity, now = [], ordered, discount
    for each in goes:
        becomes = scaled_discount(discount, ordered, each)
        written.append(Written(True, quantity, each, now, becomes))
        quantity, now = each, becomes
    assert agreed(quantity, now, written) == Agreed(ordered, discount)


@given(parts=st.lists(amounts, min_size=1, max_size=5), discount=amounts)
def test_what_promotions_took_off_adds_up_to_the_discount_as_it_becomes(
    parts: list[Decimal], discount: Decimal
) -> None:
    scaled = scaled_parts(parts, discount)
    assert sum(scaled) == (discount if sum(parts) else 0)


@given(ordered=quantities, under=shares, over=shares)
def test_nothing_beyond_the_share_stays_or_leaves(ordered: Decimal, under: Decimal, over: Decimal) -> None:
    room = room_of(Tolerance(under, over), ordered, ordered, is_again=False)
    assert 0 <= room.may_stay <= ordered * under
    assert 0 <= room.may_leave - ordered <= ordered * over


@pytest.mark.parametrize(
    ("quantity", "day"), [("1", 0), ("2", 0), ("3", 5), ("6", 5), ("7", None)], ids=lambda each: str(each)
)
def test_goods_are_promised_for_the_first_day_that_has_them_for_good(quantity: str, day: int | None) -> None:
    """Five here of which three are reserved; six come on the fifth day, and on the ninth two leave."""
    changes = [(0, "-3"), (5, "6"), (9, "-2")]
    rows = project(d("5"), [Planned(TODAY + timedelta(days=on), d(change)) for on, change in changes], TODAY)
    wanted = None if day is None else TODAY + timedelta(days=day)
    assert can_promise_on(d("5"), rows, d(quantity), TODAY) == wanted


def test_without_anything_to_come_only_what_is_here_is_promised() -> None:
    assert can_promise_on(d("5"), [], d("5"), TODAY) == TODAY
    assert can_promise_on(d("5"), [], d("5.001"), TODAY) is None
    leaving = project(d("5"), [Planned(TODAY + timedelta(days=3), d("-2"))], TODAY)
    assert can_promise_on(d("5"), leaving, d("3"), TODAY) == TODAY
    assert can_promise_on(d("5"), leaving, d("4"), TODAY) is None
