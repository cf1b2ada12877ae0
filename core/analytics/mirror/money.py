"""Money that came in, as the mirror keeps it: what settles each order, and the rest of each payment."""

from typing import Any

import duckdb
from sqlalchemy import String, cast, func, literal, select, type_coerce

from core.analytics.mirror.source import Snapshot, Statement, joined
from core.analytics.mirror.stage import bring
from core.analytics.mirror.streams import Range
from core.db.types import BigId
from core.receivables.models import Allocation, Payment
from core.receivables.service import ORDER
from core.sales.models import SalesOrder

NEW_REGIONS = """
INSERT INTO dim_region
SELECT (SELECT coalesce(max(id), 0) FROM dim_region) + row_number() OVER (ORDER BY region), region
FROM (SELECT region FROM src_payment UNION SELECT region FROM src_allocation)
WHERE region <> '' AND region NOT IN (SELECT name FROM dim_region)
"""
# What settles an order has the attributes of the order; the rest of a payment those of the customer.
ADD_COLLECTED = """
INSERT INTO fact_collected BY NAME
WITH settled AS (
    SELECT payment_id, document_id, any_value(customer_id) AS customer_id, any_value(channel_id) AS channel_id,
        any_value(warehouse_id) AS warehouse_id, any_value(region) AS region,
        any_value(sales_rep_id) AS sales_rep_id, sum(amount) AS amount
    FROM src_allocation GROUP BY payment_id, document_id
),
part AS (
    SELECT p.payment_id, p.number, p.day, s.* EXCLUDE (payment_id)
    FROM settled s JOIN src_payment p USING (payment_id)
    UNION ALL BY NAME
    SELECT p.* EXCLUDE (amount), 0 AS document_id, 0 AS warehouse_id,
        p.amount - coalesce((SELECT sum(s.amount) FROM settled s WHERE s.payment_id = p.payment_id), 0) AS amount
    FROM src_payment p
)
SELECT part.payment_id, part.number, part.day::DATE AS day, part.document_id,
    part.customer_id::INTEGER AS customer_id, part.channel_id::INTEGER AS channel_id,
    part.warehouse_id::INTEGER AS warehouse_id, coalesce(g.id, 0)::INTEGER AS region_id,
    part.sales_rep_id::INTEGER AS sales_rep_id, part.amount::BIGINT AS collected
FROM part LEFT JOIN dim_region g ON g.name = part.region
WHERE part.amount <> 0 ORDER BY day, payment_id, document_id
"""
_OF_ORDERS = """
SELECT DISTINCT payment_id FROM fact_collected WHERE document_id BETWEEN $1 AND $2
AND document_id IN (SELECT id FROM touched)
"""
_OF_CUSTOMERS = """
SELECT payment_id FROM fact_collected WHERE document_id = 0 AND customer_id IN (SELECT id FROM touched)
"""
_OUT_OF_DATE = """
DELETE FROM fact_collected WHERE payment_id BETWEEN $1 AND $2 AND payment_id IN (SELECT id FROM touched)
"""
_FOLD = 1_009
MIRRORED = f"""
SELECT strftime(day, '%Y-%m'), '', count(DISTINCT payment_id), sum(collected),
    sum(CASE WHEN document_id <> 0 THEN collected * ((document_id * 31 + customer_id * 41 + channel_id * 43
        + warehouse_id * 47 + sales_rep_id * 53) % {_FOLD}) ELSE 0 END)
FROM fact_collected GROUP BY ALL
"""  # noqa: S608 - our own names


def settling(duck: duckdb.DuckDBPyConnection, span: list[int]) -> list[Range]:
    """The payments that settle orders of `touched`, which lie between these two."""
    return _ranges(duck.execute(_OF_ORDERS, span).fetchall())


def left_by(duck: duckdb.DuckDBPyConnection) -> list[Range]:
    """The payments whose rest belongs to customers of `touched`."""
    return _ranges(duck.execute(_OF_CUSTOMERS).fetchall())


def apply_payments(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, ranges: list[Range], span: list[int]) -> None:
    """Bring these payments, known as `touched` and lying between these two, to what the snapshot sees."""
    for name in ("src_payment", "src_allocation"):
        bring(duck, snapshot, name, ranges)
    duck.execute(_OUT_OF_DATE, span)
    for statement in (NEW_REGIONS, ADD_COLLECTED):
        duck.execute(statement)


def _ranges(payments: list[tuple[Any, ...]]) -> list[Range]:
    return joined([(found, found) for (found,) in payments])


def of_store() -> Statement:
    """The payments of each month, and what of them settles which orders, in the store of record."""

    def whole(column: Any) -> Any:
        return type_coerce(column, BigId)

    identity = (
        whole(SalesOrder.id) * 31
        + whole(SalesOrder.customer_id) * 41
        + whole(SalesOrder.channel_id) * 43
        + whole(SalesOrder.warehouse_id) * 47
        + func.coalesce(whole(SalesOrder.sales_rep_id), 0) * 53
    )
    settled = (
        select(
            Allocation.payment_id,
            func.sum(whole(Allocation.amount)).label("amount"),
            func.sum(whole(Allocation.amount) * (identity % _FOLD)).label("folded"),
        )
        .join(SalesOrder, SalesOrder.id == Allocation.document_id)
        .where(Allocation.document_type == ORDER)
        .group_by(Allocation.payment_id)
        .subquery()
    )
    month = func.substr(cast(Payment.received_on, String), 1, 7)
    return (
        select(
            month,
            literal(""),
            func.count(),
            func.sum(whole(Payment.amount)),
            func.sum(func.coalesce(settled.c.folded, 0)),
        )
        .select_from(Payment)
        .outerjoin(settled, settled.c.payment_id == Payment.id)
        .group_by(month)
    )
