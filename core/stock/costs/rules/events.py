"""What can happen to the cost of a product, told apart from how a method counts it.

Events are ordered by their business moment; at the same moment by the last stock move that was
known when they were recorded. `ref` names the row an event comes from, such as `("move", 812)`.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from core.base.exact import ZERO
from core.base.i18n import N_

Ref = tuple[str, int]


class Method(StrEnum):
    """How the cost of what leaves is chosen."""

    AVERAGE = "average"
    FIFO = "fifo"


METHOD_LABELS = {Method.AVERAGE: N_("Moving average"), Method.FIFO: N_("First in, first out")}


class EntryKind(StrEnum):
    """Why an amount entered or left a pool. `expensed` never was in one: it is cost of past sales."""

    OPENING = "opening"
    RECEIPT = "receipt"
    ISSUE = "issue"
    RETURN = "return"
    TRANSFER = "transfer"
    FOUND = "found"
    LANDED = "landed"
    PRICE = "price"
    REVALUATION = "revaluation"
    REFILL = "refill"
    EXPENSED = "expensed"
    REGROUP = "regroup"


ENTRY_KIND_LABELS = {
    EntryKind.OPENING: N_("Opening stock"),
    EntryKind.RECEIPT: N_("Goods receipt"),
    EntryKind.ISSUE: N_("Goods issue"),
    EntryKind.RETURN: N_("Returned goods"),
    EntryKind.TRANSFER: N_("Stock transfer"),
    EntryKind.FOUND: N_("Found by a count"),
    EntryKind.LANDED: N_("Landed cost"),
    EntryKind.PRICE: N_("Price correction"),
    EntryKind.REVALUATION: N_("Revaluation"),
    EntryKind.REFILL: N_("Cost of goods sold before they arrived"),
    EntryKind.EXPENSED: N_("Cost of goods already gone"),
    EntryKind.REGROUP: N_("Change of method"),
}


class Place(NamedTuple):
    """Where goods are, as far as cost cares; None in a pool's key: all of them together."""

    warehouse_id: int | None = None
    lot_id: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How a product is valued: the method, and which goods share one cost."""

    method: Method = Method.AVERAGE
    per_warehouse: bool = False
    per_lot: bool = False

    def pool_of(self, place: Place) -> Place:
        """The key of the pool that goods at a place belong to."""
        return Place(place.warehouse_id if self.per_warehouse else None, place.lot_id if self.per_lot else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a moment. `after` is the last move known when it was recorded."""

    ref: Ref
    at: datetime
    after: int | None = None

    @property
    def order(self) -> tuple[datetime, int, int]:
        """Where the event stands among the others."""
        if self.after is None:
            return self.at, self.ref[1], 0
        return self.at, self.after, self.ref[1]


@dataclass(frozen=True, slots=True)
class Addition:
    """An amount that belongs to a receipt and came later: freight, duty, a corrected price."""

    ref: Ref
    amount: Decimal
    kind: EntryKind = EntryKind.LANDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Event):
    """Goods come in at a price."""

    place: Place = Place()
    quantity: Decimal
    unit_cost: Decimal
    additions: tuple[Addition, ...] = ()
    kind: EntryKind = EntryKind.RECEIPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Event):
    """Goods come in without a price (a count, a return of unknown origin): at the average of the moment."""

    place: Place = Place()
    quantity: Decimal
    kind: EntryKind = EntryKind.FOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class ComeBack(Event):
    """Goods that had left come back, at their share of what they left with."""

    place: Place = Place()
    quantity: Decimal
    of: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(Event):
    """Goods leave, at the cost the method says."""

    place: Place = Place()
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBack(Event):
    """Goods that had come in go back, at their share of what they came in with."""

    place: Place = Place()
    quantity: Decimal
    of: Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(Event):
    """Goods go from one place of ours to another and take their amount along."""

    place: Place
    to: Place
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LateCost(Event):
    """An addition to a receipt whose period is closed: what is still here bears its part, the rest is expensed."""

    of: Ref
    place: Place = Place()
    quantity: Decimal
    amount: Decimal
    kind: EntryKind = EntryKind.LANDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Revaluation(Event):
    """What is here costs so much per unit from now on, or so many times what it cost. No pool means all pools."""

    pool: Place | None = None
    unit_cost: Decimal | None = None
    factor: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange(Event):
    """Another method, or other pools; amounts stay."""

    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Event):
    """An addition that belongs to a receipt of the open period: as if it had been known then."""

    of: Ref
    amount: Decimal
    kind: EntryKind = EntryKind.LANDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation(Event):
    """An event of the open period never happened."""

    of: Ref


def in_order(events: list[Event]) -> list[Event]:
    """The events as they count: cancelled ones gone, corrections part of their receipts, oldest first."""
    cancelled = {event.of for event in events if isinstance(event, Cancellation)}
    additions: dict[Ref, list[Addition]] = {}
    for event in events:
        if isinstance(event, Correction) and event.ref not in cancelled:
            additions.setdefault(event.of, []).append(Addition(event.ref, event.amount, event.kind))
    standing = []
    for event in events:
        if event.ref in cancelled or isinstance(event, Cancellation | Correction):
            continue
        if isinstance(event, Receipt) and event.ref in additions:
            more = (*event.additions, *sorted(additions[event.ref], key=lambda each: each.ref))
            event = replace(event, additions=more)
        standing.append(event)
    return sorted(standing, key=lambda event: event.order)


def merged_cost(parts: list[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """The unit cost of goods put together, weighted over those that have one; None where none has."""
    known = [(quantity, cost) for quantity, cost in parts if cost is not None]
    weight = sum((quantity for quantity, _ in known), ZERO)
    if not weight:
        return None
    return sum((quantity * cost for quantity, cost in known), ZERO) / weight
