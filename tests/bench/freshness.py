"""From the commit of an order to an answer that contains it, with a retailer's years in the mirror."""

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing.synchronize import Event
from time import perf_counter

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.base.settings import Settings
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.bench.filled import LINES, fill_with_sales
from tests.bench.orders import Shop, place_order, stocked_shop
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, benchmark, reported
from tests.builders import a_channel

ORDERS, WARM_UP = 80, 5
GOAL_MS = 1000
LOOK_EVERY_S = 0.003
STREAM_EVERY_S = 0.1


@benchmark("freshness")
def freshness() -> Iterator[Figure]:
    """Each measured order is looked for until it is counted, while another process keeps entering orders."""
    for database in DATABASES:
        with fresh_store(database) as store:
            fill_with_sales(store)
            shop = stocked_shop(store)
            with store.working(SYSTEM) as uow:
                elsewhere = replace(shop, channel=a_channel(uow, "Elsewhere"))
                uow.audit("bench.stream", None)
            mirror = Mirror(store)
            mirror.start()
            mirror.wait_until_fresh(600)
            apart = multiprocessing.get_context("spawn")
            enough = apart.Event()
            stream = apart.Process(target=_keep_ordering, args=(store.settings, elsewhere, enough), daemon=True)
            stream.start()
            try:
                waited = []
                known = _orders(mirror)
                for _ in range(ORDERS + WARM_UP):
                    place_order(store, shop)
                    known += 1
                    committed = perf_counter()
                    # Waiting for the mirror would wake it, and measure something else than a reader sees.
                    while _orders(mirror) < known:
                        time.sleep(LOOK_EVERY_S)
                    waited.append((perf_counter() - committed) * 1000)
                meanwhile = _orders(mirror, "Elsewhere")
            finally:
                enough.set()
                stream.join()
                mirror.stop()
            waited = sorted(waited[WARM_UP:])
            typical, slow = waited[len(waited) // 2], waited[int(len(waited) * 0.95)]
            yield reported(
                name="orders of others meanwhile", database=database, size=LINES, value=meanwhile, unit="orders"
            )
            yield reported(name="commit to visible, median", database=database, size=LINES, value=typical, unit="ms")
            yield at_most(
                GOAL_MS,
                name="commit to visible, 95th percentile",
                database=database,
                size=LINES,
                value=slow,
                unit="ms",
                baseline=typical,
            )


def _orders(mirror: Mirror, channel: str = "Shop") -> int:
    return int(answer(mirror, SYSTEM, Ask(("orders",), where={"channel": (channel,)})).total("orders") or 0)


def _keep_ordering(settings: Settings, shop: Shop, enough: Event) -> None:
    store = Store(settings)
    while not enough.wait(STREAM_EVERY_S):
        place_order(store, shop)
    store.engine.dispose()
