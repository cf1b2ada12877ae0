"""How right stocktakes were: by who counted, by class, by product, and whether later entries reach behind them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Numeric, case, cast, func, select, type_coerce

from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, round_to
from core.db.types import Exact
from core.security.models import User
from core.security.permissions import P
from core.stock.counts.expected import found_lines
from core.stock.counts.models import AbcClass, CountState, DifferenceReason, StockCount, StockCountLine
from core.stock.models import Warehouse
from core.work.command import Scope, query

_OFF = StockCountLine.counted - StockCountLine.expected
_WORTH = _OFF * cast(StockCountLine.unit_cost, Numeric)
_MONEY = Exact(QUANTITY_PLACES + PRICE_PLACES)
RIGHT = func.sum(case((StockCountLine.counted == StockCountLine.expected, 1), else_=0))
GROSS = type_coerce(func.sum(func.abs(_WORTH)), _MONEY)
_NET = type_coerce(func.sum(_WORTH), _MONEY)


@dataclass(frozen=True)
class AccuracyRow:
    """How many counted lines were as expected, and what the others were off by: in all, and less what was too much."""

    name: str
    counted: int
    right: int
    amount: Decimal | None
    net: Decimal | None


@dataclass(frozen=True)
class VarianceRow:
    """What a stocktake found of one product."""

    count_id: int
    number: str
    warehouse: str
    counted_at: datetime
    counted_by: str
    expected: Decimal
    counted: Decimal
    difference: Decimal
    amount: Decimal | None
    reason: DifferenceReason | None


@query(P.COUNT_APPROVE)
def late_lines(scope: Scope, count_id: int) -> int:
    """How many lines of a posted stocktake no longer hold, because something was entered behind them later."""
    count = scope.session.get(StockCount, count_id)
    if count is None or count.state is not CountState.POSTED:
        return 0
    return sum(1 for line in found_lines(scope.session, count) if line.finding.difference != ZERO)


@query(P.COUNT_APPROVE)
def accuracy(scope: Scope, *, since: datetime, by_class: bool = False) -> list[AccuracyRow]:
    """How right the stocktakes posted since a moment were, by who counted or by class."""
    key: Any = StockCountLine.abc_class if by_class else func.coalesce(User.name, "")
    found = scope.session.execute(
        select(key, func.count(), RIGHT, GROSS, _NET)
        .select_from(StockCountLine)
        .join(StockCount, StockCount.id == StockCountLine.count_id)
        .outerjoin(User, User.id == StockCountLine.counted_by)
        .where(
            StockCount.state == CountState.POSTED,
            StockCount.closed_at >= since,
            StockCountLine.counted.is_not(None),
        )
        .group_by(key)
        .order_by(key)
    )
    sees_costs = scope.actor.may(P.COST_READ)
    return [
        AccuracyRow(
            name=name.value.upper() if isinstance(name, AbcClass) else name,
            counted=counted,
            right=right,
            amount=round_to(gross) if sees_costs else None,
            net=round_to(net) if sees_costs else None,
        )
        for name, counted, right, gross, net in map(tuple[Any, ...], found)
    ]


@query(P.COUNT_READ)
def variance_history(scope: Scope, variant_id: int, *, limit: int = 20) -> list[VarianceRow]:
    """What posted stocktakes found of a product, the newest first."""
    found = scope.session.execute(
        select(StockCountLine, StockCount, Warehouse.name, func.coalesce(User.name, ""))
        .join(StockCount, StockCount.id == StockCountLine.count_id)
        .join(Warehouse, Warehouse.id == StockCount.warehouse_id)
        .outerjoin(User, User.id == StockCountLine.counted_by)
        .where(
            StockCountLine.variant_id == variant_id,
            StockCount.state == CountState.POSTED,
            StockCountLine.counted.is_not(None),
        )
        .order_by(StockCountLine.counted_at.desc(), StockCountLine.id.desc())
        .limit(limit)
    )
    rows = []
    for line, count, warehouse, counted_by in map(tuple[Any, ...], found):
        off = line.counted - line.expected
        rows.append(
            VarianceRow(
                count_id=count.id,
                number=count.number,
                warehouse=warehouse,
                counted_at=line.counted_at,
                counted_by=counted_by,
                expected=line.expected,
                counted=line.counted,
                difference=off,
                amount=round_to(off * line.unit_cost) if scope.actor.may(P.COST_READ) else None,
                reason=line.reason,
            )
        )
    return rows
