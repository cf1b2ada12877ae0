"""The figures of one process for Prometheus, put together when they are asked for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from core.base.timings import BOUNDS, TIMINGS, Timing, Timings
from core.jobs.runner import JOB_RUNNER
from core.ops.faults import FAULTS
from core.ops.monitoring import Standing, standing
from core.work.store import Store

SHOWN_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def exposition(store: Store, process: Mapping[str, Any], timings: Timings = TIMINGS) -> bytes:
    """All figures as text; what needs the database is left out, and `salesbook_database_up` is 0, while it is away."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(_Figures(store, process, timings))
    return generate_latest(registry)


class _Figures:
    def __init__(self, store: Store, process: Mapping[str, Any], timings: Timings) -> None:
        self._store, self._process, self._timings = store, process, timings

    def collect(self) -> Iterator[Metric]:
        """What `exposition` shows."""
        yield _histogram(self._timings.all().items())
        yield CounterMetricFamily("salesbook_errors", "Errors that nobody caught", value=FAULTS.count)
        for name, sentence in (
            ("sessions", "Browsers connected to this process"),
            ("mirror_behind", "Seconds that the figures of this process are behind the database"),
        ):
            if (figure := self._process.get(name)) is not None:
                unit = "_seconds" if name == "mirror_behind" else ""
                yield GaugeMetricFamily(f"salesbook_{name}{unit}", sentence, value=figure)
        try:
            with self._store.viewing(JOB_RUNNER) as view:
                found = standing(view)
        except (SQLAlchemyError, OSError):
            yield GaugeMetricFamily("salesbook_database_up", "Whether the database answers", value=0)
            return
        yield GaugeMetricFamily("salesbook_database_up", "Whether the database answers", value=1)
        yield from _standing(found)


def _standing(found: Standing) -> Iterator[Metric]:
    gauges: tuple[tuple[str, str, float | None], ...] = (
        ("database_bytes", "Size of the database", found.database_bytes),
        ("disk_free_bytes", "Room left where the data directory lies", found.disk_free),
        ("disk_bytes", "Size of that disk", found.disk_size),
        ("jobs_overdue", "Jobs that are due and not begun", found.jobs_overdue),
        ("jobs_oldest_overdue_seconds", "How long the oldest of them has waited", found.oldest_overdue),
        ("jobs_running", "Jobs being carried out", found.jobs_running),
        ("jobs_failed", "Jobs that failed for good and wait for somebody", found.jobs_failed),
        ("errors_new", "Different errors that nobody has looked at", found.new_incidents),
        ("check_age_seconds", "Time since the books were checked", found.check_age),
        ("check_differences", "Differences found by the last check of the books", found.check_differences),
    )
    for name, sentence, figure in gauges:
        if figure is not None:
            yield GaugeMetricFamily(f"salesbook_{name}", sentence, value=figure)


def _histogram(timings: Iterable[tuple[tuple[str, str], Timing]]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        "salesbook_seconds", "How long screens, queries, commands and figures took", labels=["kind", "name"]
    )
    for (kind, name), timing in sorted(timings):
        buckets = [(str(bound), float(_up_to(timing, bound))) for bound in SHOWN_BOUNDS]
        family.add_metric([kind, name], [*buckets, ("+Inf", float(timing.count))], sum_value=timing.total)
    return family


def _up_to(timing: Timing, bound: float) -> int:
    return sum(count for place, count in timing.places.items() if place < len(BOUNDS) and BOUNDS[place] <= bound)
