"""What turns rows of the store into rows of the mirror; a first load and a change go through the same SQL.

The rows read are known here as `src_…` (one for each stream). Views say what they mean in the mirror.
"""

from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from core.analytics.mirror.source import Columns, Snapshot
from core.analytics.mirror.streams import KINDS, STREAMS, Range
from core.analytics.mirror.tables import AMOUNTS, LEVELS
from core.customers.models import CUSTOMER_KIND_LABELS

_SIGNED = ", ".join(f"sum(sign * {name})::BIGINT AS {name}" for name in AMOUNTS)
_ADDED = ", ".join(f"sum({name})::BIGINT AS {name}" for name in AMOUNTS)
_LEVELS = ", ".join(f"coalesce(above[{n}], id)::INTEGER AS {level}" for n, level in enumerate(LEVELS, 1))

# What the books say that the goods of a line cost, and of how many of them. Goods that cost nothing were received
# without a price: nobody knows what they cost. All lines at a first load, those of `touched` at a change.
_LINE_COSTS = """
CREATE OR REPLACE TEMP TABLE line_costs AS
SELECT kind, document_id, line_id, sum(cost)::BIGINT AS cost, sum(costed)::BIGINT AS costed
FROM document_costs {where} GROUP BY ALL HAVING sum(cost) <> 0
"""
ALL_LINE_COSTS = _LINE_COSTS.format(where="")
TOUCHED_LINE_COSTS = _LINE_COSTS.format(
    where="WHERE document_id BETWEEN $1 AND $2 AND (kind, document_id) IN (SELECT kind, id FROM touched)"
)
_KNOWN = "(line.unit_cost >= 0 OR line.quantity = coalesce(c.costed, 0))"
# Thousandths of goods at so many hundred-millionths, rounded half up to the 4 decimals of a cost.
_REST = "(line.quantity - coalesce(c.costed, 0))"
_COST = f"""(CASE WHEN {_KNOWN} THEN coalesce(c.cost, 0) + sign({_REST})
        * ((greatest(line.unit_cost, 0)::HUGEINT * abs({_REST}) + 5000000) // 10000000) ELSE 0 END)::BIGINT"""

# Signed rows of the fact, before they are stored: what was sold, and what came back. What was shipped costs what
# the books say, and the rest what it cost when it was ordered. Needs `line_costs`.
STAGED_LINES = f"""
CREATE OR REPLACE TEMP VIEW staged_lines AS
WITH in_time AS (
    SELECT l.line_id, sum(s.quantity) AS quantity
    FROM src_shipped s JOIN src_order_line l USING (line_id) JOIN src_order o USING (document_id)
    WHERE o.ship_by <> '' AND s.shipped_on <= o.ship_by GROUP BY ALL
), firsts AS (
    SELECT min(line_id) AS line_id FROM src_order_line l LEFT JOIN dim_variant v ON v.id = l.variant_id
    GROUP BY document_id, coalesce(v.product_id, 0)
), line AS (
    SELECT 0 AS kind, o.*, l.* EXCLUDE (document_id) FROM src_order_line l JOIN src_order o USING (document_id)
    UNION ALL BY NAME
    SELECT 1 AS kind, r.*, line_id, variant_id, -quantity AS quantity, -net AS net, -tax AS tax, -gross AS gross,
        -beyond AS beyond, 0 AS discount, unit_cost
    FROM src_return_line l JOIN src_return r USING (document_id)
)
SELECT line.kind::SMALLINT AS kind, line.document_id, line.line_id, line.day::DATE AS day,
    extract(hour FROM timezone(getvariable('timezone'), to_timestamp(line.epoch)))::SMALLINT AS hour,
    line.variant_id::INTEGER AS variant_id, coalesce(v.product_id, 0)::INTEGER AS product_id,
    coalesce(p.category_id, 0)::INTEGER AS category_id, line.channel_id::INTEGER AS channel_id,
    line.warehouse_id::INTEGER AS warehouse_id, line.customer_id::INTEGER AS customer_id,
    coalesce(g.id, 0)::INTEGER AS region_id, line.sales_rep_id::INTEGER AS sales_rep_id,
    line.quantity::BIGINT AS quantity, line.net::BIGINT AS net, line.tax::BIGINT AS tax,
    line.gross::BIGINT AS gross, line.discount::BIGINT AS discount,
    CASE WHEN line.kind = 1 THEN -line.net ELSE 0 END::BIGINT AS returned, (1 - line.kind)::BIGINT AS lines,
    line.unit_cost::BIGINT AS unit_cost, {_COST} AS cost,
    CASE WHEN {_KNOWN} THEN line.net ELSE 0 END::BIGINT AS costed_net, line.beyond::BIGINT AS beyond,
    nullif(line.ship_by, '')::DATE AS ship_by, coalesce(t.quantity, 0)::BIGINT AS in_time,
    (line.kind = 0 AND f.line_id IS NOT NULL)::SMALLINT AS product_orders
FROM line
LEFT JOIN in_time t ON line.kind = 0 AND t.line_id = line.line_id
LEFT JOIN firsts f ON line.kind = 0 AND f.line_id = line.line_id
LEFT JOIN line_costs c ON c.kind = line.kind AND c.document_id = line.document_id AND c.line_id = line.line_id
LEFT JOIN dim_variant v ON v.id = line.variant_id
LEFT JOIN dim_product p ON p.id = v.product_id
LEFT JOIN dim_region g ON g.name = line.region
"""  # noqa: S608 - our own names
# One row for each document of `new_lines`, with the number people know it by.
STAGED_ORDERS = f"""
CREATE OR REPLACE TEMP VIEW staged_orders AS
SELECT l.kind, l.document_id, any_value(n.number) AS number, any_value(day) AS day, any_value(hour) AS hour,
    any_value(channel_id) AS channel_id, any_value(warehouse_id) AS warehouse_id,
    any_value(customer_id) AS customer_id, any_value(region_id) AS region_id,
    any_value(sales_rep_id) AS sales_rep_id, {_ADDED}, (1 - l.kind)::BIGINT AS orders
FROM new_lines l
JOIN (
    SELECT 0 AS kind, document_id, number FROM src_order
    UNION ALL SELECT 1, document_id, number FROM src_return
) n ON n.kind = l.kind AND n.document_id = l.document_id
GROUP BY l.kind, l.document_id
"""  # noqa: S608 - our own names

