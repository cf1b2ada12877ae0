"""The next best product: from what is bought together, with its reason, and how often such offers came true."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
from sqlalchemy import select

from core.analytics.affinity import rules_among
from core.analytics.customers.among import Among, is_chosen, narrowed
from core.analytics.customers.daily import remembered_for_the_day
from core.analytics.customers.rules.affinity import Together
from core.analytics.customers.scored import KNOWN, WINDOW_DAYS
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.base.exact import ZERO
from core.catalog.models import Product, ProductStatus, Variant
from core.catalog.queries import get_products
from core.pricing.limits import thresholds_by_category
from core.pricing.resolve import category_paths
from core.pricing.rules.margins import nearest
from core.sales.memory import prices_on
from core.sales.rhythm import HitRate
from core.security.actor import Actor
from core.security.permissions import P
from core.stock.costs.current import current_costs
from core.stock.queries import stock_levels
from core.work.command import Scope

MOST_OFFERED = 5
LARGEST_ORDER = 60
"""Orders of more products are deliveries of everything and say nothing about what goes together."""

TRIED_DAYS, TRIED_CUSTOMERS = 90, 2_000
_MOST_OF_ONE, _CANDIDATES, _ONE = 20, 40, Decimal(1)
ALL_GOODS = 1_000_000_000
EVERYBODY = "customer_id IS NOT NULL"

_BASKETS = f"""
CREATE OR REPLACE TEMP TABLE basket AS
SELECT document_id, goods_id FROM (
    SELECT DISTINCT document_id, variant_id AS goods_id FROM fact_sales
    WHERE kind = 0 AND day >= $1 AND day < $2 AND net > 0 AND {EVERYBODY}
) QUALIFY count(*) OVER (PARTITION BY document_id) <= {LARGEST_ORDER}
"""  # noqa: S608 - our own words
# The middle pause between two days on which one customer bought a product.
_CYCLES = f"""
SELECT variant_id, median(gap)::DOUBLE AS pause FROM (
    SELECT variant_id, day - lag(day) OVER (PARTITION BY customer_id, variant_id ORDER BY day) AS gap FROM (
        SELECT DISTINCT customer_id, variant_id, day FROM fact_sales
        WHERE kind = 0 AND day >= $1 AND day < $2 AND net > 0 AND {KNOWN}
    )
) WHERE gap IS NOT NULL GROUP BY variant_id ORDER BY variant_id
"""  # noqa: S608 - our own words
_OWN = """
CREATE OR REPLACE TEMP TABLE own AS
SELECT customer_id, variant_id, max(day) AS last_day FROM fact_sales
WHERE kind = 0 AND day >= $1 AND day < $2 AND net > 0 AND customer_id IN (SELECT customer_id FROM asked) GROUP BY ALL
"""
# For each customer the products that follow from what it bought, the likeliest first.
_OFFERS = f"""
SELECT customer_id, second_id AS variant_id, first_id, with_first, with_second, with_both, orders
FROM (
    SELECT o.customer_id, r.* FROM own o JOIN affinity r ON r.first_id = o.variant_id
    QUALIFY row_number() OVER (
        PARTITION BY o.customer_id, r.second_id ORDER BY with_both::DOUBLE / with_first DESC, first_id
    ) = 1
) f
WHERE NOT EXISTS (
    SELECT 1 FROM own o LEFT JOIN cycle c USING (variant_id)
    WHERE o.customer_id = f.customer_id AND o.variant_id = f.second_id
        AND date_diff('day', o.last_day, $1::DATE) < coalesce(c.pause, {WINDOW_DAYS})
)
QUALIFY row_number() OVER (
    PARTITION BY customer_id ORDER BY with_both::DOUBLE / with_first DESC, second_id
) <= $2
ORDER BY customer_id, with_both::DOUBLE / with_first DESC, second_id
"""  # noqa: S608 - our own words
# Customers who bought before a day and from it on: by their hash always the same ones.
_TRIED = f"""
CREATE OR REPLACE TEMP TABLE asked AS
SELECT customer_id FROM fact_order WHERE kind = 0 AND day >= $1 AND day < $3 AND {KNOWN}
GROUP BY customer_id HAVING min(day) < $2 AND max(day) >= $2
ORDER BY hash(customer_id), customer_id LIMIT {TRIED_CUSTOMERS}
"""  # noqa: S608 - our own words
_HITS = """
SELECT count(DISTINCT f.customer_id), count(*), count(b.variant_id)
FROM offered f LEFT JOIN (
    SELECT DISTINCT customer_id, variant_id FROM fact_sales WHERE kind = 0 AND day >= $1 AND day < $2 AND net > 0
) b USING (customer_id, variant_id)
"""
_BOUGHT = """
SELECT count(*) FROM (
    SELECT DISTINCT customer_id, variant_id FROM fact_sales
    WHERE kind = 0 AND day >= $1 AND day < $2 AND net > 0 AND customer_id IN (SELECT customer_id FROM offered)
)
"""
# What sells most, by the same rules: what simple advice would have offered to the same customers.
_POPULAR = f"""
WITH popular AS (
    SELECT goods_id AS variant_id, count(*) AS times FROM basket GROUP BY goods_id
    ORDER BY times DESC, variant_id LIMIT {_CANDIDATES}
)
SELECT customer_id, variant_id FROM (SELECT DISTINCT customer_id FROM offered) a, popular p
WHERE NOT EXISTS (
    SELECT 1 FROM own o LEFT JOIN cycle c USING (variant_id)
    WHERE o.customer_id = a.customer_id AND o.variant_id = p.variant_id
        AND date_diff('day', o.last_day, $1::DATE) < coalesce(c.pause, {WINDOW_DAYS})
)
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY times DESC, variant_id) <= $2
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class Pair:
    """Two products that are bought together."""

    first_id: int
    second_id: int
    together: Together


