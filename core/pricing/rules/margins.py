"""Whether what a sale leaves is good, thin or bad; and how low a price may be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from core.base.exact import RATE_PLACES, ZERO, round_ratio
from core.base.i18n import N_


class Light(StrEnum):
    """How good a margin is."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


LIGHT_LABELS = {
    Light.GREEN: N_("Good margin"),
    Light.AMBER: N_("Thin margin"),
    Light.RED: N_("Bad margin"),
    Light.UNKNOWN: N_("No cost known"),
}


@dataclass(frozen=True)
class Thresholds:
    """From which share of net sales on a margin is green, and from which on it is amber."""

    green: Decimal
    amber: Decimal


USUAL = Thresholds(Decimal("0.2"), Decimal("0.05"))
"""What holds for a company that has set nothing."""


@dataclass(frozen=True)
class Sold:
    """Something sold: its net amount, its cost (None: nobody knows), and what is expected of it."""

    net: Decimal
    cost: Decimal | None
    thresholds: Thresholds = USUAL


@dataclass(frozen=True)
class Margin:
    """What sales leave. `share` is None where nothing was taken for them; `unknown` parts are left out."""

    light: Light
    amount: Decimal
    share: Decimal | None
    unknown: int


def margin_of(parts: Sequence[Sold]) -> Margin:
    """The margin of several sales together: each is expected to leave what its own thresholds say of its net amount."""
    net, left, green, amber, unknown = ZERO, ZERO, ZERO, ZERO, 0
    for part in parts:
        if part.cost is None:
            unknown += 1
            continue
        net += part.net
        left += part.net - part.cost
        green += part.net * part.thresholds.green
        amber += part.net * part.thresholds.amber
    if unknown == len(parts):
        return Margin(Light.UNKNOWN, ZERO, None, unknown)
    light = Light.GREEN if left >= green else Light.AMBER if left >= amber else Light.RED
    share = round_ratio(Fraction(left) / Fraction(net), RATE_PLACES) if net else None
    return Margin(light, left, share, unknown)


def nearest(path: Iterable[int], rules: Mapping[int | None, Thresholds]) -> Thresholds:
    """The thresholds of the nearest category (the path begins with it) that has some, or else the company's."""
    found = (rules[each] for each in path if each in rules)
    return next(found, rules.get(None, USUAL))


def is_below(charged: Decimal, quantity: Decimal, floor: Decimal) -> bool:
    """Whether a line charges less than so much a unit."""
    return charged < quantity * floor


def floor_of(lowest: Decimal, below: Decimal) -> Decimal:
    """The lowest price of somebody who may go below it by such a share; exact, not rounded."""
    return lowest * (1 - below)
