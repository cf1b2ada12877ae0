"""What entries of the past would change of the cost of what left since, before they are made."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Tracking, Variant
from core.security.permissions import P
from core.stock.costs.effects import Effect
from core.stock.costs.load import last_close
from core.stock.costs.models import CostBalance
from core.stock.costs.moments import end_of
from core.stock.costs.previews import LateMove, preview_late_moves
from core.stock.counts.expected import IDS_AT_ONCE, found_lines, on_hand_at
from core.stock.counts.models import UNPOSTED, StockCount
from core.stock.drafts import MovementDraftCard
from core.stock.lot_queries import lots_on_hand
from core.stock.models import DocumentKind, Location, Lot
from core.work.command import Scope, query
from core.work.store import View


@query(P.COST_READ)
def preview_late_sheet(scope: View, draft: MovementDraftCard) -> Effect:
    """What an issue, scrap or adjustment of a past day would change of what left since."""
    if draft.booked_on is None or draft.booked_on >= scope.today:
        return preview_late_moves(scope, [])
    at = end_of(draft.booked_on, scope.settings.timezone)
    if draft.kind is DocumentKind.ADJUSTMENT:
        return preview_late_moves(scope, _adjusted(scope, draft, at))
    return preview_late_moves(scope, _taken(scope, draft, at))


@query(P.COST_READ)
def preview_late_count(scope: Scope, count_id: int) -> Effect:
    """What posting a stocktake would change of what left after its goods were counted.

    Only what moved since its count is looked at: nothing else can change.
    """
    count = scope.session.get(StockCount, count_id)
    if count is None:
        raise NotFound(what=N_("The stocktake"))
    if count.state not in UNPOSTED:
        return preview_late_moves(scope, [])
    close = last_close(scope.session)
    found = [line for line in found_lines(scope.session, count) if line.finding.difference and line.counted_at]
    last = _last_moved(scope, {line.variant_id for line in found})
    late = [
        LateMove(line.variant_id, count.warehouse_id, line.finding.difference, line.counted_at, line.lot_id or None)
        for line in found
        if line.finding.difference is not None
        and line.variant_id in last
        and line.counted_at < last[line.variant_id]
        and (close is None or line.counted_at > close.until)
    ]
    return preview_late_moves(scope, late)


def _last_moved(scope: Scope, variant_ids: Collection[int]) -> dict[int, datetime]:
    last: dict[int, datetime] = {}
    ids = sorted(variant_ids)
    for start in range(0, len(ids), IDS_AT_ONCE):
        rows = scope.session.execute(
            select(CostBalance.variant_id, func.max(CostBalance.last_at))
            .where(CostBalance.variant_id.in_(ids[start : start + IDS_AT_ONCE]))
            .group_by(CostBalance.variant_id)
        )
        last |= {variant_id: at for variant_id, at in rows}
    return last


def _adjusted(scope: Scope, draft: MovementDraftCard, at: datetime) -> Iterable[LateMove]:
    storage = scope.session.scalar(
        select(Location.id).where(Location.warehouse_id == draft.warehouse_id, Location.is_default)
    )
    held = on_hand_at(scope.session, storage or 0, list(draft.quantities), at)
    for variant_id, lot_id, counted in _parts(scope, draft):
        difference = counted - held[variant_id, lot_id]
        if difference:
            yield LateMove(variant_id, draft.warehouse_id, difference, at, lot_id or None)


def _taken(scope: Scope, draft: MovementDraftCard, at: datetime) -> Iterable[LateMove]:
    """What would leave; of tracked goods without a named lot, those that go first."""
    tracked = set(
        scope.session.scalars(
            select(Variant.id)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.id.in_(draft.quantities), Product.tracking != Tracking.NONE)
        )
    )
    for variant_id, lot_id, quantity in _parts(scope, draft):
        left = quantity
        if variant_id in tracked and not lot_id:
            for row in lots_on_hand(scope, variant_ids=[variant_id], warehouse_id=draft.warehouse_id):
                part = min(left, max(row.free, ZERO))
                if part:
                    left -= part
                    yield LateMove(variant_id, draft.warehouse_id, -part, at, row.lot_id)
        if left:
            yield LateMove(variant_id, draft.warehouse_id, -left, at, lot_id or None)


def _parts(scope: Scope, draft: MovementDraftCard) -> Iterable[tuple[int, int, Decimal]]:
    """The lines of a sheet by product and lot; 0 is none."""
    numbers = {each.number for lots in draft.lots.values() for each in lots}
    known: dict[tuple[int, str], int] = {
        (variant_id, number): lot_id
        for variant_id, number, lot_id in scope.session.execute(
            select(Lot.variant_id, Lot.number, Lot.id).where(Lot.number.in_(numbers))
        )
    }
    parts: dict[tuple[int, int], Decimal] = defaultdict(lambda: ZERO)
    for variant_id, quantity in draft.quantities.items():
        lots = draft.lots.get(variant_id, ())
        for each in lots:
            parts[variant_id, known.get((variant_id, each.number), 0)] += each.quantity
        rest = quantity - sum((each.quantity for each in lots), ZERO)
        if rest > ZERO or not lots:
            parts[variant_id, 0] += rest
    return [(variant_id, lot_id, quantity) for (variant_id, lot_id), quantity in parts.items()]
