"""How a prediction came true: made from the earlier part of the history, held against the later one."""

from dataclasses import dataclass

import numpy as np

from core.analytics.customers.rules.purchases import Numbers

MOST_REPEATS = 7
PARTS = 10


@dataclass(frozen=True)
class ByRepeats:
    """Customers with so many repeat purchases before (the last row: or more): purchases expected and made, each."""

    repeats: int
    customers: int
    predicted: float
    actual: float


@dataclass(frozen=True)
class Part:
    """A tenth of the customers, those of whom most was expected first: its shares of what was expected and came."""

    number: int
    predicted: float
    actual: float

    @property
    def lift(self) -> float:
        """How many times the average of all it really was."""
        return self.actual * PARTS


def by_repeats(repeats: Numbers, predicted: Numbers, actual: Numbers) -> tuple[ByRepeats, ...]:
    """Mean purchases expected and made, by how often customers had come back before."""
    group = np.minimum(repeats, MOST_REPEATS).astype(np.int64)
    found = []
    for number in range(MOST_REPEATS + 1):
        inside = group == number
        if count := int(inside.sum()):
            found.append(ByRepeats(number, count, float(predicted[inside].mean()), float(actual[inside].mean())))
    return tuple(found)


def parts(predicted: Numbers, actual: Numbers) -> tuple[Part, ...]:
    """Tenths of the customers by what was expected of them.

    Customers of whom the same was expected share what they brought evenly, so that a border between two tenths
    never depends on the order of equals. Nothing where nothing was expected or nothing came.
    """
    if len(predicted) == 0 or predicted.sum() <= 0 or actual.sum() <= 0:
        return ()
    levels, place = np.unique(-predicted, return_inverse=True)
    place = place.reshape(-1)
    count = np.bincount(place, minlength=len(levels))
    came = np.bincount(place, weights=actual, minlength=len(levels))
    borders = np.concatenate(([0], np.cumsum(count)))
    marks = len(predicted) * np.arange(PARTS + 1) / PARTS
    expected = np.diff(np.interp(marks, borders, np.concatenate(([0], np.cumsum(-levels * count)))))
    brought = np.diff(np.interp(marks, borders, np.concatenate(([0], np.cumsum(came)))))
    return tuple(
        Part(number + 1, float(expected[number] / predicted.sum()), float(brought[number] / actual.sum()))
        for number in range(PARTS)
    )
