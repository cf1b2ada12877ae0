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
    tracked = scope.session.execute(
        select(TransferLine.variant_id, TransferLine.quantity, Transfer.source_id, Variant.sku)
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .join(Variant, Variant.id == TransferLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(TransferLine.transfer_id == transfer_id, Product.tracking != Tracking.NONE)
        .order_by(TransferLine.id)
    ).all()
    if not tracked:
        return []
    variants = [line.variant_id for line in tracked]
    there = lots_on_hand(scope, warehouse_id=tracked[0].source_id, variant_ids=variants, limit=MOST_LOTS)
    asked = scope.session.execute(
        select(Lot, TransferLot.quantity)
        .join(TransferLot, TransferLot.lot_id == Lot.id)
        .where(TransferLot.transfer_id == transfer_id)
        .order_by(TransferLot.id)
    ).all()
    rows: list[TransferLotRow] = []
    for line in tracked:
        here = [lot for lot in there if lot.variant_id == line.variant_id and lot.kind == LocationKind.STORAGE]
        wanted = {lot.id: quantity for lot, quantity in asked if lot.variant_id == line.variant_id}
        rows += _in_turn(line.variant_id, line.quantity, here, wanted)
        gone = set(wanted) - {row.lot_id for row in rows}
        rows += [
            TransferLotRow(
                line.variant_id, line.sku, lot.id, lot.number, lot.expiry_on, Freshness.GOOD, ZERO, quantity, quantity
            )
            for lot, quantity in asked
            if lot.id in gone
        ]
    return rows


def _in_turn(
    variant_id: int, quantity: Decimal, here: Sequence[LotRow], wanted: Mapping[int, Decimal]
) -> list[TransferLotRow]:
    """The lots of a product that are there, with what is proposed of each."""
    free: dict[int, Decimal] = {}
    for lot in here:
        free[lot.lot_id] = free.get(lot.lot_id, ZERO) + lot.free
    rest = quantity - sum(wanted.values(), ZERO)
    rows = []
    for lot in {each.lot_id: each for each in here}.values():
        asked = wanted.get(lot.lot_id, ZERO)
        more = max(min(rest, free[lot.lot_id] - asked), ZERO) if lot.freshness is Freshness.GOOD else ZERO
        rest -= more
        if free[lot.lot_id] > ZERO or asked:
            facts = (lot.number, lot.expiry_on, lot.freshness, free[lot.lot_id], asked, asked + more)
            rows.append(TransferLotRow(variant_id, lot.sku, lot.lot_id, *facts))
    return rows
