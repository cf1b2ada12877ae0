"""On how few customers the sales hang."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOPS = (1, 10, 20)
"""Per cent of the customers, those who buy most."""

MOST_POINTS = 100


@dataclass(frozen=True)
class Concentration:
    """Shares of the top 1, 10 and 20 % (rounded up to whole customers), Gini, Herfindahl, who makes 80 %, the curve.

    Gini is 0 where all buy the same and near 1 where one buys all; Herfindahl is the sum of squared shares.
    The curve is Lorenz's turned over: share of customers, the largest first, and the share of sales they make.
    """

    customers: int
    total: int
    top: tuple[float, ...]
    gini: float
    herfindahl: float
    four_fifths: int
    curve: tuple[tuple[float, float], ...]


def concentration(amounts: NDArray[np.int64]) -> Concentration | None:
    """How sales spread over customers; who brought nothing or less is not counted. None where nobody is left."""
    falling = np.sort(amounts[amounts > 0])[::-1]
    count = len(falling)
    if count == 0:
        return None
    sums = np.cumsum(falling)
    total = int(sums[-1])
    share = falling / total
    ranks = np.arange(count, 0, -1)
    places = np.unique(np.linspace(0, count, min(count, MOST_POINTS) + 1).astype(np.int64))
    return Concentration(
        customers=count,
        total=total,
        top=tuple(float(sums[-(-count * part // 100) - 1] / total) for part in TOPS),
        gini=float(2 * np.dot(ranks, share) / count - (count + 1) / count),
        herfindahl=float(np.dot(share, share)),
        four_fifths=int(np.searchsorted(sums, -(-total * 4 // 5))) + 1,
        curve=tuple((float(at / count), float(sums[at - 1] / total) if at else 0.0) for at in places),
    )
