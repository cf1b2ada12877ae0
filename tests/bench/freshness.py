"""From the commit of an order to an answer that contains it, with a retailer's years in the mirror."""

import time
from collections.abc import Iterator
from time import perf_counter

from core.analytics.answer import answer
from core.analytics.ask import Ask
from core.analytics.mirror import Mirror
from core.security.actor import SYSTEM
from tests.bench.filled import LINES, fill_with_sales
from tests.bench.orders import place_order, stocked_shop
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, benchmark, reported

ORDERS, WARM_UP = 80, 5
GOAL_MS = 1000
LOOK_EVERY_S = 0.003


@benchmark("freshness")
def freshness() -> Iterator[Figure]:
    """One order after the other; each is looked for until it is counted."""
    for database in DATABASES:
        with fresh_store(database) as store:
            fill_with_sales(store)
            shop = stocked_shop(store)
            mirror = Mirror(store)
            mirror.start()
            mirror.wait_until_fresh(600)
            try:
                waited = []
                known = _orders(mirror)
                for _ in range(ORDERS + WARM_UP):
                    place_order(store, shop)
                    known += 1
                    committed = perf_counter()
                    while _orders(mirror) < known:
                        time.sleep(LOOK_EVERY_S)
                    waited.append((perf_counter() - committed) * 1000)
            finally:
                mirror.stop()
            waited = sorted(waited[WARM_UP:])
            typical, slow = waited[len(waited) // 2], waited[int(len(waited) * 0.95)]
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


def _orders(mirror: Mirror) -> int:
    return int(answer(mirror, SYSTEM, Ask(("orders",))).total("orders") or 0)
