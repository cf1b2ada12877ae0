"""The unit in which a line was typed, such as a box: how many it is of, and what one costs, where that is exact."""

from decimal import Decimal
from fractions import Fraction

from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, fits


def recounted(quantity: Decimal, count: Decimal, other: Decimal) -> Decimal | None:
    """How many units another quantity is, where `quantity` is `count` of them; None where that is not exact."""
    return _exact(Fraction(other) * Fraction(count) / Fraction(quantity), QUANTITY_PLACES)


def price_of_unit(unit_price: Decimal, quantity: Decimal, count: Decimal) -> Decimal | None:
    """What one of `count` units costs that are `quantity` stock units; None where that is not exact."""
    return _exact(Fraction(unit_price) * Fraction(quantity) / Fraction(count), PRICE_PLACES)


def _exact(number: Fraction, places: int) -> Decimal | None:
    scaled = number * 10**places
    found = Decimal(scaled.numerator).scaleb(-places)
    return found if scaled.denominator == 1 and fits(found, places) else None
