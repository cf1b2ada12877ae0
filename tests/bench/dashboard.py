"""All panels of a dashboard page; the baseline answers them from the lines, without the aggregates."""

from collections.abc import Iterator
from datetime import date
from statistics import median
from time import perf_counter

from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask, Choices, Compare
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import fact_sales
from core.security.actor import SYSTEM
from tests.bench.filled import LINES, fill_with_sales
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, benchmark, reported, spending

PAGES = 12
GOAL_MS = 150
KEY_FIGURES = ("net_sales", "orders", "customers", "average_order", "return_rate", "quantity")


def panels(since: date, until: date, where: Choices) -> list[Ask]:
    """What one page asks."""

    def ask(measures: tuple[str, ...], *by: str, compare: Compare | None = None, **more: object) -> Ask:
        return Ask(measures, by, where, since=since, until=until, compare=compare, **more)  # type: ignore[arg-type]

    return [
        ask(KEY_FIGURES, compare=Compare.SAME_PERIOD_LAST_YEAR),
        ask(("net_sales", "orders"), "day", compare=Compare.SAME_PERIOD_LAST_YEAR, fill=True),
        ask(("net_sales",), "category"),
        ask(("net_sales",), "product", top=10),
        ask(("net_sales", "orders"), "channel"),
        ask(("net_sales",), "region"),
        ask(("net_sales", "orders"), "sales_rep"),
        ask(("net_sales",), "weekday", "hour"),
    ]


@benchmark("dashboard")
def dashboard() -> Iterator[Figure]:
    """Every page has another period, so no answer is remembered from the one before."""
    for database in DATABASES:
        with fresh_store(database) as store:
            fill_with_sales(store)
            with Mirror(store) as mirror:
                with spending() as spent:
                    mirror.refresh_now()
                yield reported(name="mirror built", database=database, size=LINES, value=spent.wall, unit="s")
                for label, where in (("dashboard page", {}), ("dashboard page, one region", {"region": ("Region 1",)})):
                    raw, ours = _pages(mirror, where, raw=True), _pages(mirror, where, raw=False)
                    yield at_most(
                        GOAL_MS, name=label, database=database, size=LINES, value=ours, unit="ms", baseline=raw
                    )


def _pages(mirror: Mirror, where: Choices, *, raw: bool) -> float:
    sources = (fact_sales,) if raw else None
    taken = []
    for day in range(1, PAGES + 1):
        begun = perf_counter()
        for ask in panels(date(2026, 1, 1), date(2026, 11, day), where):
            answer(mirror, SYSTEM, ask, sources)
        taken.append((perf_counter() - begun) * 1000)
    return median(taken)
