"""The bridge between two periods: exact on a worked example, and adding up whatever was sold."""

from dataclasses import astuple
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.analytics.bridge import STEPS, Bridge, Sold, bridge_of

sold = st.builds(
    Sold,
    quantity=st.integers(0, 10**7),
    listed=st.integers(0, 10**9),
    discount=st.integers(0, 10**7),
    returned=st.integers(0, 10**7),
)
periods = st.dictionaries(st.integers(1, 12), sold, max_size=12)


def test_a_worked_example() -> None:
    """Tea rises from 10 to 12, cups keep 5; a pot is new, a tray is gone; discounts grow, nothing comes back."""
    before = {1: Sold(10_000, 10_000), 2: Sold(10_000, 5_000), 3: Sold(1_000, 700, returned=700)}
    after = {1: Sold(15_000, 18_000), 2: Sold(5_000, 2_500), 4: Sold(2_000, 3_000, discount=250)}

    assert bridge_of(before, after) == Bridge(
        before=Decimal("150.00"),
        price=Decimal("30.00"),
        volume=Decimal("0.00"),
        mix=Decimal("25.00"),
        new=Decimal("30.00"),
        lost=Decimal("-7.00"),
        discounts=Decimal("-2.50"),
        returns=Decimal("7.00"),
        after=Decimal("232.50"),
    )


@given(periods, periods)
def test_the_steps_add_up_to_the_change_to_the_cent(before: dict[int, Sold], after: dict[int, Sold]) -> None:
    found = bridge_of(before, after)
    assert found.before + sum(getattr(found, step) for step in STEPS) == found.after
    assert all(each == round(each, 2) for each in astuple(found))


@given(periods, periods)
def test_no_step_is_a_cent_or_more_from_its_formula(before: dict[int, Sold], after: dict[int, Sold]) -> None:
    both = [sku for sku in before.keys() & after.keys() if before[sku].quantity and after[sku].quantity]
    if not both:
        return
    then, now = sum(before[sku].quantity for sku in both), sum(after[sku].quantity for sku in both)
    price = sum(
        (
            (Fraction(after[sku].listed, after[sku].quantity) - Fraction(before[sku].listed, before[sku].quantity))
            * after[sku].quantity
            for sku in both
        ),
        Fraction(0),
    )
    volume = (now - then) * Fraction(sum(before[sku].listed for sku in both), then)
    found = bridge_of(before, after)
    assert abs(Fraction(found.price) * 100 - price) < 1
    assert abs(Fraction(found.volume) * 100 - volume) < 1
