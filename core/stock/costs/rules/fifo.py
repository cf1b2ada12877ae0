"""First in, first out: layers in the order they came, the oldest eaten first."""

from datetime import datetime
from decimal import Decimal

from core.base.exact import ZERO, allocate
from core.stock.costs.rules.events import Ref
from core.stock.costs.rules.pools import Layer, Pool, Take, share, unit_of


def put(pool: Pool, ref: Ref, at: datetime, quantity: Decimal, amount: Decimal) -> None:
    """A layer at the end."""
    pool.layers.append(Layer(ref, at, quantity, amount))
    pool.quantity += quantity
    pool.amount += amount


def take(pool: Pool, quantity: Decimal, first: Ref | None = None) -> list[Take]:
    """Eat layers, oldest first or the one named `first` before all others; at most what is there."""
    takes: list[Take] = []
    left = quantity
    if first is not None:
        for layer in [each for each in pool.layers if each.ref == first]:
            left -= _eat(pool, layer, left, takes)
            if not layer.quantity:
                pool.layers = type(pool.layers)(each for each in pool.layers if each is not layer)
    while left > 0 and pool.layers and pool.layers[0].quantity > 0:
        layer = pool.layers[0]
        left -= _eat(pool, layer, left, takes)
        if not layer.quantity:
            pool.layers.popleft()
    return takes


def add_to(pool: Pool, of: Ref, amount: Decimal, received: Decimal) -> Decimal:
    """Let what is left of a receipt bear its part of an amount; the part it bears."""
    borne = ZERO
    for layer in pool.layers:
        if layer.ref == of and layer.quantity > 0:
            part = share(amount, min(layer.quantity, received), received)
            layer.amount += part
            pool.amount += part
            borne += part
    return borne


def revalue(pool: Pool, total: Decimal, *, keeps_proportions: bool) -> None:
    """Give the layers a new total, in proportion to what they were worth or to their quantity."""
    weights = [each.amount if keeps_proportions else each.quantity for each in pool.layers]
    for layer, part in zip(pool.layers, allocate(total, weights, 4), strict=True):
        layer.amount = part
    pool.amount = total


def _eat(pool: Pool, layer: Layer, wanted: Decimal, takes: list[Take]) -> Decimal:
    part = min(wanted, layer.quantity)
    if part <= 0:
        return ZERO
    amount = share(layer.amount, part, layer.quantity)
    if part == layer.quantity:
        pool.last_cost = unit_of(amount, part)
    layer.quantity -= part
    layer.amount -= amount
    pool.quantity -= part
    pool.amount -= amount
    takes.append(Take(layer.ref, part, amount))
    return part
