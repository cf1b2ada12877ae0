"""Which goods an order gets: pure rules over what lies where.

First expired, first out: the lot that is to be removed first, then the one that expires first, then
the one that came first; lots without dates after all that have some. What a lot cannot give is
taken from the next.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Any

from core.base.exact import ZERO
from core.base.towns import Distance, Town
from core.stock.expiry import ANY_LIFE, Freshness, LeastLife, LotDates, freshness

NO_DATES = LotDates()
MOST_WAREHOUSES = 12
MOST_TOLD = 12


@dataclass
class Shelf:
    """What lies of a variant, and of one lot of it, at one place."""

    id: int
    variant_id: int
    location_id: int
    lot_id: int | None
    on_hand: Decimal
    reserved: Decimal
    warehouse_id: int = 0
    is_own: bool = True
    is_default: bool = True
    is_tracked: bool = False
    dates: LotDates = NO_DATES
    is_blocked: bool = False

    @property
    def free(self) -> Decimal:
        """On hand less what is promised."""
        return self.on_hand - self.reserved

    @property
    def turn(self) -> tuple[Any, ...]:
        """When it is this shelf's turn among those of its variant."""
        goes_by = self.dates.goes_by
        return (
            goes_by is None,
            goes_by or (),
            not self.is_own,
            self.lot_id or 0,
            not self.is_default,
            self.location_id,
        )


@dataclass(frozen=True)
class Wish:
    """What may be given to who asks: which day it is, how much life the goods must have left."""

    today: date
    least: LeastLife = ANY_LIFE


@dataclass(frozen=True)
class Asked:
    """A quantity of a variant for a line; of one lot (0: of none), where it is named; good or not, if `as_is`."""

    variant_id: int
    quantity: Decimal
    line_id: int | None = None
    lot_id: int | None = None
    as_is: bool = False


@dataclass(frozen=True)
class Pick:
    """So much of a line from this shelf."""

    asked: Asked
    shelf: Shelf
    quantity: Decimal


@dataclass
class Allocated:
    """What every line gets from where, and of what there was not enough: how much could be had, by variant."""

    picks: list[Pick] = field(default_factory=list)
    missing: list[tuple[Asked, Decimal]] = field(default_factory=list)


def allocate(asked: Iterable[Asked], shelves: Iterable[Shelf], wish: Wish) -> Allocated:
    """Give lines what they ask for, first expired first; lots that are named go first to who names them."""
    by_variant: dict[int, list[Shelf]] = defaultdict(list)
    for shelf in shelves:
        by_variant[shelf.variant_id].append(shelf)
    free = {id(shelf): shelf.free for each in by_variant.values() for shelf in each}
    found = Allocated()
    for line in sorted(asked, key=lambda each: each.lot_id is None):
        left = line.quantity
        for shelf in in_turn(by_variant[line.variant_id], wish, line.lot_id, as_is=line.as_is):
            part = min(left, free[id(shelf)])
            if part > ZERO:
                found.picks.append(Pick(line, shelf, part))
                free[id(shelf)] -= part
                left -= part
            if left == ZERO:
                break
        if left:
            found.missing.append((line, left))
    return found


def in_turn(shelves: Sequence[Shelf], wish: Wish, lot_id: int | None = None, *, as_is: bool = False) -> list[Shelf]:
    """The shelves that may give goods, in the order in which they do."""
    if len(shelves) == 1 and shelves[0].lot_id is None and lot_id is None:
        return list(shelves)
    fitting = [
        shelf
        for shelf in shelves
        if (lot_id is None or (shelf.lot_id or 0) == lot_id)
        and (as_is or freshness(shelf.dates, shelf.is_blocked, wish.today, wish.least) is Freshness.GOOD)
    ]
    return sorted(fitting, key=lambda shelf: shelf.turn)


def available(shelves: Iterable[Shelf], wish: Wish) -> dict[int, Decimal]:
    """What could be promised of each variant."""
    sums: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for shelf in shelves:
        if freshness(shelf.dates, shelf.is_blocked, wish.today, wish.least) is Freshness.GOOD:
            sums[shelf.variant_id] += shelf.free
    return sums


class Because(StrEnum):
    """Why goods come from the warehouses that they come from."""

    OWN = "own"
    ONE = "one"
    FEWEST = "fewest"
    NOT_ENOUGH = "not_enough"


class Decided(StrEnum):
    """What decided among warehouses that need as few parcels."""

    OWN = "own"
    NEAREST = "nearest"
    EXPIRY = "expiry"
    MOST = "most"


@dataclass(frozen=True)
class Nearness:
    """How far warehouses are from where goods go; what nobody knows is None."""

    goes_to: Town | None
    far: Mapping[int, Distance | None]

    def total(self, some: Iterable[int]) -> int | None:
        """All ways together; None where one is not known."""
        ways = [self.far.get(each) for each in some]
        return None if None in ways else sum(way.km for way in ways if way)


Near = Callable[[Collection[int]], Nearness]
"""How far these warehouses are; asked only where it matters."""


