"""The whole life of an order, and stock on screen, with few orders and with half a million behind them."""

import gc
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import text

from core.security.actor import SYSTEM
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.bench.past import Trade, begin, multiply, open_trade
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, at_most_times, benchmark, spending

BEGUN, FEW, MANY = 250, 2_000, 500_000
ROUNDS, LIVES, LISTS = 6, 50, 20
GOAL_MS, MOST_GROWTH = 25.0, 1.2


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU of one act: of this process, and with what the database's server did for it."""

    own: float
    all: float


@benchmark("life")
def life() -> Iterator[Figure]:
    """CPU of an order from its first line to its money, and of the list of all stock; growth counts the server's too.

    Some orders are really lived through; the others are copies of them. The young and the old shop take
    turns, so that whatever else the machine does troubles both.
    """
    for database in DATABASES:
        with fresh_store(database) as few, fresh_store(database) as many:
            young, old = _traded(few, FEW), _traded(many, MANY)
            early, late = _in_turns(young.live, old.live, LIVES, (few, many))
            names = {"database": database, "unit": "ms"}
            for size, cost in ((FEW, early), (MANY, late)):
                yield at_most(GOAL_MS, name="order created to paid, CPU", size=size, value=cost.own, **names)
            yield _growth("the same after years, CPU", early, late, **names)
            listed = _in_turns(partial(_list_all, young), partial(_list_all, old), LISTS, (few, many))
            yield _growth("stock of all products, CPU", *listed, **names)


def _traded(store: Store, orders: int) -> Trade:
    trade = open_trade(store)
    begin(trade, BEGUN)
    multiply(trade, orders // BEGUN - 1)
    return trade


def _growth(name: str, early: Cost, late: Cost, **names: str) -> Figure:
    return at_most_times(MOST_GROWTH, name=name, size=MANY, value=late.all, baseline=early.all, **names)


def _list_all(trade: Trade) -> None:
    with trade.store.viewing(SYSTEM) as view:
        assert len(stock_levels(view, limit=10_000)) == len(trade.variants) * len(trade.warehouses)


def _in_turns(
    young: Callable[[], None], old: Callable[[], None], times: int, stores: tuple[Store, Store]
) -> tuple[Cost, Cost]:
    """What each act costs in the best of its rounds."""
    gc.collect()
    gc.freeze()
    rounds: list[tuple[Cost, Cost]] = []
    for _ in range(1 + ROUNDS):
        rounds.append((_cost(young, times, stores[0]), _cost(old, times, stores[1])))
    early, late = zip(*rounds[1:], strict=True)
    return _least(early), _least(late)


def _cost(act: Callable[[], None], times: int, store: Store) -> Cost:
    server = _server_seconds(store)
    with spending() as spent:
        for _ in range(times):
            act()
    own = spent.cpu * 1000 / times
    return Cost(own, own + (_server_seconds(store) - server) * 1000 / times)


def _least(costs: Iterable[Cost]) -> Cost:
    costs = list(costs)
    return Cost(min(each.own for each in costs), min(each.all for each in costs))


def _server_seconds(store: Store) -> float:
    """CPU that the server has used for our connections so far; SQLite has no server."""
    if store.engine.dialect.name != "postgresql":
        return 0.0
    with store.engine.connect() as connection:
        backends = connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"))
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in backends]
    return sum(int(ticks) for each in fields for ticks in each[11:13]) / os.sysconf("SC_CLK_TCK")
