"""The whole life of an order, and stock on screen, with few orders and with half a million behind them."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from core.security.actor import SYSTEM
from core.stock.queries import stock_levels
from core.work.store import Store
from tests.bench.past import Trade, begin, multiply, open_trade
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, at_most_times, benchmark, spending

BEGUN, FEW, MANY = 250, 2_000, 500_000
ROUNDS, LIVES, WARM = 5, 60, 10
GOAL_MS, MOST_GROWTH = 25.0, 1.2


@benchmark("life")
def life() -> Iterator[Figure]:
    """CPU of an order from its first line to its money and of the list of all stock; growth counts the server's too.

    Some orders are really lived through; the others are copies of them.
    """
    for database in DATABASES:
        with fresh_store(database) as store:
            trade = open_trade(store)
            begin(trade, BEGUN)
            multiply(trade, FEW // BEGUN - 1)
            early, listed = _cost(trade.live, LIVES, store), _listed(trade)
            names = {"database": database, "unit": "ms"}
            name = "order created to paid, CPU"
            yield at_most(GOAL_MS, name=name, size=FEW, value=early.own, **names)
            multiply(trade, MANY // FEW - 1)
            late = _cost(trade.live, LIVES, store)
            yield at_most(GOAL_MS, name=name, size=MANY, value=late.own, **names)
            yield at_most_times(
                MOST_GROWTH, name="the same after years, CPU", size=MANY, value=late.all, baseline=early.all, **names
            )
            yield at_most_times(
                MOST_GROWTH,
                name="stock of all products, CPU",
                size=MANY,
                value=_listed(trade).all,
                baseline=listed.all,
                **names,
            )


@dataclass(frozen=True)
class Cost:
    """Milliseconds of CPU of one act: of this process, and with what the database's server did for it."""

    own: float
    all: float


def _listed(trade: Trade) -> Cost:
    def listed() -> None:
        with trade.store.viewing(SYSTEM) as view:
            assert len(stock_levels(view, limit=10_000)) == len(trade.variants) * len(trade.warehouses)

    return _cost(listed, 20, trade.store)


def _cost(act: Callable[[], None], times: int, store: Store) -> Cost:
    """What one act costs in the best of some rounds."""
    gc.collect()
    gc.freeze()
    for _ in range(WARM):
        act()
    rounds = []
    for _ in range(ROUNDS):
        server = _server_seconds(store)
        with spending() as spent:
            for _ in range(times):
                act()
        own = spent.cpu * 1000 / times
        rounds.append(Cost(own, own + (_server_seconds(store) - server) * 1000 / times))
    return Cost(min(each.own for each in rounds), min(each.all for each in rounds))


def _server_seconds(store: Store) -> float:
    """CPU that the server has used for our connections so far; SQLite has no server."""
    if store.engine.dialect.name != "postgresql":
        return 0.0
    with store.engine.connect() as connection:
        backends = connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"))
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in backends]
    return sum(int(ticks) for each in fields for ticks in each[11:13]) / os.sysconf("SC_CLK_TCK")
