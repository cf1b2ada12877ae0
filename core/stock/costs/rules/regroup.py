"""Drawing the pools of a product anew, when its policy changes."""

from collections import deque
from datetime import datetime
from decimal import Decimal

from core.base.exact import PRICE_PLACES, ZERO, allocate, round_to
from core.stock.costs.rules.events import Method, Place, Policy, Ref
from core.stock.costs.rules.pools import Layer, Pool, State, copied, cost_of


def regrouped(state: State, policy: Policy, ref: Ref, at: datetime) -> dict[Place, Pool]:
    """The pools under another policy. Quantities and the amount of all together stay what they are.

    A pool that is divided gives every place its share by quantity; pools that are joined line up
    their layers by age. A product that becomes first in, first out begins with one layer.
    """
    parts: dict[Place, list[Pool]] = {}
    for key, pool in state.pools.items():
        for place, part in _by_place(state, key, pool, policy, ref, at):
            parts.setdefault(policy.pool_of(place), []).append(part)
    return {key: _joined(pools, policy, ref, at) for key, pools in parts.items()}


def _by_place(state: State, key: Place, pool: Pool, policy: Policy, ref: Ref, at: datetime) -> list[tuple[Place, Pool]]:
    held = {
        place: held
        for place, held in sorted(state.holdings.items(), key=_sorting)
        if state.policy.pool_of(place) == key
    }
    targets: dict[Place, Decimal] = {}
    for place, quantity in held.items():
        targets[policy.pool_of(place)] = targets.get(policy.pool_of(place), ZERO) + quantity
    if len(targets) <= 1:
        return [(next(iter(targets), key), pool)]
    unit_cost = round_to(pool.unit_cost, PRICE_PLACES)
    divided = [(place, _owing(unit_cost, quantity, ref, at)) for place, quantity in targets.items() if quantity < 0]
    rest = pool.amount - sum((part.amount for _, part in divided), ZERO)
    positive = [(place, quantity) for place, quantity in targets.items() if quantity > 0]
    shares = allocate(rest, [quantity for _, quantity in positive], PRICE_PLACES) if positive else []
    for (place, quantity), amount in zip(positive, shares, strict=True):
        divided.append((place, Pool(unit_cost, quantity, amount, deque([Layer(ref, at, quantity, amount)]))))
    return divided


def _owing(unit_cost: Decimal, quantity: Decimal, ref: Ref, at: datetime) -> Pool:
    amount = -cost_of(-quantity, unit_cost)
    return Pool(unit_cost, quantity, amount, deque([Layer(ref, at, quantity, amount)]))


def _joined(pools: list[Pool], policy: Policy, ref: Ref, at: datetime) -> Pool:
    quantity = sum((pool.quantity for pool in pools), ZERO)
    # What some owe and others have may add up to no goods at all: then nothing is left that is worth anything.
    amount = sum((pool.amount for pool in pools), ZERO) if quantity else ZERO
    layers = sorted((layer for pool in pools for layer in copied(pool.layers)), key=lambda layer: layer.at)
    is_mixed = any(pool.quantity > 0 for pool in pools) and any(pool.quantity < 0 for pool in pools)
    wants_layers = policy.method is Method.FIFO or quantity < 0
    if not wants_layers:
        layers = []
    elif is_mixed or sum((layer.quantity for layer in layers), ZERO) != quantity:
        layers = [Layer(ref, at, quantity, amount)] if quantity else []
    last = max(pools, key=lambda pool: pool.quantity).last_cost
    return Pool(last, quantity, amount, deque(layers))


def _sorting(held: tuple[Place, Decimal]) -> tuple[int, int]:
    return held[0].warehouse_id or 0, held[0].lot_id or 0
