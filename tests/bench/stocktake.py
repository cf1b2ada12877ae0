"""A stocktake of 10,000 products, every one of them off, posted while another process goes on shipping."""

import multiprocessing
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from core.base.exact import ZERO
from core.base.settings import Settings
from core.catalog.models import Product, Variant
from core.security.actor import SYSTEM
from core.stock.counts.enter import enter_counts
from core.stock.counts.models import AbcClass
from core.stock.counts.plan import plan_count
from core.stock.counts.posting import post_count, reverse_count
from core.stock.counts.queries import stock_count_lines
from core.stock.counts.review import submit_count
from core.stock.counts.rules import Tolerance
from core.stock.ledger import Line
from core.stock.queries import stock_levels
from core.stock.service import issue_goods, receive_goods
from core.work.store import Store
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, benchmark, reported, spending
from tests.builders import a_warehouse
from tests.soundness import assert_sound

LINES, GOAL_SECONDS = 10_000, 10.0
AT_FIRST = Decimal(1_000)
LIMITLESS = {letter: Tolerance(None, None) for letter in AbcClass}


@benchmark("stocktake")
def stocktake() -> Iterator[Figure]:
    """Seconds for counting, posting and taking back, with orders leaving all the time."""
    for database in DATABASES:
        with fresh_store(database) as store:
            warehouse, variants = _shelves(store)
            with spending() as planning:
                count = store.run(SYSTEM, plan_count, None, warehouse_id=warehouse, tolerances=LIMITLESS)
            with _Shipping(store.settings, warehouse, variants) as shipped:
                with spending() as entering:
                    found = {variant: AT_FIRST + (-1) ** variant for variant in variants}
                    store.run(SYSTEM, enter_counts, None, count, found)
                store.run(SYSTEM, submit_count, None, count)
                before = shipped.value
                with spending() as posting:
                    store.run(SYSTEM, post_count, None, count)
                meanwhile = shipped.value - before
                with store.viewing(SYSTEM) as view:
                    assert len(stock_count_lines(view, count)) == LINES
            _assert_counted(store, count, warehouse, variants)
            with spending() as reversing:
                store.run(SYSTEM, reverse_count, None, count, reason="bench")
            assert_sound(store)
            names = {"database": database, "size": LINES, "unit": "s"}
            yield reported(name="stocktake planned", value=planning.wall, **names)
            yield reported(name="all of it counted", value=entering.wall, **names)
            yield at_most(GOAL_SECONDS, name="stocktake posted among shipments", value=posting.wall, **names)
            yield reported(name="stocktake taken back", value=reversing.wall, **names)
            yield reported(
                name="shipments while it was posted", database=database, size=LINES, value=meanwhile, unit="shipped"
            )


def _shelves(store: Store) -> tuple[int, list[int]]:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        products = uow.insert_many(
            Product, [{"name": f"Product {n}", "created_at": uow.now, "version": 1} for n in range(LINES)]
        )
        variants = uow.insert_many(
            Variant,
            [
                {"product_id": product, "sku": f"P{n:05d}", "purchase_price": Decimal(n % 97 + 1)}
                for n, product in enumerate(products)
            ],
        )
        uow.touch(Product, products[0], products[-1])
        receive_goods(uow, warehouse_id=warehouse, lines=[Line(each, AT_FIRST) for each in variants])
    return warehouse, variants


def _assert_counted(store: Store, count: int, warehouse: int, variants: list[int]) -> None:
    """Every product is what was counted, less what was shipped since."""
    with store.viewing(SYSTEM) as view:
        held = {row.variant_id: row.on_hand for row in stock_levels(view, warehouse_id=warehouse, limit=LINES)}
        lines = stock_count_lines(view, count)
    gone = sum((AT_FIRST + line.difference - held[line.variant_id] for line in lines), ZERO)  # type: ignore[operator]
    assert len(lines) == len(variants) == LINES
    assert gone >= 0


class _Shipping:
    """A process that ships all the time; `value` says how often it did."""

    def __init__(self, settings: Settings, warehouse: int, variants: list[int]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._count, self._stop, self._ready = spawn.Value("i", 0), spawn.Event(), spawn.Event()
        self._process = spawn.Process(
            target=_ship, args=(settings, warehouse, variants, self._count, self._stop, self._ready)
        )

    @property
    def value(self) -> int:
        return int(self._count.value)

    def __enter__(self) -> "_Shipping":
        self._process.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join()
        assert self._process.exitcode == 0


def _ship(settings: Settings, warehouse: int, variants: list[int], count: Any, stop: Any, ready: Any) -> None:
    store = Store(settings)
    while not stop.is_set():
        lines = [Line(variant, Decimal(1)) for variant in random.sample(variants, 3)]
        store.run(SYSTEM, issue_goods, None, warehouse_id=warehouse, lines=lines, reason="shipped")
        count.value += 1
        ready.set()
