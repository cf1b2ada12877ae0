"""What products are worth counting first: their class by value issued, and their risk."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from core.base.exact import PRICE_PLACES, ZERO, round_to
from core.catalog.models import Product, ProductKind, Variant
from core.stock.costs.models import CostBalance, CostEntry
from core.stock.costs.rules.events import EntryKind
from core.stock.costs.rules.pools import unit_of
from core.stock.counts.models import AbcClass, CountState, StockCount, StockCountLine
from core.stock.counts.rules import Classed, Exposure, Risk, classes, risks
from core.stock.models import CUSTOMER, HISTORY, Location, LocationKind, MoveState, StockLevel, StockMove

YEAR, QUARTER = timedelta(days=365), timedelta(days=90)


@dataclass(frozen=True)
class Appraisal:
    """What one of a product costs, and its class."""

    unit_cost: Decimal
    abc_class: AbcClass


def unit_costs(session: Session, warehouse_id: int) -> dict[int, Decimal]:
    """What one of each stocked product costs there: the average, else the last cost, else the purchase price."""
    found = {
        variant_id: price
        for variant_id, price in session.execute(
            select(Variant.id, Variant.purchase_price)
            .join(Product, Product.id == Variant.product_id)
            .where(Product.kind == ProductKind.STOCKED)
        )
    }
    balances = session.execute(
        select(
            CostBalance.variant_id,
            func.sum(CostBalance.quantity),
            func.sum(CostBalance.amount),
            func.max(CostBalance.last_cost),
        )
        .where(or_(CostBalance.warehouse_id.is_(None), CostBalance.warehouse_id == warehouse_id))
        .group_by(CostBalance.variant_id)
    )
    for variant_id, quantity, amount, last_cost in balances:
        found[variant_id] = unit_of(amount, quantity) if quantity > ZERO else last_cost
    return found


def issued(session: Session, now: datetime) -> dict[int, Decimal]:
    """How much of each product went to customers in the last year, less what came back."""
    ours = select(Location.id).where(or_(Location.kind == LocationKind.STORAGE, Location.id == HISTORY))
    net = func.sum(case((StockMove.target_id == CUSTOMER, StockMove.quantity), else_=-StockMove.quantity))
    rows = session.execute(
        select(StockMove.variant_id, net)
        .where(
            StockMove.at > now - YEAR,
            StockMove.at <= now,
            StockMove.state == MoveState.DONE,
            or_(
                (StockMove.target_id == CUSTOMER) & StockMove.source_id.in_(ours),
                (StockMove.source_id == CUSTOMER) & StockMove.target_id.in_(ours),
            ),
        )
        .group_by(StockMove.variant_id)
    )
    return {variant_id: quantity for variant_id, quantity in rows}


def classed(costs: Mapping[int, Decimal], gone: Mapping[int, Decimal]) -> list[Classed]:
    """Every stocked product with its class by what was issued of it × what one costs."""
    return classes({each: round_to(gone.get(each, ZERO) * cost) for each, cost in costs.items()})


def appraised(session: Session, warehouse_id: int, now: datetime) -> dict[int, Appraisal]:
    """Unit cost and class of every stocked product."""
    costs = unit_costs(session, warehouse_id)
    ranked = classed(costs, issued(session, now))
    return {each.variant_id: Appraisal(costs[each.variant_id], each.abc_class) for each in ranked}


def at_risk(session: Session, location_id: int, costs: Mapping[int, Decimal], now: datetime) -> list[Risk]:
    """What is on hand at a location by risk, the greatest first."""
    held = session.execute(
        select(StockLevel.variant_id, StockLevel.on_hand)
        .where(StockLevel.location_id == location_id, StockLevel.on_hand != ZERO)
        .order_by(StockLevel.variant_id)
    ).all()
    moves = _moves(session, location_id, now)
    negatives = _negatives(session, now)
    off, last = _counts(session, location_id, now)
    return risks(
        Exposure(
            variant_id=variant_id,
            amount=round_to(on_hand * costs.get(variant_id, ZERO)),
            variance=off.get(variant_id, ZERO),
            moves=moves.get(variant_id, 0),
            negatives=negatives.get(variant_id, 0) + (on_hand < ZERO),
            days=(now - last[variant_id]).days if variant_id in last else None,
        )
        for variant_id, on_hand in held
        if variant_id in costs
    )


def _moves(session: Session, location_id: int, now: datetime) -> dict[int, int]:
    rows = session.execute(
        select(StockMove.variant_id, func.count())
        .where(
            StockMove.at > now - QUARTER,
            StockMove.state == MoveState.DONE,
            (StockMove.source_id == location_id) | (StockMove.target_id == location_id),
        )
        .group_by(StockMove.variant_id)
    )
    return {variant_id: count for variant_id, count in rows}


def _negatives(session: Session, now: datetime) -> dict[int, int]:
    """How often goods that had left too early were paid for by what came in later."""
    rows = session.execute(
        select(CostEntry.variant_id, func.count())
        .where(CostEntry.kind == EntryKind.REFILL, CostEntry.at > now - YEAR)
        .group_by(CostEntry.variant_id)
    )
    return {variant_id: count for variant_id, count in rows}


def _counts(session: Session, location_id: int, now: datetime) -> tuple[dict[int, Decimal], dict[int, datetime]]:
    """The mean share by which the counts of a year were off, and when each product was counted last."""
    shares: dict[int, list[Decimal]] = defaultdict(list)
    last: dict[int, datetime] = {}
    rows = session.execute(
        select(StockCountLine.variant_id, StockCountLine.counted, StockCountLine.expected, StockCountLine.counted_at)
        .join(StockCount, StockCount.id == StockCountLine.count_id)
        .where(
            StockCount.location_id == location_id,
            StockCount.state == CountState.POSTED,
            StockCountLine.counted_at > now - YEAR,
        )
        .order_by(StockCountLine.counted_at)
    )
    for variant_id, counted, expected, counted_at in map(tuple[Any, ...], rows):
        whole = max(abs(expected), abs(counted))
        shares[variant_id].append(round_to(abs(counted - expected) / whole, PRICE_PLACES) if whole else ZERO)
        last[variant_id] = counted_at
    return {each: sum(found, ZERO) / len(found) for each, found in shares.items()}, last
