"""Comparing the mirror with the store of record: sums and check sums month by month, labels one by one."""

from dataclasses import dataclass
from typing import Any

import duckdb
from sqlalchemy import ColumnElement, String, cast, func, literal, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from core.analytics.mirror import money
from core.analytics.mirror.compare_stock import AGGREGATES, MIRRORED, stock_sums
from core.analytics.mirror.source import Snapshot, Statement
from core.analytics.mirror.stage import bring
from core.analytics.mirror.streams import SOLD_AT, unit_cost
from core.analytics.mirror.tables import AMOUNTS
from core.db.types import BigId
from core.sales.models import (
    CAME_BACK,
    SOLD_STATES,
    OrderLine,
    ReturnLine,
    SalesOrder,
    SalesReturn,
    Shipment,
    ShipmentLine,
)

# Every attribute of a line times a prime, folded so that the sum over ten million lines fits 64 bits.
_FOLD = 65_521
_SALES = """
SELECT strftime(day, '%Y-%m'), coalesce(g.name, ''), count(*),
    sum(line_id), sum(s * f.quantity), sum(s * net), sum(s * tax), sum(s * gross),
    sum(discount), sum(s * beyond), sum((1 + unit_cost) % 65521 * (1 + line_id % 97)),
    sum(((line_id * 31 + variant_id * 37 + customer_id * 41 + channel_id * 43 + warehouse_id * 47 + sales_rep_id * 53
        + day(day) * 59) % 65521) * (1 + (s * net) % 65521))
FROM (SELECT *, 1 - 2 * kind AS s FROM fact_sales WHERE kind = $1) f LEFT JOIN dim_region g ON g.id = f.region_id
GROUP BY ALL
"""
# Each table of labels: the stream it is copied from, what the stream says, and what the mirror says.
_LABELS = {
    "customers": ("src_customer", "id, name, code, kind_id", "SELECT id, name, code, kind_id FROM dim_customer"),
    "product tags": (
        "src_product_tag",
        "product_id, tag_id, name",
        "SELECT product_id, tag_id, name FROM dim_product_tag JOIN dim_tag ON id = tag_id",
    ),
    "customer tags": (
        "src_customer_tag",
        "customer_id, tag_id, name",
        "SELECT customer_id, tag_id, name FROM dim_customer_tag JOIN dim_customer_word ON id = tag_id",
    ),
    "products": (
        "src_product",
        "id, name, category_id, coalesce(brand, '')",
        "SELECT p.id, p.name, p.category_id, coalesce(b.name, '') FROM dim_product p"
        " LEFT JOIN dim_brand b ON b.id = p.brand_id",
    ),
    "variants": ("src_variant", "id, product_id, name", "SELECT id, product_id, name FROM dim_variant"),
    "categories": ("src_category", "id, parent_id, name", "SELECT id, parent_id, plain_name FROM dim_category"),
    "channels": ("src_channel", "id, name", "SELECT id, name FROM dim_channel"),
    "warehouses": ("src_warehouse", "id, name, code", "SELECT id, name, code FROM dim_warehouse"),
    "users": ("src_user", "id, name, code", "SELECT id, name, code FROM dim_user"),
}
_SUMS = ", ".join(f"sum({name})" for name in AMOUNTS)
_OF_PRODUCTS = ", sum(sold_quantity), sum(product_orders)"


def _kept(table: str, keys: str, fact: str, counted: str = "") -> tuple[str, str]:
    """What a fact adds up to under these keys, and what an aggregate of it says."""
    plain = keys.replace("month", "date_trunc('month', day)::DATE")
    of_fact = counted.replace("sold_quantity", "CASE WHEN kind = 0 THEN quantity ELSE 0 END")
    return (
        f"SELECT {plain}, {_SUMS}{of_fact}, count(*) FROM {fact} GROUP BY ALL",  # noqa: S608 - our own names
        f"SELECT {keys}, {_SUMS}{counted}, sum(fact_rows) AS n FROM {table} GROUP BY ALL HAVING n <> 0",  # noqa: S608
    )