# What a set of signed rows adds to each aggregate: `line_delta` and `order_delta` have a
# column `sign` that is 1 for rows that came and -1 for rows that went.
ADD_DAYS = f"""
INSERT INTO agg_day BY NAME
SELECT day, category_id, channel_id, warehouse_id, {_SIGNED}, sum(sign)::BIGINT AS fact_rows
FROM line_delta GROUP BY ALL ORDER BY day
"""  # noqa: S608 - our own names
ADD_REGIONS, ADD_REPS = (
    f"""
INSERT INTO {table} BY NAME
SELECT day, {key}, channel_id, {_SIGNED}, sum(sign * orders)::BIGINT AS orders, sum(sign)::BIGINT AS fact_rows
FROM order_delta GROUP BY ALL ORDER BY day
"""  # noqa: S608 - our own names
    for table, key in (("agg_region", "region_id"), ("agg_rep", "sales_rep_id"))
)
ADD_PRODUCTS = f"""
INSERT INTO agg_product BY NAME
SELECT date_trunc('month', day)::DATE AS month, variant_id, product_id, {_SIGNED},
    sum(CASE WHEN kind = 0 THEN sign * quantity ELSE 0 END)::BIGINT AS sold_quantity,
    sum(sign * product_orders)::BIGINT AS product_orders, sum(sign)::BIGINT AS fact_rows
FROM line_delta GROUP BY ALL ORDER BY month
"""  # noqa: S608 - our own names
ADD_CUSTOMER_MONTHS = f"""
INSERT INTO agg_customer_month BY NAME
SELECT date_trunc('month', day)::DATE AS month, customer_id, {_SIGNED},
    sum(sign * orders)::BIGINT AS orders, sum(sign)::BIGINT AS fact_rows
FROM order_delta GROUP BY ALL ORDER BY month
"""  # noqa: S608 - our own names
# The customers of `touched_customer`, from all their documents.
ADD_CUSTOMERS = f"""
INSERT INTO agg_customer BY NAME
SELECT customer_id, min(day) FILTER (WHERE kind = 0) AS first_day, max(day) FILTER (WHERE kind = 0) AS last_day,
    {_ADDED}, sum(orders)::BIGINT AS orders, count(*) AS fact_rows
FROM fact_order WHERE customer_id IN (SELECT customer_id FROM touched_customer)
GROUP BY customer_id ORDER BY customer_id
"""  # noqa: S608 - our own names

