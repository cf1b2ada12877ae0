"""Goods at a place become goods of another lot: out of the one and into the other, with what they cost."""

from decimal import Decimal

from sqlalchemy import select

from core.base.exact import ZERO
from core.stock.models import MoveState, StockMove
from core.stock.moves import Line, Origin, Part, place_of_move, post, write_moves
from core.stock.places import relabelling
from core.stock.promises import refuse_short
from core.stock.shelves import Place, by_place, change, put, shelves_at
from core.work.unit import UnitOfWork


def relabel(
    uow: UnitOfWork,
    location_id: int,
    variant_id: int,
    from_lot_id: int | None,
    to_lot_id: int | None,
    quantity: Decimal,
    origin: Origin,
) -> None:
    """Make so much at a place another lot. Free goods go first; promises that need the others go along.

    Refuses more than there is.
    """
    shelves = by_place(shelves_at(uow, [location_id], [variant_id]))
    left, reached = (Place(variant_id, location_id, lot_id or 0) for lot_id in (from_lot_id, to_lot_id))
    shelf = shelves.get(left)
    here = ZERO if shelf is None else shelf.on_hand
    if shelf is None or quantity > here:
        refuse_short(uow, location_id, {variant_id: here}, [Line(variant_id, quantity)])
        return
    way = relabelling(uow)
    out = Part(Line(variant_id, quantity, lot_id=from_lot_id), location_id, way)
    (out_id,) = write_moves(uow, [out], MoveState.DONE, origin)
    post(uow, [(out_id, out)])
    back = Part(Line(variant_id, quantity, lot_id=to_lot_id, returns_id=out_id), way, location_id)
    ids = write_moves(uow, [back], MoveState.DONE, origin)
    promised = _carry_promises(uow, left, to_lot_id, quantity - shelf.free)
    change(uow, [shelf], on_hand={left: -quantity}, reserved={left: -promised})
    put(uow, {reached: quantity})
    if promised:
        now = by_place(shelves_at(uow, [location_id], [variant_id]))
        change(uow, [now[reached]], reserved={reached: promised})
    post(uow, list(zip(ids, [back], strict=True)))


def _carry_promises(uow: UnitOfWork, left: Place, to_lot_id: int | None, quantity: Decimal) -> Decimal:
    """Let promises of so much be of the other lot, the newest first; how much that is."""
    if quantity <= ZERO:
        return ZERO
    uow.session.flush()
    moves = uow.session.scalars(
        select(StockMove)
        .where(
            StockMove.variant_id == left.variant_id,
            StockMove.source_id == left.location_id,
            StockMove.state == MoveState.RESERVED,
        )
        .order_by(StockMove.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    open_ = quantity
    for move in moves:
        if place_of_move(move) != left:
            continue
        part = min(open_, move.quantity)
        if part == move.quantity:
            move.lot_id = to_lot_id
        elif part:
            move.quantity -= part
            line = Line(move.variant_id, part, move.origin_line_id, lot_id=to_lot_id)
            on = Part(line, move.source_id, move.target_id)
            write_moves(uow, [on], MoveState.RESERVED, Origin(move.origin_type, move.origin_id))
        open_ -= part
        if not open_:
            break
    return quantity - open_
