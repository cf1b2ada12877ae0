"""Splitting an amount over what it was paid for."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.base.exact import PRICE_PLACES, ZERO, allocate
from core.base.i18n import N_


class SplitBy(StrEnum):
    """What the share of a line follows."""

    AMOUNT = "amount"
    QUANTITY = "quantity"
    WEIGHT = "weight"


SPLIT_LABELS = {
    SplitBy.AMOUNT: N_("By purchase amount"),
    SplitBy.QUANTITY: N_("By quantity"),
    SplitBy.WEIGHT: N_("By weight"),
}


@dataclass(frozen=True)
class Received:
    """A received line that shares an amount. `weight` is that of the whole line."""

    key: int
    quantity: Decimal
    amount: Decimal
    weight: Decimal = ZERO


def split(amount: Decimal, lines: Sequence[Received], by: SplitBy) -> dict[int, Decimal]:
    """Each line's share, adding up to the amount exactly; lines of nothing get nothing.

    Where all weights are zero (goods without a price, say) the quantity decides.
    """
    real = [line for line in lines if line.quantity > 0]
    weights = [getattr(line, by.value) for line in real]
    if not any(weights):
        weights = [line.quantity for line in real]
    return {line.key: part for line, part in zip(real, allocate(amount, weights, PRICE_PLACES), strict=True)}
