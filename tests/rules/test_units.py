"""Units of measure: exact conversions, and what a keeper reads and types."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import InvalidInput
from core.base.exact import round_ratio
from core.catalog.errors import DoesNotDivide, UnitsDiffer, UnitTooFine, UnitTwice, UnknownUnit
from core.catalog.unit_rules import (
    UnitEntry,
    checked_units,
    convert,
    convert_price,
    product_units,
    rounded_for_supply,
    standard_unit,
)

BOXES = product_units("个", [("箱", Fraction(60)), ("包", Fraction(10))])


@pytest.mark.parametrize(
    ("source", "quantity", "target", "expected", "rounded"),
    [
        ("Kilogram", 100, "Gram", 100000, "100000.00"),
        ("Gram", 1, "Pound", 0.002204622621848776, "0.00"),
        ("Second", 5, "Minute", 0.08333333333333334, "0.08"),
        ("Second", 25, "Hour", 0.006944444444444444, "0.01"),
        ("Millimeter", 3, "Inch", 0.11811023622047245, "0.12"),
        ("g", 1020000, "t", 1.02, "1.02"),
        ("dozen", 1, "unit", 12, "12.00"),
    ],
)
def test_quantities_convert_exactly(source: str, quantity: int, target: str, expected: float, rounded: str) -> None:
    exact = convert(Decimal(quantity), standard_unit(source), standard_unit(target))
    assert float(exact) == pytest.approx(expected, rel=1e-15)  # the numbers of the source carry float noise
    assert round_ratio(exact, 2) == Decimal(rounded)


@pytest.mark.parametrize(
    ("source", "price", "target", "expected"),
    [
        ("Kilogram", "100", "Gram", "0.1"),
        ("Gram", "1", "Pound", "453.59237"),
        ("Second", "5", "Minute", "300"),
        ("Second", "25", "Hour", "90000"),
        ("Millimeter", "3", "Inch", "76.2"),
        ("g", "2", "t", "2000000"),
    ],
)
def test_prices_convert_exactly(source: str, price: str, target: str, expected: str) -> None:
    assert convert_price(Decimal(price), standard_unit(source), standard_unit(target)) == Fraction(expected)


def test_units_of_different_groups_never_convert() -> None:
    with pytest.raises(UnitsDiffer):
        convert(Decimal(3), standard_unit("Millimeter"), standard_unit("Pound"))
    with pytest.raises(UnitsDiffer):
        convert_price(Decimal(3), standard_unit("Millimeter"), standard_unit("Pound"))
    with pytest.raises(UnknownUnit):
        standard_unit("箱")


def test_supply_is_rounded_up_to_whole_steps_and_never_by_noise() -> None:
    def supply(quantity: int, source: str, target: str, step: str) -> Decimal:
        return rounded_for_supply(
            convert(Decimal(quantity), standard_unit(source), standard_unit(target)), Decimal(step)
        )

    assert supply(1234, "g", "kg", "0.01") == Decimal("1.24")
    assert supply(2, "unit", "score", "1") == 1
    assert supply(1, "dozen", "unit", "1") == 12
    assert supply(1240, "g", "kg", "0.01") == Decimal("1.24")


@pytest.mark.parametrize(
    ("quantity", "words"),
    [("205", "3箱2包5个"), ("60", "1箱"), ("5", "5个"), ("0", "0个"), ("-71", "-1箱1包1个"), ("10.5", "1包0.5个")],
)
def test_a_quantity_reads_as_it_is_counted_and_is_understood_when_typed(quantity: str, words: str) -> None:
    assert BOXES.shown(Decimal(quantity)) == words
    assert BOXES.parsed(words) == Decimal(quantity)


def test_a_bare_number_is_in_the_stock_unit_and_nonsense_is_refused() -> None:
    assert BOXES.parsed("７") == 7
    assert BOXES.parsed("0.5箱") == 30
    for nonsense in ("", "箱", "3箱-2包", "3..1箱", "1e5"):
        with pytest.raises((InvalidInput, UnknownUnit)):
            BOXES.parsed(nonsense)
    with pytest.raises(UnknownUnit, match="袋"):
        BOXES.parsed("3袋")


def test_five_boxes_of_twelve_are_sixty_and_144_received_in_boxes_of_96_are_one_and_a_half() -> None:
    dozens = product_units("piece", [("box", Fraction(12)), ("crate", Fraction(96))])
    assert dozens.stock_quantity(Decimal(5), "box") == 60
    assert dozens.stock_quantity(Decimal(1), "piece") == 1
    assert dozens.quantity_in(Decimal(144), "crate") == Fraction(3, 2)
    assert dozens.unit_price(Decimal("0.3"), "box") == Decimal("3.6")


def test_a_product_kept_in_kilograms_is_also_sold_in_grams_and_tonnes() -> None:
    rice = product_units("kg", [])
    assert rice.stock_quantity(Decimal(500), "g") == Decimal("0.5")
    assert rice.stock_quantity(Decimal(2), "吨") == 2000
    assert rice.unit_price(Decimal("100"), "g") == Decimal("0.1")
    with pytest.raises(DoesNotDivide):
        rice.stock_quantity(Decimal(2), "lb")
    with pytest.raises(UnknownUnit):
        rice.stock_quantity(Decimal(2), "hour")


def test_units_that_could_not_be_kept_exactly_or_told_apart_are_refused() -> None:
    with pytest.raises(UnitTooFine, match="1/12"):
        checked_units("dozen", [UnitEntry("piece", 1, 12)])
    with pytest.raises(UnitTwice):
        checked_units("个", [UnitEntry("箱", 12), UnitEntry("盒", 12)])
    with pytest.raises(UnitTwice):
        checked_units("个", [UnitEntry("个", 12)])
    for entries in ([UnitEntry("", 2)], [UnitEntry("2包", 2)], [UnitEntry("箱", 0)], [UnitEntry("箱", 1, -1)]):
        with pytest.raises(InvalidInput):
            checked_units("个", entries)
    with pytest.raises(InvalidInput):
        checked_units("个", [UnitEntry(name, n) for n, name in enumerate("箱包盒袋", 2)])


names = st.sampled_from("箱包盒袋条瓶")
ladders = st.dictionaries(names, st.integers(2, 500), max_size=3).map(
    lambda made: product_units("个", [(name, Fraction(size)) for name, size in made.items()])
)


@given(units=ladders, quantity=st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-3)))
def test_what_is_shown_is_understood_again(units, quantity: Decimal) -> None:
    assert units.parsed(units.shown(quantity)) == quantity


@given(
    units=st.sampled_from([("kg", "lb"), ("mm", "inch"), ("s", "day"), ("unit", "score")]),
    quantity=st.decimals(-(10**6), 10**6, places=3),
    price=st.decimals(0, 10**6, places=4),
)
def test_there_and_back_is_the_same_and_the_amount_does_not_depend_on_the_unit(
    units: tuple[str, str], quantity: Decimal, price: Decimal
) -> None:
    source, target = map(standard_unit, units)
    there, dear = convert(quantity, source, target), convert_price(price, source, target)
    assert convert(there, target, source) == Fraction(quantity)
    assert there * dear == Fraction(quantity) * Fraction(price)
