"""At which price goods that do not sell free most cash."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import exp
from typing import Any

from sqlalchemy import select

from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.slow import YEAR, SlowRow, slow_stock
from core.base.exact import QUANTITY_PLACES, ZERO, round_to
from core.catalog.models import Variant
from core.security.permissions import P
from core.stock.clearing.prices import Step, best, expected_sales, ladder, observed
from core.work.command import Scope

USUAL_ELASTICITY = Decimal(2)
"""What is taken where prices tell nothing: between the means of −1.8 (Tellis 1988) and −2.6 (Bijmolt 2005)."""
USUAL_HORIZON = 90


@dataclass(frozen=True)
class ClearingPrice:
    """Goods that do not sell and what reductions bring; `weeks` are those that an observed elasticity stands on.

    `steps` is empty where nobody knows a price.
    """

    row: SlowRow
    price: Decimal
    floor: Decimal
    unit_cost: Decimal
    expected: Decimal
    elasticity: Decimal
    weeks: int
    is_observed: bool
    steps: tuple[Step, ...]

    @property
    def best(self) -> Step | None:
        """The step that frees most cash."""
        return best(self.steps) if self.steps else None

    @property
    def gain(self) -> Decimal:
        """By how much more that is than at today's price."""
        return best(self.steps).cash - self.steps[0].cash if self.steps else ZERO


# Of each product the weeks with sales in the year up to $1: the logarithms of quantity and of the price paid.
_RESPONSE = """
WITH weekly AS (
    SELECT product_id, date_trunc('week', day) AS week, ln(sum(gross) / sum(quantity)) AS price, ln(sum(quantity)) AS q
    FROM fact_sales
    WHERE kind = 0 AND day > $1::DATE - $2::INTEGER AND day <= $1 AND product_id IN (SELECT unnest($3::INTEGER[]))
    GROUP BY ALL HAVING sum(gross) > 0 AND sum(quantity) > 0
)
SELECT product_id, count(*), regr_slope(q, price), regr_r2(q, price), max(price) - min(price)
FROM weekly GROUP BY ALL
"""
_HELD = """
SELECT variant_id, sum(quantity)::BIGINT FROM level_stock
WHERE product_id IN (SELECT unnest($1::INTEGER[])) GROUP BY ALL HAVING sum(quantity) > 0
"""


def clearing_prices(
    mirror: Mirror,
    scope: Scope,
    *,
    days: int = 180,
    horizon: int = USUAL_HORIZON,
    elasticity: Decimal = USUAL_ELASTICITY,
    products: frozenset[int] | None = None,
    most: int | None = None,
) -> tuple[ClearingPrice, ...]:
    """What does not sell, the most costly first, each with what reductions of its retail price would bring.

    `elasticity` holds where a product's own sales of the last year do not tell. Refuses who may not see costs.
    """
    found = slow_stock(mirror, scope.actor, days=days)
    scope.actor.require(P.COST_READ)
    rows = [row for row in found.rows if products is None or row.product_id in products][:most]
    ids = [row.product_id for row in rows]
    responses = _responses(mirror, ids)
    prices = _prices(mirror, scope, ids)
    priced = []
    for row in rows:
        weeks, own = responses.get(row.product_id, (0, None))
        price, floor = prices.get(row.product_id, (ZERO, ZERO))
        expected = expected_sales(row.shipped, days, horizon)
        used = elasticity if own is None else own
        priced.append(
            ClearingPrice(
                row=row,
                price=price,
                floor=floor,
                unit_cost=round_to(row.value / row.on_hand, 4),
                expected=expected,
                elasticity=used,
                weeks=weeks,
                is_observed=own is not None,
                steps=ladder(price, row.on_hand, expected, used, floor) if price > ZERO else (),
            )
        )
    return tuple(priced)


def _responses(mirror: Mirror, ids: Sequence[int]) -> dict[int, tuple[int, Decimal | None]]:
    if not ids:
        return {}
    today: date = today_of(mirror)
    found = mirror.remembered(
        ("response", today, tuple(ids)),
        lambda duck: duck.execute(_RESPONSE, [today, YEAR, list(ids)]).fetchall(),
    )
    return {
        product_id: (weeks, observed(weeks, slope, r2, exp(spread))) for product_id, weeks, slope, r2, spread in found
    }


def _prices(mirror: Mirror, scope: Scope, ids: Sequence[int]) -> dict[int, tuple[Decimal, Decimal]]:
    """The retail price of each product, by how much there is of its SKUs, and how low it may go with all of them."""
    held: dict[int, Decimal] = {}
    with mirror.reading() as duck:
        for variant_id, units in duck.execute(_HELD, [list(ids)]).fetchall():
            held[variant_id] = Decimal(units).scaleb(-QUANTITY_PLACES)
    known: dict[int, list[tuple[Decimal, Decimal, Decimal]]] = defaultdict(list)
    for start in range(0, len(ids), 500):
        wanted = select(Variant.id, Variant.product_id, Variant.retail_price, Variant.lowest_price)
        rows: Any = scope.session.execute(wanted.where(Variant.product_id.in_(ids[start : start + 500])))
        for variant_id, product_id, retail, lowest in rows:
            if variant_id in held:
                known[product_id].append((held[variant_id], retail, lowest))
    found = {}
    for product_id, parts in known.items():
        whole = sum((quantity for quantity, _, _ in parts), ZERO)
        price = sum((quantity * retail for quantity, retail, _ in parts), ZERO) / whole
        share = max((lowest / retail for _, retail, lowest in parts if retail > ZERO), default=ZERO)
        found[product_id] = (round_to(price), round_to(price * share))
    return found