NEW_REGIONS = """
INSERT INTO dim_region
SELECT (SELECT coalesce(max(id), 0) FROM dim_region) + row_number() OVER (ORDER BY region), region
FROM (SELECT region FROM src_order UNION SELECT region FROM src_return)
WHERE region <> '' AND region NOT IN (SELECT name FROM dim_region)
"""
NEW_BRANDS = """
INSERT INTO dim_brand
SELECT (SELECT coalesce(max(id), 0) FROM dim_brand) + row_number() OVER (ORDER BY brand), brand
FROM (SELECT DISTINCT brand FROM src_product)
WHERE brand <> '' AND brand NOT IN (SELECT name FROM dim_brand)
"""
# A category is shown by its name, or by its path where another one has the same name.
# Where the tree is not so deep, a level is the category itself.
ADD_CATEGORIES = f"""
INSERT INTO dim_category BY NAME
WITH RECURSIVE tree AS (
    SELECT id, parent_id, [id] AS above, name AS path, name FROM src_category WHERE parent_id = 0
    UNION ALL
    SELECT c.id, c.parent_id, list_append(tree.above, c.id), tree.path || ' / ' || c.name, c.name
    FROM src_category c JOIN tree ON c.parent_id = tree.id
)
SELECT id::INTEGER AS id, parent_id::INTEGER AS parent_id, {_LEVELS}, name AS plain_name,
    CASE WHEN count(*) OVER (PARTITION BY name) > 1 THEN path ELSE name END AS name
FROM tree ORDER BY id
"""  # noqa: S608 - our own names
ADD_PRODUCT_ROWS = """
INSERT INTO dim_product BY NAME
SELECT s.id::INTEGER AS id, s.name, s.category_id::INTEGER AS category_id, coalesce(b.id, 0)::INTEGER AS brand_id
FROM src_product s LEFT JOIN dim_brand b ON b.name = s.brand ORDER BY s.id
"""
PLAIN_DIMENSIONS = {
    "src_variant": "INSERT INTO dim_variant BY NAME SELECT id, product_id, name FROM src_variant ORDER BY id",
    "src_customer": "INSERT INTO dim_customer BY NAME SELECT id, name, code, kind_id FROM src_customer ORDER BY id",
    "src_channel": "INSERT INTO dim_channel BY NAME SELECT id, name FROM src_channel ORDER BY id",
    "src_warehouse": "INSERT INTO dim_warehouse BY NAME SELECT id, name, code FROM src_warehouse ORDER BY id",
    "src_user": "INSERT INTO dim_user BY NAME SELECT id, name, code FROM src_user ORDER BY id",
}

# What carries a tag, and the tags not seen before.
TAGS = {
    name: (
        f"INSERT INTO {table} BY NAME SELECT {tagged}, tag_id FROM {name} ORDER BY {tagged}, tag_id",  # noqa: S608
        f"INSERT INTO {words} BY NAME SELECT DISTINCT tag_id AS id, name FROM {name} "  # noqa: S608 - our own names
        f"WHERE tag_id NOT IN (SELECT id FROM {words}) ORDER BY tag_id",
    )
    for name, table, tagged, words in (
        ("src_product_tag", "dim_product_tag", "product_id", "dim_tag"),
        ("src_customer_tag", "dim_customer_tag", "customer_id", "dim_customer_word"),
    )
}
ADD_KINDS = "INSERT INTO dim_customer_kind VALUES " + ", ".join(  # noqa: S608 - our own names
    f"({number}, '{CUSTOMER_KIND_LABELS[kind]}')" for number, kind in KINDS.items()
)


def bring(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, name: str, ranges: list[Range] | None = None) -> None:
    """Make rows of a stream known under its name, on this cursor; a driver that saw no row guessed their types."""
    stream = STREAMS[name]
    columns: Columns = snapshot.columns(stream, ranges)
    duck.register("arriving", columns)
    typed = ", ".join(
        f"{field.name}::{'VARCHAR' if pa.types.is_string(field.type) else 'BIGINT'} AS {field.name}"
        for field in stream.schema
    )
    duck.execute(f"CREATE OR REPLACE TEMP TABLE {stream.name} AS SELECT {typed} FROM arriving")  # noqa: S608 - our own names
    duck.unregister("arriving")


def scalar(duck: duckdb.DuckDBPyConnection, statement: str, parameters: Any = None) -> Any:
    """The only cell of the only row."""
    return duck.execute(statement, parameters).fetchall()[0][0]
