"""What was on hand at any past moment: what is there now, less what came and plus what left since.

The ledger is folded backwards from the levels, so that a question costs what has moved since then.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, union_all

from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.models import Location, LocationKind, MoveState, StockLevel, StockMove, Warehouse
from core.work.command import Scope, query


@dataclass(frozen=True)
class ThenRow:
    """What a warehouse had of a variant at a moment."""

    variant_id: int
    sku: str
    name: str
    unit: str
    warehouse: str
    on_hand: Decimal


@query(P.STOCK_READ)
def stock_then(
    scope: Scope, at: datetime, *, warehouse_id: int | None = None, variant_id: int | None = None, limit: int = 500
) -> list[ThenRow]:
    """Everything that was on hand after what happened at this moment, by code and warehouse."""
    inside = select(Location.id, Location.warehouse_id).where(
        Location.warehouse_id.is_not(None), Location.kind != LocationKind.TRANSIT
    )
    if warehouse_id is not None:
        inside = inside.where(Location.warehouse_id == warehouse_id)
    place = inside.subquery()
    since = (StockMove.state == MoveState.DONE, StockMove.at > at)
    parts = [
        select(StockLevel.variant_id, place.c.warehouse_id, StockLevel.on_hand.label("quantity")).join(
            place, place.c.id == StockLevel.location_id
        ),
        select(StockMove.variant_id, place.c.warehouse_id, -StockMove.quantity)
        .join(place, place.c.id == StockMove.target_id)
        .where(*since),
        select(StockMove.variant_id, place.c.warehouse_id, StockMove.quantity)
        .join(place, place.c.id == StockMove.source_id)
        .where(*since),
    ]
    if variant_id is not None:
        parts = [
            part.where((StockLevel if number == 0 else StockMove).variant_id == variant_id)
            for number, part in enumerate(parts)
        ]
    each = union_all(*parts).subquery()
    on_hand = func.sum(each.c.quantity, type_=StockLevel.on_hand.type)
    found = scope.session.execute(
        select(Variant.id, Variant.sku, Product.name, Product.unit, Warehouse.name, on_hand)
        .select_from(each)
        .join(Variant, Variant.id == each.c.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Warehouse, Warehouse.id == each.c.warehouse_id)
        .group_by(Variant.id, Variant.sku, Product.name, Product.unit, Warehouse.name, Warehouse.code)
        .having(on_hand != 0)
        .order_by(Variant.sku, Warehouse.code)
        .limit(limit)
    )
    return [ThenRow(*row) for row in found]