# Each aggregate, and the fact it is kept from.
_AGGREGATES = {
    "agg_day": _kept("agg_day", "day, category_id, channel_id, warehouse_id", "fact_sales"),
    "agg_region": _kept("agg_region", "day, region_id, channel_id", "fact_order", ", sum(orders)"),
    "agg_rep": _kept("agg_rep", "day, sales_rep_id, channel_id", "fact_order", ", sum(orders)"),
    "agg_product": _kept("agg_product", "month, variant_id, product_id", "fact_sales", _OF_PRODUCTS),
    "agg_customer_month": _kept("agg_customer_month", "month, customer_id", "fact_order", ", sum(orders)"),
    "agg_customer": (
        f"SELECT customer_id, min(day) FILTER (WHERE kind = 0), max(day) FILTER (WHERE kind = 0), {_SUMS},"  # noqa: S608
        " sum(orders), count(*) FROM fact_order GROUP BY customer_id",
        f"SELECT customer_id, first_day, last_day, {', '.join(AMOUNTS)}, orders, fact_rows FROM agg_customer",  # noqa: S608
    ),
    "fact_order": (
        f"SELECT kind, document_id, any_value(day), any_value(customer_id), any_value(hour), {_SUMS}"  # noqa: S608
        " FROM fact_sales GROUP BY kind, document_id",
        f"SELECT kind, document_id, day, customer_id, hour, {', '.join(AMOUNTS)} FROM fact_order",  # noqa: S608
    ),
}

# What each line cost, from facts that are compared themselves; written apart from what keeps it.
_COSTS = (
    """
SELECT * FROM (WITH book AS (
    SELECT origin - 1 AS kind, document_id, line_id, -sum(e.amount) AS cost, -sum(e.quantity) AS costed
    FROM fact_entry e WHERE origin IN (1, 2) AND e.kind <> 11 AND flow IN (3, 4) GROUP BY ALL HAVING sum(e.amount) <> 0
), line AS (
    SELECT f.kind, f.line_id, f.net, unit_cost, coalesce(b.cost, 0) AS booked, quantity - coalesce(b.costed, 0) AS rest,
        unit_cost::HUGEINT * (quantity - coalesce(b.costed, 0)) AS ordered
    FROM fact_sales f LEFT JOIN book b USING (kind, document_id, line_id)
)
SELECT kind, line_id, CASE WHEN unit_cost >= 0
        THEN booked + CASE WHEN ordered < 0 THEN -1 ELSE 1 END * ((abs(ordered) + 5000000) // 10000000)
    WHEN rest = 0 THEN booked ELSE 0 END::BIGINT, CASE WHEN unit_cost >= 0 OR rest = 0 THEN net ELSE 0 END
FROM line)
""",
    "SELECT kind, line_id, cost, costed_net FROM fact_sales",
)

_DUE = """
SELECT strftime(ship_by, '%Y-%m'), '', sum(quantity), sum(in_time) FROM fact_sales WHERE ship_by IS NOT NULL GROUP BY 1
"""

Figures = dict[tuple[str, str], tuple[int, ...]]
"""By month and region."""


@dataclass(frozen=True)
class Discrepancy:
    """Something the mirror holds differently from what it is kept from; `where` is a month, or `all`."""

    table: str
    where: str
    right: tuple[int, ...]
    mirrored: tuple[int, ...]


