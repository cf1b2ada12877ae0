"""After the last unit: whoever comes at the same time, exactly one gets it."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from multiprocessing.synchronize import Barrier
from threading import Barrier as ThreadBarrier

from core.base.settings import Settings
from core.sales.confirm import confirm_order
from core.security.actor import SYSTEM
from core.stock.errors import NotEnoughStock
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.builders import a_draft, a_kit, a_warehouse, goods
from tests.soundness import assert_sound

THREADS, PROCESSES, ROUNDS = 50, 8, 5
PATIENCE_S = 60


def test_of_fifty_threads_on_sqlite_exactly_one_gets_the_last_unit(store: Store) -> None:
    orders = _drafts_for_one_unit(store, THREADS)
    start = ThreadBarrier(THREADS)

    def confirm(order: int) -> bool:
        start.wait()
        return _confirmed(store, order)

    with ThreadPoolExecutor(THREADS) as pool:
        won = list(pool.map(confirm, orders))

    assert won.count(True) == 1
    _assert_promised_once(store)


def test_of_eight_processes_on_postgresql_exactly_one_gets_the_last_unit(postgres_store: Store) -> None:
    fork = multiprocessing.get_context("fork")
    drafts = [_drafts_for_one_unit(postgres_store, PROCESSES, sku=f"ROUND-{n}") for n in range(ROUNDS)]
    start, wins = fork.Barrier(PROCESSES), fork.Queue()
    processes = [
        fork.Process(target=_race, args=(postgres_store.settings, list(orders), start, wins))
        for orders in zip(*drafts, strict=True)
    ]
    postgres_store.engine.dispose()
    for process in processes:
        process.start()
    results = [wins.get(timeout=PATIENCE_S) for _ in processes]
    for process in processes:
        process.join()

    assert [sum(round_) for round_ in zip(*results, strict=True)] == [1] * ROUNDS
    _assert_promised_once(postgres_store)


def test_the_last_part_goes_into_a_kit_or_out_alone_and_never_both(any_store: Store) -> None:
    with any_store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow)
        last, tea = goods(uow, warehouse, 1, sku="LAST"), goods(uow, warehouse, 9, sku="TEA")
        kit = a_kit(uow, (last, 1), (tea, 3), sku="BOX")
        orders = [a_draft(uow, warehouse, [(each, 1)]) for each in (kit, last) * 4]
    start = ThreadBarrier(len(orders))

    def confirm(order: int) -> bool:
        start.wait()
        return _confirmed(any_store, order)

    with ThreadPoolExecutor(len(orders)) as pool:
        won = list(pool.map(confirm, orders))

    assert won.count(True) == 1
    with any_store.viewing(SYSTEM) as view:
        promised = {level.sku: level.reserved for level in stock_levels(view)}
    assert promised["LAST"] == 1
    assert promised["TEA"] == (3 if won.index(True) % 2 == 0 else 0)
    assert_sound(any_store)


def _race(settings: Settings, orders: list[int], start: Barrier, wins: "multiprocessing.Queue[list[bool]]") -> None:
    store = Store(settings)
    won = []
    for order in orders:
        start.wait()
        won.append(_confirmed(store, order))
    wins.put(won)


def _drafts_for_one_unit(store: Store, count: int, sku: str = "LAST") -> list[int]:
    with store.working(SYSTEM) as uow:
        warehouse = a_warehouse(uow, code=f"W-{sku}")
        last = goods(uow, warehouse, 1, sku=sku)
        return [a_draft(uow, warehouse, [(last, 1)]) for _ in range(count)]


def _confirmed(store: Store, order: int) -> bool:
    try:
        store.run(SYSTEM, confirm_order, None, order)
    except NotEnoughStock:
        return False
    return True


def _assert_promised_once(store: Store) -> None:
    with store.viewing(SYSTEM) as view:
        levels = stock_levels(view)
        assert {(level.on_hand, level.reserved) for level in levels} == {(Decimal(1), Decimal(1))}
    assert_sound(store)
