"""What an order leaves at the costs of today: a light for everybody who sells, the number for who may see costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from core.catalog.models import Product, Variant
from core.pricing.limits import thresholds_by_category
from core.pricing.resolve import category_paths
from core.pricing.rules.margins import Light, Margin, Sold, margin_of, nearest
from core.sales.models import OrderLine
from core.sales.queries import OrderCard
from core.security.permissions import P
from core.stock.costs.current import current_costs
from core.work.command import Scope, query


@dataclass(frozen=True)
class MarginRow:
    """How good the margin of a line or an order is; the numbers are None for those who may not see costs."""

    light: Light
    amount: Decimal | None
    share: Decimal | None
    unknown: int


@dataclass(frozen=True)
class MarginCard:
    """The margin of an order and, by their ids, of its lines and kits."""

    order: MarginRow
    lines: Mapping[int, MarginRow]
    kits: Mapping[int, MarginRow]


@query(P.ORDER_READ)
def order_margin(scope: Scope, order: OrderCard) -> MarginCard | None:
    """What an order leaves, net of tax; None for who neither sells nor sees costs.

    Its goods cost what they cost when it was confirmed, and before that what they cost now.

    Of an order with goods of several categories, each line is expected to leave what its own category says.
    """
    if not (scope.actor.may(P.ORDER_EDIT) or scope.actor.may(P.COST_READ)) or not order.lines:
        return None
    rules = thresholds_by_category(scope)
    found = scope.session.execute(
        select(OrderLine.id, OrderLine.variant_id, OrderLine.unit_cost, Product.category_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(OrderLine.id.in_([line.id for line in order.lines]))
    ).all()
    categories = {row.variant_id: row.category_id for row in found}
    frozen = {row.id: row.unit_cost for row in found if row.unit_cost is not None}
    costs = current_costs(scope.session, {row.variant_id for row in found if row.id not in frozen})
    paths = category_paths(scope, set(categories.values())) if rules else {}
    sold = {}
    for line in order.lines:
        cost = frozen.get(line.id, costs.get(line.variant_id))
        expected = nearest(paths.get(categories[line.variant_id], ()), rules)
        sold[line.id] = Sold(line.net_amount, None if cost is None else cost * line.quantity, expected)
    whole = margin_of(list(sold.values()))
    parts: dict[int, list[Sold]] = {}
    for line in order.lines:
        if line.kit_id is not None:
            parts.setdefault(line.kit_id, []).append(sold[line.id])
    return MarginCard(
        _row(scope, whole),
        {line: _row(scope, margin_of([each])) for line, each in sold.items()},
        {kit: _row(scope, margin_of(each)) for kit, each in parts.items()},
    )


def _row(scope: Scope, margin: Margin) -> MarginRow:
    if margin.light == Light.UNKNOWN or not scope.actor.may(P.COST_READ):
        return MarginRow(margin.light, None, None, margin.unknown)
    return MarginRow(margin.light, margin.amount, margin.share, margin.unknown)
