"""kill -9 while a file is booked: the import is there whole or not at all, and importing again completes it."""

import multiprocessing
import os
import random
import signal
from collections.abc import Mapping
from multiprocessing.connection import Connection
from threading import Event
from time import monotonic

import pytest

from core.base.settings import Settings
from core.exchange.parse import OrderFile
from core.exchange.queries import get_batch
from core.exchange.service import import_orders
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.builders import a_warehouse
from tests.services.import_files import counts, csv_file, read, row
from tests.soundness import assert_sound

KILLS = {"sqlite": 7, "postgresql": 5}
ORDERS, LINES_EACH = 1_000, 3
LINES = ORDERS * LINES_EACH
FORK = multiprocessing.get_context("fork")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_an_import_killed_at_random_moments_is_booked_whole_or_not_at_all(
    database: str, request: pytest.FixtureRequest
) -> None:
    settings: Settings = request.getfixturevalue(f"{'sqlite' if database == 'sqlite' else 'postgres'}_settings")
    store = Store(settings)
    with store.working(SYSTEM) as uow:
        a_warehouse(uow)
    empty = counts(store)
    seconds = _import_in_a_process(store, 0, None)
    whole = _grown(empty, counts(store))
    assert (whole["sales_order"], whole["order_line"], whole["import_problem"]) == (ORDERS, LINES, 1)
    moments = random.Random(20260318)

    found_whole = 0
    for number in range(1, KILLS[database] + 1):
        before = counts(store)
        is_acknowledged = _import_in_a_process(store, number, moments.random() * seconds)
        grown = _grown(before, counts(store))
        is_there = grown == whole
        assert is_there or grown == dict.fromkeys(whole, 0)
        assert is_there or not is_acknowledged
        found_whole += is_there
        assert_sound(store)

        batch_id = store.run(SYSTEM, import_orders, None, _file(number), channel=_channel(number), is_history=True)

        with store.viewing(SYSTEM) as view:
            receipt = get_batch(view, batch_id).receipt
        assert (receipt["booked"], receipt["unchanged"]) == ((0, LINES) if is_there else (LINES, 0))
        after = _grown(before, counts(store))
        assert (after["sales_order"], after["order_line"]) == (ORDERS, LINES)
    assert found_whole < KILLS[database]
    assert_sound(store)
    store.engine.dispose()


def _import_in_a_process(store: Store, number: int, kill_after: float | None) -> float:
    """Import in a process of its own, killed after so many seconds; how long it took, 0 if not done."""
    store.engine.dispose()
    ours, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_import, args=(store.settings, _file(number), _channel(number), theirs))
    process.start()
    theirs.close()
    assert ours.recv() == "begun"
    begun = monotonic()
    if kill_after is not None:
        Event().wait(kill_after)
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    took = monotonic() - begun
    is_acknowledged = _heard_done(ours)
    ours.close()
    assert is_acknowledged or kill_after is not None
    return took if is_acknowledged else 0


def _import(settings: Settings, file: OrderFile, channel: str, parent: Connection) -> None:
    store = Store(settings)
    parent.send("begun")
    store.run(SYSTEM, import_orders, None, file, channel=channel, is_history=True)
    parent.send("done")


def _heard_done(parent: Connection) -> bool:
    try:
        return bool(parent.recv() == "done")
    except EOFError:
        return False


def _channel(number: int) -> str:
    return f"Market {number}"


def _file(number: int) -> OrderFile:
    """Products and customers that no other file has, and one row that is refused."""
    lines = [
        row(str(order), sku=f"SKU-{number}-{(order + place) % 97}", customer=f"C{number}-{order % 31}")
        for order in range(ORDERS)
        for place in range(LINES_EACH)
    ]
    return read(csv_file(*lines, row("nothing", price="x")))


def _grown(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {table: after[table] - before[table] for table in after}
