"""What the stock facts must equal: sums and check sums of the store, and the facts their aggregates are kept from."""
# ruff: noqa: S608 - composed of our own names alone

from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, not_, or_, select, type_coerce
from sqlalchemy.orm import aliased

from core.analytics.mirror.codes import ENTRY_KINDS, ORIGINS, PLACES, Flow
from core.analytics.mirror.source import Statement
from core.analytics.mirror.stage_stock import EXPENSED, SHELF, TRANSIT
from core.db.types import BigId
from core.stock.costs.models import CostAdjustmentLine, CostEntry
from core.stock.models import Location, LocationKind, MoveState, StockMove

_FOLD = 65_521  # as for sales: the sum of the folded rows fits 64 bits
MIRRORED = {
    "moves": """
SELECT 'all', '', count(*), sum(move_id), sum(quantity),
    sum(((move_id * 31 + variant_id * 37 + source_warehouse_id * 41 + target_warehouse_id * 43 + lot_id * 47
        + source_kind * 53 + target_kind * 59 + flow * 61 + origin * 67 + document_id * 71 + line_id * 73) % 65521)
        * (1 + quantity % 65521))
FROM fact_move HAVING count(*) > 0
""",
    "costs": """
SELECT strftime(day, '%Y-%m'), '', count(*), sum(entry_id), sum(quantity), sum(amount),
    sum(((entry_id * 31 + variant_id * 37 + pool_id * 41 + kind * 43 + cause_id * 47 + cause * 53 + day(day) * 59)
        % 65521) * (1 + (65521 + amount % 65521) % 65521))
FROM fact_entry GROUP BY ALL
""",
}
_ENDS = """(
    SELECT *, target_warehouse_id AS warehouse_id, target_kind AS kind, 1 AS s FROM fact_move
    WHERE target_warehouse_id <> 0
    UNION ALL SELECT *, source_warehouse_id, source_kind, -1 FROM fact_move WHERE source_warehouse_id <> 0
)"""
_LEFT = "(last_day(day) - day + 1)"


def _flow(flow: Flow, sign: str) -> str:
    return f"coalesce(sum({sign}s * quantity) FILTER (WHERE flow = {flow:d}), 0)"


