"""The benchmark table: benchmarks register here, a run prints the figures and writes them as JSON."""

import json
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

Benchmark = Callable[[], Iterable["Figure"]]
BENCHMARKS: dict[str, Benchmark] = {}


@dataclass(frozen=True)
class Figure:
    """One measured number; `ratio` is against a baseline measured in the same run."""

    name: str
    database: str
    size: int
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    goal: str
    holds: bool | None


def at_most(
    goal: float, *, name: str, database: str, size: int, value: float, unit: str, baseline: float | None = None
) -> Figure:
    """A figure whose value must not exceed the goal; the baseline, where there is one, is shown beside it."""
    ratio = None if baseline is None else value / baseline
    return Figure(name, database, size, value, unit, baseline, ratio, f"<= {goal:g} {unit}", value <= goal)


def at_most_times(
    times: float, *, name: str, database: str, size: int, value: float, unit: str, baseline: float
) -> Figure:
    """A figure that must not exceed so many times its baseline."""
    ratio = value / baseline
    return Figure(name, database, size, value, unit, baseline, ratio, f"<= {times:g} x baseline", ratio <= times)


def at_least_times(
    times: float, *, name: str, database: str, size: int, value: float, unit: str, baseline: float
) -> Figure:
    """A figure that must reach so many times its baseline."""
    ratio = value / baseline
    return Figure(name, database, size, value, unit, baseline, ratio, f">= {times:g} x baseline", ratio >= times)


def reported(*, name: str, database: str, size: int, value: float, unit: str, baseline: float | None = None) -> Figure:
    """A figure without a goal."""
    ratio = None if baseline is None else value / baseline
    return Figure(name, database, size, value, unit, baseline, ratio, "", None)


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register a benchmark under the name that `ONLY=` takes."""

    def register(function: Benchmark) -> Benchmark:
        BENCHMARKS[name] = function
        return function

    return register


@dataclass
class Spent:
    """Wall and CPU seconds of a block, and the process's peak memory so far in MB."""

    wall: float = 0.0
    cpu: float = 0.0

    @property
    def peak_mb(self) -> float:
        """The largest resident size this process ever had."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure a block."""
    spent = Spent()
    wall, cpu = perf_counter(), process_time()
    yield spent
    spent.wall, spent.cpu = perf_counter() - wall, process_time() - cpu


def run(only: str, file: Path) -> bool:
    """Run all benchmarks or one, print the table, keep the figures of others in the file; True when all hold."""
    kept = json.loads(file.read_text()) if only and file.exists() else []
    fresh: list[Figure] = []
    _print(("name", "database", "size", "value", "unit", "baseline", "ratio", "goal", "holds"))
    for name, function in BENCHMARKS.items():
        if only and name != only:
            continue
        for figure in function():
            fresh.append(figure)
            _print(tuple(_shown(cell) for cell in asdict(figure).values()))
    if not fresh:
        sys.exit(f"No benchmark is called {only!r}; there are {', '.join(BENCHMARKS)}.")
    measured = {(figure.name, figure.database, figure.size) for figure in fresh}
    rows = [row for row in kept if (row["name"], row["database"], row["size"]) not in measured]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(rows + [asdict(figure) for figure in fresh], indent=1) + "\n")
    return all(figure.holds is not False for figure in fresh)


def _shown(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "NO"
    if isinstance(cell, float):
        return f"{cell:,.2f}"
    return "" if cell is None else str(cell)


def _print(cells: tuple[str, ...]) -> None:
    widths = (34, 11, 8, 11, 8, 10, 7, 18, 5)
    sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() + "\n")
    sys.stdout.flush()
