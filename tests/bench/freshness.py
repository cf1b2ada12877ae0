"""From the commit of an order to an answer that contains it, with a retailer's years in the mirror."""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from multiprocessing.synchronize import Event
from random import Random
from statistics import median
from time import perf_counter
from uuid import uuid4

from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.base.settings import Settings
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.bench.dashboard import panels
from tests.bench.filled import LINES, fill_with_sales
from tests.bench.orders import Shop, place_order, stocked_shop
from tests.bench.places import DATABASES, fresh_store, history
from tests.bench.table import Figure, at_most, at_most_times, benchmark, reported
from tests.builders import a_channel

ORDERS, WARM_UP = 80, 5
GOAL_MS = 1000
LOOK_EVERY_S = 0.003
STREAM_EVERY_S = 0.1
SMALL, LARGE = 1_000_000, int((os.environ.get("LINES") or "10000000").split(",")[0])
BUSY_EVERY_S, READERS = 0.05, 4
REFRESHES, MOST_GROWTH = 40, 1.5


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


@benchmark("busy")
def busy() -> Iterator[Figure]:
    """With years of history: what one order costs to follow; and 20 orders a second, while four readers keep clicking.

    A reader asks all panels of a page anew each time, always of other days, and clicks again once it has them.
    """
    baseline = None
    for lines in (SMALL, LARGE):
        store = Store(Settings(data_dir=history(lines)))
        code = uuid4().hex[:8]
        shop = stocked_shop(store, code=code, channel=f"Shop {code}")
        with Mirror(store) as mirror:
            mirror.refresh_now()
            cost = _cost_of_an_order(store, mirror, shop)
        common = {"name": "one order followed, CPU", "database": "sqlite", "size": lines, "value": cost, "unit": "ms"}
        if baseline is None:
            yield reported(**common)  # type: ignore[arg-type]
        else:
            yield at_most_times(MOST_GROWTH, baseline=baseline, **common)  # type: ignore[arg-type]
        baseline = cost
        if lines == LARGE:
            yield from _while_clicking(store, shop)
        store.engine.dispose()


def _cost_of_an_order(store: Store, mirror: Mirror, shop: Shop) -> float:
    costs = []
    for _ in range(REFRESHES):
        place_order(store, shop)
        begun = time.process_time()
        mirror.refresh_now()
        costs.append((time.process_time() - begun) * 1000)
    return median(costs)


def _while_clicking(store: Store, shop: Shop) -> Iterator[Figure]:
    mirror = Mirror(store)
    # The check of once a day is over in a company that is busy.
    mirror._begin_checking = lambda: None  # type: ignore[method-assign]
    mirror.start()
    mirror.wait_until_fresh(600)
    apart = multiprocessing.get_context("spawn")
    enough, asked, pages = apart.Event(), threading.Event(), []
    with store.working(SYSTEM) as uow:
        elsewhere = replace(shop, channel=a_channel(uow, f"Elsewhere {uuid4().hex[:8]}"))
        uow.audit("bench.stream", None)
    stream = apart.Process(target=_keep_ordering, args=(store.settings, elsewhere, enough, BUSY_EVERY_S), daemon=True)
    readers = [threading.Thread(target=_keep_clicking, args=(mirror, n, asked, pages)) for n in range(READERS)]
    try:
        known = _orders(mirror, shop.channel)
        for each in (stream, *readers):
            each.start()
        begun, waited = perf_counter(), []
        for _ in range(ORDERS):
            place_order(store, shop)
            known += 1
            committed = perf_counter()
            while _orders(mirror, shop.channel) < known:
                time.sleep(LOOK_EVERY_S)
            waited.append((perf_counter() - committed) * 1000)
        meanwhile = _orders(mirror, elsewhere.channel) / (perf_counter() - begun)
    finally:
        enough.set()
        asked.set()
        stream.join()
        for reader in readers:
            reader.join()
        mirror.stop()
    slow = sorted(waited)[int(len(waited) * 0.95)]
    told = partial(reported, database="sqlite", size=LARGE)
    yield told(name="busy: orders of others meanwhile", value=meanwhile, unit="a second")
    yield told(name="busy: a page of eight panels, median", value=median(pages), unit="ms")
    yield at_most(
        GOAL_MS,
        name="busy: commit to visible, 95th percentile",
        database="sqlite",
        size=LARGE,
        value=slow,
        unit="ms",
        baseline=median(waited),
    )


def _keep_clicking(mirror: Mirror, number: int, enough: threading.Event, pages: list[float]) -> None:
    chance, today = Random(number), today_of(mirror)  # noqa: S311 - clicks, no secret
    while not enough.is_set():
        begun = perf_counter()
        since = today - timedelta(days=chance.randrange(30, 400))
        for ask in panels(since, today + timedelta(days=1), {}):
            answer(mirror, SYSTEM, ask)
        pages.append((perf_counter() - begun) * 1000)


def _orders(mirror: Mirror, channel: str | int = "Shop") -> int:
    return int(answer(mirror, SYSTEM, Ask(("orders",), where={"channel": (channel,)})).total("orders") or 0)


def _keep_ordering(settings: Settings, shop: Shop, enough: Event, every: float = STREAM_EVERY_S) -> None:
    """So often, however long an order takes."""
    store, due = Store(settings), perf_counter()
    while not enough.wait(max(0.0, due - perf_counter())):
        place_order(store, shop)
        due = max(due + every, perf_counter() - every)
    store.engine.dispose()
