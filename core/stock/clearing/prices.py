"""The price that frees most cash: how much is sold at lower prices within so many days, and what that brings.

Demand answers to price with a constant elasticity e: at a price f times today's, f ** -e times as much is sold a day,
never more than there is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.base.exact import QUANTITY_PLACES, ZERO, round_to

STEP, MOST_OFF = 5, 70
"""Reductions are tried in steps of so many per cent, up to so many."""
HALF = Decimal("0.5")
"""Of goods of which nothing was sold, so much is taken as sold in the days looked at."""
FEWEST_WEEKS, LEAST_SPREAD, SURE = 8, 1.1, 4.0
"""Weeks with sales, highest price by lowest, and t² from which on a price response counts as observed."""
LEAST, MOST = Decimal("0.1"), Decimal(5)


@dataclass(frozen=True)
class Step:
    """A reduction in per cent, the price it leaves, how much is sold in the time, and the cash that brings."""

    off: int
    price: Decimal
    sold: Decimal
    cash: Decimal
    is_below_floor: bool


def ladder(
    price: Decimal, on_hand: Decimal, expected: Decimal, elasticity: Decimal, floor: Decimal = ZERO
) -> tuple[Step, ...]:
    """All reductions that are tried; `expected` is what would be sold at today's price, `floor` the lowest allowed."""
    steps = []
    for off in range(0, MOST_OFF + 1, STEP):
        reduced = price * (100 - off) / 100
        more = Decimal(repr((1 - off / 100) ** -float(elasticity)))
        sold = min(on_hand, expected * more)
        shown = round_to(reduced)
        steps.append(Step(off, shown, round_to(sold, QUANTITY_PLACES), round_to(reduced * sold), shown < floor))
    return tuple(steps)


def best(steps: Sequence[Step]) -> Step:
    """The step that frees most cash and is not below the floor; the smaller reduction where two free the same."""
    allowed = [each for each in steps if not each.is_below_floor] or [steps[0]]
    return max(allowed, key=lambda each: (each.cash, -each.off))


def expected_sales(shipped: Decimal, days: int, horizon: int) -> Decimal:
    """What is sold in the time to come at the pace of the days looked at; half a unit where nothing was shipped."""
    return round_to((shipped if shipped > ZERO else HALF) * horizon / days, QUANTITY_PLACES)


def observed(weeks: int, slope: float | None, r2: float | None, spread: float) -> Decimal | None:
    """The elasticity that weeks of sales show, to two decimals; None where they do not tell enough.

    `slope` and `r2` are of the logarithm of a week's quantity over that of its price, `spread` is the highest price
    by the lowest.
    """
    if slope is None or r2 is None or weeks < FEWEST_WEEKS or spread < LEAST_SPREAD or slope >= 0:
        return None
    if r2 < 1 and r2 * (weeks - 2) / (1 - r2) < SURE:
        return None
    return min(max(round_to(Decimal(repr(-slope))), LEAST), MOST)
