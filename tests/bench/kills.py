"""Many more kills than the tests have time for."""

from collections.abc import Callable, Iterator

from core.base.settings import Settings
from tests.bench.places import DATABASES, fresh_store
from tests.bench.table import Figure, at_most, benchmark
from tests.killing import kill_while_orders_are_entered
from tests.killing_stories import kill_while_stories_are_told

KILLS = 150
WORK: dict[str, Callable[[Settings, int], int]] = {
    "kill -9 in order entry, losses": kill_while_orders_are_entered,
    "kill -9 in any other step, losses": kill_while_stories_are_told,
}


@benchmark("kills")
def kills() -> Iterator[Figure]:
    """Processes killed at work; the figure is how many times something was lost, half done or done twice."""
    for database in DATABASES:
        for name, killed in WORK.items():
            with fresh_store(database) as store:
                store.engine.dispose()
                lost = 0
                try:
                    killed(store.settings, KILLS)
                except AssertionError:
                    lost = 1
                yield at_most(0, name=name, database=database, size=KILLS, value=lost, unit="losses")
