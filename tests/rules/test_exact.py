"""Exact numbers: splitting, rounding and the money of a line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.exact import Rounding, allocate, fits, round_to
from core.sales.rules import LineProgress, derive_axes, line_amounts

cents = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))
weights = st.lists(st.integers(0, 10**6).map(Decimal), min_size=1, max_size=12)


@given(total=cents, weights=weights)
def test_the_parts_of_a_split_add_up_and_are_at_most_a_cent_off(total: Decimal, weights: list[Decimal]) -> None:
    parts = allocate(total, weights)

    assert sum(parts) == total
    if base := sum(weights):
        assert all(
            abs(part - total * weight / base) < Decimal("0.01") for part, weight in zip(parts, weights, strict=True)
        )


def test_a_split_gives_the_odd_cent_to_the_largest_remainder_then_the_first() -> None:
    assert allocate(Decimal("10.00"), [Decimal(1)] * 3) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
    assert allocate(Decimal("-0.05"), [Decimal(1), Decimal(3)]) == [Decimal("-0.01"), Decimal("-0.04")]


def test_rounding_is_half_up_unless_the_document_says_otherwise() -> None:
    assert round_to(Decimal("2.345")) == Decimal("2.35")
    assert round_to(Decimal("2.345"), rounding=Rounding.HALF_EVEN) == Decimal("2.34")


def test_a_number_fits_when_it_needs_no_rounding_and_64_bits_hold_it() -> None:
    assert fits(Decimal("1.10"), 1)
    assert not fits(Decimal("1.11"), 1)
    assert not fits(Decimal(10) ** 18, 2)
    assert not fits(Decimal("NaN"), 2)


@pytest.mark.parametrize(
    ("quantity", "price", "rate", "net", "tax"),
    [
        (2, "379.00", "0.21", "626.45", "131.55"),
        (20, "800", "0.07", "14953.27", "1046.73"),
        (3, "1.10", "0.05", "3.14", "0.16"),
        (2, "21.53", "0.21", "35.59", "7.47"),
        (1, "69.99", "0.20", "58.33", "11.66"),
    ],
)
def test_prices_with_tax_are_the_anchor_and_net_plus_tax_gives_them_back(
    quantity: int, price: str, rate: str, net: str, tax: str
) -> None:
    amounts = line_amounts(Decimal(quantity), Decimal(price), Decimal(0), Decimal(rate), prices_include_tax=True)

    assert (amounts.net, amounts.tax, amounts.gross) == (Decimal(net), Decimal(tax), quantity * Decimal(price))


def test_prices_without_tax_get_it_on_top() -> None:
    amounts = line_amounts(Decimal(3), Decimal("9.99"), Decimal("1.00"), Decimal("0.13"), prices_include_tax=False)

    assert (amounts.net, amounts.tax, amounts.gross) == (Decimal("28.97"), Decimal("3.77"), Decimal("32.74"))


quantities = st.integers(0, 50).map(Decimal)


@given(st.lists(st.tuples(quantities, quantities, quantities), min_size=1, max_size=6), st.randoms())
def test_the_axes_do_not_depend_on_the_order_of_lines(
    parts: list[tuple[Decimal, Decimal, Decimal]], random: st.DataObject
) -> None:
    lines = [LineProgress(a + b + c, b + c, c) for a, b, c in parts]
    shuffled = lines[:]
    random.shuffle(shuffled)

    assert derive_axes(lines, Decimal(10), Decimal(4)) == derive_axes(shuffled, Decimal(10), Decimal(4))
