"""What the layer costs over the bare SQL it comes to, and the same questions in the databases of the store."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from time import perf_counter, process_time
from typing import Any

import duckdb
from sqlalchemy import text

from core.analytics.layer.answer import answer, today_of
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.base.settings import Settings
from core.security.actor import SYSTEM
from core.work.store import Store
from tests.bench.dashboard import panels
from tests.bench.history_store import fill_store
from tests.bench.places import fresh_store, history
from tests.bench.table import Figure, at_least_times, at_most, benchmark

LINES = int((os.environ.get("LINES") or "10000000").split(",")[0])
MOST_MS, ROUNDS, PATIENCE_MS = 2, 5, 5_000
TIMES = {"sqlite": 40, "postgresql": 20}
_SOLD = "o.business_state IN ('confirmed', 'on_hold', 'completed') AND o.ordered_on >= :since AND o.ordered_on < :until"
_LINES = f"order_line l JOIN sales_order o ON o.id = l.order_id WHERE {_SOLD}"  # noqa: S608 - our own words
_GOODS = f"""order_line l JOIN sales_order o ON o.id = l.order_id JOIN variant v ON v.id = l.variant_id
    JOIN product p ON p.id = v.product_id WHERE {_SOLD}"""  # noqa: S608 - our own words
# Questions without returns, so that plain SQL is as short as it can be: days, grouping, and the SQL over the store.
QUESTIONS = {
    "net sales by day, 90 days": (
        90,
        Ask(("gross_sales",), by=("day",)),
        f"SELECT o.ordered_on, sum(l.gross_amount) FROM {_LINES} GROUP BY o.ordered_on",  # noqa: S608
    ),
    "by category, a year": (
        365,
        Ask(("gross_sales",), by=("category",)),
        f"SELECT p.category_id, sum(l.gross_amount) FROM {_GOODS} GROUP BY p.category_id",  # noqa: S608
    ),
    "top products, a year": (
        365,
        Ask(("gross_sales",), by=("product",), top=10),
        f"SELECT v.product_id, sum(l.gross_amount) AS n FROM {_GOODS} GROUP BY v.product_id ORDER BY n DESC LIMIT 10",  # noqa: S608
    ),
    "orders by channel, a year": (
        365,
        Ask(("orders", "gross_sales"), by=("channel",)),
        f"SELECT o.channel_id, count(DISTINCT o.id), sum(l.gross_amount) FROM {_LINES} GROUP BY o.channel_id",  # noqa: S608
    ),
    "by region and month, all": (
        1_100,
        Ask(("gross_sales",), by=("region", "month")),
        "SELECT o.region, substr(CAST(o.ordered_on AS VARCHAR), 1, 7), sum(l.gross_amount) "  # noqa: S608
        f"FROM {_LINES} GROUP BY 1, 2",
    ),
}


@benchmark("layer")
def layer() -> Iterator[Figure]:
    """CPU of the panels of a dashboard asked through the layer, less that of the statements it sent."""
    store = Store(Settings(data_dir=history(LINES)))
    with _Recording(store) as mirror:
        mirror.refresh_now()
        today = today_of(mirror)
        costs = []
        for ask in panels(today - timedelta(days=89), today + timedelta(days=1), {}):
            mirror.sent.clear()
            answer(mirror, SYSTEM, ask)
            sent = [each for each in mirror.sent if "v0_" in each[0]]
            over = []
            for _ in range(ROUNDS):
                mirror.changed()
                whole = _cpu_ms(lambda ask=ask: answer(mirror, SYSTEM, ask))  # type: ignore[misc]
                over.append(whole - _cpu_ms(lambda sent=sent: _bare(mirror, sent)))  # type: ignore[misc]
            costs.append(min(over))
        mean = sum(costs) / len(costs)
        limit = partial(at_most, MOST_MS, database="sqlite", size=LINES, unit="ms")
        yield limit(name="the layer over bare SQL, mean", value=mean)
        yield limit(name="the layer over bare SQL, most", value=max(costs))
    store.engine.dispose()


@benchmark("against")
def against() -> Iterator[Figure]:
    """The same questions over the store's own tables and indexes; theirs divided by ours, as whoever asks waits."""
    store = Store(Settings(data_dir=history(LINES)))
    with Mirror(store) as mirror:
        mirror.refresh_now()
        yield from _compared("sqlite", store, mirror)
        if not os.environ.get("ONLY_SQLITE"):
            with fresh_store("postgresql") as other:
                fill_store(other, LINES)
                yield from _compared("postgresql", other, mirror)
    store.engine.dispose()


def _compared(database: str, store: Store, mirror: Mirror) -> Iterator[Figure]:
    until = today_of(mirror) + timedelta(days=1)
    for name, (days, ask, statement) in QUESTIONS.items():
        since = until - timedelta(days=days)
        asked = Ask(ask.measures, ask.by, since=since, until=until, top=ask.top, order=ask.order)

        def ours(asked: Ask = asked) -> None:
            mirror.changed()
            answer(mirror, SYSTEM, asked)

        def theirs(statement: str = statement, since: Any = since) -> None:
            with store.reader.connect() as connection:
                connection.execute(
                    text(statement), {"since": _day(since, database), "until": _day(until, database)}
                ).all()

        fast, slow = min(_wall_ms(ours) for _ in range(ROUNDS)), _wall_ms(theirs)
        if slow < PATIENCE_MS:
            slow = min(slow, _wall_ms(theirs))
        yield at_least_times(
            TIMES[database], name=name, database=database, size=LINES, value=slow, unit="ms", baseline=fast
        )


def _day(day: Any, database: str) -> Any:
    return day.isoformat() if database == "sqlite" else day


class _Recording(Mirror):
    """A mirror that notes what is sent to it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.sent: list[tuple[str, Any]] = []

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that notes every statement."""
        with super().reading() as cursor:
            yield _Noting(cursor, self.sent)  # type: ignore[misc]


class _Noting:
    def __init__(self, cursor: duckdb.DuckDBPyConnection, sent: list[tuple[str, Any]]) -> None:
        self._cursor, self._sent = cursor, sent

    def execute(self, statement: str, parameters: Any = None) -> Any:
        """Note it, and have it executed."""
        self._sent.append((statement, parameters))
        return self._cursor.execute(statement, parameters)


def _bare(mirror: Mirror, sent: list[tuple[str, Any]]) -> None:
    with Mirror.reading(mirror) as duck:
        for statement, parameters in sent:
            duck.execute(statement, parameters).fetchall()


def _cpu_ms(block: Callable[[], object]) -> float:
    begun = process_time()
    block()
    return (process_time() - begun) * 1000


def _wall_ms(block: Callable[[], object]) -> float:
    begun = perf_counter()
    block()
    return (perf_counter() - begun) * 1000
