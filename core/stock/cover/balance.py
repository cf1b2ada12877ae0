"""Evening out a product between warehouses: who gives how much to whom, over the shortest ways.

Only what a warehouse has above its weeks is given, only warehouses below half of theirs receive, up to their weeks
and the next whole unit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import inf

from core.base.exact import ZERO, round_to

DEMAND_WEEKS = 13
SHORT_BELOW = Decimal("0.5")
"""A warehouse receives when it has less than this part of its weeks."""


@dataclass(frozen=True)
class Stand:
    """What a warehouse has of a product and what it should have: `target` lasts for its weeks.

    `available` is what nobody was promised, less what it is to send away; `coming` is on its way to it; `demand`
    what left for customers in the last 13 weeks.
    """

    warehouse_id: int
    available: Decimal
    coming: Decimal
    demand: Decimal
    weeks: Decimal

    @property
    def target(self) -> Decimal:
        """What it should have."""
        return self.demand * self.weeks / DEMAND_WEEKS

    @property
    def cover(self) -> Decimal | None:
        """For how many weeks it has goods, to a tenth; None where nothing is asked for."""
        return round_to(self.available * DEMAND_WEEKS / self.demand, 1) if self.demand > ZERO else None

    @property
    def excess(self) -> Decimal:
        """What lies there beyond that; what is still coming is not there to be given."""
        return max(self.available - self.target, ZERO)

    @property
    def missing(self) -> Decimal:
        """What it lacks, with what is coming; nothing while it has half of what it should have."""
        together = self.available + self.coming
        return max(self.target - together, ZERO) if together < self.target * SHORT_BELOW else ZERO


@dataclass(frozen=True)
class Share:
    """So much from one warehouse to another."""

    source_id: int
    target_id: int
    quantity: Decimal


def balance(stands: Sequence[Stand], unit: Decimal, way: Callable[[int, int], int]) -> list[Share]:
    """Who gives whom how much, in whole multiples of a unit: as much as can be, over the least way in all.

    A giver keeps its weeks, a receiver gets its own and no whole unit more. The least way is found exactly: each step
    sends along the cheapest path that is left, also back over what was sent before (successive shortest paths).
    """
    gives = {each.warehouse_id: _whole(each.excess, unit, ROUND_FLOOR) for each in stands}
    gives = {house: units for house, units in gives.items() if units}
    takers = sorted((each for each in stands if each.missing > ZERO), key=_cover)
    takes = {each.warehouse_id: _whole(each.missing, unit, ROUND_CEILING) for each in takers}
    sent = dict.fromkeys(((source, target) for source in gives for target in takes), 0)
    while any(gives.values()) and any(takes.values()):
        path = _shortest(gives, takes, sent, way)
        forth, back = path[::2], path[1::2]
        most = min(gives[path[0][0]], takes[path[-1][1]], *(sent[each] for each in back))
        for each in forth:
            sent[each] += most
        for each in back:
            sent[each] -= most
        gives[path[0][0]] -= most
        takes[path[-1][1]] -= most
    return [Share(source, target, units * unit) for (source, target), units in sent.items() if units]


def _shortest(
    gives: dict[int, int], takes: dict[int, int], sent: dict[tuple[int, int], int], way: Callable[[int, int], int]
) -> list[tuple[int, int]]:
    """The cheapest path from who still gives to who still takes: ways forth, and between them ways taken back."""
    cost: dict[int, float] = {source: 0 if gives[source] else inf for source in gives}
    reached: dict[int, float] = dict.fromkeys(takes, inf)
    came: dict[int, int] = {}
    left: dict[int, int] = {}
    for _ in range(len(gives) + len(takes)):
        for source, target in sent:
            if cost[source] + way(source, target) < reached[target]:
                reached[target], came[target] = cost[source] + way(source, target), source
        for (source, target), units in sent.items():
            if units and reached[target] - way(source, target) < cost[source]:
                cost[source], left[source] = reached[target] - way(source, target), target
    last = min((target for target in takes if takes[target]), key=lambda target: reached[target])
    path = [(came[last], last)]
    while path[0][0] in left:
        source = path[0][0]
        target = left[source]
        path = [(came[target], target), (source, target), *path]
    return path


def _cover(stand: Stand) -> tuple[Decimal, int]:
    """Who has least for its demand takes first among equals."""
    return ((stand.available + stand.coming) / stand.demand, stand.warehouse_id)


def _whole(quantity: Decimal, unit: Decimal, rounding: str) -> int:
    return int((quantity / unit).to_integral_value(rounding=rounding))
