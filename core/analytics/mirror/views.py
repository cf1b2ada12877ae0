"""What questions read row by row: each end of a move and each entry of cost, as signed sums; goods due to leave."""
# ruff: noqa: S608 - composed of our own names alone

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, Table

from core.analytics.mirror.codes import Flow
from core.analytics.mirror.stage_stock import EXPENSED, PURCHASED, SHELF, TRANSIT

_views = MetaData()


def _view(name: str, keys: tuple[str, ...], sums: tuple[str, ...]) -> Table:
    columns = [Column(key, Integer) for key in keys] + [Column(each, BigInteger) for each in sums]
    return Table(name, _views, Column("day", Date), *columns)


# The columns are those of `agg_stock` and `agg_value`, for one row.
stock_flows = _view(
    "stock_flows",
    ("variant_id", "product_id", "warehouse_id", "origin"),
    (
        *("document_id", "delta", "shelf_delta", "transit_delta", "received", "sent_back", "sold", "returned"),
        *("issued", "adjusted", "moved", "opened"),
    ),
)
# Lines of orders by the day on which they were to leave at the latest.
due_lines = _view(
    "due_lines",
    (
        *("kind", "document_id", "variant_id", "product_id", "category_id", "channel_id", "warehouse_id"),
        *("customer_id", "region_id", "sales_rep_id"),
    ),
    ("due", "in_time"),
)
value_flows = _view(
    "value_flows",
    ("variant_id", "product_id", "pool_id", "warehouse_id", "origin"),
    ("document_id", "delta", "cogs", "purchases"),
)


def _of(flow: Flow, sign: str = "") -> str:
    return f"CASE WHEN flow = {flow:d} THEN {sign}q ELSE 0 END"


CREATE_VIEWS = (
    """
CREATE VIEW due_lines AS
SELECT ship_by AS day, kind, document_id, variant_id, product_id, category_id, channel_id, warehouse_id, customer_id,
    region_id, sales_rep_id, quantity AS due, in_time
FROM fact_sales WHERE kind = 0 AND ship_by IS NOT NULL
""",
    f"""
CREATE VIEW stock_flows AS
SELECT day, variant_id, product_id, warehouse_id, origin, document_id, q AS delta,
    CASE WHEN kind = {SHELF} THEN q ELSE 0 END AS shelf_delta,
    CASE WHEN kind = {TRANSIT} THEN q ELSE 0 END AS transit_delta,
    {_of(Flow.RECEIVED)} AS received, {_of(Flow.SENT_BACK, "-")} AS sent_back, {_of(Flow.SOLD, "-")} AS sold,
    {_of(Flow.RETURNED)} AS returned, {_of(Flow.ISSUED, "-")} AS issued, {_of(Flow.ADJUSTED)} AS adjusted,
    {_of(Flow.MOVED)} AS moved, {_of(Flow.OPENED)} AS opened
FROM (
    SELECT day, variant_id, product_id, target_warehouse_id AS warehouse_id, target_kind AS kind, flow, origin,
        document_id, quantity AS q
    FROM fact_move WHERE target_warehouse_id <> 0
    UNION ALL
    SELECT day, variant_id, product_id, source_warehouse_id, source_kind, flow, origin, document_id, -quantity
    FROM fact_move WHERE source_warehouse_id <> 0
)
""",
    f"""
CREATE VIEW value_flows AS
SELECT day, variant_id, product_id, pool_id, warehouse_id, origin, document_id,
    CASE WHEN kind = {EXPENSED} THEN 0 ELSE amount END AS delta,
    CASE WHEN kind = {EXPENSED} THEN amount WHEN flow IN ({Flow.SOLD:d}, {Flow.RETURNED:d}) THEN -amount
        ELSE 0 END AS cogs,
    CASE WHEN flow IN ({Flow.RECEIVED:d}, {Flow.SENT_BACK:d}) OR kind IN ({PURCHASED}) THEN amount
        ELSE 0 END AS purchases
FROM fact_entry
""",
)
