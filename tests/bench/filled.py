"""A store filled with years of sales of the size of a real retailer's export, straight into the tables."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from core.base.clock import business_day
from core.catalog.models import Category, Product, Variant
from core.customers.models import Channel, Customer
from core.sales.models import BusinessState, OrderLine, SalesOrder
from core.security.actor import SYSTEM
from core.security.models import User
from core.stock.models import Warehouse
from core.work.store import Store
from core.work.unit import UnitOfWork

LINES = 541_909
LINES_PER_ORDER = 21
PRODUCTS, CUSTOMERS, REGIONS, DAYS = 4_000, 4_400, 38, 740
FIRST = datetime(2024, 11, 15, 1, tzinfo=UTC)


def fill_with_sales(store: Store, lines: int = LINES) -> None:
    """Completed orders with this many lines, in one transaction; the same each time."""
    chance = random.Random(1)  # noqa: S311 - a past, no secret
    with store.working(SYSTEM) as uow:
        heads = _heads(uow, chance, -(-lines // LINES_PER_ORDER))
        variants = _variants(uow, chance)
        ids = uow.insert_many(SalesOrder, heads)
        uow.touch(SalesOrder, ids[0], ids[-1])
        for start in range(0, lines, 50_000):
            rows = [_line(ids, n, chance, variants) for n in range(start, min(start + 50_000, lines))]
            uow.session.execute(insert(OrderLine), rows)
        uow.audit("bench.filled", None)


def _heads(uow: UnitOfWork, chance: random.Random, count: int) -> list[dict[str, Any]]:
    channels = [uow.add(Channel(name=f"Channel {n}")).id for n in range(5)]
    warehouses = [uow.add(Warehouse(code=f"W{n}", name=f"Warehouse {n}")).id for n in range(2)]
    people = [
        User(username=f"rep{n}", name=f"Rep {n}", password_hash="", created_at=FIRST, password_changed_at=FIRST)
        for n in range(8)
    ]
    reps = [uow.add(person).id for person in people]
    customers = uow.insert_many(
        Customer, [{"code": f"K{n}", "name": f"Customer {n}", "created_at": FIRST} for n in range(CUSTOMERS)]
    )
    moments = sorted(FIRST + timedelta(minutes=chance.randrange(DAYS * 1440)) for _ in range(count))
    return [
        {
            "number": f"P-{n:06d}",
            "customer_id": chance.choice(customers),
            "channel_id": chance.choice(channels),
            "warehouse_id": chance.choice(warehouses),
            "sales_rep_id": chance.choice(reps),
            "region": f"Region {int(REGIONS * chance.random() ** 3)}",
            "ordered_at": moment,
            "ordered_on": business_day(moment, uow.settings.timezone),
            "business_state": BusinessState.COMPLETED,
            "prices_include_tax": True,
            "currency": "CNY",
            "created_at": moment,
        }
        for n, moment in enumerate(moments)
    ]


def _variants(uow: UnitOfWork, chance: random.Random) -> list[int]:
    categories = [uow.add(Category(name=f"Category {n}")).id for n in range(30)]
    products = uow.insert_many(
        Product,
        [
            {"name": f"Product {n}", "category_id": chance.choice(categories), "created_at": FIRST}
            for n in range(PRODUCTS)
        ],
    )
    return uow.insert_many(Variant, [{"product_id": each, "sku": f"P{each}"} for each in products])


def _line(ids: list[int], n: int, chance: random.Random, variants: list[int]) -> dict[str, Any]:
    cents = chance.randrange(100, 20_000)
    net, tax = Decimal(cents) / 100, Decimal(cents * 13 // 100) / 100
    return {
        "order_id": ids[n // LINES_PER_ORDER],
        "line_number": n % LINES_PER_ORDER + 1,
        "variant_id": variants[int(len(variants) * chance.random() ** 2)],
        "quantity": Decimal(chance.randint(1, 24)),
        "unit_price": Decimal(1),
        "net_amount": net,
        "tax_amount": tax,
        "gross_amount": net + tax,
    }
