"""What turns moves and entries of cost into stock facts and aggregates; first load and change by the same SQL."""
# ruff: noqa: S608 - composed of our own names alone

from core.analytics.mirror.codes import ENTRY_KINDS, ORIGINS, PLACES, Cause, Flow, entry, origin, place
from core.stock.costs.rules.events import EntryKind
from core.stock.models import LocationKind

SHELF, TRANSIT = place(LocationKind.STORAGE), place(LocationKind.TRANSIT)
EXPENSED = entry(EntryKind.EXPENSED)
PURCHASED = ", ".join(str(entry(kind)) for kind in (EntryKind.LANDED, EntryKind.PRICE, EntryKind.EXPENSED))
_PLACE = {kind: str(place(kind)) for kind in LocationKind}


def _listed(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


ADD_LOCATIONS = f"""
INSERT INTO dim_location BY NAME
SELECT id, warehouse_id, coalesce(list_position({_listed(PLACES)}, kind), 0)::SMALLINT AS kind
FROM src_location ORDER BY id
"""
# Every move that is done, with its ends and why it was made.
STAGED_FLOWS = f"""
CREATE OR REPLACE TEMP VIEW staged_flows AS
WITH ended AS (
    SELECT m.*, coalesce(v.product_id, 0) AS product_id, coalesce(s.warehouse_id, 0) AS source_warehouse_id,
        coalesce(t.warehouse_id, 0) AS target_warehouse_id, coalesce(s.kind, 0) AS source_kind,
        coalesce(t.kind, 0) AS target_kind,
        CASE WHEN coalesce(s.warehouse_id, 0) = 0 THEN s.kind ELSE t.kind END AS outside,
        (coalesce(s.warehouse_id, 0) = 0) <> (undoes <> 0) AS came
    FROM src_move m
    LEFT JOIN dim_variant v ON v.id = m.variant_id
    LEFT JOIN dim_location s ON s.id = m.source_id
    LEFT JOIN dim_location t ON t.id = m.target_id
)
SELECT move_id::BIGINT AS move_id,
    timezone(getvariable('timezone'), to_timestamp(epoch))::DATE AS day,
    variant_id::INTEGER AS variant_id, product_id::INTEGER AS product_id, lot_id::INTEGER AS lot_id,
    source_warehouse_id::INTEGER AS source_warehouse_id, target_warehouse_id::INTEGER AS target_warehouse_id,
    source_kind::SMALLINT AS source_kind, target_kind::SMALLINT AS target_kind,
    CASE
        WHEN source_warehouse_id = 0 AND target_warehouse_id = 0 THEN {Flow.OUTSIDE:d}
        WHEN source_warehouse_id = target_warehouse_id THEN {Flow.INSIDE:d}
        WHEN source_warehouse_id <> 0 AND target_warehouse_id <> 0 THEN {Flow.MOVED:d}
        WHEN outside = {_PLACE[LocationKind.SUPPLIER]}
            THEN CASE WHEN came THEN {Flow.RECEIVED:d} ELSE {Flow.SENT_BACK:d} END
        WHEN outside = {_PLACE[LocationKind.CUSTOMER]}
            THEN CASE origin_type WHEN 'stock_document' THEN {Flow.ISSUED:d}
                WHEN 'sales_return' THEN {Flow.RETURNED:d} ELSE {Flow.SOLD:d} END
        WHEN outside = {_PLACE[LocationKind.LOSS]} THEN {Flow.ADJUSTED:d}
        WHEN outside = {_PLACE[LocationKind.HISTORY]} THEN {Flow.OPENED:d}
        WHEN outside = {_PLACE[LocationKind.RELABEL]} THEN {Flow.RELABELLED:d}
        ELSE {Flow.OTHER:d}
    END::SMALLINT AS flow,
    coalesce(list_position({_listed(ORIGINS)}, origin_type), 0)::SMALLINT AS origin,
    document_id::BIGINT AS document_id, line_id::BIGINT AS line_id, quantity::BIGINT AS quantity
FROM ended
"""
# Those that change what a warehouse has, or where it may be sold from.
STAGED_MOVES = f"""
CREATE OR REPLACE TEMP VIEW staged_moves AS
SELECT * FROM staged_flows WHERE flow <> {Flow.OUTSIDE:d} AND (flow <> {Flow.INSIDE:d} OR source_kind <> target_kind)
"""
STAGED_ENTRIES = f"""
CREATE OR REPLACE TEMP VIEW staged_entries AS
WITH known AS (
    SELECT {Cause.MOVE:d} AS cause, e.*, coalesce(m.flow, 0) AS flow, coalesce(m.origin, 0) AS origin,
        coalesce(m.document_id, 0) AS document_id, coalesce(m.line_id, 0) AS line_id,
        CASE WHEN e.pool_id <> 0 THEN e.pool_id WHEN m.target_warehouse_id <> 0 THEN m.target_warehouse_id
            ELSE coalesce(m.source_warehouse_id, 0) END AS warehouse_id
    FROM src_entry e LEFT JOIN staged_flows m ON m.move_id = e.cause_id
    UNION ALL BY NAME
    SELECT {Cause.ADJUSTMENT:d} AS cause, * EXCLUDE (warehouse_id), 0 AS flow,
        {origin("cost_adjustment")} AS origin, cause_id AS line_id,
        CASE WHEN pool_id <> 0 THEN pool_id ELSE warehouse_id END AS warehouse_id
    FROM src_entry_adjusted
    UNION ALL BY NAME
    SELECT {Cause.METHOD:d} AS cause, *, 0 AS flow, 0 AS origin, 0 AS document_id, 0 AS line_id,
        pool_id AS warehouse_id FROM src_entry_method
)
SELECT entry_id::BIGINT AS entry_id, cause::SMALLINT AS cause, cause_id::BIGINT AS cause_id, day::DATE AS day,
    known.variant_id::INTEGER AS variant_id, coalesce(v.product_id, 0)::INTEGER AS product_id,
    pool_id::INTEGER AS pool_id, warehouse_id::INTEGER AS warehouse_id,
    coalesce(list_position({_listed(ENTRY_KINDS)}, kind), 0)::SMALLINT AS kind, flow::SMALLINT AS flow,
    origin::SMALLINT AS origin, document_id::BIGINT AS document_id, line_id::BIGINT AS line_id,
    quantity::BIGINT AS quantity, amount::BIGINT AS amount
FROM known LEFT JOIN dim_variant v ON v.id = known.variant_id
"""


def _signed(flow: Flow, direction: str = "") -> str:
    """What a flow moved: above zero came in, or (`-`) went out."""
    return f"sum(CASE WHEN flow = {flow:d} THEN {direction}quantity ELSE 0 END)::BIGINT"


# Each end of a move that is ours: what it changes there. Needs `move_delta`.
STOCK_ENDS = """
CREATE OR REPLACE TEMP VIEW stock_ends AS
SELECT sign, day, variant_id, product_id, target_warehouse_id AS warehouse_id, target_kind AS kind, flow,
    sign * quantity AS quantity
FROM move_delta WHERE target_warehouse_id <> 0
UNION ALL
SELECT sign, day, variant_id, product_id, source_warehouse_id, source_kind, flow, -sign * quantity
FROM move_delta WHERE source_warehouse_id <> 0
"""
_LEFT = "date_diff('day', day, (date_trunc('month', day) + INTERVAL 1 MONTH)::DATE)"
_SHELF = f"CASE WHEN kind = {SHELF} THEN quantity ELSE 0 END"
_TRANSIT = f"CASE WHEN kind = {TRANSIT} THEN quantity ELSE 0 END"
ADD_STOCK = f"""
INSERT INTO agg_stock BY NAME
SELECT date_trunc('month', day)::DATE AS month, product_id, warehouse_id,
    sum(quantity)::BIGINT AS delta, sum(quantity * {_LEFT})::BIGINT AS weighted,
    sum({_SHELF})::BIGINT AS shelf_delta, sum({_SHELF} * {_LEFT})::BIGINT AS shelf_weighted,
    sum({_TRANSIT})::BIGINT AS transit_delta, sum({_TRANSIT} * {_LEFT})::BIGINT AS transit_weighted,
    {_signed(Flow.RECEIVED)} AS received, {_signed(Flow.SENT_BACK, "-")} AS sent_back,
    {_signed(Flow.SOLD, "-")} AS sold, {_signed(Flow.RETURNED)} AS returned, {_signed(Flow.ISSUED, "-")} AS issued,
    {_signed(Flow.ADJUSTED)} AS adjusted, {_signed(Flow.MOVED)} AS moved, {_signed(Flow.OPENED)} AS opened,
    sum(sign)::BIGINT AS fact_rows
FROM stock_ends GROUP BY ALL ORDER BY month
"""
ADD_STOCK_LEVELS = f"""
INSERT INTO level_stock BY NAME
SELECT variant_id, product_id, warehouse_id, sum(quantity)::BIGINT AS quantity, sum({_SHELF})::BIGINT AS shelf,
    sum({_TRANSIT})::BIGINT AS transit, sum(sign)::BIGINT AS fact_rows
FROM stock_ends GROUP BY ALL ORDER BY variant_id
"""
# What a signed entry means, from `entry_delta`; what was expensed never was in a pool.
STOCK_COSTS = f"""
CREATE OR REPLACE TEMP VIEW stock_costs AS
SELECT *, sign * quantity AS pooled_quantity, CASE WHEN kind = {EXPENSED} THEN 0 ELSE sign * amount END AS pooled,
    CASE WHEN kind = {EXPENSED} THEN sign * amount WHEN flow IN ({Flow.SOLD:d}, {Flow.RETURNED:d})
        THEN -sign * amount ELSE 0 END AS cogs,
    CASE WHEN flow IN ({Flow.RECEIVED:d}, {Flow.SENT_BACK:d}) OR kind IN ({PURCHASED})
        THEN sign * amount ELSE 0 END AS purchases
FROM entry_delta
"""
ADD_VALUES = f"""
INSERT INTO agg_value BY NAME
SELECT date_trunc('month', day)::DATE AS month, product_id, pool_id, warehouse_id,
    sum(pooled)::BIGINT AS delta, sum(pooled * {_LEFT})::BIGINT AS weighted, sum(cogs)::BIGINT AS cogs,
    sum(purchases)::BIGINT AS purchases, sum(sign)::BIGINT AS fact_rows
FROM stock_costs GROUP BY ALL ORDER BY month
"""
ADD_VALUE_LEVELS = """
INSERT INTO level_value BY NAME
SELECT variant_id, product_id, pool_id, sum(pooled_quantity)::BIGINT AS quantity, sum(pooled)::BIGINT AS amount,
    sum(sign)::BIGINT AS fact_rows
FROM stock_costs GROUP BY ALL ORDER BY variant_id
"""
ADD_AGGREGATES = (STOCK_ENDS, ADD_STOCK, ADD_STOCK_LEVELS, STOCK_COSTS, ADD_VALUES, ADD_VALUE_LEVELS)

# What lines of orders (kind 0) and returns (kind 1) had of goods, part by part, to be added up: what was
# shipped less what was taken back of it, what that cost (4 decimals), and the quantity of which that is known;
# of returns all are below zero. Ask for documents by a range of ids as well: the zone maps find them so.
DOCUMENT_COSTS = f"""
CREATE VIEW document_costs AS
SELECT (origin - 1)::SMALLINT AS kind, document_id, line_id, day,
    CASE WHEN target_warehouse_id = 0 THEN quantity ELSE -quantity END AS quantity, 0::BIGINT AS cost,
    0::BIGINT AS costed
FROM fact_move WHERE origin BETWEEN 1 AND 2 AND flow IN ({Flow.SOLD:d}, {Flow.RETURNED:d})
UNION ALL
SELECT (origin - 1)::SMALLINT, document_id, line_id, day, 0::BIGINT, -amount, -quantity
FROM fact_entry WHERE origin BETWEEN 1 AND 2 AND flow IN ({Flow.SOLD:d}, {Flow.RETURNED:d}) AND kind <> {EXPENSED}
"""
FIRST_LOAD = (
    ADD_LOCATIONS,
    STAGED_FLOWS,
    STAGED_MOVES,
    STAGED_ENTRIES,
    DOCUMENT_COSTS,
    # As they come from the store they are in the order of their ids, or nearly so.
    "INSERT INTO fact_move BY NAME SELECT * FROM staged_moves",
    "INSERT INTO fact_entry BY NAME SELECT * FROM staged_entries",
    "CREATE OR REPLACE TEMP VIEW move_delta AS SELECT 1 AS sign, * FROM fact_move",
    "CREATE OR REPLACE TEMP VIEW entry_delta AS SELECT 1 AS sign, * FROM fact_entry",
    *ADD_AGGREGATES,
)