@dataclass(frozen=True)
class Combination:
    """Warehouses that were looked at together, and what of each variant they lack."""

    warehouses: tuple[int, ...]
    lacks: dict[int, Decimal]


@dataclass(frozen=True)
class Sources:
    """Where goods come from and why: what was looked at until then, and what would have been as few parcels.

    `chosen` is empty where all warehouses together have not enough. Of what was looked at, the first are
    named and `more` are not; of two warehouses that have nothing, neither is looked at.
    """

    own: int
    asked: dict[int, Decimal]
    chosen: tuple[int, ...]
    because: Because
    looked: tuple[Combination, ...]
    more: int
    as_few: tuple[tuple[int, ...], ...]
    decided: Decided | None = None
    nearness: Nearness | None = None


Stocks = Mapping[int, Mapping[int, Decimal]]


Turn = Callable[[int, int], tuple[Any, ...]]
"""What of a variant goes first in a warehouse (variant, warehouse): the smaller, the sooner it expires."""


def explain_parcels(
    asked: Mapping[int, Decimal], stocks: Stocks, own: int, near: Near | None = None, turn: Turn | None = None
) -> Sources:
    """The warehouses that together have everything, as few as can be, and what was looked at before they were found.

    The order's own warehouse alone goes before all others. Among as few the nearest go first, unless one way
    is not known, then those with what expires first, then with the order's own, then those that have most.
    `stocks` says what each warehouse could give of each variant. Nothing is chosen where all of them together
    have not enough. Beyond a dozen warehouses those that have most are looked at.
    """
    looked: list[Combination] = []
    full: list[tuple[int, ...]] = []
    more = 0
    for some in _combinations(asked, stocks, own):
        if full and len(some) > len(full[0]):
            break
        lacks = _lacks(asked, stocks, some)
        if not lacks:
            full.append(some)
        elif full:
            continue
        elif len(looked) < MOST_TOLD:
            looked.append(Combination(some, lacks))
        else:
            more += 1
    because = Because.FEWEST if full else Because.NOT_ENOUGH
    chosen, decided, nearness = full[0] if full else (), None, None
    if len(full) > 1 and chosen == (own,):
        decided = Decided.OWN
    elif len(full) > 1:
        nearness = near({each for some in full for each in some}) if near else None
        chosen, decided = _best(full, asked, own, nearness, turn)
    if len(chosen) == 1:
        because = Because.OWN if chosen == (own,) else Because.ONE
    as_few = tuple(some for some in full if some != chosen)[:MOST_TOLD]
    return Sources(own, dict(asked), chosen, because, tuple(looked), more, as_few, decided, nearness)


def _best(
    full: Sequence[tuple[int, ...]],
    asked: Iterable[int],
    own: int,
    nearness: Nearness | None,
    turn: Turn | None,
) -> tuple[tuple[int, ...], Decided]:
    """The best of warehouses that need as few parcels, and what made it so."""
    left, decided = list(full), Decided.MOST
    ways = [nearness.total(some) if nearness else None for some in full]
    keys: list[tuple[Decided, Callable[[tuple[int, ...]], Any]]] = [(Decided.OWN, lambda some: own not in some)]
    if turn is not None:
        goes = turn
        first = (Decided.EXPIRY, lambda some: sorted(min(goes(each, house) for house in some) for each in asked))
        keys.insert(0, first)
    if None not in ways:
        far = dict(zip(full, ways, strict=True))
        keys.insert(0, (Decided.NEAREST, far.__getitem__))
    for criterion, key in keys:
        least = min(map(key, left))
        kept = [some for some in left if key(some) == least]
        if len(kept) < len(left):
            left, decided = kept, criterion
    return left[0], decided if len(left) == 1 else Decided.MOST


def _combinations(asked: Mapping[int, Decimal], stocks: Stocks, own: int) -> Iterator[tuple[int, ...]]:
    """Every combination of warehouses that have something, few before many, with those that have most first."""

    def share(warehouse_id: int) -> tuple[int, Decimal]:
        stock = stocks[warehouse_id]
        whole = sum(stock.get(variant_id, ZERO) >= quantity for variant_id, quantity in asked.items())
        return whole, sum((min(stock.get(each, ZERO), quantity) for each, quantity in asked.items()), ZERO)

    by_share = sorted(stocks, key=lambda each: (each != own, *(-part for part in share(each)), each))
    useful = [each for each in by_share if share(each)[1] > ZERO][:MOST_WAREHOUSES]
    for count in range(1, len(useful) + 1):
        yield from combinations(useful, count)


def _lacks(asked: Mapping[int, Decimal], stocks: Stocks, some: Iterable[int]) -> dict[int, Decimal]:
    lacks = {
        variant_id: quantity - sum((stocks[each].get(variant_id, ZERO) for each in some), ZERO)
        for variant_id, quantity in asked.items()
    }
    return {variant_id: quantity for variant_id, quantity in lacks.items() if quantity > ZERO}
