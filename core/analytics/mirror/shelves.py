"""When shelves were empty: kept as stretches of days, so that no question has to go through every move again.

A stretch is of a product in a warehouse, or (warehouse 0) on all shelves together: from a day at whose end nothing
was there up to but without the first at whose end something was. One that has not ended goes on for ever, as the one
before the first goods came has always been. Needs `stock_ends`, and the levels of now.
"""
# ruff: noqa: S608 - composed of our own names alone

import duckdb

from core.analytics.mirror.stage import scalar
from core.analytics.mirror.stage_stock import SHELF

ALWAYS, EVER = "DATE '0001-01-01'", "DATE '9999-12-31'"
_KEYS = f"""
CREATE OR REPLACE TEMP TABLE shelf_keys AS
SELECT product_id, warehouse_id, min(day) AS first FROM (
    SELECT product_id, warehouse_id, day FROM stock_ends WHERE kind = {SHELF}
    UNION ALL SELECT product_id, 0, day FROM stock_ends WHERE kind = {SHELF}
) GROUP BY ALL
"""
_DAYS = """
CREATE OR REPLACE TEMP TABLE shelf_days AS
SELECT product_id, warehouse_id, day, sum(shelf_delta)::BIGINT AS d FROM (
    SELECT product_id, warehouse_id, day, shelf_delta FROM stock_flows WHERE day >= $1 AND shelf_delta <> 0
    UNION ALL SELECT product_id, 0, day, shelf_delta FROM stock_flows WHERE day >= $1 AND shelf_delta <> 0
) f JOIN shelf_keys k USING (product_id, warehouse_id) WHERE day >= first GROUP BY ALL
"""
# What was there before the first change, and since when nothing if it was nothing.
_BEGUN = f"""
CREATE OR REPLACE TEMP TABLE shelf_begun AS
SELECT k.product_id, k.warehouse_id, k.first, coalesce(e.since, {ALWAYS}) AS since,
    coalesce(l.q, 0) - coalesce(d.d, 0) AS q
FROM shelf_keys k
LEFT JOIN empty_shelf e ON e.product_id = k.product_id AND e.warehouse_id = k.warehouse_id
    AND e.since < k.first AND e.until >= k.first
LEFT JOIN (
    SELECT product_id, warehouse_id, sum(shelf) AS q FROM level_stock GROUP BY ALL
    UNION ALL SELECT product_id, 0, sum(shelf) FROM level_stock GROUP BY ALL
) l ON l.product_id = k.product_id AND l.warehouse_id = k.warehouse_id
LEFT JOIN (SELECT product_id, warehouse_id, sum(d) AS d FROM shelf_days GROUP BY ALL) d
    ON d.product_id = k.product_id AND d.warehouse_id = k.warehouse_id
"""
_FORGET = """
DELETE FROM empty_shelf USING shelf_keys k
WHERE k.product_id = empty_shelf.product_id AND k.warehouse_id = empty_shelf.warehouse_id
    AND empty_shelf.until >= k.first
"""
_ADD = f"""
INSERT INTO empty_shelf BY NAME
WITH steps AS (
    SELECT product_id, warehouse_id, first - 1 AS day, since, q::BIGINT AS d FROM shelf_begun
    UNION ALL SELECT product_id, warehouse_id, day, day, d FROM shelf_days
), levels AS (
    SELECT product_id, warehouse_id, since, lead(day, 1, {EVER}) OVER w AS until, sum(d) OVER w AS q
    FROM steps WINDOW w AS (PARTITION BY product_id, warehouse_id ORDER BY day)
), told AS (
    SELECT *, count(*) FILTER (WHERE q > 0) OVER (PARTITION BY product_id, warehouse_id ORDER BY until) AS place
    FROM levels
)
SELECT product_id, warehouse_id, min(since) AS since, max(until) AS until
FROM told WHERE q <= 0 GROUP BY product_id, warehouse_id, place ORDER BY product_id, warehouse_id, since
"""
# The same of all goods from the first day on: before it there was nothing.
FIRST_LOAD = (
    f"CREATE OR REPLACE TEMP TABLE shelf_days AS SELECT product_id, warehouse_id, day, sum(quantity)::BIGINT AS d "
    f"FROM stock_ends WHERE kind = {SHELF} GROUP BY ALL",
    "INSERT INTO shelf_days SELECT product_id, 0, day, sum(d)::BIGINT FROM shelf_days GROUP BY ALL",
    f"CREATE OR REPLACE TEMP TABLE shelf_begun AS SELECT product_id, warehouse_id, {ALWAYS} + 1 AS first, "
    f"{ALWAYS} AS since, 0 AS q FROM shelf_days GROUP BY ALL",
    _ADD,
    "DROP TABLE shelf_days",
)


def follow_shelves(duck: duckdb.DuckDBPyConnection) -> None:
    """Bring the stretches of the goods in `stock_ends` up to the levels of now."""
    duck.execute(_KEYS)
    first = scalar(duck, "SELECT min(first) FROM shelf_keys")
    if first is not None:
        duck.execute(_DAYS, [first])
        for statement in (_BEGUN, _FORGET, _ADD):
            duck.execute(statement)
