"""Which lots a transfer carries: those asked for, those chosen when it leaves, of the rest what expires first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.base.exact import ZERO
from core.catalog.models import Product, Tracking, Variant
from core.security.permissions import P
from core.stock.expiry import Freshness
from core.stock.lot_queries import LotRow, lots_on_hand
from core.stock.models import LocationKind, Lot
from core.stock.moves import Line
from core.stock.transfers.models import Transfer, TransferLine, TransferLot
from core.work.command import Scope, query

MOST_LOTS = 500


@dataclass(frozen=True)
class TransferLotRow:
    """A lot that could leave with a transfer: how much is free of it, was asked for, and is proposed."""

    variant_id: int
    sku: str
    lot_id: int
    number: str
    expiry_on: date | None
    freshness: Freshness
    free: Decimal
    asked: Decimal
    proposed: Decimal


def named_lots(lines: Sequence[Line]) -> dict[tuple[int, int], Decimal]:
    """How much of which lot lines name: (variant, lot) → quantity."""
    named: dict[tuple[int, int], Decimal] = {}
    for line in lines:
        if line.lot_id:
            key = (line.variant_id, line.lot_id)
            named[key] = named.get(key, ZERO) + line.quantity
    return named


def leaving(transfer: Transfer, asked: Mapping[int, Decimal], lots: Mapping[int, Mapping[int, Decimal]]) -> list[Line]:
    """What leaves of each product: first of the lots that are named, then of any."""
    lines = []
    for variant_id, quantity in asked.items():
        wanted = {each.lot_id: each.quantity for each in transfer.lots if each.variant_id == variant_id}
        for lot_id, part in shared(quantity, lots.get(variant_id, wanted)).items():
            lines.append(Line(variant_id, part, lot_id=lot_id or None))
    return lines


def shared(quantity: Decimal, lots: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """A quantity as so much of each lot, in their order, and what is left as lot 0."""
    parts = {}
    for lot_id, part in lots.items():
        taken = min(part, quantity)
        if taken:
            parts[lot_id] = taken
            quantity -= taken
    if quantity:
        parts[0] = quantity
    return parts


@query(P.STOCK_READ)
def transfer_lots(scope: Scope, transfer_id: int) -> list[TransferLotRow]:
    """For every tracked product of a transfer the lots in the warehouse that it leaves, in their turn.

    Proposed are those that were asked for, of the rest those that expire first.
    """
    asked = {
        (variant_id, lot_id): (number, sku, expiry_on, quantity)
        for variant_id, lot_id, number, sku, expiry_on, quantity in scope.session.execute(
            select(TransferLot.variant_id, Lot.id, Lot.number, Variant.sku, Lot.expiry_on, TransferLot.quantity)
            .join(Lot, Lot.id == TransferLot.lot_id)
            .join(Variant, Variant.id == TransferLot.variant_id)
            .where(TransferLot.transfer_id == transfer_id)
            .order_by(TransferLot.id)
        )
    }
    tracked = scope.session.execute(
        select(TransferLine.variant_id, TransferLine.quantity, Transfer.source_id)
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .join(Variant, Variant.id == TransferLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(TransferLine.transfer_id == transfer_id, Product.tracking != Tracking.NONE)
        .order_by(TransferLine.id)
    ).all()
    if not tracked:
        return []
    source_id, variants = tracked[0].source_id, [row.variant_id for row in tracked]
    there = lots_on_hand(scope, warehouse_id=source_id, variant_ids=variants, limit=MOST_LOTS)
    rows: list[TransferLotRow] = []
    for variant_id, quantity, _ in tracked:
        lots: dict[int, tuple[LotRow | None, Decimal]] = {}
        for lot in there:
            if lot.variant_id == variant_id and lot.kind == LocationKind.STORAGE:
                lots[lot.lot_id] = (lot, lots.get(lot.lot_id, (lot, ZERO))[1] + lot.free)
        wanted = {lot_id: facts[3] for (of, lot_id), facts in asked.items() if of == variant_id}
        rest = quantity - sum(wanted.values(), ZERO)
        proposed = dict(wanted)
        for lot_id, (lot, free) in lots.items():
            part = min(rest, free - proposed.get(lot_id, ZERO))
            if lot is not None and lot.freshness is Freshness.GOOD and part > ZERO:
                proposed[lot_id] = proposed.get(lot_id, ZERO) + part
                rest -= part
        for lot_id in wanted:
            lots.setdefault(lot_id, (None, ZERO))
        for lot_id, (lot, free) in lots.items():
            number, sku, expiry_on = asked.get((variant_id, lot_id), ("", "", None))[:3]
            if lot is not None:
                number, sku, expiry_on = lot.number, lot.sku, lot.expiry_on
            fresh = Freshness.GOOD if lot is None else lot.freshness
            if free > ZERO or lot_id in wanted:
                facts = (free, wanted.get(lot_id, ZERO), proposed.get(lot_id, ZERO))
                rows.append(TransferLotRow(variant_id, sku, lot_id, number, expiry_on, fresh, *facts))
    return rows
