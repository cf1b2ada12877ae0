"""Who does without a coupon, and what the coupon made of those who do not."""

from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256

from core.base.exact import ZERO, round_to

STEPS = 10_000
FEWEST_CUSTOMERS, FEWEST_BUYERS = 30, 10
"""Fewer in either group tell nothing."""

WIDTH = Decimal("1.96")
"""So many standard errors either side hold 19 of 20 outcomes."""


@dataclass(frozen=True)
class Spent:
    """What the customers of a group spent: how many they are, how many bought, the sum and the sum of squares."""

    customers: int = 0
    buyers: int = 0
    total: Decimal = ZERO
    squares: Decimal = ZERO

    @property
    def mean(self) -> Decimal:
        """What a customer of the group spent, those who bought nothing included; not rounded."""
        return self.total / self.customers if self.customers else ZERO

    @property
    def error(self) -> Decimal:
        """The square of the standard error of the mean."""
        left = max(self.squares - self.total * self.total / self.customers, ZERO)
        return left / (self.customers - 1) / self.customers


@dataclass(frozen=True)
class Uplift:
    """By how much more a customer who could have the coupon spent, and the 95 % interval of it."""

    amount: Decimal
    low: Decimal
    high: Decimal
    share: Decimal | None


def is_held_out(promotion_id: int, customer_id: int, share: Decimal) -> bool:
    """Whether a customer does without a promotion: the same answer each time, another for another promotion."""
    if not share:
        return False
    drawn = int.from_bytes(sha256(f"{promotion_id}:{customer_id}".encode()).digest()[:8])
    return drawn % STEPS < share * STEPS


def uplift_of(offered: Spent, without: Spent) -> Uplift | None:
    """The difference of the means with its interval; None while either group is too small to tell."""
    groups = (offered, without)
    if any(each.customers < FEWEST_CUSTOMERS or each.buyers < FEWEST_BUYERS for each in groups):
        return None
    amount = offered.mean - without.mean
    margin = WIDTH * (offered.error + without.error).sqrt()
    share = round_to(amount / without.mean, 4) if without.mean else None
    return Uplift(round_to(amount), round_to(amount - margin), round_to(amount + margin), share)
