"""What a plan rests on, shown before it is made: the classes by value, and what is most at risk."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.costs.plan import Timed
from core.stock.counts.models import AbcClass
from core.stock.counts.ranking import at_risk, classed, issued, unit_costs
from core.stock.models import Location, LocationKind
from core.work.command import query


@dataclass(frozen=True)
class ClassRow:
    """A product with its class: what was issued of it in a year × unit cost, its share, and the share up to it.

    Unit cost and amount are None without the right to see costs.
    """

    variant_id: int
    sku: str
    name: str
    issued: Decimal
    unit_cost: Decimal | None
    amount: Decimal | None
    share: Decimal
    up_to: Decimal
    abc_class: AbcClass


@dataclass(frozen=True)
class RiskRow:
    """A product with its risk and the factors it is the product of."""

    variant_id: int
    sku: str
    name: str
    value: Decimal
    variance: Decimal
    movement: Decimal
    negative: Decimal
    age: Decimal
    risk: Decimal


@query(P.COUNT_PLAN)
def abc_classes(scope: Timed, warehouse_id: int, *, limit: int = 200) -> list[ClassRow]:
    """Products by the value issued of them in the last year, with the class that follows."""
    costs = unit_costs(scope.session, warehouse_id)
    gone = issued(scope.session, scope.now)
    ranked = classed(costs, gone)[:limit]
    named = _named(scope.session, [each.variant_id for each in ranked])
    sees_costs = scope.actor.may(P.COST_READ)
    return [
        ClassRow(
            each.variant_id,
            *named[each.variant_id],
            issued=gone.get(each.variant_id, Decimal(0)),
            unit_cost=costs[each.variant_id] if sees_costs else None,
            amount=each.amount if sees_costs else None,
            share=each.share,
            up_to=each.up_to,
            abc_class=each.abc_class,
        )
        for each in ranked
    ]


@query(P.COUNT_PLAN)
def risk_ranking(scope: Timed, warehouse_id: int, *, limit: int = 200) -> list[RiskRow]:
    """What is on hand in a warehouse, by risk."""
    place = scope.session.scalar(
        select(Location.id).where(Location.warehouse_id == warehouse_id, Location.kind == LocationKind.STORAGE)
    )
    if place is None:
        return []
    ranked = at_risk(scope.session, place, unit_costs(scope.session, warehouse_id), scope.now)[:limit]
    named = _named(scope.session, [each.variant_id for each in ranked])
    return [
        RiskRow(
            each.variant_id,
            *named[each.variant_id],
            value=each.value,
            variance=each.variance,
            movement=each.movement,
            negative=each.negative,
            age=each.age,
            risk=each.risk,
        )
        for each in ranked
    ]


def _named(session: Session, variant_ids: list[int]) -> dict[int, tuple[str, str]]:
    rows = session.execute(
        select(Variant.id, Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {variant_id: (sku, name) for variant_id, sku, name in rows}
