"""Moving average: all goods of a pool cost the same at a moment."""

from decimal import Decimal

from core.base.exact import ZERO
from core.stock.costs.rules.pools import Pool, Take, share, unit_of


def put(pool: Pool, quantity: Decimal, amount: Decimal) -> None:
    """Mix goods in."""
    pool.quantity += quantity
    pool.amount += amount


def take(pool: Pool, quantity: Decimal, at_amount: Decimal | None = None) -> list[Take]:
    """Take goods at the average, or at an amount of their own where what stays is not worth less than nothing."""
    part = min(quantity, pool.quantity)
    if part <= 0:
        return []
    amount = share(pool.amount, part, pool.quantity)
    if part == pool.quantity:
        pool.last_cost = unit_of(amount, part)
    elif at_amount is not None and part == quantity and ZERO <= at_amount <= pool.amount:
        amount = at_amount
    pool.quantity -= part
    pool.amount -= amount
    return [Take(None, part, amount)]


def add_to(pool: Pool, amount: Decimal, received: Decimal) -> Decimal:
    """Let what is here bear its part of an amount for so much received; the part it bears."""
    here = min(max(pool.quantity, ZERO), received)
    if not here:
        return ZERO
    borne = share(amount, here, received)
    pool.amount += borne
    return borne
