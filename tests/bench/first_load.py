"""The first load of a mirror from a store with years of history: its time, memory and disk; and the start after it."""

import os
import resource
from collections.abc import Iterator
from functools import partial
from time import perf_counter

from core.analytics.mirror.mirror import Mirror
from core.base.settings import Settings
from core.work.store import Store
from tests.bench.places import history
from tests.bench.table import Figure, at_most, benchmark, reported

LINES = int((os.environ.get("LINES") or "10000000").split(",")[0])
MOST_SECONDS, MOST_MB, MOST_START_S, MOST_BYTES = 90, 4096, 2, 100


@benchmark("firstload")
def first_load() -> Iterator[Figure]:
    """Built in a process of its own, as the app does it; what that process took is told by the system."""
    store = Store(Settings(data_dir=history(LINES)))
    limit = partial(at_most, database="sqlite", size=LINES)
    with Mirror(store) as mirror:
        begun = perf_counter()
        mirror.rebuild()
        taken = perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        with mirror.reading() as duck:
            lines = duck.execute("SELECT count(*) FROM fact_sales").fetchall()[0][0]
        (size,) = (file.stat().st_size for file in (store.settings.data_dir / "mirror").glob("app-*.duckdb"))
    yield limit(MOST_SECONDS, name="first load", value=taken, unit="s")
    yield reported(name="first load, CPU", database="sqlite", size=LINES, value=used.ru_utime + used.ru_stime, unit="s")
    yield limit(MOST_MB, name="first load, memory", value=used.ru_maxrss / 1024, unit="MB")
    yield limit(MOST_BYTES, name="disk of the mirror, a line", value=size / lines, unit="bytes")
    begun = perf_counter()
    with Mirror(store) as mirror:
        mirror.refresh_now()
        yield limit(MOST_START_S, name="start with a mirror", value=perf_counter() - begun, unit="s")
    store.engine.dispose()
