"""Which products are bought together: baskets are orders, a pair counts once in each.

support = share of orders with both; confidence = P(B|A); lift = P(B|A) ÷ P(B). The lower bound of the lift
is that of its 95 % interval, by the delta method on its logarithm (`rules.affinity`).
"""

from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from sqlalchemy import literal_column, select

from core.analytics.customers.rules.affinity import FEWEST_ORDERS, SURE, Together
from core.analytics.layer.answer import filters_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import conditions, rendered
from core.analytics.layer.sales import SALES
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import SALE, fact_sales
from core.base.exact import round_to
from core.security.actor import Actor
from core.security.permissions import P

MOST_PRODUCTS = 400
PLACES = 4
# The rules that hold, of each of the goods those that come true most often.
_RULES = f"""
WITH times AS (SELECT goods_id, count(*) AS times FROM basket GROUP BY goods_id),
sold AS (SELECT goods_id, times FROM times WHERE times >= {FEWEST_ORDERS} ORDER BY times DESC, goods_id LIMIT $1),
often AS (SELECT b.document_id, b.goods_id FROM basket b SEMI JOIN sold USING (goods_id)),
whole AS (SELECT count(DISTINCT document_id) AS orders FROM basket),
pairs AS (
    SELECT a.goods_id AS first_id, b.goods_id AS second_id, count(*) AS both_times
    FROM often a JOIN often b ON a.document_id = b.document_id AND a.goods_id <> b.goods_id
    GROUP BY ALL HAVING count(*) >= {FEWEST_ORDERS}
)
SELECT first_id, second_id, a.times AS with_first, b.times AS with_second, both_times AS with_both, orders
FROM pairs p JOIN sold a ON a.goods_id = first_id JOIN sold b ON b.goods_id = second_id, whole,
    LATERAL (SELECT both_times::DOUBLE * orders / (a.times * b.times) AS lift)
WHERE ln(lift) > {SURE} * sqrt(greatest(1 / both_times - 1 / a.times - 1 / b.times + (2 * lift - 1) / orders, 0))
QUALIFY row_number() OVER (PARTITION BY first_id ORDER BY both_times DESC, second_id) <= $2
ORDER BY first_id, both_times DESC, second_id
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Pair:
    """Who buys the first also buys the second: in so many orders, how surely, and how much more often than others."""

    first_id: int
    first: str
    second_id: int
    second: str
    orders: int
    support: Decimal
    confidence: Decimal
    lift: Decimal
    lift_low: Decimal


def bought_together(mirror: Mirror, actor: Actor, ask: Ask, limit: int = 50) -> tuple[Pair, ...]:
    """Pairs in at least ten orders whose lift is surely above one, the surest first.

    Baskets are the orders of the days asked for in which any line passes the filters; all of their lines
    count. The 400 products in most orders are looked at. Refuses who may not analyse sales.
    """
    actor.require(P.SALES_ANALYSE)
    return mirror.remembered_a_while(("affinity", ask, limit, actor.permissions), lambda duck: _pairs(duck, ask, limit))


def rules_among(duck: duckdb.DuckDBPyConnection, *, most_goods: int, most_of_one: int) -> pa.Table:
    """The rules that hold in the baskets of the table `basket` (document, goods): who buys the first, buys the second.

    A pair counts once in each basket. Of all goods those in most baskets are looked at, and of each the rules that
    come true most often are kept. Columns are the two goods and how many baskets have each, both, and there are.
    """
    return duck.sql(_RULES, params=[most_goods, most_of_one]).to_arrow_table()


def _pairs(duck: duckdb.DuckDBPyConnection, ask: Ask, limit: int) -> tuple[Pair, ...]:
    period = Period(ask.since, ask.until).checked()
    is_sale = fact_sales.c.kind == literal_column(str(SALE))
    meant = select(fact_sales.c.document_id).where(
        is_sale, *conditions(SALES, fact_sales, period, filters_of(duck, ask))
    )
    lines = (
        select(fact_sales.c.document_id, fact_sales.c.product_id.label("goods_id"))
        .where(is_sale, *conditions(SALES, fact_sales, period, ()), fact_sales.c.document_id.in_(meant))
        .distinct()
    )
    text, parameters = rendered(lines)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE basket AS {text}", parameters)
    found = rules_among(duck, most_goods=MOST_PRODUCTS, most_of_one=MOST_PRODUCTS).to_pylist()
    names = names_among(duck, {each for row in found for each in (row["first_id"], row["second_id"])})
    rows = []
    for row in found:
        both = Together(row["with_first"], row["with_second"], row["with_both"], row["orders"])
        figures = (both.with_both / both.orders, both.confidence, both.lift, both.lowest_lift)
        first, second = row["first_id"], row["second_id"]
        exact = (round_to(Decimal(str(each)), PLACES) for each in figures)
        rows.append(Pair(first, names.get(first, ""), second, names.get(second, ""), both.with_both, *exact))
    return tuple(sorted(rows, key=lambda row: (-row.lift_low, -row.orders, row.first_id, row.second_id))[:limit])


def names_among(duck: duckdb.DuckDBPyConnection, ids: set[int]) -> dict[int, str]:
    """What these products are called."""
    return dict(
        duck.execute("SELECT id, name FROM dim_product WHERE id IN (SELECT unnest($1))", [list(ids)]).fetchall()
    )
