"""Carrying events out, one at a time or a whole history: both give the same."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.base.exact import ZERO
from core.stock.costs.rules import average, fifo
from core.stock.costs.rules.events import (
    ComeBack,
    EntryKind,
    Event,
    Found,
    Issue,
    LateCost,
    Method,
    Place,
    PolicyChange,
    Receipt,
    Ref,
    Revaluation,
    SendBack,
    Transfer,
    in_order,
)
from core.stock.costs.rules.pools import Entry, Open, Pool, State, Take, cost_of, owe, settle, share, unit_of
from core.stock.costs.rules.regroup import regrouped


@dataclass
class Replayed:
    """What a history comes to: every entry in its order, and the state after the last event."""

    state: State
    entries: list[Entry] = field(default_factory=list)

    def amount_of(self, ref: Ref) -> Decimal:
        """What an event moved in or out of pools: above zero in, below zero out."""
        return sum((each.amount for each in self.entries if each.ref == ref), ZERO)


def replay(events: Iterable[Event], opening: State | None = None) -> Replayed:
    """Carry out a history from a state, which stays as it is."""
    result = Replayed(State() if opening is None else opening.copy())
    for event in in_order(list(events)):
        result.entries += apply(result.state, event)
    return result


def apply(state: State, event: Event) -> list[Entry]:
    """Carry out the newest event: change the state and say what changed. No corrections or cancellations."""
    return _HOW[type(event)](state, event)


def _receive(state: State, event: Receipt) -> list[Entry]:
    base = cost_of(event.quantity, event.unit_cost)
    parts = [(event.ref, event.kind, base)] + [(each.ref, each.kind, each.amount) for each in event.additions]
    return _bring_in(state, event, event.place, event.quantity, parts)


def _find(state: State, event: Found) -> list[Entry]:
    pool = state.pool(state.policy.pool_of(event.place))
    if pool.quantity > 0:
        amount = share(pool.amount, event.quantity, pool.quantity)
    else:
        amount = cost_of(event.quantity, pool.last_cost)
    return _bring_in(state, event, event.place, event.quantity, [(event.ref, event.kind, amount)])


def _come_back(state: State, event: ComeBack) -> list[Entry]:
    left = state.open.get(event.of)
    if left is None or left.quantity < event.quantity:
        found = Found(ref=event.ref, at=event.at, place=event.place, quantity=event.quantity, kind=EntryKind.RETURN)
        return _find(state, found)
    amount = share(left.amount, event.quantity, left.quantity)
    left.quantity -= event.quantity
    left.amount -= amount
    return _bring_in(state, event, event.place, event.quantity, [(event.ref, EntryKind.RETURN, amount)])


def _issue(state: State, event: Issue) -> list[Entry]:
    state.hold(event.place, -event.quantity)
    return [_take_out(state, event, event.place, event.quantity, EntryKind.ISSUE)]


def _send_back(state: State, event: SendBack) -> list[Entry]:
    state.hold(event.place, -event.quantity)
    left = state.open.get(event.of)
    own = None
    if left is not None and left.quantity >= event.quantity:
        own = share(left.amount, event.quantity, left.quantity)
        left.quantity -= event.quantity
        left.amount -= own
    return [_take_out(state, event, event.place, event.quantity, EntryKind.RETURN, of=event.of, at_amount=own)]


def _transfer(state: State, event: Transfer) -> list[Entry]:
    state.hold(event.place, -event.quantity)
    source, target = state.policy.pool_of(event.place), state.policy.pool_of(event.to)
    if source == target:
        state.hold(event.to, event.quantity)
        return []
    out = _take_out(state, event, event.place, event.quantity, EntryKind.TRANSFER)
    arrival = Entry(event.ref, event.at, target, EntryKind.TRANSFER, event.quantity, -out.amount)
    entries = [out, arrival]
    for each in out.takes:
        # The layer keeps the name of its receipt, so that a late cost of the receipt finds it here.
        entries += _put(state, target, each.layer or event.ref, event.at, each.quantity, each.amount)
    state.hold(event.to, event.quantity)
    return entries


def _add_late(state: State, event: LateCost) -> list[Entry]:
    entries, left = [], event.amount
    if state.policy.method is Method.FIFO:
        for key, pool in state.pools.items():
            borne = fifo.add_to(pool, event.of, event.amount, event.quantity)
            if borne:
                entries.append(Entry(event.ref, event.at, key, event.kind, ZERO, borne))
                left -= borne
    else:
        key = state.policy.pool_of(event.place)
        borne = average.add_to(state.pool(key), event.amount, event.quantity)
        if borne:
            entries.append(Entry(event.ref, event.at, key, event.kind, ZERO, borne))
            left -= borne
    if event.of in state.open:
        state.open[event.of].amount += event.amount - left
    if left:
        key = state.policy.pool_of(event.place)
        entries.append(Entry(event.ref, event.at, key, EntryKind.EXPENSED, ZERO, left))
    return entries


def _revalue(state: State, event: Revaluation) -> list[Entry]:
    wanted = event.pool
    keys = [
        key
        for key in state.pools
        if wanted is None or key == wanted or (wanted.lot_id is None and key.warehouse_id == wanted.warehouse_id)
    ]
    return [_revalue_pool(state, event, key) for key in keys or [wanted or state.policy.pool_of(Place())]]


def _revalue_pool(state: State, event: Revaluation, key: Place) -> Entry:
    pool = state.pool(key)
    before = pool.amount
    factor = Decimal(1) if event.factor is None else event.factor
    unit_cost = cost_of(factor, pool.unit_cost) if event.unit_cost is None else event.unit_cost
    if pool.quantity > 0:
        is_scaled = event.unit_cost is None
        total = cost_of(factor, pool.amount) if is_scaled else cost_of(pool.quantity, unit_cost)
        if state.policy.method is Method.FIFO:
            fifo.revalue(pool, total, keeps_proportions=is_scaled)
        pool.amount = total
    pool.last_cost = unit_cost
    return Entry(event.ref, event.at, key, EntryKind.REVALUATION, ZERO, pool.amount - before)


def _change_policy(state: State, event: PolicyChange) -> list[Entry]:
    before = {key: (pool.quantity, pool.amount) for key, pool in state.pools.items()}
    state.pools = regrouped(state, event.policy, event.ref, event.at)
    state.policy = event.policy
    entries = []
    for key in sorted({*before, *state.pools}, key=lambda each: (each.warehouse_id or 0, each.lot_id or 0)):
        quantity, amount = before.get(key, (ZERO, ZERO))
        after = state.pools.get(key, Pool(ZERO))
        if (after.quantity, after.amount) != (quantity, amount):
            change = (after.quantity - quantity, after.amount - amount)
            entries.append(Entry(event.ref, event.at, key, EntryKind.REGROUP, *change))
    return entries


def _bring_in(
    state: State, event: Event, place: Place, quantity: Decimal, parts: list[tuple[Ref, EntryKind, Decimal]]
) -> list[Entry]:
    """Goods with an amount made of parts: the first part carries the quantity."""
    key = state.policy.pool_of(place)
    amount = sum((part for _, _, part in parts), ZERO)
    entries: list[Entry] = []
    for ref, kind, part in parts:
        counted = ZERO if entries else quantity
        entries.append(Entry(ref, event.at, key, kind, counted, part))
    state.open[event.ref] = Open(quantity, amount)
    state.hold(place, quantity)
    return entries + _put(state, key, event.ref, event.at, quantity, amount)


def _put(state: State, key: Place, ref: Ref, at: datetime, quantity: Decimal, amount: Decimal) -> list[Entry]:
    """Put goods into a pool, first paying what it owes; the corrections of those who left too early."""
    entries: list[Entry] = []
    pool = state.pool(key)
    unit_cost = unit_of(amount, quantity)
    settled = settle(pool, quantity, amount)
    for who, difference in settled.differences:
        if difference:
            entries.append(Entry(who, at, key, EntryKind.REFILL, ZERO, -difference))
            if who in state.open:
                state.open[who].amount += difference
    if settled.quantity:
        if state.policy.method is Method.FIFO:
            fifo.put(pool, ref, at, settled.quantity, settled.amount)
        else:
            average.put(pool, settled.quantity, settled.amount)
    pool.last_cost = unit_cost
    return entries


def _take_out(
    state: State,
    event: Event,
    place: Place,
    quantity: Decimal,
    kind: EntryKind,
    of: Ref | None = None,
    at_amount: Decimal | None = None,
) -> Entry:
    key = state.policy.pool_of(place)
    pool = state.pool(key)
    if state.policy.method is Method.FIFO:
        takes = fifo.take(pool, quantity, of) if pool.quantity > 0 else []
    else:
        takes = average.take(pool, quantity, at_amount)
    missing = quantity - sum((each.quantity for each in takes), ZERO)
    if missing:
        takes.append(Take(None, missing, owe(pool, event.ref, event.at, missing, pool.last_cost)))
    amount = sum((each.amount for each in takes), ZERO)
    state.open[event.ref] = Open(quantity, amount)
    return Entry(event.ref, event.at, key, kind, -quantity, -amount, tuple(takes))


_HOW: dict[type[Event], Callable[[State, Any], list[Entry]]] = {
    Receipt: _receive,
    Found: _find,
    ComeBack: _come_back,
    Issue: _issue,
    SendBack: _send_back,
    Transfer: _transfer,
    LateCost: _add_late,
    Revaluation: _revalue,
    PolicyChange: _change_policy,
}
