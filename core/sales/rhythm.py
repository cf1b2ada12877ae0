"""What a customer is due to buy, from the customer's own rhythm; and how often that comes true."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from statistics import median

FEWEST_TIMES = 3
"""Bought on fewer days, a product has no rhythm yet."""

EARLY = Decimal("0.5")
"""From this share of the usual pause on, a product is due: customers order before the shelf is empty."""

LAPSED = 3
"""After so many usual pauses without it, the customer has given it up."""

MOST = 12
"""So many products are predicted at the most."""


@dataclass(frozen=True)
class Purchase:
    """A product that a customer bought on a day."""

    on: date
    product: int
    quantity: Decimal


@dataclass(frozen=True)
class Due:
    """A product that is due: bought on so many days, every `pause` days in the middle, last on a day and so many."""

    product: int
    times: int
    pause: Decimal
    last_on: date
    due_on: date
    quantity: Decimal


@dataclass(frozen=True)
class HitRate:
    """How predictions came true: of so many products predicted, and of so many bought, this many were both."""

    orders: int
    predicted: int
    bought: int
    hits: int

    @property
    def right(self) -> Decimal:
        """The share of what was predicted that was bought."""
        return Decimal(self.hits) / self.predicted if self.predicted else Decimal(0)

    @property
    def found(self) -> Decimal:
        """The share of what was bought that had been predicted."""
        return Decimal(self.hits) / self.bought if self.bought else Decimal(0)


def due_on(purchases: Iterable[Purchase], on: date) -> list[Due]:
    """What is due on a day, that which was bought most often first.

    A product is due when half of its usual pause (the middle one between the days it was bought on) is over
    since it was bought last, and no longer after three pauses. Bought twice on a day counts once.
    """
    bought: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for each in purchases:
        if each.on <= on:
            days = bought[each.product]
            days[each.on] = days.get(each.on, Decimal(0)) + each.quantity
    found = [due for product, days in bought.items() if (due := _due(product, days, on)) is not None]
    return sorted(found, key=lambda due: (-due.times, due.due_on, due.product))


def hit_rate(histories: Iterable[Sequence[Purchase]], *, orders: int = 3) -> HitRate:
    """The last orders of each customer, predicted from what was bought before them.

    Only orders count before which something was due. A history holds one customer's purchases.
    """
    tried = predicted = bought = hits = 0
    for history in histories:
        for day in sorted({each.on for each in history})[-orders:]:
            expected = {due.product for due in due_on((each for each in history if each.on < day), day)[:MOST]}
            if expected:
                came = {each.product for each in history if each.on == day}
                tried += 1
                predicted += len(expected)
                bought += len(came)
                hits += len(expected & came)
    return HitRate(tried, predicted, bought, hits)


def _due(product: int, days: dict[date, Decimal], on: date) -> Due | None:
    if len(days) < FEWEST_TIMES:
        return None
    ordered = sorted(days)
    pause = Decimal(median((after - before).days for before, after in zip(ordered, ordered[1:], strict=False)))
    last = ordered[-1]
    since = (on - last).days
    if not pause * EARLY <= since <= pause * LAPSED:
        return None
    return Due(product, len(days), pause, last, last + timedelta(days=ceil(pause)), days[last])
