"""Applying what changed since the mirror's watermark: one transaction, the watermark inside."""

from collections.abc import Mapping

import duckdb
from sqlalchemy import BigInteger, Table, cast, delete, func, insert, literal_column, select, text

from core.analytics.mirror import money, stage
from core.analytics.mirror.refresh_stock import apply_stock
from core.analytics.mirror.remembered import Facts
from core.analytics.mirror.source import Snapshot, joined
from core.analytics.mirror.stage import bring, scalar
from core.analytics.mirror.streams import Range
from core.analytics.mirror.tables import (
    ADDITIVE,
    DIALECT,
    RETURN,
    SALE,
    dim_channel,
    dim_customer,
    dim_customer_tag,
    dim_product_tag,
    dim_user,
    dim_warehouse,
)
from core.analytics.mirror.touched import touch

COMPACT_FACTOR, COMPACT_SLACK = 2, 20_000
_PLAIN = {
    "customer": ("src_customer", dim_customer),
    "channel": ("src_channel", dim_channel),
    "warehouse": ("src_warehouse", dim_warehouse),
    "app_user": ("src_user", dim_user),
}
_OLD_LINES = """
CREATE OR REPLACE TEMP TABLE old_lines AS SELECT * FROM fact_sales WHERE document_id BETWEEN $1 AND $2
AND (kind, document_id) IN (SELECT kind, id FROM touched)
"""
_CHANGED_LINES = """
CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT kind, document_id FROM (
    (SELECT * FROM new_lines EXCEPT ALL SELECT * FROM old_lines)
    UNION ALL (SELECT * FROM old_lines EXCEPT ALL SELECT * FROM new_lines)
)
"""
_ARRIVED_LINES = "CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT kind, document_id FROM new_lines"
_LINE_DELTA = """
CREATE OR REPLACE TEMP VIEW line_delta AS
SELECT 1 AS sign, * FROM new_lines
UNION ALL BY NAME SELECT -1 AS sign, * FROM old_lines SEMI JOIN changed USING (kind, document_id)
"""
_DELETE_LINES = """
DELETE FROM fact_sales WHERE document_id BETWEEN $1 AND $2
AND (kind, document_id) IN (SELECT kind, document_id FROM changed)
"""
_OLD_ORDERS = """
CREATE OR REPLACE TEMP TABLE old_orders AS SELECT * FROM fact_order WHERE document_id BETWEEN $1 AND $2
AND (kind, document_id) IN (SELECT kind, document_id FROM changed)
"""
_DELETE_ORDERS = """
DELETE FROM fact_order WHERE document_id BETWEEN $1 AND $2
AND (kind, document_id) IN (SELECT kind, document_id FROM changed)
"""
_ORDER_DELTA = """
CREATE OR REPLACE TEMP VIEW order_delta AS
SELECT 1 AS sign, * FROM new_orders UNION ALL BY NAME SELECT -1 AS sign, * FROM old_orders
"""
_DOCUMENTS = (
    stage.ADD_DAYS,
    stage.ADD_REGIONS,
    stage.ADD_REPS,
    stage.ADD_PRODUCTS,
    stage.ADD_CUSTOMER_MONTHS,
    "CREATE OR REPLACE TEMP TABLE touched_customer AS SELECT DISTINCT customer_id FROM order_delta",
    "DELETE FROM agg_customer WHERE customer_id IN (SELECT customer_id FROM touched_customer)",
    stage.ADD_CUSTOMERS,
    "UPDATE about SET first_day = least(first_day, (SELECT min(day) FROM new_lines)), "
    "last_day = greatest(last_day, (SELECT max(day) FROM new_lines))",
)
_MOVED_LINES = """
CREATE OR REPLACE TEMP TABLE moved_lines AS
SELECT f.*, p.category_id AS new_category_id FROM fact_sales f JOIN dim_product p ON p.id = f.product_id
WHERE f.product_id IN (SELECT id FROM src_product) AND p.category_id <> f.category_id
"""
_RECATEGORISE = (
    "CREATE OR REPLACE TEMP VIEW line_delta AS SELECT -1 AS sign, * FROM moved_lines UNION ALL BY NAME "
    "SELECT 1 AS sign, * EXCLUDE (category_id, new_category_id), new_category_id AS category_id FROM moved_lines",
    stage.ADD_DAYS,
    "UPDATE fact_sales SET category_id = p.category_id FROM dim_product p WHERE p.id = fact_sales.product_id "
    "AND p.id IN (SELECT id FROM src_product) AND p.category_id <> fact_sales.category_id",
)
Changes = Mapping[str, list[Range]]