@dataclass(frozen=True)
class OfferRow:
    """A product to offer a customer, with the product it follows from; price of today, what is available."""

    variant_id: int
    sku: str
    name: str
    price: Decimal
    available: Decimal
    because_id: int
    because: str
    together: Together


@dataclass(frozen=True)
class Tried:
    """How offers of the last weeks, made from what was known before, came true; and how plain best sellers did."""

    since: date
    until: date
    offers: HitRate
    best_sellers: HitRate


@dataclass(frozen=True)
class _Known:
    rules: pa.Table
    cycles: pa.Table


def pairs_of(
    mirror: Mirror,
    actor: Actor,
    variant_id: int | None = None,
    *,
    chosen: Among | None = None,
    goods: Collection[int] | None = None,
    limit: int = 50,
) -> list[Pair]:
    """What is bought together, or together with one product, that with the highest lift that is sure first.

    Counted in the orders of the chosen customers; of pairs, those with one of these goods. Refuses who may not
    analyse sales.
    """
    actor.require(P.SALES_ANALYSE)
    rows = _rows(_known(mirror, chosen).rules)
    found = [_pair(row) for row in rows if variant_id is None or row["first_id"] == variant_id]
    if goods is not None:
        found = [pair for pair in found if pair.first_id in goods or pair.second_id in goods]
    found.sort(key=lambda pair: (-pair.together.lowest_lift, pair.first_id, pair.second_id))
    return found[:limit]


def next_best(mirror: Mirror, scope: Scope, customer_id: int, *, limit: int = MOST_OFFERED) -> list[OfferRow]:
    """What to offer a customer next: what goes with what the customer bought in the last 12 months.

    In stock, active, not bought within its usual pause, and leaving the lowest margin where its cost is known.
    Refuses who may not analyse sales.
    """
    scope.actor.require(P.SALES_ANALYSE)
    known, today = _known(mirror), today_of(mirror)
    with mirror.reading() as duck:
        duck.execute("CREATE OR REPLACE TEMP TABLE asked AS SELECT $1::INTEGER AS customer_id", [customer_id])
        rows = _offers(duck, known, today, today + timedelta(days=1), _CANDIDATES)
        _forget(duck)
    wanted = [row["variant_id"] for row in rows]
    products = get_products(scope, wanted + [row["first_id"] for row in rows])
    available: dict[int, Decimal] = {}
    for level in stock_levels(scope, variant_ids=wanted, limit=len(wanted) * 1_000) if wanted else ():
        available[level.variant_id] = available.get(level.variant_id, ZERO) + level.available
    prices = prices_on(scope, today, customer_id, [(each, _ONE) for each in wanted]) if wanted else {}
    costs = current_costs(scope.session, wanted)
    thresholds = thresholds_by_category(scope)
    category = {
        row.id: row.category_id
        for row in scope.session.execute(
            select(Variant.id, Product.category_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(wanted))
        )
    }
    paths = category_paths(scope, set(category.values()))
    found = []
    for row in rows:
        product = products.get(row["variant_id"])
        price = prices.get(row["variant_id"], ZERO)
        if product is None or product.status != ProductStatus.ACTIVE or available.get(product.variant_id, ZERO) <= 0:
            continue
        cost = costs.get(product.variant_id)
        lowest = nearest(paths.get(category[product.variant_id], ()), thresholds).amber
        if price <= 0 or (cost is not None and (price - cost) / price < lowest):
            continue
        because = products.get(row["first_id"])
        found.append(
            OfferRow(
                variant_id=product.variant_id,
                sku=product.sku,
                name=product.name,
                price=price,
                available=available[product.variant_id],
                because_id=row["first_id"],
                because="" if because is None else because.name,
                together=_pair({**row, "second_id": product.variant_id}).together,
            )
        )
    return found[:limit]


