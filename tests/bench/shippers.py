"""How many shipments of the same three products leave in a second, with one process shipping and with four."""

import multiprocessing
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from core.base.settings import Settings
from core.sales.ship import ship_order
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.bench.past import open_trade
from tests.bench.places import fresh_store
from tests.bench.table import Figure, at_least_times, benchmark, reported
from tests.soundness import assert_sound

SHIPMENTS = 150
WRITERS = 4


@benchmark("shippers")
def shippers() -> Iterator[Figure]:
    """Four processes together ship no less than one does alone, and none of them meets an error."""
    with fresh_store("postgresql") as store:
        trade = open_trade(store, products=3, customers=50, warehouses=1)
        rates = []
        for writers in (1, WRITERS):
            orders = [[trade.promise(trade.variants) for _ in range(SHIPMENTS)] for _ in range(writers)]
            rates.append(_rate(store.settings, orders))
        assert_sound(store)
        names = {"database": "postgresql", "unit": "1/s"}
        yield reported(name="shipments by one process", size=1, value=rates[0], **names)
        yield at_least_times(
            1, name="shipments of the same by four", size=WRITERS, value=rates[1], baseline=rates[0], **names
        )


def _rate(settings: Settings, orders: list[list[int]]) -> float:
    spawn = multiprocessing.get_context("spawn")
    ready, go = spawn.Barrier(len(orders) + 1), spawn.Barrier(len(orders) + 1)
    processes = [spawn.Process(target=_ship, args=(settings, own, ready, go)) for own in orders]
    for process in processes:
        process.start()
    ready.wait()
    begun = perf_counter()
    go.wait()
    for process in processes:
        process.join()
    took = perf_counter() - begun
    assert [process.exitcode for process in processes] == [0] * len(orders), "an error reached a user"
    return sum(len(own) - 1 for own in orders) / took


def _ship(settings: Settings, orders: list[int], ready: Any, go: Any) -> None:
    """The first warms this process up before the clock runs."""
    store = Store(settings)
    first, *others = orders
    store.run(SYSTEM, ship_order, f"{first}s", first)
    ready.wait()
    go.wait()
    for order in others:
        store.run(SYSTEM, ship_order, f"{order}s", order)
