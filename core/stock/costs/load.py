"""Reading what happened to the cost of variants: the state when the books were closed last, and the events since."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from core.base.exact import ZERO
from core.stock.costs.kept import restore
from core.stock.costs.models import (
    AdjustmentKind,
    CostAdjustment,
    CostAdjustmentLine,
    CostBook,
    CostEntry,
    CostMethod,
    CostState,
    PeriodClose,
)
from core.stock.costs.rules.events import (
    Cancellation,
    ComeBack,
    Correction,
    EntryKind,
    Event,
    Found,
    Issue,
    LateCost,
    Place,
    Policy,
    PolicyChange,
    Receipt,
    Ref,
    Revaluation,
    SendBack,
    Transfer,
)
from core.stock.costs.rules.pools import Open, State
from core.stock.models import CUSTOMER, LOSS, SUPPLIER, Location, MoveState, StockMove

MOVE, ADJUSTMENT, METHOD = "move", "adjustment", "method"
_KINDS = {AdjustmentKind.LANDED: EntryKind.LANDED, AdjustmentKind.PRICE: EntryKind.PRICE}
_COMES_FROM = {SUPPLIER: EntryKind.RECEIPT, CUSTOMER: EntryKind.RETURN, LOSS: EntryKind.FOUND}


@dataclass(frozen=True)
class Moved:
    """A move of goods as cost sees it. A warehouse is None where the goods are not ours."""

    id: int
    variant_id: int
    quantity: Decimal
    source_id: int
    at: datetime
    leaves: int | None
    reaches: int | None
    unit_cost: Decimal | None = None
    returns_id: int | None = None
    undoes: bool = False
    lot_id: int | None = None


@dataclass
class History:
    """What happened to one variant since the books were closed."""

    variant_id: int
    since: datetime | None
    opening: State
    events: list[Event] = field(default_factory=list)


def last_close(session: Session, before: datetime | None = None) -> PeriodClose | None:
    """The newest close that stands; only those that ended before a moment, where one is given."""
    wanted = select(PeriodClose).where(PeriodClose.reopened_at.is_(None))
    if before is not None:
        wanted = wanted.where(PeriodClose.until < before)
    return session.scalars(wanted.order_by(PeriodClose.until.desc()).limit(1)).first()


def histories(
    session: Session,
    variant_ids: Collection[int],
    *,
    close: PeriodClose | None,
    until: datetime | None = None,
) -> dict[int, History]:
    """What happened to these variants after a close, up to a moment and with it."""
    since = close.until if close is not None else None
    found = _opened(session, variant_ids, close, until)
    _add_moves(session, found, since, until)
    _add_adjustments(session, found, since, until)
    return found


def event_of(move: Moved, first_cost: Decimal) -> Event | None:
    """What a move means for cost; None where neither end is ours."""
    ref = (MOVE, move.id)
    if move.leaves is not None and move.reaches is not None:
        place, to = Place(move.leaves, move.lot_id), Place(move.reaches, move.lot_id)
        return Transfer(ref=ref, at=move.at, place=place, to=to, quantity=move.quantity)
    of = (MOVE, move.returns_id) if move.returns_id is not None else None
    if move.reaches is not None:
        place = Place(move.reaches, move.lot_id)
        if of is not None:
            return ComeBack(ref=ref, at=move.at, place=place, quantity=move.quantity, of=of)
        kind = _COMES_FROM.get(move.source_id, EntryKind.RECEIPT)
        unit_cost = first_cost if move.unit_cost is None and kind is EntryKind.RECEIPT else move.unit_cost
        if unit_cost is None:
            return Found(ref=ref, at=move.at, place=place, quantity=move.quantity, kind=kind)
        return Receipt(ref=ref, at=move.at, place=place, quantity=move.quantity, unit_cost=unit_cost, kind=kind)
    if move.leaves is not None:
        place = Place(move.leaves, move.lot_id)
        if of is not None:
            return SendBack(ref=ref, at=move.at, place=place, quantity=move.quantity, of=of)
        return Issue(ref=ref, at=move.at, place=place, quantity=move.quantity)
    return None


def still_open(session: Session, move_ids: Collection[int], until: datetime | None = None) -> dict[Ref, Open]:
    """What may still come back of moves, and with what amount: their entries less those of earlier returns."""
    if not move_ids:
        return {}
    taken_back = aliased(StockMove)
    sums: dict[Ref, Open] = {}
    for key, wanted in (
        (CostEntry.move_id, select(CostEntry.move_id).where(CostEntry.move_id.in_(move_ids))),
        (
            taken_back.returns_id,
            select(taken_back.returns_id)
            .join(CostEntry, CostEntry.move_id == taken_back.id)
            .where(taken_back.returns_id.in_(move_ids)),
        ),
        (
            CostAdjustmentLine.move_id,
            select(CostAdjustmentLine.move_id)
            .join(CostEntry, CostEntry.adjustment_line_id == CostAdjustmentLine.id)
            .where(CostAdjustmentLine.move_id.in_(move_ids), CostEntry.kind != EntryKind.EXPENSED),
        ),
    ):
        if until is not None:
            wanted = wanted.where(CostEntry.at <= until)
        totals = wanted.add_columns(func.sum(CostEntry.quantity), func.sum(CostEntry.amount)).group_by(key)
        for move_id, quantity, amount in session.execute(totals):
            sum_ = sums.setdefault((MOVE, move_id), Open(ZERO, ZERO))
            sum_.quantity += quantity
            sum_.amount += amount
    return {ref: Open(abs(each.quantity), abs(each.amount)) for ref, each in sums.items()}


def _opened(
    session: Session, variant_ids: Collection[int], close: PeriodClose | None, until: datetime | None
) -> dict[int, History]:
    since = close.until if close is not None else None
    books = session.execute(
        select(CostBook.variant_id, CostBook.first_cost)
        .where(CostBook.variant_id.in_(variant_ids))
        .order_by(CostBook.variant_id)
    )
    first_costs = {variant_id: first_cost for variant_id, first_cost in books}
    found: dict[int, History] = {}
    changes: dict[int, list[Event]] = defaultdict(list)
    policies: dict[int, Policy] = {}
    for row in session.execute(
        select(CostMethod).where(CostMethod.variant_id.in_(variant_ids)).order_by(CostMethod.at.nulls_first())
    ).scalars():
        policy = Policy(row.method, row.per_warehouse, row.per_lot)
        if row.at is None or (since is not None and row.at <= since):
            policies[row.variant_id] = policy
        elif until is None or row.at <= until:
            change = PolicyChange(ref=(METHOD, row.id), at=row.at, after=row.after_move_id, policy=policy)
            changes[row.variant_id].append(change)
    kept = _kept(session, variant_ids, close)
    for variant_id, first_cost in first_costs.items():
        policy = policies[variant_id]
        opening = restore(kept[variant_id], policy, first_cost) if variant_id in kept else State(policy, first_cost)
        found[variant_id] = History(variant_id, since, opening, changes[variant_id])
    return found


def _kept(session: Session, variant_ids: Collection[int], close: PeriodClose | None) -> dict[int, dict[str, Any]]:
    if close is None:
        return {}
    standing = select(PeriodClose.id).where(PeriodClose.reopened_at.is_(None), PeriodClose.until <= close.until)
    newest = (
        select(func.max(CostState.close_id).label("close_id"), CostState.variant_id)
        .where(CostState.variant_id.in_(variant_ids), CostState.close_id.in_(standing))
        .group_by(CostState.variant_id)
        .subquery()
    )
    rows = session.execute(
        select(CostState.variant_id, CostState.kept).join(
            newest, (newest.c.close_id == CostState.close_id) & (newest.c.variant_id == CostState.variant_id)
        )
    )
    return {variant_id: kept for variant_id, kept in rows}


def _add_moves(session: Session, found: dict[int, History], since: datetime | None, until: datetime | None) -> None:
    source, target = aliased(Location), aliased(Location)
    wanted = (
        select(
            StockMove.id,
            StockMove.variant_id,
            StockMove.quantity,
            StockMove.source_id,
            StockMove.at,
            source.warehouse_id,
            target.warehouse_id,
            StockMove.unit_cost,
            StockMove.returns_id,
            StockMove.undoes,
            StockMove.lot_id,
        )
        .join(source, source.id == StockMove.source_id)
        .join(target, target.id == StockMove.target_id)
        .where(
            StockMove.variant_id.in_(found),
            StockMove.state == MoveState.DONE,
            or_(source.warehouse_id.is_not(None), target.warehouse_id.is_not(None)),
        )
        .order_by(StockMove.variant_id, StockMove.at, StockMove.id)
    )
    if since is not None:
        wanted = wanted.where(StockMove.at > since)
    if until is not None:
        wanted = wanted.where(StockMove.at <= until)
    moves = [Moved(*columns) for columns in map(tuple[Any, ...], session.execute(wanted))]
    moments = {move.id: move.at for move in moves}
    outside: dict[int, set[int]] = defaultdict(set)
    for move in moves:
        history = found[move.variant_id]
        if move.returns_id is not None and move.returns_id not in moments:
            outside[move.variant_id].add(move.returns_id)
        if move.undoes and move.returns_id is not None and moments.get(move.returns_id) == move.at:
            ref = (MOVE, move.id)
            history.events.append(Cancellation(ref=ref, at=move.at, of=(MOVE, move.returns_id)))
            continue
        event = event_of(move, history.opening.first_cost)
        if event is not None:
            history.events.append(event)
    for variant_id, move_ids in outside.items():
        found[variant_id].opening.open |= still_open(session, move_ids, since)


def _add_adjustments(
    session: Session, found: dict[int, History], since: datetime | None, until: datetime | None
) -> None:
    receipt, target = aliased(StockMove), aliased(Location)
    wanted = (
        select(CostAdjustmentLine, CostAdjustment.kind, receipt.quantity, target.warehouse_id, receipt.lot_id)
        .join(CostAdjustment, CostAdjustment.id == CostAdjustmentLine.adjustment_id)
        .outerjoin(receipt, receipt.id == CostAdjustmentLine.move_id)
        .outerjoin(target, target.id == receipt.target_id)
        .where(CostAdjustmentLine.variant_id.in_(found))
        .order_by(CostAdjustmentLine.id)
    )
    if since is not None:
        wanted = wanted.where(CostAdjustmentLine.at > since)
    if until is not None:
        wanted = wanted.where(CostAdjustmentLine.at <= until)
    for line, kind, received, warehouse_id, lot_id in session.execute(wanted):
        history = found[line.variant_id]
        history.events.append(adjustment_event(line, kind, received, Place(warehouse_id, lot_id)))


def adjustment_event(line: CostAdjustmentLine, kind: AdjustmentKind, received: Decimal | None, place: Place) -> Event:
    """What a line of an adjustment means: of a receipt that is still open, or of one that is closed."""
    ref, after = (ADJUSTMENT, line.id), line.after_move_id
    if line.move_id is None or received is None:
        pool = None if line.warehouse_id is None else Place(line.warehouse_id)
        return Revaluation(ref=ref, at=line.at, after=after, pool=pool, unit_cost=line.unit_cost, factor=line.factor)
    of, entry_kind = (MOVE, line.move_id), _KINDS[kind]
    if not line.is_late:
        return Correction(ref=ref, at=line.at, after=after, of=of, amount=line.amount, kind=entry_kind)
    return LateCost(
        ref=ref,
        at=line.at,
        after=after,
        of=of,
        place=place,
        quantity=received,
        amount=line.amount,
        kind=entry_kind,
    )
