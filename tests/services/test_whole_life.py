"""Whatever a shop lives through, in whatever order: goods, costs, promises and money add up after every deed."""

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.work.store import Store
from tests.examples import drawn
from tests.life.whole import WholeLife

QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def lives(count: int, steps: int) -> settings:
    """So many lives of so many deeds; more in a hunt."""
    return settings(max_examples=drawn(count), stateful_step_count=steps, **QUIET)


def test_a_whole_life_adds_up_on_sqlite(on_sqlite: Callable[[], Store]) -> None:
    run_state_machine_as_test(lambda: WholeLife(on_sqlite), settings=lives(4, 20))


def test_a_whole_life_adds_up_on_postgresql(on_postgresql: Callable[[], Store]) -> None:
    run_state_machine_as_test(lambda: WholeLife(on_postgresql), settings=lives(2, 15))
