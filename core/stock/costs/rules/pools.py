"""Pools of goods that share a cost, the layers in them, and what an event did to them."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from core.base.exact import PRICE_PLACES, ZERO, round_to
from core.stock.costs.rules.events import EntryKind, Place, Policy, Ref


@dataclass(slots=True)
class Layer:
    """What is left of goods that came in together; below zero: goods that left before they came."""

    ref: Ref
    at: datetime
    quantity: Decimal
    amount: Decimal
    row: int | None = field(default=None, compare=False)


@dataclass(slots=True)
class Pool:
    """Goods that share a cost.

    Above zero, first in first out keeps layers and the average keeps none. Below zero, both keep
    what they owe as layers below zero. `last_cost` is the unit cost that was known last.
    """

    last_cost: Decimal
    quantity: Decimal = ZERO
    amount: Decimal = ZERO
    layers: deque[Layer] = field(default_factory=deque)

    @property
    def unit_cost(self) -> Decimal:
        """The cost to show for one unit."""
        return self.amount / self.quantity if self.quantity > 0 else self.last_cost


@dataclass(frozen=True, slots=True)
class Take:
    """So much of a layer went with an issue; no layer: it was taken at the average, or owed."""

    layer: Ref | None
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """What an event changed in a pool."""

    ref: Ref
    at: datetime
    pool: Place
    kind: EntryKind
    quantity: Decimal
    amount: Decimal
    takes: tuple[Take, ...] = ()


@dataclass(slots=True)
class Open:
    """What is left of an event that later ones may take back: so much of it is not back yet."""

    quantity: Decimal
    amount: Decimal


@dataclass
class State:
    """Everything that is known of a product's cost at a moment."""

    policy: Policy = field(default_factory=Policy)
    first_cost: Decimal = ZERO
    pools: dict[Place, Pool] = field(default_factory=dict)
    holdings: dict[Place, Decimal] = field(default_factory=dict)
    open: dict[Ref, Open] = field(default_factory=dict, compare=False)

    def pool(self, key: Place) -> Pool:
        """The pool of this key, made when it is first needed."""
        found = self.pools.get(key)
        if found is None:
            found = self.pools[key] = Pool(self.first_cost)
        return found

    def hold(self, place: Place, change: Decimal) -> None:
        """Remember how much is at a place, for the day the pools are drawn anew."""
        held = self.holdings.get(place, ZERO) + change
        if held:
            self.holdings[place] = held
        else:
            self.holdings.pop(place, None)

    @property
    def quantity(self) -> Decimal:
        """What all pools hold."""
        return sum((pool.quantity for pool in self.pools.values()), ZERO)

    @property
    def amount(self) -> Decimal:
        """What all pools are worth."""
        return sum((pool.amount for pool in self.pools.values()), ZERO)

    def copy(self) -> "State":
        """The same state, to go on with elsewhere."""
        pools = {
            key: Pool(pool.last_cost, pool.quantity, pool.amount, deque(copied(pool.layers)))
            for key, pool in self.pools.items()
        }
        still_open = {ref: Open(each.quantity, each.amount) for ref, each in self.open.items()}
        return State(self.policy, self.first_cost, pools, dict(self.holdings), still_open)


def copied(layers: Iterable[Layer]) -> list[Layer]:
    """Layers that change without changing these."""
    return [Layer(each.ref, each.at, each.quantity, each.amount, each.row) for each in layers]


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The amount's part; all of it for the whole, so that nothing is left when the last unit leaves."""
    return amount if part == whole else round_to(amount * part / whole, PRICE_PLACES)


def cost_of(quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What so many units cost."""
    return round_to(quantity * unit_cost, PRICE_PLACES)


def unit_of(amount: Decimal, quantity: Decimal) -> Decimal:
    """What one unit costs, in the decimals of a price."""
    return round_to(amount / quantity, PRICE_PLACES)


@dataclass(frozen=True, slots=True)
class Settled:
    """What paying for goods that left too early took: who they were with what difference, and what is left over."""

    differences: list[tuple[Ref, Decimal]]
    quantity: Decimal
    amount: Decimal


def settle(pool: Pool, quantity: Decimal, amount: Decimal) -> Settled:
    """Pay what the pool owes, oldest first, with goods that come in."""
    differences = []
    while quantity and pool.quantity < 0:
        owed = pool.layers[0]
        part = min(quantity, -owed.quantity)
        paid, booked = share(amount, part, quantity), share(-owed.amount, part, -owed.quantity)
        differences.append((owed.ref, paid - booked))
        quantity, amount = quantity - part, amount - paid
        pool.quantity += part
        pool.amount += booked
        owed.quantity += part
        owed.amount += booked
        if not owed.quantity:
            pool.layers.popleft()
    return Settled(differences, quantity, amount)


def owe(pool: Pool, ref: Ref, at: datetime, quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """Let goods leave that are not here, at this cost until they come; what they cost for now."""
    amount = cost_of(quantity, unit_cost)
    pool.layers.append(Layer(ref, at, -quantity, -amount))
    pool.quantity -= quantity
    pool.amount -= amount
    return amount
