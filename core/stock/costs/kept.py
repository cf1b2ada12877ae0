"""The state of a variant's cost as JSON, as it is kept when a period is closed."""

from collections import deque
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_to
from core.stock.costs.rules.events import Place, Policy
from core.stock.costs.rules.pools import Layer, Pool, State


def keep(state: State) -> dict[str, Any]:
    """Pools with their layers, and how much is held where."""
    pools = [
        [
            *key,
            _price(pool.last_cost),
            _quantity(pool.quantity),
            _price(pool.amount),
            [[*each.ref, each.at.isoformat(), _quantity(each.quantity), _price(each.amount)] for each in pool.layers],
        ]
        for key, pool in state.pools.items()
    ]
    return {"pools": pools, "held": [[*place, _quantity(held)] for place, held in state.holdings.items()]}


def restore(kept: dict[str, Any], policy: Policy, first_cost: Decimal) -> State:
    """The state that was kept."""
    state = State(policy, first_cost)
    for warehouse_id, lot_id, last_cost, quantity, amount, layers in kept["pools"]:
        stack = deque(
            Layer((source, source_id), datetime.fromisoformat(at), Decimal(left), Decimal(worth))
            for source, source_id, at, left, worth in layers
        )
        pool = Pool(Decimal(last_cost), Decimal(quantity), Decimal(amount), stack)
        state.pools[Place(warehouse_id, lot_id)] = pool
    for warehouse_id, lot_id, held in kept["held"]:
        state.holdings[Place(warehouse_id, lot_id)] = Decimal(held)
    return state


def _price(number: Decimal) -> str:
    return f"{round_to(number, PRICE_PLACES):f}"


def _quantity(number: Decimal) -> str:
    return f"{round_to(number, QUANTITY_PLACES):f}"
