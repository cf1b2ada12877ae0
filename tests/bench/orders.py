"""One order of three lines, created and confirmed; and how many writers at once can do so."""

import gc
import json
import multiprocessing
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter
from uuid import uuid4

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from core.audit.models import AuditEntry
from core.base.settings import Settings
from core.sales.confirm import confirm_order
from core.sales.draft import LineDraft, create_order
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM
from core.stock.models import CUSTOMER, MoveState, StockLevel, StockMove
from core.work.models import Change
from core.work.store import Store
from tests.bench.filled import LINES, fill_with_sales
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, at_most_times, benchmark, reported, spending
from tests.builders import a_channel, a_customer, a_warehouse, goods

ROUNDS, ORDERS = 5, 100
GOAL_MS = {"sqlite": 6.0, "postgresql": 8.0}
MOST_GROWTH = 1.3


@dataclass(frozen=True)
class Shop:
    """What orders of the benchmark refer to."""

    customer: int
    channel: int
    warehouse: int
    location: int
    variants: list[int]


@benchmark("order")
def order_cpu() -> Iterator[Figure]:
    """CPU of create + confirm, beside a bare ORM writing the same rows."""
    for database in DATABASES:
        with fresh_store(database) as store:
            shop = stocked_shop(store)
            _start()
            ours, bare = [], []
            for round_ in range(ROUNDS):
                ours.append(_cpu_ms(lambda _, store=store, shop=shop: place_order(store, shop)))
                bare.append(_cpu_ms(lambda n, store=store, shop=shop, r=round_: _bare_order(store, shop, f"{r}-{n}")))
            yield at_most(
                GOAL_MS[database],
                name="order created and confirmed, CPU",
                database=database,
                size=3,
                value=min(ours),
                unit="ms",
                baseline=min(bare),
            )
            fill_with_sales(store)
            _start()
            later = [_cpu_ms(lambda _, store=store, shop=shop: place_order(store, shop)) for _ in range(ROUNDS)]
            yield at_most_times(
                MOST_GROWTH,
                name="the same order after years, CPU",
                database=database,
                size=LINES,
                value=min(later),
                unit="ms",
                baseline=min(ours),
            )


def _start() -> None:
    """Set aside what is in memory, as the app does when it starts."""
    gc.collect()
    gc.freeze()


@benchmark("writers")
def order_rate() -> Iterator[Figure]:
    """Orders a second with 1, 2 and 4 writing processes on PostgreSQL; the baseline is one writer."""
    with fresh_store("postgresql") as store:
        shop = stocked_shop(store)
        single = None
        for writers in (1, 2, 4):
            rate = _rate(store.settings, shop, writers)
            single = single or rate
            yield reported(
                name=f"orders with {writers} writers",
                database="postgresql",
                size=writers,
                value=rate,
                unit="1/s",
                baseline=single,
            )


def _cpu_ms(place: Callable[[int], object]) -> float:
    with spending() as spent:
        for n in range(ORDERS):
            place(n)
    return spent.cpu * 1000 / ORDERS


def stocked_shop(store: Store, products: int = 60, code: str = "MAIN", channel: str = "Shop") -> Shop:
    """A warehouse with plenty of everything."""
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow, code)
        tax_rate = Decimal("0.13")
        variants = [goods(uow, warehouse, 1_000_000, tax_rate=tax_rate, sku=f"{code}-{n}").id for n in range(products)]
        level = uow.session.query(StockLevel).filter(StockLevel.variant_id == variants[0]).first()
        assert level is not None
        return Shop(
            a_customer(uow).id,
            a_channel(uow, channel),
            warehouse,
            level.location_id,
            variants,
        )


def place_order(store: Store, shop: Shop) -> int:
    """Create and confirm an order of three lines, each in its own transaction with its idempotency key."""
    lines = [LineDraft(variant, Decimal(2)) for variant in random.sample(shop.variants, 3)]
    key = uuid4().hex
    order = store.run(
        SYSTEM,
        create_order,
        key,
        customer_id=shop.customer,
        channel_id=shop.channel,
        warehouse_id=shop.warehouse,
        lines=lines,
    )
    store.run(SYSTEM, confirm_order, f"{key}c", order)
    return order


def _bare_order(store: Store, shop: Shop, number: str) -> None:
    now, today = store.clock.now(), store.clock.now().date()
    zero, two, net, tax, gross = (Decimal(x) for x in ("0", "2", "17.70", "2.30", "20.00"))
    with Session(store.engine) as session:
        order = SalesOrder(
            number=f"B-{number}",
            customer_id=shop.customer,
            channel_id=shop.channel,
            warehouse_id=shop.warehouse,
            ordered_at=now,
            ordered_on=today,
            prices_include_tax=True,
            currency="CNY",
            created_at=now,
            net_amount=3 * net,
            tax_amount=3 * tax,
            gross_amount=3 * gross,
        )
        variants = random.sample(shop.variants, 3)
        order.lines = [
            OrderLine(
                line_number=i,
                variant_id=variant,
                quantity=two,
                unit_price=Decimal(10),
                tax_rate=Decimal("0.13"),
                net_amount=net,
                tax_amount=tax,
                gross_amount=gross,
            )
            for i, variant in enumerate(variants)
        ]
        session.add(order)
        session.flush()
        for line in order.lines:
            session.add(
                StockMove(
                    variant_id=line.variant_id,
                    quantity=two,
                    source_id=shop.location,
                    target_id=CUSTOMER,
                    state=MoveState.RESERVED,
                    origin_type="bench",
                    origin_id=order.id,
                    at=now,
                )
            )
        for variant in sorted(variants):
            session.execute(
                update(StockLevel)
                .where(StockLevel.variant_id == variant)
                .values(reserved=StockLevel.reserved + two + zero)
                .execution_options(synchronize_session=False)
            )
        for tag in ("created", "confirmed"):
            session.add(
                AuditEntry(
                    at=now,
                    actor_name="bench",
                    source="bench",
                    command=tag,
                    tag=tag,
                    subject_type="sales_order",
                    subject_id=order.id,
                    facts=json.loads('{"lines": 3}'),
                )
            )
        session.execute(insert(Change), [{"entity": "sales_order", "first_id": order.id, "last_id": order.id}])
        session.commit()


def _rate(settings: Settings, shop: Shop, writers: int) -> float:
    spawn = multiprocessing.get_context("spawn")
    ready, go = spawn.Barrier(writers + 1), spawn.Barrier(writers + 1)
    processes = [spawn.Process(target=_write, args=(settings, shop, ready, go)) for _ in range(writers)]
    for process in processes:
        process.start()
    ready.wait()
    begun = perf_counter()
    go.wait()
    for process in processes:
        process.join()
    return writers * 3 * ORDERS / (perf_counter() - begun)


def _write(settings: Settings, shop: Shop, ready, go) -> None:  # type: ignore[no-untyped-def]
    store = Store(settings)
    place_order(store, shop)
    ready.wait()
    go.wait()
    for _ in range(3 * ORDERS):
        place_order(store, shop)