# What of these is called, and how it is divided, stands in other tables.
_NAMING = {
    "category": Facts.GOODS,
    "product": Facts.GOODS,
    "warehouse": Facts.GOODS,
    "customer": Facts.PEOPLE,
    "channel": Facts.PEOPLE,
    "app_user": Facts.PEOPLE,
}


def apply_changes(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, changes: Changes) -> set[Facts]:
    """Bring the touched rows to what the snapshot sees; the caller opens and commits the transaction.

    Says what may be another now.
    """
    changed = {_NAMING[entity] for entity in changes if entity in _NAMING}
    if "category" in changes:
        bring(duck, snapshot, "src_category")
        duck.execute("DELETE FROM dim_category")
        duck.execute(stage.ADD_CATEGORIES)
    if "product" in changes:
        _apply_products(duck, snapshot, changes["product"])
    for entity, (name, table) in _PLAIN.items():
        if entity in changes:
            bring(duck, snapshot, name, changes[entity])
            _delete_ids(duck, table, changes[entity])
            duck.execute(stage.PLAIN_DIMENSIONS[name])
    if "customer" in changes:
        _apply_tags(duck, snapshot, "src_customer_tag", changes["customer"])
    costed = {SALE: list[Range](), RETURN: list[Range]()}
    if apply_stock(duck, snapshot, changes):
        changed.add(Facts.STOCK)
        for kind, document in duck.execute("SELECT kind, document_id FROM costed").fetchall():
            costed[kind].append((document, document))
    orders = joined([*changes.get("sales_order", ()), *costed[SALE]])
    returns = joined([*changes.get("sales_return", ()), *costed[RETURN]])
    if (orders or returns) and _apply_documents(duck, snapshot, orders, returns):
        changed.add(Facts.SALES)
    if _apply_money(duck, snapshot, changes):
        changed.add(Facts.MONEY)
    return changed


def compact(duck: duckdb.DuckDBPyConnection) -> None:
    """Fold the signed rows of aggregates that have grown; the caller opens and commits the transaction."""
    for table in ADDITIVE:
        before = scalar(duck, "SELECT row_count FROM compacted WHERE name = $1", [table.name])
        now = scalar(duck, "SELECT count(*) FROM query_table($1)", [table.name])
        if now > COMPACT_FACTOR * before + COMPACT_SLACK:
            fold(duck, table)


