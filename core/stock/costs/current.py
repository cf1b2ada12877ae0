"""What a unit costs at this moment, for calculations; what of it may be seen is up to who asks."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.base.exact import ZERO
from core.catalog.models import Variant
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