def compare(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> list[Discrepancy]:
    """What differs between the store as this snapshot sees it and the mirror, and within the mirror."""
    found: list[Discrepancy] = []
    for table, statement in _of_store().items():
        right = _figures(snapshot.rows(statement))
        mirrored = _figures(_mirrored(duck, table))
        differing = {}
        for key in sorted(right.keys() | mirrored.keys(), reverse=True):
            if right.get(key, ()) != mirrored.get(key, ()):
                differing[key[0]] = Discrepancy(table, key[0], right.get(key, ()), mirrored.get(key, ()))
        found += reversed(differing.values())
    for table, (stream, columns, labels) in _LABELS.items():
        bring(duck, snapshot, stream)
        said = f"SELECT {columns} FROM {stream}"  # noqa: S608 - our own names
        missing, extra = _rows_that_differ(duck, said, labels), _rows_that_differ(duck, labels, said)
        if missing or extra:
            found.append(Discrepancy(table, "all", (missing,), (extra,)))
    for table, (fact, aggregate) in ({"costs of lines": _COSTS} | _AGGREGATES | AGGREGATES).items():
        missing, extra = _rows_that_differ(duck, fact, aggregate), _rows_that_differ(duck, aggregate, fact)
        if missing or extra:
            found.append(Discrepancy(table, "all", (missing,), (extra,)))
    return found


def _mirrored(duck: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    if table in ("sales", "returns"):
        return duck.execute(_SALES, [int(table == "returns")]).fetchall()
    if table == "goods due":
        return duck.execute(_DUE).fetchall()
    return duck.execute(money.MIRRORED if table == "payments" else MIRRORED[table]).fetchall()


def _rows_that_differ(duck: duckdb.DuckDBPyConnection, these: str, those: str) -> int:
    differing = duck.execute("SELECT count(*) FROM (" + these + " EXCEPT ALL " + those + ")")  # noqa: S608 - constants
    return int(differing.fetchall()[0][0])


def _figures(rows: list[tuple[Any, ...]]) -> Figures:
    return {(str(where), str(part)): tuple(int(each or 0) for each in figures) for where, part, *figures in rows}


def _of_store() -> dict[str, Statement]:
    return {
        "sales": _sums_of_lines(
            SalesOrder, OrderLine, SalesOrder.ordered_on, OrderLine.discount_amount, unit_cost(OrderLine.unit_cost)
        )
        .join(SalesOrder, SalesOrder.id == OrderLine.order_id)
        .where(SalesOrder.business_state.in_(SOLD_STATES)),
        "returns": _sums_of_lines(
            SalesReturn, ReturnLine, SalesReturn.returned_on, literal(0), unit_cost(ReturnLine.unit_cost, SOLD_AT)
        )
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(SalesReturn.state.in_(CAME_BACK)),
        "goods due": _sums_of_due(),
        **stock_sums(),
        "payments": money.of_store(),
    }


def _sums_of_due() -> Statement:
    """By the month in which goods were to leave: how many, and how many of them left up to that very day."""
    month = func.substr(cast(SalesOrder.ship_by, String), 1, 7)
    shipped = (
        select(func.sum(_whole(ShipmentLine.quantity)))
        .select_from(ShipmentLine)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .where(
            ShipmentLine.order_line_id == OrderLine.id,
            Shipment.cancelled_at.is_(None),
            Shipment.shipped_on <= SalesOrder.ship_by,
        )
        .correlate(OrderLine, SalesOrder)
        .scalar_subquery()
    )
    return (
        select(month, literal(""), func.sum(_whole(OrderLine.quantity)), func.sum(func.coalesce(shipped, 0)))
        .select_from(SalesOrder)
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .where(SalesOrder.business_state.in_(SOLD_STATES), SalesOrder.ship_by.is_not(None))
        .group_by(month)
    )


def _sums_of_lines(document: Any, line: Any, day: Any, discount: Any, cost: Any) -> Statement:
    day_text = cast(day, String)
    month = func.substr(day_text, 1, 7)
    identity = (
        _whole(line.id) * 31
        + _whole(line.variant_id) * 37
        + _whole(document.customer_id) * 41
        + _whole(document.channel_id) * 43
        + _whole(document.warehouse_id) * 47
        + func.coalesce(_whole(document.sales_rep_id), 0) * 53
        + cast(func.substr(day_text, 9, 2), BigId) * 59
    )
    net = _whole(line.net_amount)
    return (
        select(
            month,
            document.region,
            func.count(),
            func.sum(_whole(line.id)),
            func.sum(_whole(line.quantity)),
            func.sum(net),
            func.sum(_whole(line.tax_amount)),
            func.sum(_whole(line.gross_amount)),
            func.sum(type_coerce(discount, BigId)),
            func.sum(_whole(line.beyond_cents)),
            func.sum((1 + cost) % _FOLD * (1 + _whole(line.id) % 97)),
            func.sum((identity % _FOLD) * (1 + net % _FOLD)),
        )
        .select_from(line)
        .group_by(month, document.region)
    )


def _whole(column: InstrumentedAttribute[Any]) -> ColumnElement[int]:
    return type_coerce(column, BigId)
