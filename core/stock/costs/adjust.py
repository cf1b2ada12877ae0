"""Changing what goods cost without moving any: landed cost, price corrections, revaluations."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.exact import PRICE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.security.permissions import P
from core.stock.costs.books import locked_books
from core.stock.costs.effects import effect_of
from core.stock.costs.errors import AdjustmentReversed, NothingOfIt
from core.stock.costs.models import FACTOR_PLACES, AdjustmentKind, CostAdjustment, CostAdjustmentLine
from core.stock.costs.moments import business_moment
from core.stock.costs.plan import landed_lines, moment_after, never_moved, newest_move, opposite_lines, price_lines
from core.stock.costs.recost import recost, rewrite
from core.stock.costs.rules.landed import SplitBy
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.COST_EDIT)
def add_landed_cost(
    uow: UnitOfWork,
    *,
    amount: Decimal,
    move_ids: Sequence[int],
    split_by: SplitBy = SplitBy.AMOUNT,
    weights: Mapping[int, Decimal] | None = None,
    reason: str,
) -> int:
    """Spread freight, duty and the like over receipts (their moves); `weights` are those of whole lines.

    In the open period it counts from the receipt on. Where the period is closed, what is still here
    bears its part today and the rest is expensed.
    """
    reason = reason_given(reason)
    lines = landed_lines(uow, amount, move_ids, split_by, weights)
    return _adjust(uow, "cost.landed", AdjustmentKind.LANDED, lines, reason, split_by=split_by)


@command(P.COST_EDIT)
def correct_receipt_price(uow: UnitOfWork, move_id: int, *, unit_cost: Decimal, reason: str) -> int:
    """Let a receipt cost so much per unit after all, such as the supplier's invoice says."""
    reason = reason_given(reason)
    return _adjust(uow, "cost.price_corrected", AdjustmentKind.PRICE, price_lines(uow, move_id, unit_cost), reason)


@command(P.COST_EDIT)
def reverse_adjustment(uow: UnitOfWork, adjustment_id: int, *, reason: str) -> int:
    """Take a landed cost or price correction back by its opposite; a revaluation is followed by another."""
    reason = reason_given(reason)
    first = uow.session.scalars(
        select(CostAdjustment)
        .where(CostAdjustment.id == adjustment_id, CostAdjustment.kind != AdjustmentKind.REVALUATION)
        .options(selectinload(CostAdjustment.lines))
        .with_for_update()
    ).one_or_none()
    if first is None:
        raise NotFound(what=N_("The cost adjustment"))
    opposite = select(CostAdjustment.id).where(CostAdjustment.reverses_id == first.id)
    if first.reverses_id is not None or uow.session.scalar(opposite) is not None:
        raise AdjustmentReversed(number=first.number)
    lines = opposite_lines(uow, first.lines)
    return _adjust(uow, "cost.adjustment_reversed", first.kind, lines, reason, reverses_id=first.id)


@command(P.COST_EDIT)
def revalue_stock(
    uow: UnitOfWork,
    variant_id: int,
    *,
    unit_cost: Decimal | None = None,
    factor: Decimal | None = None,
    warehouse_id: int | None = None,
    reason: str,
    at: date | datetime | None = None,
) -> int:
    """Let what is on hand cost so much per unit, or so many times what it did, from a moment on.

    A warehouse may be named where the product is valued by warehouse.
    """
    reason = reason_given(reason)
    if (unit_cost is None) == (factor is None):
        raise NothingOfIt
    number, places = (unit_cost, PRICE_PLACES) if unit_cost is not None else (factor, FACTOR_PLACES)
    if number is None or number < ZERO or not fits(number, places):
        raise InvalidInput(field=N_("Unit cost"), reason=N_("enter a number from zero up with at most 4 decimals."))
    book = locked_books(uow, [variant_id]).get(variant_id)
    if book is None:
        raise never_moved(uow.session, variant_id)
    moment = business_moment(uow, at)
    line = CostAdjustmentLine(
        variant_id=variant_id,
        warehouse_id=warehouse_id if book.policy.per_warehouse else None,
        amount=ZERO,
        unit_cost=unit_cost,
        factor=factor,
        at=moment_after(uow.session, [variant_id], uow.now) if moment == uow.now else moment,
        after_move_id=newest_move(uow.session),
        is_late=False,
    )
    return _adjust(uow, "cost.revalued", AdjustmentKind.REVALUATION, [line], reason)


def _adjust(
    uow: UnitOfWork,
    tag: str,
    kind: AdjustmentKind,
    lines: Sequence[CostAdjustmentLine],
    reason: str,
    *,
    split_by: SplitBy | None = None,
    reverses_id: int | None = None,
) -> int:
    variant_ids = {line.variant_id for line in lines}
    locked_books(uow, variant_ids)
    adjustment = uow.add(
        CostAdjustment(
            number=uow.number("CA"),
            kind=kind,
            amount=sum((line.amount for line in lines), ZERO),
            split_by=split_by,
            reason=reason,
            reverses_id=reverses_id,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    for line in lines:
        line.adjustment_id = adjustment.id
    uow.session.add_all(lines)
    uow.session.flush()
    effect = effect_of(uow.session, rewrite(uow, recost(uow.session, variant_ids)), with_moves=False)
    uow.audit(
        tag,
        adjustment,
        number=adjustment.number,
        reason=reason,
        amount=adjustment.amount,
        issues=effect.issues,
        cost_of_sales=effect.cost_of_sales,
        stock=effect.stock,
    )
    return adjustment.id
