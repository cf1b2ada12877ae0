"""What a change of cost would do, before it is done."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.base.exact import ZERO
from core.security.permissions import P
from core.stock.costs.effects import Effect, bridge_of, effect_of
from core.stock.costs.load import MOVE, histories, last_close
from core.stock.costs.models import AdjustmentKind, CostAdjustmentLine, CostBalance, CostBook, CostEntry
from core.stock.costs.plan import (
    Timed,
    differences_of,
    landed_lines,
    moment_after,
    never_moved,
    newest_move,
    price_lines,
)
from core.stock.costs.recost import recost
from core.stock.costs.rules.events import EntryKind, Event, Found, Issue, Place, Policy, PolicyChange, Receipt
from core.stock.costs.rules.landed import SplitBy
from core.stock.costs.rules.regroup import regrouped
from core.stock.costs.rules.replay import Replayed, replay
from core.work.command import Scope, query

OUT = {EntryKind.ISSUE, EntryKind.RETURN, EntryKind.REFILL}


@dataclass(frozen=True)
class MethodRow:
    """A product under the method it has and under another: cost of what left since the last close, stock now."""

    variant_id: int
    cost_now: Decimal
    stock_now: Decimal
    cost_then: Decimal
    stock_then: Decimal


@query(P.COST_READ)
def preview_landed_cost(
    scope: Timed,
    *,
    amount: Decimal,
    move_ids: Sequence[int],
    split_by: SplitBy = SplitBy.AMOUNT,
    weights: Mapping[int, Decimal] | None = None,
) -> Effect:
    """What spreading this amount over these receipts would change."""
    lines = landed_lines(scope, amount, move_ids, split_by, weights)
    return _effect(scope, AdjustmentKind.LANDED, lines)


@query(P.COST_READ)
def landed_shares(
    scope: Timed,
    *,
    amount: Decimal,
    move_ids: Sequence[int],
    split_by: SplitBy = SplitBy.AMOUNT,
    weights: Mapping[int, Decimal] | None = None,
) -> dict[int, Decimal]:
    """What each receipt (its move) would bear of an amount."""
    lines = landed_lines(scope, amount, move_ids, split_by, weights)
    return {line.move_id: line.amount for line in lines if line.move_id is not None}


@query(P.COST_READ)
def preview_receipt_price(scope: Timed, move_id: int, *, unit_cost: Decimal) -> Effect:
    """What another price of this receipt would change."""
    return _effect(scope, AdjustmentKind.PRICE, price_lines(scope, move_id, unit_cost))


@query(P.COST_READ)
def preview_revaluation(
    scope: Timed, variant_id: int, *, unit_cost: Decimal | None = None, factor: Decimal | None = None
) -> Effect:
    """What another unit cost of the stock on hand would change; refuses goods that never moved."""
    if scope.session.get(CostBook, variant_id) is None:
        raise never_moved(scope.session, variant_id)
    line = CostAdjustmentLine(
        variant_id=variant_id,
        amount=ZERO,
        unit_cost=unit_cost,
        factor=factor,
        at=moment_after(scope.session, [variant_id], scope.now),
        after_move_id=newest_move(scope.session),
        is_late=False,
    )
    return _effect(scope, AdjustmentKind.REVALUATION, [line])


@query(P.COST_READ)
def preview_late_receipt(
    scope: Scope, variant_id: int, *, warehouse_id: int, quantity: Decimal, unit_cost: Decimal, at: datetime
) -> Effect:
    """What a receipt that is entered late, with this moment, would change of what moved since."""
    receipt = Receipt(
        ref=(MOVE, newest_move(scope.session) + 1),
        at=at,
        place=Place(warehouse_id),
        quantity=quantity,
        unit_cost=unit_cost,
    )
    more: dict[int, list[Event]] = {variant_id: [receipt]}
    found = recost(scope.session, [variant_id], more=more)
    return effect_of(scope.session, [each for result in found for each in result.differences])


@dataclass(frozen=True)
class LateMove:
    """Goods that are entered late: above zero found (they cost what the others do), below zero gone."""

    variant_id: int
    warehouse_id: int
    quantity: Decimal
    at: datetime
    lot_id: int | None = None


@query(P.COST_READ)
def preview_late_moves(scope: Scope, moves: Iterable[LateMove]) -> Effect:
    """What goods that were found or gone at past moments would change of what moved since."""
    more: dict[int, list[Event]] = {}
    for number, move in enumerate(moves, newest_move(scope.session) + 1):
        kind = Found if move.quantity > ZERO else Issue
        place = Place(move.warehouse_id, move.lot_id)
        event = kind(ref=(MOVE, number), at=move.at, place=place, quantity=abs(move.quantity))
        more.setdefault(move.variant_id, []).append(event)
    found = recost(scope.session, more, more=more)
    return effect_of(scope.session, [each for result in found for each in result.differences])


@query(P.COST_READ)
def simulated_method(scope: Scope, variant_ids: Collection[int], policy: Policy) -> list[MethodRow]:
    """Products side by side under the method they have and under another, had it applied since the last close."""
    rows = []
    for variant_id, history in histories(scope.session, variant_ids, close=last_close(scope.session)).items():
        now = replay(history.events, history.opening)
        opening = history.opening.copy()
        if policy != opening.policy and history.since is not None:
            opening.pools = regrouped(opening, policy, (MOVE, 0), history.since)
        opening = replace(opening, policy=policy)
        events = [event for event in history.events if not isinstance(event, PolicyChange)]
        then = replay(events, opening)
        rows.append(MethodRow(variant_id, _cost(now), now.state.amount, _cost(then), then.state.amount))
    return rows


def _cost(replayed: Replayed) -> Decimal:
    left = sum((each.amount for each in replayed.entries if each.kind in OUT), ZERO)
    expensed = sum((each.amount for each in replayed.entries if each.kind is EntryKind.EXPENSED), ZERO)
    return expensed - left


def _effect(scope: Timed, kind: AdjustmentKind, lines: Sequence[CostAdjustmentLine]) -> Effect:
    differences = differences_of(scope.session, kind, lines)
    bridge = bridge_of(scope.session, differences, _before(scope.session, lines))
    return replace(effect_of(scope.session, differences), bridge=bridge)


def _before(session: Session, lines: Sequence[CostAdjustmentLine]) -> Decimal:
    """What the receipts of these lines cost so far, or what is on hand is worth where they name none."""
    move_ids = [line.move_id for line in lines if line.move_id is not None]
    if not move_ids:
        worth = select(func.sum(CostBalance.amount))
        return session.scalar(worth.where(CostBalance.variant_id.in_([line.variant_id for line in lines]))) or ZERO
    came = session.scalar(select(func.sum(CostEntry.amount)).where(CostEntry.move_id.in_(move_ids)))
    added = session.scalar(
        select(func.sum(CostEntry.amount))
        .join(CostAdjustmentLine, CostAdjustmentLine.id == CostEntry.adjustment_line_id)
        .where(CostAdjustmentLine.move_id.in_(move_ids))
    )
    return (came or ZERO) + (added or ZERO)
