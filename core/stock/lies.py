"""Where the goods of a product lie: by warehouse, place and lot."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

from core.base.exact import ZERO
from core.security.permissions import P
from core.stock.models import Location, LocationKind, Lot, StockLevel, Warehouse
from core.work.command import Scope, query


@dataclass(frozen=True)
class LiesRow:
    """What lies of a product at one place, of one lot; `lot_id` is None where no lot was named."""

    warehouse_id: int
    warehouse: str
    location_id: int
    place: str
    kind: LocationKind
    lot_id: int | None
    lot: str
    on_hand: Decimal
    reserved: Decimal

    @property
    def free(self) -> Decimal:
        """What is promised to nobody."""
        return self.on_hand - self.reserved


@query(P.STOCK_READ)
def goods_lie(scope: Scope, variant_id: int) -> list[LiesRow]:
    """Every place inside warehouses that holds something of a product, by warehouse and place."""
    found = scope.session.execute(
        select(Warehouse.id, Warehouse.name, Location.id, Location.name, Location.kind, StockLevel.lot_id, Lot.number)
        .add_columns(StockLevel.on_hand, StockLevel.reserved)
        .join(Location, Location.id == StockLevel.location_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .outerjoin(Lot, Lot.id == StockLevel.lot_id)
        .where(StockLevel.variant_id == variant_id, StockLevel.on_hand != ZERO)
        .order_by(Warehouse.code, Location.is_default.desc(), Location.code, Location.id, StockLevel.id)
    )
    return [
        LiesRow(house, name, place, called, kind, lot_id or None, number or "", on_hand, reserved)
        for house, name, place, called, kind, lot_id, number, on_hand, reserved in found
    ]
