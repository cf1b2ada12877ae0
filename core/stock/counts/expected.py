"""What should be there: on hand at the moment at which each line was counted, from the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select, type_coerce
from sqlalchemy.orm import Session

from core.base.exact import QUANTITY_PLACES, ZERO
from core.db.types import Exact
from core.stock.counts.models import StockCount, StockCountLine
from core.stock.counts.rules import Finding
from core.stock.models import MoveState, StockLevel, StockMove

COUNT_ORIGIN = "stock_count"
IDS_AT_ONCE = 5_000


@dataclass(frozen=True)
class FoundLine:
    """A counted line beside what was expected when it was counted."""

    id: int
    variant_id: int
    counted_at: datetime
    counted_by: int | None
    finding: Finding


def expected_of(location_id: int, count_id: int) -> tuple[Subquery, ColumnElement[Decimal]]:
    """A table of what moved after each line was counted (`line_id`), and the quantity expected then.

    Join the table and the level to the lines of the stocktake. What is expected is on hand less what
    moved since; what the stocktake itself moved counts from its moment, whenever it was booked. Where a
    line was not counted, what is on hand now.
    """
    change = case((StockMove.target_id == location_id, StockMove.quantity), else_=-StockMove.quantity)
    since = (
        select(StockCountLine.id.label("line_id"), func.sum(change).label("change"))
        .join(StockMove, StockMove.variant_id == StockCountLine.variant_id)
        .where(
            StockCountLine.count_id == count_id,
            StockMove.at > StockCountLine.counted_at,
            StockMove.state == MoveState.DONE,
            (StockMove.source_id == location_id) | (StockMove.target_id == location_id),
            (StockMove.origin_type != COUNT_ORIGIN) | (StockMove.origin_id != count_id),
        )
        .group_by(StockCountLine.id)
        .subquery()
    )
    expected = func.coalesce(StockLevel.on_hand, 0) - func.coalesce(since.c.change, 0)
    return since, type_coerce(expected, Exact(QUANTITY_PLACES))


def level_of_line(location_id: int) -> ColumnElement[bool]:
    """How the level of a line is joined."""
    return and_(StockLevel.variant_id == StockCountLine.variant_id, StockLevel.location_id == location_id)


def found_lines(session: Session, count: StockCount, *, but_counted: bool = True) -> list[FoundLine]:
    """Every line of a stocktake with what was expected, by product; only those that were counted."""
    since, expected = expected_of(count.location_id, count.id)
    wanted = (
        select(
            StockCountLine.id,
            StockCountLine.variant_id,
            StockCountLine.counted_at,
            StockCountLine.counted_by,
            StockCountLine.counted,
            expected,
            StockCountLine.unit_cost,
            StockCountLine.abc_class,
            StockCountLine.round,
            StockCountLine.earlier_difference,
            StockCountLine.reason.is_not(None),
        )
        .outerjoin(StockLevel, level_of_line(count.location_id))
        .outerjoin(since, since.c.line_id == StockCountLine.id)
        .where(StockCountLine.count_id == count.id)
        .order_by(StockCountLine.variant_id, StockCountLine.id)
    )
    if but_counted:
        wanted = wanted.where((StockCountLine.counted.is_not(None)) | (StockCountLine.round > 1))
    return [
        FoundLine(row[0], row[1], row[2], row[3], Finding(*row[4:]))
        for row in map(tuple[Any, ...], session.execute(wanted))
    ]


def on_hand_at(
    session: Session, location_id: int, variant_ids: Collection[int], moment: datetime
) -> dict[int, Decimal]:
    """What was on hand of these products at a moment, as the ledger knows it now."""
    found: dict[int, Decimal] = dict.fromkeys(variant_ids, ZERO)
    change = case((StockMove.target_id == location_id, StockMove.quantity), else_=-StockMove.quantity)
    ids = sorted(variant_ids)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        since = (
            select(StockMove.variant_id, func.sum(change).label("change"))
            .where(
                StockMove.variant_id.in_(some),
                StockMove.at > moment,
                StockMove.state == MoveState.DONE,
                (StockMove.source_id == location_id) | (StockMove.target_id == location_id),
            )
            .group_by(StockMove.variant_id)
            .subquery()
        )
        then = type_coerce(StockLevel.on_hand - func.coalesce(since.c.change, 0), Exact(QUANTITY_PLACES))
        rows = session.execute(
            select(StockLevel.variant_id, then)
            .outerjoin(since, since.c.variant_id == StockLevel.variant_id)
            .where(StockLevel.location_id == location_id, StockLevel.variant_id.in_(some))
        )
        found.update((variant_id, quantity) for variant_id, quantity in rows)
    return found