_POOLED = f"CASE WHEN kind = {EXPENSED} THEN 0 ELSE amount END"
# Of each product in each warehouse, and (0) in all: the first day on which the shelf stood so, and the next change.
_EMPTY = f"""
SELECT * FROM (WITH changed AS (
    SELECT product_id, warehouse_id, day, sum(s * quantity) AS q FROM {_ENDS} WHERE kind = {SHELF} GROUP BY ALL
), everywhere AS (
    SELECT * FROM changed UNION ALL SELECT product_id, 0, day, sum(q) FROM changed GROUP BY ALL
), stood AS (
    SELECT DISTINCT product_id, warehouse_id, DATE '0001-01-01' AS day, 0 AS q FROM changed
    UNION SELECT DISTINCT product_id, 0, DATE '0001-01-01', 0 FROM changed
    UNION ALL SELECT product_id, warehouse_id, day, sum(q) OVER (PARTITION BY product_id, warehouse_id ORDER BY day)
    FROM everywhere
), marked AS (
    SELECT *, q <= 0 AND coalesce(lag(q) OVER w, 1) > 0 AS begins, lead(day, 1, DATE '9999-12-31') OVER w AS until
    FROM stood WINDOW w AS (PARTITION BY product_id, warehouse_id ORDER BY day)
), numbered AS (
    SELECT *, sum(begins::INTEGER) OVER (PARTITION BY product_id, warehouse_id ORDER BY day) AS place FROM marked
)
SELECT product_id, warehouse_id, min(day), max(until) FROM numbered WHERE q <= 0
GROUP BY product_id, warehouse_id, place)
"""
# Each aggregate, and the fact it is kept from; written apart from what keeps them.
AGGREGATES = {
    "empty_shelf": (_EMPTY, "SELECT product_id, warehouse_id, since, until FROM empty_shelf"),
    "agg_stock": (
        f"SELECT date_trunc('month', day)::DATE, product_id, warehouse_id, sum(s * quantity), "
        f"sum(s * quantity * {_LEFT}), coalesce(sum(s * quantity) FILTER (WHERE kind = {SHELF}), 0), "
        f"coalesce(sum(s * quantity * {_LEFT}) FILTER (WHERE kind = {SHELF}), 0), "
        f"coalesce(sum(s * quantity) FILTER (WHERE kind = {TRANSIT}), 0), "
        f"coalesce(sum(s * quantity * {_LEFT}) FILTER (WHERE kind = {TRANSIT}), 0), "
        f"{_flow(Flow.RECEIVED, '')}, {_flow(Flow.SENT_BACK, '-')}, {_flow(Flow.SOLD, '-')}, "
        f"{_flow(Flow.RETURNED, '')}, {_flow(Flow.ISSUED, '-')}, {_flow(Flow.ADJUSTED, '')}, "
        f"{_flow(Flow.MOVED, '')}, {_flow(Flow.OPENED, '')}, count(*) FROM {_ENDS} GROUP BY ALL",
        "SELECT month, product_id, warehouse_id, sum(delta), sum(weighted), sum(shelf_delta), sum(shelf_weighted),"
        " sum(transit_delta), sum(transit_weighted), sum(received), sum(sent_back), sum(sold), sum(returned),"
        " sum(issued), sum(adjusted), sum(moved), sum(opened), sum(fact_rows) AS n FROM agg_stock"
        " GROUP BY ALL HAVING n <> 0",
    ),
    "level_stock": (
        f"SELECT variant_id, product_id, warehouse_id, sum(s * quantity), "
        f"coalesce(sum(s * quantity) FILTER (WHERE kind = {SHELF}), 0), "
        f"coalesce(sum(s * quantity) FILTER (WHERE kind = {TRANSIT}), 0), count(*) FROM {_ENDS} GROUP BY ALL",
        "SELECT variant_id, product_id, warehouse_id, sum(quantity), sum(shelf), sum(transit), sum(fact_rows) AS n"
        " FROM level_stock GROUP BY ALL HAVING n <> 0",
    ),
    "agg_value": (
        f"SELECT date_trunc('month', day)::DATE, product_id, pool_id, warehouse_id, sum({_POOLED}), "
        f"sum({_POOLED} * {_LEFT}), "
        f"coalesce(sum(-amount) FILTER (WHERE kind <> {EXPENSED} AND flow IN ({Flow.SOLD:d}, {Flow.RETURNED:d})), 0)"
        f" + coalesce(sum(amount) FILTER (WHERE kind = {EXPENSED}), 0), "
        f"coalesce(sum(amount) FILTER (WHERE flow IN ({Flow.RECEIVED:d}, {Flow.SENT_BACK:d}) OR kind IN (7, 8, 11)), 0)"
        ", count(*) FROM fact_entry GROUP BY ALL",
        "SELECT month, product_id, pool_id, warehouse_id, sum(delta), sum(weighted), sum(cogs), sum(purchases),"
        " sum(fact_rows) AS n FROM agg_value GROUP BY ALL HAVING n <> 0",
    ),
    "level_value": (
        f"SELECT variant_id, product_id, pool_id, sum(quantity), sum({_POOLED}), count(*) FROM fact_entry GROUP BY ALL",
        "SELECT variant_id, product_id, pool_id, sum(quantity), sum(amount), sum(fact_rows) AS n FROM level_value"
        " GROUP BY ALL HAVING n <> 0",
    ),
}


def stock_sums() -> dict[str, Statement]:
    """What the store says of moves and of entries of cost."""
    return {"moves": _sums_of_moves(), "costs": _sums_of_entries()}


