"""Telling people of stock that fell below nothing, and settling it once goods have come."""

from decimal import Decimal

from sqlalchemy import func, select

from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.jobs.registry import job
from core.jobs.rhythm import minutes
from core.notify.events import STOCK_BELOW_NOTHING
from core.notify.tell import once, settle, tell, unsettled
from core.stock.models import Location, StockLevel, Warehouse
from core.work.unit import UnitOfWork


@job("stock.tell_below_nothing", N_("Tell people of stock below nothing"), every=minutes(10))
def tell_below_nothing(uow: UnitOfWork) -> None:
    """Each product of a warehouse that is below nothing, once until goods come."""
    on_hand = func.sum(StockLevel.on_hand)
    below = {
        f"{row.variant_id}-{row.warehouse_id}": row
        for row in uow.session.execute(
            select(
                StockLevel.variant_id,
                Location.warehouse_id,
                Variant.sku,
                Product.name,
                Warehouse.name.label("house"),
                on_hand.label("on_hand"),
            )
            .join(Location, Location.id == StockLevel.location_id)
            .join(Warehouse, Warehouse.id == Location.warehouse_id)
            .join(Variant, Variant.id == StockLevel.variant_id)
            .join(Product, Product.id == Variant.product_id)
            .where(StockLevel.may_go_below, StockLevel.on_hand < ZERO)
            .group_by(StockLevel.variant_id, Location.warehouse_id, Variant.sku, Product.name, Warehouse.name)
            .order_by(StockLevel.variant_id, Location.warehouse_id)
        )
    }
    told = {key.partition(".")[0] for key in unsettled(uow.session, STOCK_BELOW_NOTHING)}
    settle(uow, STOCK_BELOW_NOTHING, *(told - below.keys()))
    for place, row in below.items():
        if place not in told:
            facts = {"sku": row.sku, "name": row.name, "warehouse": row.house, "quantity": Decimal(row.on_hand)}
            tell(uow, STOCK_BELOW_NOTHING, once(uow, place), facts, query={"id": row.variant_id})
