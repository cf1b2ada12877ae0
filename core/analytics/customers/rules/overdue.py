"""Who should have ordered by now, by the customer's own clock."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.base.i18n import N_

FEWEST_DAYS = 3
"""Days with orders that make a rhythm of one's own."""

AT_RISK = 2.0
"""So many usual pauses without an order."""


class Clock(StrEnum):
    """Whose rhythm is taken."""

    OWN = "own"
    CATEGORY = "category"
    COMPANY = "company"


CLOCK_LABELS = {
    Clock.OWN: N_("own rhythm"),
    Clock.CATEGORY: N_("rhythm of the category"),
    Clock.COMPANY: N_("rhythm of all customers"),
}
DEFINITION = N_(
    "Days since the last order ÷ the middle one of the customer's own pauses between days with orders in the last two "
    "years; with fewer than three such days, the middle pause of customers who mostly buy the same category, else of "
    "all. At risk from 2. The money at stake is what the customer bought in the year before the last order."
)


def pauses(
    own: NDArray[np.float64], category: NDArray[np.int64], of_category: dict[int, float], of_all: float
) -> tuple[NDArray[np.float64], list[Clock]]:
    """The pause that counts for each customer, and whose it is; `own` is not a number where there is none."""
    fallback = np.array([of_category.get(int(each), np.nan) for each in category])
    has_own, has_category = ~np.isnan(own), ~np.isnan(fallback)
    pause = np.where(has_own, own, np.where(has_category, fallback, of_all))
    clocks = [
        Clock.OWN if is_own else Clock.CATEGORY if is_category else Clock.COMPANY
        for is_own, is_category in zip(has_own, has_category, strict=True)
    ]
    return pause, clocks


def medians(own: NDArray[np.float64], category: NDArray[np.int64]) -> tuple[dict[int, float], float]:
    """The middle pause of each category's customers and of all; not a number where nobody has a rhythm."""
    known = ~np.isnan(own)
    if not known.any():
        return {}, float("nan")
    found = {
        int(each): float(np.median(own[known & (category == each)])) for each in np.unique(category[known]) if each != 0
    }
    return found, float(np.median(own[known]))