def _sums_of_moves() -> Statement:
    source, target = aliased(Location), aliased(Location)
    left, arrived = func.coalesce(source.warehouse_id, 0), func.coalesce(target.warehouse_id, 0)
    identity = (
        _whole(StockMove.id) * 31
        + _whole(StockMove.variant_id) * 37
        + left * 41
        + arrived * 43
        + func.coalesce(StockMove.lot_id, 0) * 47
        + _code(source.kind, PLACES) * 53
        + _code(target.kind, PLACES) * 59
        + _flow_of(source, target) * 61
        + _code(StockMove.origin_type, ORIGINS) * 67
        + _whole(StockMove.origin_id) * 71
        + func.coalesce(_whole(StockMove.origin_line_id), 0) * 73
    )
    quantity = _whole(StockMove.quantity)
    return (
        select(
            literal("all"),
            literal(""),
            func.count(),
            func.sum(_whole(StockMove.id)),
            func.sum(quantity),
            func.sum((identity % _FOLD) * (1 + quantity % _FOLD)),
        )
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(
            StockMove.state == MoveState.DONE,
            left + arrived > 0,
            or_(left != arrived, source.kind != target.kind),
        )
        .having(func.count() > 0)
    )


def _flow_of(source: Any, target: Any) -> ColumnElement[int]:
    """Why goods moved, by the kinds of both ends, whatever the direction."""
    ours = and_(source.warehouse_id.is_not(None), target.warehouse_id.is_not(None))

    def at(kind: LocationKind) -> ColumnElement[bool]:
        return or_(source.kind == kind, target.kind == kind)

    back = StockMove.undoes.is_(True)
    came = or_(
        and_(source.kind == LocationKind.SUPPLIER, not_(back)),
        and_(target.kind == LocationKind.SUPPLIER, back),
    )
    return case(
        (and_(ours, source.warehouse_id == target.warehouse_id), int(Flow.INSIDE)),
        (ours, int(Flow.MOVED)),
        (came, int(Flow.RECEIVED)),
        (at(LocationKind.SUPPLIER), int(Flow.SENT_BACK)),
        (and_(at(LocationKind.CUSTOMER), StockMove.origin_type == "stock_document"), int(Flow.ISSUED)),
        (and_(at(LocationKind.CUSTOMER), StockMove.origin_type == "sales_return"), int(Flow.RETURNED)),
        (at(LocationKind.CUSTOMER), int(Flow.SOLD)),
        (at(LocationKind.LOSS), int(Flow.ADJUSTED)),
        (at(LocationKind.HISTORY), int(Flow.OPENED)),
        (at(LocationKind.RELABEL), int(Flow.RELABELLED)),
        else_=0,
    )


def _sums_of_entries() -> Statement:
    day = cast(CostEntry.booked_on, String)
    month = func.substr(day, 1, 7)
    cause_id = func.coalesce(CostEntry.move_id, CostEntry.adjustment_line_id, CostEntry.method_id)
    cause = case((CostEntry.move_id.is_not(None), 0), (CostEntry.adjustment_line_id.is_not(None), 1), else_=2)
    identity = (
        _whole(CostEntry.id) * 31
        + _whole(CostEntry.variant_id) * 37
        + func.coalesce(_whole(CostEntry.warehouse_id), 0) * 41
        + _code(CostEntry.kind, ENTRY_KINDS) * 43
        + cause_id * 47
        + cause * 53
        + cast(func.substr(day, 9, 2), BigId) * 59
    )
    amount = _whole(CostEntry.amount)
    return (
        select(
            month,
            literal(""),
            func.count(),
            func.sum(_whole(CostEntry.id)),
            func.sum(_whole(CostEntry.quantity)),
            func.sum(amount),
            func.sum((identity % _FOLD) * (1 + (_FOLD + amount % _FOLD) % _FOLD)),
        )
        .where(or_(CostEntry.move_id.is_not(None), CostEntry.method_id.is_not(None), _of_adjustment()))
        .group_by(month)
    )


def _of_adjustment() -> ColumnElement[bool]:
    return CostEntry.adjustment_line_id.in_(select(CostAdjustmentLine.id))


def _code(column: Any, words: tuple[str, ...]) -> ColumnElement[int]:
    """The place of a word among the words of the mirror."""
    word = cast(column, String)
    return case(*((word == str(each), number) for number, each in enumerate(words, 1)), else_=0)


def _whole(column: Any) -> ColumnElement[int]:
    return type_coerce(column, BigId)
