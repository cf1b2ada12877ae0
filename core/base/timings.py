"""How long things take in this process, kept in memory as counts in steps of a third, so that writing one down costs
a microsecond."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

STEP = 1.3
# From a millisecond to somewhat more than a minute; what takes longer falls into one place more.
BOUNDS = tuple(0.001 * STEP**place for place in range(44))
MOST_NAMES = 500
REST = "…"


@dataclass
class Timing:
    """How often something was done, how long it took in all and at most, and how often within each bound."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    places: dict[int, int] = field(default_factory=dict)

    def add(self, seconds: float) -> None:
        """Once more."""
        place = bisect_left(BOUNDS, seconds)
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)
        self.places[place] = self.places.get(place, 0) + 1

    def merge(self, other: "Timing") -> None:
        """What another one counted, too."""
        self.count += other.count
        self.total += other.total
        self.longest = max(self.longest, other.longest)
        for place, count in other.places.items():
            self.places[place] = self.places.get(place, 0) + count

    def within(self, share: float) -> float:
        """So many seconds sufficed for this share of all, at most a third too many; 0 where nothing was done."""
        wanted, seen = self.count * share, 0
        for place in sorted(self.places):
            seen += self.places[place]
            if seen >= wanted:
                return min(BOUNDS[place], self.longest) if place < len(BOUNDS) else self.longest
        return 0.0


Key = tuple[str, str]


class Timings:
    """What one process measured: `kind` such as `query`, and a name of that kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fresh: dict[Key, Timing] = {}
        self._taken: dict[Key, Timing] = {}

    def add(self, kind: str, name: str, seconds: float) -> None:
        """Write one down; names beyond some hundreds are counted together."""
        with self._lock:
            known = self._fresh.get((kind, name))
            if known is None:
                if len(self._fresh) >= MOST_NAMES:
                    name = REST
                known = self._fresh.setdefault((kind, name), Timing())
            known.add(seconds)

    def take(self) -> dict[Key, Timing]:
        """What was measured since the last time that somebody took it."""
        with self._lock:
            fresh, self._fresh = self._fresh, {}
            merge_into(self._taken, fresh.items())
            return fresh

    def all(self) -> dict[Key, Timing]:
        """What was measured since this process began."""
        found: dict[Key, Timing] = {}
        with self._lock:
            merge_into(found, self._taken.items())
            merge_into(found, self._fresh.items())
        return found


def merge_into(timings: dict[Key, Timing], more: Iterable[tuple[Key, Timing]]) -> None:
    """Add timings to those of the same name."""
    for (kind, name), timing in more:
        key = (kind, name)
        if key not in timings and len(timings) >= MOST_NAMES:
            key = (kind, REST)
        timings.setdefault(key, Timing()).merge(timing)


TIMINGS = Timings()


@contextmanager
def timed(kind: str, name: str) -> Iterator[None]:
    """Measure a block, however it ends."""
    began = perf_counter()
    try:
        yield
    finally:
        TIMINGS.add(kind, name, perf_counter() - began)
