"""What customers will bring: purchases to come times what they spend, discounted, with an interval.

The intervals are parametric: 90 % by the delta method, from how surely the parameters of both models are known.
They say how far off the *expected* figure may be. What one customer really does varies far more: `likely_purchases`
draws that from the model.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analytics.customers.rules.purchases import (
    Habit,
    Histories,
    Numbers,
    Places,
    chance_active,
    expected_purchases,
)
from core.analytics.customers.rules.spending import Spending, expected_amount

STEPS = 12
"""The horizon is discounted in so many equal parts."""

WEEKS_A_YEAR = 365.25 / 7
SURE = 1.6448536269514722
"""Standard errors either side of a 90 % interval."""

_STEP = 1e-4
_DRAWS = 20_000


@dataclass(frozen=True)
class Worth:
    """For each customer: purchases expected, what they are worth now, its standard error and where that comes from."""

    purchases: Numbers
    amount: Numbers
    error: Numbers
    slopes: tuple[tuple[Sequence[Numbers], Numbers], ...]

    def interval(self, place: int) -> tuple[float, float]:
        """The 90 % interval of one customer; never below zero."""
        return _around(float(self.amount[place]), float(self.error[place]))

    def together(self, which: NDArray[np.bool_] | slice = slice(None)) -> tuple[float, float, float]:
        """What all of these are worth together, and the 90 % interval of that."""
        variance = 0.0
        for slopes, covariance in self.slopes:
            summed = np.array([float(slope[which].sum()) for slope in slopes])
            variance += float(summed @ covariance @ summed)
        total = float(self.amount[which].sum())
        return total, *_around(total, float(np.sqrt(max(variance, 0))))


def worth(
    habit: Habit, spending: Spending, histories: Histories, place: Places, mean: Numbers, weeks: float, yearly: float
) -> Worth:
    """What each customer is worth over so many weeks at a yearly discount rate.

    `place` says which of the histories is a customer's, `mean` what the customer spent each time.
    """
    purchases = expected_purchases(habit.parameters, histories, weeks)
    discounted, before = np.zeros_like(purchases), np.zeros_like(purchases)
    for step in range(1, STEPS + 1):
        until = expected_purchases(habit.parameters, histories, weeks * step / STEPS)
        middle = weeks * (step - 0.5) / STEPS / WEEKS_A_YEAR
        discounted += (until - before) / (1 + yearly) ** middle
        before = until
    times = histories.repeats[place]
    spent = expected_amount(spending.parameters, times, mean)
    amount = discounted[place] * spent
    held = np.divide(discounted, purchases, out=np.ones_like(purchases), where=purchases > 0)
    by_habit = [
        (held * slope)[place] * spent
        for slope in _slopes(lambda each: expected_purchases(each, histories, weeks), habit.parameters)
    ]
    by_spending = [
        discounted[place] * slope
        for slope in _slopes(lambda each: expected_amount(each, times, mean), spending.parameters)
    ]
    variance = np.zeros_like(amount)
    kinds = ((by_habit, habit.covariance), (by_spending, spending.covariance))
    for slopes, covariance in kinds:
        for one, first in enumerate(slopes):
            for other, second in enumerate(slopes):
                variance += covariance[one, other] * first * second
    return Worth(
        purchases=purchases[place],
        amount=amount,
        error=np.sqrt(np.maximum(variance, 0)),
        slopes=kinds,
    )


def likely_purchases(habit: Habit, repeats: int, last: float, observed: float, weeks: float) -> tuple[int, int]:
    """Between how many purchases nine of ten customers with this history make; the same draws every time."""
    r, alpha, a, b = (float(each) for each in habit.parameters)
    one = Histories(*(np.array([float(each)]) for each in (repeats, last, observed, 1)))
    chance = np.random.default_rng(1)
    active = chance.random(_DRAWS) < chance_active(habit.parameters, one)[0]
    rate = chance.gamma(r + repeats, 1 / (alpha + observed), _DRAWS)
    leaving = np.clip(chance.beta(a, b + repeats, _DRAWS), 1e-12, 1)
    made = np.where(active, np.minimum(chance.poisson(rate * weeks), chance.geometric(leaving)), 0)
    low, high = np.quantile(made, [0.05, 0.95], method="inverted_cdf")
    return int(low), int(high)


def _slopes(function: Callable[[Numbers], Numbers], parameters: Numbers) -> list[Numbers]:
    """How the figures change with the logarithm of each parameter."""
    found = []
    for place in range(len(parameters)):
        more, less = parameters.copy(), parameters.copy()
        more[place] *= np.exp(_STEP)
        less[place] *= np.exp(-_STEP)
        found.append((function(more) - function(less)) / (2 * _STEP))
    return found


def _around(middle: float, error: float) -> tuple[float, float]:
    return max(middle - SURE * error, 0.0), middle + SURE * error