def tried(mirror: Mirror, actor: Actor, chosen: Among | None = None) -> Tried | None:
    """How the offers of the last 90 days would have come true; None where nothing could be offered.

    To the chosen customers, at most 2,000 of them; what was in stock then is not known and not asked. Refuses who may
    not analyse sales.
    """
    actor.require(P.SALES_ANALYSE)
    return remembered_for_the_day(
        mirror, ("next product tried", _asked(chosen)), lambda duck, today: _tried(duck, today, chosen)
    )


def _known(mirror: Mirror, chosen: Among | None = None) -> _Known:
    return remembered_for_the_day(
        mirror, ("bought together", _asked(chosen)), lambda duck, today: _learnt(duck, today, chosen)
    )


def _asked(chosen: Among | None) -> Hashable:
    return None if chosen is None else chosen.asked


def _learnt(duck: duckdb.DuckDBPyConnection, until: date, chosen: Among | None = None) -> _Known:
    days = [until - timedelta(days=WINDOW_DAYS), until]
    duck.execute(_BASKETS.replace(EVERYBODY, is_chosen(duck, chosen)), days)
    rules = rules_among(duck, most_goods=ALL_GOODS, most_of_one=_MOST_OF_ONE)
    return _Known(rules, duck.sql(_CYCLES, params=days).to_arrow_table())


def _offers(
    duck: duckdb.DuckDBPyConnection, known: _Known, today: date, until: date, most: int
) -> list[dict[str, Any]]:
    """Offers for the customers of `asked`, as of a day."""
    duck.register("affinity", known.rules)
    duck.register("cycle", known.cycles)
    duck.execute(_OWN, [until - timedelta(days=WINDOW_DAYS), until])
    return _rows(duck.sql(_OFFERS, params=[today, most]).to_arrow_table())


def _tried(duck: duckdb.DuckDBPyConnection, today: date, chosen: Among | None) -> Tried | None:
    since = today - timedelta(days=TRIED_DAYS)
    known = _learnt(duck, since)
    duck.execute(narrowed(duck, _TRIED, chosen), [since - timedelta(days=WINDOW_DAYS), since, today])
    rows = _offers(duck, known, since, since, MOST_OFFERED)
    if not rows:
        _forget(duck)
        return None
    duck.register("arriving", pa.Table.from_pylist(rows))
    duck.execute("CREATE OR REPLACE TEMP TABLE offered AS SELECT customer_id, variant_id FROM arriving")
    duck.unregister("arriving")
    offers = _hit_rate(duck, since, today)
    duck.execute(f"CREATE OR REPLACE TEMP TABLE best AS {_POPULAR}", [since, MOST_OFFERED])
    duck.execute("CREATE OR REPLACE TEMP TABLE offered AS SELECT * FROM best")
    best_sellers = _hit_rate(duck, since, today)
    _forget(duck)
    return Tried(since, today, offers, best_sellers)


def _hit_rate(duck: duckdb.DuckDBPyConnection, since: date, until: date) -> HitRate:
    customers, offered, hits = duck.execute(_HITS, [since, until]).fetchall()[0]
    return HitRate(customers, offered, duck.execute(_BOUGHT, [since, until]).fetchall()[0][0], hits)


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def _forget(duck: duckdb.DuckDBPyConnection) -> None:
    duck.unregister("affinity")
    duck.unregister("cycle")


def _pair(row: dict[str, Any]) -> Pair:
    together = Together(row["with_first"], row["with_second"], row["with_both"], row["orders"])
    return Pair(row["first_id"], row["second_id"], together)
