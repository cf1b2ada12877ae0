"""Which words a case is told in: by its area, or by the shape of what is given."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.cases.costs import (
    cost_by_day,
    counts_in_time,
    landed_cost,
    price_of_receipt,
    steps_of_goods,
    transferred_value,
)
from tests.cases.orders import ORDERS
from tests.cases.prices import PROMOTED, TAXED, price_lists, promotions, taxes, units
from tests.cases.reader import Case
from tests.cases.shelves import SHELVES
from tests.cases.shop import Opened

Vocabulary = Callable[[Case, Opened], Mapping[str, Any]]
AREAS: dict[str, Vocabulary] = {
    "cost_history": cost_by_day,
    "landed_cost": landed_cost,
    "supplier_price_correction": price_of_receipt,
    "count_stages": counts_in_time,
    "transfer_keeps_value": transferred_value,
    "price_list": price_lists,
    "uom": units,
    **dict.fromkeys(PROMOTED, promotions),
    **dict.fromkeys(TAXED, taxes),
    **SHELVES,
    **ORDERS,
}


def figures_of(case: Case, opened: Opened) -> Mapping[str, Any]:
    """What comes of a case here, by the names that its expectations have."""
    known = sorted((area for area in AREAS if case.area.startswith(area)), key=len)
    if known:
        return AREAS[known[-1]](case, opened)
    if "steps" in case.given or "trials" in case.given:
        return steps_of_goods(case, opened)
    raise NotImplementedError(f"{case.id}: nobody told the reader of {case.area}")
