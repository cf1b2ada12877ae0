"""When nothing was on the shelf, and what was not sold for it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.analytics.layer.answer import today_of
from core.analytics.layer.dimensions import month_after
from core.analytics.mirror.mirror import Mirror
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_to
from core.security.actor import Actor
from core.security.permissions import P


@dataclass(frozen=True)
class StockOutRow:
    """A product that was not on any shelf for so many of the days, while it was asked for.

    `lost` is what would have been sold on these days: so much a day as was shipped on the others. `lost_margin` is
    what that would have earned, at the margin of a unit in the period; None for who may not see costs.
    """

    product_id: int
    name: str
    days_out: int
    is_out: bool
    shipped: Decimal
    lost: Decimal
    lost_margin: Decimal | None


@dataclass(frozen=True)
class StockOuts:
    """What ran out in a period, the most costly first; `days` is how long it was, up to today."""

    rows: tuple[StockOutRow, ...]
    days: int
    since: date
    until: date
    as_of: datetime


# $1 is the first day, $2 the day after the last; from $3 up to $4 are whole months.
_OUTS = """
WITH asked AS (
    SELECT product_id, sum(sold - returned)::HUGEINT AS shipped FROM (
        SELECT product_id, sold, returned FROM stock_flows WHERE day >= $1 AND day < $3
        UNION ALL SELECT product_id, sold, returned FROM agg_stock WHERE month >= $3 AND month < $4
        UNION ALL SELECT product_id, sold, returned FROM stock_flows WHERE day >= $4 AND day < $2
    ) GROUP BY ALL HAVING sum(sold - returned) > 0
), outs AS (
    SELECT product_id, sum(least(until, $2::DATE) - greatest(since, $1::DATE)) AS days_out,
        max(until) >= $2::DATE AS is_out
    FROM empty_shelf WHERE warehouse_id = 0 AND since < $2 AND until > $1
        AND product_id IN (SELECT product_id FROM asked) GROUP BY ALL
), sold AS (
    SELECT product_id, sum(net)::HUGEINT AS net, sum(quantity)::HUGEINT AS quantity FROM (
        SELECT product_id, net, quantity FROM fact_sales WHERE day >= $1 AND day < $3
        UNION ALL SELECT product_id, net, quantity FROM agg_product WHERE month >= $3 AND month < $4
        UNION ALL SELECT product_id, net, quantity FROM fact_sales WHERE day >= $4 AND day < $2
    ) WHERE product_id IN (SELECT product_id FROM outs) GROUP BY ALL
), cost AS (
    SELECT product_id, sum(cogs)::HUGEINT AS cogs FROM (
        SELECT product_id, cogs FROM value_flows WHERE day >= $1 AND day < $3
        UNION ALL SELECT product_id, cogs FROM agg_value WHERE month >= $3 AND month < $4
        UNION ALL SELECT product_id, cogs FROM value_flows WHERE day >= $4 AND day < $2
    ) WHERE product_id IN (SELECT product_id FROM outs) GROUP BY ALL
)
SELECT o.product_id, coalesce(p.name, ''), o.days_out::INTEGER, o.is_out, a.shipped::BIGINT,
    coalesce(s.net, 0)::BIGINT, coalesce(s.quantity, 0)::BIGINT, coalesce(c.cogs, 0)::BIGINT
FROM outs o JOIN asked a USING (product_id) LEFT JOIN sold s USING (product_id) LEFT JOIN cost c USING (product_id)
LEFT JOIN dim_product p ON p.id = o.product_id
"""


def stock_outs(mirror: Mirror, actor: Actor, *, since: date, until: date) -> StockOuts:
    """Products shipped in a period of which the shelves of all warehouses were empty at the end of some of its days.

    On these days nothing is taken to have been sold; as much a day as was shipped on the others is taken to be
    lost. Of a product that was out on every day it is unknown, and taken as nothing. A unit earns its net price less
    its cost of the period, nothing where either is unknown or the cost is higher.
    """
    actor.require(P.SALES_ANALYSE)
    actor.require(P.STOCK_READ)
    end = max(since, min(until, today_of(mirror) + timedelta(days=1)))
    first_month = min(month_after(since), end)
    last_month = max(end.replace(day=1), first_month)
    as_of = mirror.as_of
    found = mirror.remembered(
        ("outs", since, end), lambda duck: duck.execute(_OUTS, [since, end, first_month, last_month]).fetchall()
    )
    may_see, days = actor.may(P.COST_READ), (end - since).days
    rows = []
    for product_id, name, days_out, is_out, shipped, net, quantity, cogs in found:
        gone = Decimal(shipped).scaleb(-QUANTITY_PLACES)
        open_days = days - days_out
        lost = gone * days_out / open_days if open_days else Decimal(0)
        earned = Decimal(0)
        if quantity > 0 and net > 0:
            price = Decimal(net) / quantity * 10  # cents of thousandths
            cost = Decimal(cogs).scaleb(-PRICE_PLACES) / gone
            earned = max(price - cost, Decimal(0))
        rows.append(
            StockOutRow(
                product_id=product_id,
                name=name,
                days_out=days_out,
                is_out=is_out,
                shipped=gone,
                lost=round_to(lost, QUANTITY_PLACES),
                lost_margin=round_to(lost * earned) if may_see else None,
            )
        )
    rows.sort(key=lambda row: (-(row.lost_margin or Decimal(0)), -row.days_out, row.product_id))
    return StockOuts(tuple(rows), days, since, end, as_of)
