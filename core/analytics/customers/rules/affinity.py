"""What is bought together more often than by chance."""

from dataclasses import dataclass
from math import exp, log, sqrt

from core.base.i18n import N_

FEWEST_ORDERS = 10
"""Orders with both products that a rule needs."""

SURE = 1.96
"""Standard errors of the logarithm of lift below it, for the lower bound of its 95 % interval."""

DEFINITION = N_(
    "Lift = share of the orders with A that also have B ÷ share of all orders that have B, over the last 12 months. "
    "A rule needs 10 orders with both, and the lower bound of its 95 % interval must lie above 1. Left out is what the "
    "customer bought within its usual pause, what is not in stock, and what leaves less than the lowest margin."
)


@dataclass(frozen=True)
class Together:
    """Orders with A, with B, with both, and all; and what follows from them."""

    with_first: int
    with_second: int
    with_both: int
    orders: int

    @property
    def confidence(self) -> float:
        """The share of the orders with A that also have B."""
        return self.with_both / self.with_first

    @property
    def lift(self) -> float:
        """How many times as often as usual B is bought where A is."""
        return self.confidence * self.orders / self.with_second

    @property
    def lowest_lift(self) -> float:
        """The lower bound of the 95 % interval of lift: the delta method on its logarithm, of multinomial counts."""
        spread = 1 / self.with_both - 1 / self.with_first - 1 / self.with_second + (2 * self.lift - 1) / self.orders
        return exp(log(self.lift) - SURE * sqrt(max(spread, 0)))

    @property
    def is_rule(self) -> bool:
        """Whether it may be relied on."""
        return self.with_both >= FEWEST_ORDERS and self.lowest_lift > 1
