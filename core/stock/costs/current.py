"""What a unit costs at this moment, for calculations; what of it may be seen is up to who asks."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO
from core.catalog.models import Variant
from core.db.types import Exact
from core.stock.costs.models import CostBalance
from core.stock.costs.rules.pools import unit_of


@dataclass(frozen=True)
class Pooled:
    """Goods of one product that are valued together: how many, what for, and the cost known last."""

    quantity: Decimal
    amount: Decimal
    last_cost: Decimal
    warehouse_id: int | None


def pools_of(session: Session, variant_ids: Collection[int]) -> dict[int, list[Pooled]]:
    """The pools of each product, the one that changed last first."""
    pools: dict[int, list[Pooled]] = defaultdict(list)
    found = session.execute(
        select(
            CostBalance.variant_id,
            CostBalance.quantity,
            CostBalance.amount,
            CostBalance.last_cost,
            CostBalance.warehouse_id,
        )
        .where(CostBalance.variant_id.in_(variant_ids))
        .order_by(CostBalance.last_at.desc(), CostBalance.id.desc())
    )
    for row in found:
        pools[row.variant_id].append(Pooled(row.quantity, row.amount, row.last_cost, row.warehouse_id))
    return pools


def unit_cost_of(pools: Sequence[Pooled]) -> Decimal | None:
    """What a unit of these costs: of what is on hand, or as it was known last; None where it never had a cost."""
    quantity = sum((pool.quantity for pool in pools), ZERO)
    if quantity > 0:
        return unit_of(sum((pool.amount for pool in pools), ZERO), quantity)
    return pools[0].last_cost if pools else None


def current_costs(session: Session, variant_ids: Collection[int]) -> dict[int, Decimal]:
    """What a unit of each costs now, or its purchase price; left out where neither is known, or nothing."""
    if not variant_ids:
        return {}
    pools = pools_of(session, variant_ids)
    costs = {each: cost for each in pools if (cost := unit_cost_of(pools[each]))}
    missing = set(variant_ids) - costs.keys()
    if missing:
        bought = session.execute(select(Variant.id, Variant.purchase_price).where(Variant.id.in_(missing)))
        costs |= {row.id: row.purchase_price for row in bought if row.purchase_price > ZERO}
    return costs


def cost_columns(variant_id: InstrumentedAttribute[int]) -> tuple[ColumnElement[Decimal], ...]:
    """Columns from which `known_cost` tells what a unit costs now, for a statement that names products anyway."""
    pool = select(CostBalance).where(CostBalance.variant_id == variant_id)
    last = pool.order_by(CostBalance.last_at.desc(), CostBalance.id.desc()).limit(1)
    quantity = pool.with_only_columns(func.sum(CostBalance.quantity, type_=Exact(QUANTITY_PLACES)))
    amount = pool.with_only_columns(func.sum(CostBalance.amount, type_=Exact(PRICE_PLACES)))
    return (
        quantity.scalar_subquery().label("pooled_quantity"),
        amount.scalar_subquery().label("pooled_amount"),
        last.with_only_columns(CostBalance.last_cost).scalar_subquery().label("last_cost"),
        Variant.purchase_price.label("purchase_price"),
    )


def known_cost(row: Any) -> Decimal | None:
    """What a unit costs by these columns, as `current_costs` has it; None where nobody knows."""
    if row.pooled_quantity is not None and row.pooled_quantity > ZERO:
        cost = unit_of(row.pooled_amount, row.pooled_quantity)
    else:
        cost = row.last_cost
    return cost or (row.purchase_price if row.purchase_price > ZERO else None)
