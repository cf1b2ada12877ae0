"""Exact numbers: money, prices, quantities, and the one place that rounds."""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

AMOUNT_PLACES = 2
PRICE_PLACES = 4
QUANTITY_PLACES = 3
RATE_PLACES = 4
BEYOND_PLACES = 6  # of an amount, what files say beyond whole cents
COST_PLACES = 8  # of a unit, so that the cost of a line can be had from it to 4 decimals
ZERO = Decimal(0)


class Rounding(StrEnum):
    """How a document rounds; stored on the document."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"


_MODES = {Rounding.HALF_UP: ROUND_HALF_UP, Rounding.HALF_EVEN: ROUND_HALF_EVEN}
_STEPS = {places: Decimal(1).scaleb(-places) for places in range(9)}


def round_to(number: Decimal, places: int = AMOUNT_PLACES, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """Round to a number of decimals; the only function that rounds money."""
    return number.quantize(_STEPS[places], rounding=_MODES[rounding])


def round_ratio(number: Fraction, places: int = AMOUNT_PLACES, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """Round an exact ratio, which need not have an end in decimals, as `round_to` rounds a number."""
    doubled = 2 * abs(number) * 10**places
    units, rest = divmod(doubled.numerator, 2 * doubled.denominator)
    is_half = rest == doubled.denominator
    if rest > doubled.denominator or (is_half and (rounding == Rounding.HALF_UP or units % 2)):
        units += 1
    return Decimal(units if number >= 0 else -units).scaleb(-places)


def fits(number: Decimal, places: int) -> bool:
    """Whether the number has at most so many decimals and fits 64 bits in smallest units."""
    if not number.is_finite():
        return False
    scaled = number.scaleb(places)
    return scaled == scaled.to_integral_value() and abs(scaled) < 2**63


def allocate(total: Decimal, weights: Sequence[Decimal], places: int = AMOUNT_PLACES) -> list[Decimal]:
    """Split a total by weight so that the parts add up to it (largest remainder, then first)."""
    step = _STEPS[places]
    base = sum(weights, ZERO)
    units = int(total / step)
    if base == 0:
        weights, base = [Decimal(1)] * len(weights), Decimal(len(weights))
    exact = [units * weight / base for weight in weights]
    parts = [int(share) for share in exact]
    left = units - sum(parts)
    sign = 1 if left >= 0 else -1
    by_remainder = sorted(range(len(parts)), key=lambda i: (-abs(exact[i] - parts[i]), i))
    for i in by_remainder[: abs(left)]:
        parts[i] += sign
    return [part * step for part in parts]
