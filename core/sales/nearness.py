"""How far the warehouses are from where the goods of an order go."""

from collections.abc import Collection

from sqlalchemy import select

from core.base.towns import destination, distance, lies_in
from core.customers.models import Address, Customer
from core.sales.models import SalesOrder
from core.stock.allocation import Near, Nearness
from core.stock.models import Warehouse
from core.work.command import Scope


def near_to(scope: Scope, order: SalesOrder) -> Near:
    """The way from each warehouse to the order's region, or its customer's first address; read when it is asked for."""

    def near(warehouse_ids: Collection[int]) -> Nearness:
        found = scope.session.execute(
            select(Customer.region, Address.region, Address.street)
            .outerjoin(Address, Address.customer_id == Customer.id)
            .where(Customer.id == order.customer_id)
            .order_by(Address.id)
            .limit(1)
        ).one()
        region, address_region, street = found
        goes_to = destination(order.region or region, f"{address_region or ''}{street or ''}", street or "", region)
        houses = scope.session.execute(
            select(Warehouse.id, Warehouse.province, Warehouse.city, Warehouse.street).where(
                Warehouse.id.in_(sorted(warehouse_ids))
            )
        )
        far = {}
        for warehouse_id, *address in houses:
            house = lies_in(*address)
            far[warehouse_id] = distance(house, goes_to) if house and goes_to else None
        return Nearness(goes_to, far)

    return near
