"""Small makers of what a test needs and does not care about."""

from decimal import Decimal
from itertools import count
from typing import Any

from core.catalog.models import Variant
from core.catalog.rules import ProductEntry
from core.catalog.service import add_product, get_variant
from core.customers.models import Customer
from core.customers.rules import CustomerEntry
from core.customers.service import add_customer, ensure_channel, get_customer
from core.work.unit import UnitOfWork

_serial = count(1)


def a_product(uow: UnitOfWork, *, retail_price: Decimal | str | int = 10, **fields: Any) -> Variant:
    """A stocked product that costs 10 unless said otherwise."""
    entry = {"sku": f"SKU-{next(_serial)}", "name": "Mug", "retail_price": Decimal(retail_price), **fields}
    return get_variant(uow, add_product(uow, ProductEntry(**entry)))


def a_customer(uow: UnitOfWork, name: str = "Lotus Trading", **fields: Any) -> Customer:
    """A company that buys."""
    return get_customer(uow, add_customer(uow, CustomerEntry(name=name, **fields)))


def a_channel(uow: UnitOfWork, name: str = "Shop") -> int:
    """The id of the channel of this name."""
    return ensure_channel(uow, name)
