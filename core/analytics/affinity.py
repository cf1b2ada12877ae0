"""Which products are bought together: baskets are orders, a pair counts once in each.

support = share of orders with both; confidence = P(B|A); lift = P(B|A) ÷ P(B). The lower bound of the lift
takes the lower end of Wilson's 95 % interval of P(B|A).
"""

from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Any

import duckdb
from sqlalchemy import Integer, cast, func, literal, literal_column, select

from core.analytics.layer.answer import filters_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import conditions, rendered
from core.analytics.layer.sales import SALES
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import SALE, dim_product, fact_sales
from core.base.exact import round_to
from core.security.actor import Actor
from core.security.permissions import P

FEWEST_ORDERS = 10
MOST_PRODUCTS = 400
Z = 1.959964
PLACES = 4


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


def measures_of(both: int, first: int, second: int, orders: int) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Support, confidence, lift and its lower bound, from numbers of orders."""
    share, spread = both / first, Z * Z / first
    low = (share + spread / 2 - Z * sqrt(share * (1 - share) / first + spread / (4 * first))) / (1 + spread)
    found = (both / orders, share, share * orders / second, low * orders / second)
    return tuple(round_to(Decimal(str(each)), PLACES) for each in found)  # type: ignore[return-value]


def _pairs(duck: duckdb.DuckDBPyConnection, ask: Ask, limit: int) -> tuple[Pair, ...]:
    period = Period(ask.since, ask.until).checked()
    is_sale = fact_sales.c.kind == literal_column(str(SALE))
    meant = (
        select(fact_sales.c.document_id)
        .where(is_sale, *conditions(SALES, fact_sales, period, filters_of(duck, ask)))
        .distinct()
    )
    baskets = meant.cte("baskets")
    is_meant = fact_sales.c.document_id.in_(select(baskets.c.document_id))
    lines = (
        select(fact_sales.c.document_id, fact_sales.c.product_id)
        .where(
            is_sale,
            *conditions(SALES, fact_sales, period, ()),
            is_meant,
        )
        .distinct()
        .cte("lines")
    )
    often = (
        select(lines.c.product_id, func.count().label("orders"))
        .group_by(lines.c.product_id)
        .having(func.count() >= literal(FEWEST_ORDERS, Integer))
        .order_by(func.count().desc(), lines.c.product_id)
        .limit(MOST_PRODUCTS)
        .cte("often")
    )
    one, other = lines.alias("one"), lines.alias("other")
    first, second = often.alias("first"), often.alias("second")
    both = cast(func.count(), Integer)
    found = (
        select(
            one.c.product_id, other.c.product_id, both, func.any_value(first.c.orders), func.any_value(second.c.orders)
        )
        .select_from(one)
        .join(other, (one.c.document_id == other.c.document_id) & (one.c.product_id != other.c.product_id))
        .join(first, first.c.product_id == one.c.product_id)
        .join(second, second.c.product_id == other.c.product_id)
        .group_by(one.c.product_id, other.c.product_id)
        .having(func.count() >= literal(FEWEST_ORDERS, Integer))
    )
    (orders,) = _fetched(duck, select(func.count()).select_from(meant.subquery()))[0]
    pairs = _fetched(duck, found)
    names = dict(_fetched(duck, select(dim_product.c.id, dim_product.c.name)))
    rows = [
        Pair(a, names.get(a, ""), b, names.get(b, ""), n, *measures_of(n, n_a, n_b, orders))
        for a, b, n, n_a, n_b in pairs
    ]
    sure = [row for row in rows if row.lift_low > 1]
    return tuple(sorted(sure, key=lambda row: (-row.lift_low, -row.orders, row.first_id, row.second_id))[:limit])


def _fetched(duck: duckdb.DuckDBPyConnection, statement: Any) -> list[tuple[Any, ...]]:
    text, parameters = rendered(statement)
    return duck.execute(text, parameters).fetchall()
