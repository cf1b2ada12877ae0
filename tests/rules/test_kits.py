"""The price of a kit over its parts: exact numbers, and what holds whatever the numbers."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.base.exact import ZERO, round_to
from core.catalog.kits import buildable, held
from core.sales.kit_rules import Weighed, share_discount, share_price
from core.sales.rules import line_amounts

VAT = Decimal("0.13")
prices = st.decimals(0, 10_000, places=4)
quantities = st.decimals("0.001", 5_000, places=3)
rates = st.sampled_from([ZERO, Decimal("0.09"), VAT])
parts = st.lists(st.builds(Weighed, quantities, prices, rates), min_size=1, max_size=8)


def test_the_price_of_a_kit_is_shared_by_weight_and_the_last_cents_go_to_the_largest_remainders() -> None:
    shared = share_price(
        Decimal("100.00"),
        Decimal("0.01"),
        [
            Weighed(Decimal(3), Decimal(30), VAT),
            Weighed(Decimal(1), Decimal(30), VAT),
            Weighed(Decimal(7), Decimal(30), VAT),
        ],
        prices_include_tax=True,
    )
    assert [(each.unit_price, each.discount, each.amounts.gross) for each in shared] == [
        (Decimal("11.1134"), Decimal("0.01"), Decimal("33.33")),
        (Decimal("33.3300"), Decimal("0.00"), Decimal("33.33")),
        (Decimal("4.7615"), Decimal("0.00"), Decimal("33.33")),
    ]


def test_tax_of_a_kit_of_one_rate_is_what_it_would_be_on_one_line() -> None:
    third = Weighed(Decimal(1), Decimal(1), VAT)
    shared = share_price(Decimal("0.10"), ZERO, [third, third, third], prices_include_tax=False)
    assert [each.amounts.tax for each in shared] == [Decimal("0.01"), Decimal("0.00"), Decimal("0.00")]
    assert line_amounts(Decimal(1), Decimal("0.10"), ZERO, VAT, prices_include_tax=False).tax == Decimal("0.01")


@given(parts, prices, st.integers(0, 100), st.booleans())
def test_shares_of_a_kit_always_add_up_to_its_price(
    weighed: list[Weighed], price: Decimal, percent: int, included: bool
) -> None:
    whole = round_to(price)
    discount = round_to(whole * percent / 100)
    shared = share_price(whole, discount, weighed, prices_include_tax=included)
    again = share_discount(
        whole,
        [(each.quantity, each.unit_price, part.tax_rate) for each, part in zip(shared, weighed, strict=True)],
        prices_include_tax=included,
    )
    for terms, left in ((shared, whole - discount), (again, whole)):
        assert sum(each.amounts.gross if included else each.amounts.net for each in terms) == left
        for each in terms:
            assert each.discount >= 0
            assert each.amounts.net + each.amounts.tax == each.amounts.gross >= 0
            charged = round_to(each.quantity * each.unit_price) - each.discount
            assert charged == (each.amounts.gross if included else each.amounts.net)


def test_so_many_kits_are_an_exact_quantity_of_a_part_or_none() -> None:
    assert held(Decimal(5), Fraction(12)) == 60
    assert held(Decimal(3), Fraction(1, 3)) == 1
    assert held(Decimal(1), Fraction(1, 3)) is None
    assert held(Decimal("0.5"), Fraction(1, 4)) == Decimal("0.125")
    assert held(Decimal("0.5"), Fraction(1, 1000)) is None


def test_the_scarcest_part_says_how_many_kits_there_are() -> None:
    assert buildable([(Decimal(10), Fraction(1)), (Decimal(7), Fraction(3))]) == 2
    assert buildable([(Decimal("1.99"), Fraction(1, 2))]) == 3
    assert buildable([(Decimal(2), Fraction(1, 3))]) == 6
    assert buildable([(Decimal("2.5"), Fraction(1, 3))]) == 6
    assert buildable([(Decimal(-1), Fraction(1))]) == 0
    assert buildable([]) == 0