def fold(duck: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Rewrite one aggregate with one row for each key, and none where nothing is left."""
    keys = [column for column in table.c if not isinstance(column.type, BigInteger)]
    sums = [column for column in table.c if isinstance(column.type, BigInteger)]
    folded = (
        select(*keys, *(cast(func.sum(column), BigInteger).label(column.name) for column in sums))
        .group_by(*keys)
        .having(func.sum(table.c.fact_rows) != literal_column("0"))
        .order_by(*keys)
    )
    duck.execute("CREATE OR REPLACE TEMP TABLE folded AS " + str(folded.compile(dialect=DIALECT)))
    duck.execute(str(delete(table).compile(dialect=DIALECT)))
    duck.execute(str(insert(table).from_select(list(table.c), select(text("* FROM folded"))).compile(dialect=DIALECT)))
    duck.execute(
        "UPDATE compacted SET row_count = (SELECT count(*) FROM folded) WHERE name = $1",
        [table.name],
    )


def _apply_products(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, ranges: list[Range]) -> None:
    for name in ("src_product", "src_variant"):
        bring(duck, snapshot, name, ranges)
    duck.execute(stage.NEW_BRANDS)
    touch(duck, [(SALE, ranges)])
    duck.execute("DELETE FROM dim_product WHERE id IN (SELECT id FROM touched)")
    duck.execute(stage.ADD_PRODUCT_ROWS)
    duck.execute("DELETE FROM dim_variant WHERE product_id IN (SELECT id FROM touched)")
    duck.execute(stage.PLAIN_DIMENSIONS["src_variant"])
    _apply_tags(duck, snapshot, "src_product_tag", ranges)
    duck.execute(_MOVED_LINES)
    if scalar(duck, "SELECT count(*) FROM moved_lines"):
        for statement in _RECATEGORISE:
            duck.execute(statement)


def _apply_tags(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, name: str, ranges: list[Range]) -> None:
    """The tags of these products or customers."""
    bring(duck, snapshot, name, ranges)
    table, key = {
        "src_product_tag": (dim_product_tag, "product_id"),
        "src_customer_tag": (dim_customer_tag, "customer_id"),
    }[name]
    touch(duck, [(SALE, ranges)])
    duck.execute(str(delete(table).where(table.c[key].in_(select(text("id FROM touched")))).compile(dialect=DIALECT)))
    for statement in stage.TAGS[name]:
        duck.execute(statement)


def _apply_documents(
    duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, orders: list[Range], returns: list[Range]
) -> bool:
    """Whether any of them is another than it was."""
    for name, ranges in (
        ("src_order", orders),
        ("src_order_line", orders),
        ("src_shipped", orders),
        ("src_return", returns),
        ("src_return_line", returns),
    ):
        bring(duck, snapshot, name, ranges)
    duck.execute(stage.NEW_REGIONS)
    span = touch(duck, [(SALE, orders), (RETURN, returns)])
    duck.execute(stage.TOUCHED_LINE_COSTS, span)
    duck.execute(stage.STAGED_LINES)
    duck.execute(_OLD_LINES, span)
    duck.execute("CREATE OR REPLACE TEMP TABLE new_lines AS SELECT * FROM staged_lines")
    known = scalar(duck, "SELECT count(*) FROM old_lines")
    if not known and not scalar(duck, "SELECT count(*) FROM new_lines"):
        return False
    duck.execute(_CHANGED_LINES if known else _ARRIVED_LINES)
    if known:
        if not scalar(duck, "SELECT count(*) FROM changed"):
            return False
        duck.execute("DELETE FROM new_lines WHERE (kind, document_id) NOT IN (SELECT kind, document_id FROM changed)")
    duck.execute(_OLD_ORDERS, span)
    if known:
        duck.execute(_DELETE_LINES, span)
        duck.execute(_DELETE_ORDERS, span)
    duck.execute("INSERT INTO fact_sales BY NAME SELECT * FROM new_lines ORDER BY day, kind, line_id")
    duck.execute(stage.STAGED_ORDERS)
    duck.execute("CREATE OR REPLACE TEMP TABLE new_orders AS SELECT * FROM staged_orders")
    duck.execute("INSERT INTO fact_order BY NAME SELECT * FROM new_orders ORDER BY day, kind, document_id")
    duck.execute(_LINE_DELTA)
    duck.execute(_ORDER_DELTA)
    for statement in _DOCUMENTS:
        duck.execute(statement)
    return True


def _apply_money(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, changes: Changes) -> bool:
    """Payments that changed, or whose orders or customers did; whether there are any."""
    ranges = list(changes.get("payment", ()))
    if "sales_order" in changes:
        ranges += money.settling(duck, touch(duck, [(SALE, changes["sales_order"])]))
    if "customer" in changes:
        touch(duck, [(SALE, changes["customer"])])
        ranges += money.left_by(duck)
    if ranges:
        ranges = joined(ranges)
        money.apply_payments(duck, snapshot, ranges, touch(duck, [(SALE, ranges)]))
    return bool(ranges)


def _delete_ids(duck: duckdb.DuckDBPyConnection, table: Table, ranges: list[Range]) -> None:
    touch(duck, [(SALE, ranges)])
    duck.execute(str(delete(table).where(table.c.id.in_(select(text("id FROM touched")))).compile(dialect=DIALECT)))
