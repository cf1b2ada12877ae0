"""Many more kills than the tests have time for."""

from collections.abc import Iterator

from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, benchmark
from tests.killing import kill_while_orders_are_entered

KILLS = 150


@benchmark("kills")
def kills() -> Iterator[Figure]:
    """Processes killed while entering orders; the figure is how many times something was lost or half done."""
    for database in DATABASES:
        with fresh_store(database) as store:
            store.engine.dispose()
            lost = 0
            try:
                kill_while_orders_are_entered(store.settings, KILLS)
            except AssertionError:
                lost = 1
            yield at_most(
                0, name="kill -9 in order entry, losses", database=database, size=KILLS, value=lost, unit="losses"
            )
