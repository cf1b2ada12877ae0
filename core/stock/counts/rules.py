"""Pure rules of stocktakes: classes by value, tolerance, when a line may be posted, and what is most at risk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from core.base.exact import RATE_PLACES, ZERO, round_to
from core.base.i18n import N_
from core.stock.counts.models import AbcClass

A_UP_TO, B_UP_TO = Decimal("0.80"), Decimal("0.95")
ONE = Decimal(1)
YEAR = 365
MOST_NEGATIVE = Decimal(3)


@dataclass(frozen=True)
class Classed:
    """A product by the value issued of it: its share, the share up to and with it, and the class that follows."""

    variant_id: int
    amount: Decimal
    share: Decimal
    up_to: Decimal
    abc_class: AbcClass


def classes(amounts: Mapping[int, Decimal]) -> list[Classed]:
    """Products by value, the largest first.

    A as long as those before it make less than 80 % of the whole, B below 95 %, else C; what has no
    value is C. So the product that crosses a border belongs to the upper class.
    """
    total = sum((amount for amount in amounts.values() if amount > ZERO), ZERO)
    found, before = [], ZERO
    for variant_id, amount in sorted(amounts.items(), key=lambda each: (-each[1], each[0])):
        if amount <= ZERO or before >= B_UP_TO * total:
            letter = AbcClass.C
        else:
            letter = AbcClass.A if before < A_UP_TO * total else AbcClass.B
        before += max(amount, ZERO)
        found.append(Classed(variant_id, amount, _share(amount, total), _share(before, total), letter))
    return found


@dataclass(frozen=True)
class Tolerance:
    """How far a count may be off: a share of what is expected, and an amount of money; None sets no limit."""

    share: Decimal | None
    amount: Decimal | None

    def used(self, difference: Decimal, expected: Decimal, unit_cost: Decimal) -> tuple[Decimal | None, Decimal | None]:
        """How many times the tolerance the difference is, by quantity and by value; None where it is without measure.

        Where nothing is allowed, or nothing was expected, no number of times says how far off it is.
        """
        by_quantity = None if self.share is None else _times(abs(difference), self.share * abs(expected))
        by_value = None if self.amount is None else _times(abs(difference) * unit_cost, self.amount)
        return by_quantity, by_value

    def is_passed(self, difference: Decimal, expected: Decimal, unit_cost: Decimal) -> bool:
        """Whether the difference is over the tolerance, by quantity or by value."""
        too_many = self.share is not None and abs(difference) > self.share * abs(expected)
        too_much = self.amount is not None and abs(difference) * unit_cost > self.amount
        return difference != ZERO and (too_many or too_much)


Tolerances = Mapping[AbcClass, Tolerance]
DEFAULT_TOLERANCES: Tolerances = {
    AbcClass.A: Tolerance(Decimal("0.005"), Decimal(100)),
    AbcClass.B: Tolerance(Decimal("0.01"), Decimal(100)),
    AbcClass.C: Tolerance(Decimal("0.05"), Decimal(100)),
}


def written(tolerances: Tolerances) -> dict[str, list[str | None]]:
    """Tolerances as a stocktake keeps them."""
    return {
        letter.value: [None if each is None else f"{each:f}" for each in (limit.share, limit.amount)]
        for letter, limit in tolerances.items()
    }


def read(kept: Mapping[str, Any]) -> dict[AbcClass, Tolerance]:
    """The tolerances that a stocktake keeps."""
    return {
        AbcClass(letter): Tolerance(*(None if each is None else Decimal(each) for each in limits))
        for letter, limits in kept.items()
    }


class Obstacle(StrEnum):
    """Why a line cannot be posted as it stands."""

    RECOUNT = "recount"
    SECOND = "second"
    OVER = "over"


OBSTACLE_LABELS = {
    Obstacle.RECOUNT: N_("Recount"),
    Obstacle.SECOND: N_("Second count"),
    Obstacle.OVER: N_("Over tolerance"),
}


@dataclass(frozen=True)
class Finding:
    """What was found of a line, beside what was expected at that moment."""

    counted: Decimal | None
    expected: Decimal
    unit_cost: Decimal
    abc_class: AbcClass
    round: int
    earlier_difference: Decimal | None
    is_accepted: bool

    @property
    def difference(self) -> Decimal:
        """What was found too much or (below zero) too little; nothing where it was not counted."""
        return ZERO if self.counted is None else self.counted - self.expected


def obstacle(finding: Finding, tolerances: Tolerances, *, is_double: bool) -> Obstacle | None:
    """Why the line cannot be posted, None where it can.

    A line nobody counted is left as it is. Over the tolerance, two people have to have found the same
    difference, or somebody accepts it with a reason.
    """
    if finding.counted is None:
        return Obstacle.RECOUNT if finding.round > 1 else None
    if is_double and finding.round == 1:
        return Obstacle.SECOND
    if not tolerances[finding.abc_class].is_passed(finding.difference, finding.expected, finding.unit_cost):
        return None
    is_confirmed = finding.round > 1 and finding.earlier_difference == finding.difference
    return None if is_confirmed or finding.is_accepted else Obstacle.OVER


@dataclass(frozen=True)
class Exposure:
    """What is known of a product's risk.

    `amount` is what is on hand, `variance` the mean share by which its counts of a year were off,
    `moves` how often it moved in 90 days, `negatives` how often in a year more had left than was there,
    `days` how long ago it was counted (None: never).
    """

    variant_id: int
    amount: Decimal
    variance: Decimal
    moves: int
    negatives: int
    days: int | None


@dataclass(frozen=True)
class Risk:
    """A product's risk and the factors it is the product of."""

    variant_id: int
    value: Decimal
    variance: Decimal
    movement: Decimal
    negative: Decimal
    age: Decimal
    risk: Decimal


def risks(exposures: Iterable[Exposure]) -> list[Risk]:
    """Products by risk, the greatest first: value × variance × movement × negative events × time since counted.

    Each of the first four is 1 for the least and 2 for the most (of these products; counts off by the
    whole; three negative events); time grows from 0 to 1 in a year, so that what was just counted waits.
    """
    exposures = list(exposures)
    most_amount = max((each.amount for each in exposures), default=ZERO)
    most_moves = Decimal(max((each.moves for each in exposures), default=0))
    found = []
    for each in exposures:
        factors = (
            ONE + _share(max(each.amount, ZERO), most_amount),
            ONE + round_to(min(each.variance, ONE), RATE_PLACES),
            ONE + _share(Decimal(each.moves), most_moves),
            ONE + _share(min(Decimal(each.negatives), MOST_NEGATIVE), MOST_NEGATIVE),
            ONE if each.days is None else _share(Decimal(min(each.days, YEAR)), Decimal(YEAR)),
        )
        risk = ONE
        for factor in factors:
            risk *= factor
        found.append(Risk(each.variant_id, *factors, round_to(risk, RATE_PLACES)))
    return sorted(found, key=lambda each: (-each.risk, each.variant_id))


def _share(part: Decimal, whole: Decimal) -> Decimal:
    return round_to(part / whole, RATE_PLACES) if whole else ZERO


def _times(part: Decimal, limit: Decimal) -> Decimal | None:
    return round_to(part / limit, RATE_PLACES) if limit else None
