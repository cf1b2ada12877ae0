"""What must always be true of stocktakes: lines are what was entered last, and what was posted is what moved."""

from sqlalchemy import case, func, select, type_coerce
from sqlalchemy.orm import aliased

from core.base.exact import QUANTITY_PLACES, ZERO
from core.base.i18n import N_
from core.db.types import Exact
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.stock.counts.expected import COUNT_ORIGIN
from core.stock.counts.models import CountState, StockCount, StockCountEntry, StockCountLine
from core.stock.models import StockMove


def _entered(scope: Checking) -> list[Difference]:
    """Lines that do not say what was entered last in their round."""
    entry = aliased(StockCountEntry)
    last = (
        select(entry.line_id, func.max(entry.id).label("entry_id"))
        .join(StockCountLine, (StockCountLine.id == entry.line_id) & (StockCountLine.round == entry.round))
        .group_by(entry.line_id)
        .subquery()
    )
    found = scope.session.execute(
        select(StockCountLine.id, StockCountLine.counted, StockCountEntry.quantity)
        .outerjoin(last, last.c.line_id == StockCountLine.id)
        .outerjoin(StockCountEntry, StockCountEntry.id == last.c.entry_id)
        .where(StockCountLine.counted.is_distinct_from(StockCountEntry.quantity))
        .order_by(StockCountLine.id)
    )
    return [
        Difference("count_lines", "stock_count_line", line_id, "counted", counted, entered)
        for line_id, counted, entered in found
    ]


def _posted(scope: Checking) -> list[Difference]:
    """Lines of posted stocktakes that did not move their difference, of reversed ones that moved something."""
    change = case((StockMove.target_id == StockCount.location_id, StockMove.quantity), else_=-StockMove.quantity)
    moved = (
        select(StockMove.origin_line_id.label("line_id"), func.sum(change).label("change"))
        .join(StockCount, StockCount.id == StockMove.origin_id)
        .where(StockMove.origin_type == COUNT_ORIGIN)
        .group_by(StockMove.origin_line_id)
        .subquery()
    )
    due = case(
        (StockCount.state == CountState.POSTED, func.coalesce(StockCountLine.counted - StockCountLine.expected, 0)),
        else_=0,
    )
    found = scope.session.execute(
        select(
            StockCountLine.id,
            type_coerce(due, Exact(QUANTITY_PLACES)),
            type_coerce(func.coalesce(moved.c.change, 0), Exact(QUANTITY_PLACES)),
        )
        .join(StockCount, StockCount.id == StockCountLine.count_id)
        .outerjoin(moved, moved.c.line_id == StockCountLine.id)
        .where(due != func.coalesce(moved.c.change, 0))
        .order_by(StockCountLine.id)
    )
    return [
        Difference("count_moves", "stock_count_line", line_id, "difference", stored or ZERO, derived or ZERO)
        for line_id, stored, derived in found
    ]


register(
    SelfCheck("count_lines", N_("Stocktake lines say what was entered last"), _entered),
    SelfCheck("count_moves", N_("What stocktakes posted is what moved"), _posted),
)
