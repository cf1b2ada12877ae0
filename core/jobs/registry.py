"""`@job` and `@long_job`: what may be done without a user, and how often."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from core.jobs.rhythm import Rhythm
from core.work.store import Store
from core.work.unit import UnitOfWork

RETRIES = 5
ShortFunction = TypeVar("ShortFunction", bound=Callable[..., None])
LongFunction = TypeVar("LongFunction", bound=Callable[..., None])


@dataclass(frozen=True)
class Declared:
    """A job: its name, what it says it does, what it calls, and its rhythm where it recurs.

    A short one gets a unit of work and is one transaction. A long one gets the store and runs in a
    process of its own; it is safe to begin again at any point.
    """

    name: str
    sentence: str
    function: Callable[..., None]
    rhythm: Rhythm | None
    is_long: bool
    retries: int

    def carry_out(self, store: Store, uow: UnitOfWork | None, facts: dict[str, Any]) -> None:
        """Call it with what it was planned with."""
        self.function(store if self.is_long else uow, **facts)


JOBS: dict[str, Declared] = {}


def job(
    name: str, sentence: str, *, every: Rhythm | None = None, retries: int = RETRIES
) -> Callable[[ShortFunction], ShortFunction]:
    """Declare a short job: `function(uow, **facts)`, one transaction, committed with the job itself."""

    def declare(function: ShortFunction) -> ShortFunction:
        JOBS[name] = Declared(name, sentence, function, every, is_long=False, retries=retries)
        return function

    return declare


def long_job(
    name: str, sentence: str, *, every: Rhythm | None = None, retries: int = RETRIES
) -> Callable[[LongFunction], LongFunction]:
    """Declare a long job: `function(store, **facts)` in a child process, so that no screen waits for it."""

    def declare(function: LongFunction) -> LongFunction:
        JOBS[name] = Declared(name, sentence, function, every, is_long=True, retries=retries)
        return function

    return declare
