"""How far transfers are, as the ledger says: what left, arrived and was lost of each product."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.base.exact import ZERO
from core.stock.models import Location, LocationKind, MoveState, StockMove

ORIGIN = "stock_transfer"


@dataclass
class Progress:
    """What became of a product of a transfer."""

    shipped: Decimal = ZERO
    arrived: Decimal = ZERO
    lost: Decimal = ZERO

    @property
    def on_the_way(self) -> Decimal:
        """What left and did not come to an end."""
        return self.shipped - self.arrived - self.lost


def progress_of(session: Session, transfer_ids: Collection[int]) -> dict[int, dict[int, Progress]]:
    """By transfer and variant."""
    source, target = aliased(Location), aliased(Location)
    found = session.execute(
        select(
            StockMove.origin_id,
            StockMove.variant_id,
            source.kind,
            target.kind,
            StockMove.returns_id.is_not(None),
            func.sum(StockMove.quantity),
        )
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(
            StockMove.origin_type == ORIGIN,
            StockMove.origin_id.in_(transfer_ids),
            StockMove.state == MoveState.DONE,
        )
        .group_by(
            StockMove.origin_id, StockMove.variant_id, source.kind, target.kind, StockMove.returns_id.is_not(None)
        )
        .order_by(StockMove.origin_id, StockMove.variant_id)
    )
    progress: dict[int, dict[int, Progress]] = {transfer_id: {} for transfer_id in transfer_ids}
    for transfer_id, variant_id, left, reached, is_back, quantity in found:
        of = progress[transfer_id].setdefault(variant_id, Progress())
        # What goes back runs the way of its move the other way round.
        start, end, sign = (reached, left, -1) if is_back else (left, reached, 1)
        if start == LocationKind.STORAGE:
            of.shipped += sign * quantity
        if end == LocationKind.STORAGE:
            of.arrived += sign * quantity
        if end == LocationKind.LOSS:
            of.lost += sign * quantity
    return progress


def on_the_way(session: Session, transfer_ids: Collection[int]) -> dict[int, dict[int, Decimal]]:
    """What is still on the way, by transfer and variant; products of which nothing is are left out."""
    return {
        transfer_id: {variant_id: of.on_the_way for variant_id, of in products.items() if of.on_the_way}
        for transfer_id, products in progress_of(session, transfer_ids).items()
    }


def lots_on_the_way(session: Session, transfer_id: int) -> dict[int, list[tuple[int | None, Decimal]]]:
    """What of which lot is still on the way of each variant of a transfer, what left first before the rest."""
    source, target = aliased(Location), aliased(Location)
    session.flush()
    moves = session.execute(
        select(StockMove.variant_id, StockMove.lot_id, StockMove.quantity, source.kind, target.kind)
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(
            StockMove.origin_type == ORIGIN,
            StockMove.origin_id == transfer_id,
            StockMove.state == MoveState.DONE,
        )
        .order_by(StockMove.id)
    )
    left: dict[int, dict[int | None, Decimal]] = {}
    for variant_id, lot_id, quantity, start, end in moves:
        change = quantity * ((end == LocationKind.TRANSIT) - (start == LocationKind.TRANSIT))
        lots = left.setdefault(variant_id, {})
        lots[lot_id] = lots.get(lot_id, ZERO) + change
    return {
        variant_id: [(lot_id, quantity) for lot_id, quantity in lots.items() if quantity > ZERO]
        for variant_id, lots in left.items()
    }
