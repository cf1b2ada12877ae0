"""How often customers come back and when they stop: the BG/NBD model of Fader, Hardie and Lee (2005).

While a customer is active the purchases come by chance at a rate of the customer's own; after each one the
customer may be gone for good. Rates differ by a gamma distribution (r, α), chances of leaving by a beta (a, b).
Time is counted in weeks. Equal histories are one row with a weight, so a million customers cost what their
different histories cost.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import betaln, gammaln, hyp2f1, psi  # type: ignore[import-untyped]

from core.analytics.customers.rules.errors import NoFit, OnlyOnce, TooFewRepeaters

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Square = NDArray[np.float64]

FEWEST_REPEATERS = 30
"""Customers who came back that a model needs."""

_LOWEST, _HIGHEST = -7.0, 9.0
"""Between e^-7 and e^9 the parameters mean something; a parameter at the edge has no interval of its own."""

_STARTS = ((0.25, 4.0, 0.8, 2.5), (1.0, 10.0, 1.0, 5.0), (2.0, 2.0, 0.1, 10.0))
_STEP = 1e-4
_FLAT, _STEEP = 1e-6, 1e-3
_SINGULAR = 1e-5


@dataclass(frozen=True)
class Histories:
    """Customers by their history: purchases after the first, weeks until the last, weeks observed; how many."""

    repeats: Numbers
    last: Numbers
    observed: Numbers
    weight: Numbers

    @classmethod
    def grouped(cls, repeats: Numbers, last: Numbers, observed: Numbers) -> "tuple[Histories, Places]":
        """Equal histories as one row, and for each customer the row that is its own."""
        rows, place, weight = np.unique(
            np.column_stack((repeats, last, observed)), axis=0, return_inverse=True, return_counts=True
        )
        grouped = cls(rows[:, 0], rows[:, 1], rows[:, 2], weight.astype(np.float64))
        return grouped, place.reshape(-1).astype(np.int64)

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return int(self.weight.sum())

    @property
    def repeaters(self) -> int:
        """How many came back at least once."""
        return int(self.weight[self.repeats > 0].sum())


@dataclass(frozen=True)
class Habit:
    """The fitted model: its parameters, how well it fits, and the covariance of the parameters' logarithms."""

    r: float
    alpha: float
    a: float
    b: float
    log_likelihood: float
    covariance: Square

    @property
    def parameters(self) -> Numbers:
        """r, α, a, b."""
        return np.array([self.r, self.alpha, self.a, self.b])


def fit(histories: Histories) -> Habit:
    """The parameters under which these histories are most likely.

    Refuses (`OnlyOnce`, `TooFewRepeaters`) data that cannot tell, and `NoFit` where nothing fits.
    """
    if histories.repeaters == 0:
        raise OnlyOnce
    if histories.repeaters < FEWEST_REPEATERS:
        raise TooFewRepeaters(found=histories.repeaters, needed=FEWEST_REPEATERS)
    scale = histories.weight.sum()
    best = None
    for start in _STARTS:
        found = minimize(
            lambda logs: tuple(-each / scale for each in _likelihood(logs, histories)),
            np.log(np.array(start)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(_LOWEST, _HIGHEST)] * 4,
            options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9},
        )
        if np.isfinite(found.fun) and (best is None or found.fun < best.fun - 1e-12):
            best = found
        if best is not None and _inside(best.x).all() and np.abs(best.jac).max() < _FLAT:
            break
    if best is None or not np.all(np.isfinite(best.x)):
        raise NoFit
    inside = _inside(best.x)
    value, slope = _likelihood(best.x, histories)
    if np.any(np.abs(slope[inside]) / scale > _STEEP):
        raise NoFit
    covariance = covariance_of(lambda logs: _likelihood(logs, histories)[1], best.x, inside)
    r, alpha, a, b = (float(each) for each in np.exp(best.x))
    return Habit(r, alpha, a, b, float(value), covariance)


def expected_purchases(parameters: Numbers, histories: Histories, weeks: float) -> Numbers:
    """How many purchases each history is expected to bring within so many weeks from now.

    Equation 10 of the paper after Euler's transformation, which keeps the numbers small however often
    somebody bought.
    """
    r, alpha, a, b = (float(each) for each in parameters)
    if abs(a - 1) < _SINGULAR:
        a = 1 + _SINGULAR
    x, observed = histories.repeats, histories.observed
    z = weeks / (alpha + observed + weeks)
    falling = (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    upper = (a + b + x - 1) / (a - 1) * (1 - falling)
    found: Numbers = np.maximum(upper * chance_active(parameters, histories), 0.0)
    return found


def chance_active(parameters: Numbers, histories: Histories) -> Numbers:
    """How likely each customer still buys; who never came back has had no chance to leave."""
    r, alpha, a, b = (float(each) for each in parameters)
    x = histories.repeats
    odds = np.log(a / (b + np.maximum(x, 1) - 1)) + (r + x) * (
        np.log(alpha + histories.observed) - np.log(alpha + histories.last)
    )
    active: Numbers = np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0)
    return active


def covariance_of(slope: Callable[[Numbers], Numbers], logs: Numbers, inside: NDArray[np.bool_]) -> Square:
    """The covariance of parameters at their best, from how the slope of the likelihood changes; 0 at an edge."""
    size = len(logs)
    found = np.zeros((size, size))
    free = np.flatnonzero(inside)
    if free.size == 0:
        return found
    curve = np.zeros((free.size, free.size))
    for row, index in enumerate(free):
        step = np.zeros(size)
        step[index] = _STEP
        curve[row] = (slope(logs + step) - slope(logs - step))[free] / (2 * _STEP)
    information = -(curve + curve.T) / 2
    values, directions = np.linalg.eigh(information)
    if np.any(values <= 0):
        raise NoFit
    found[np.ix_(free, free)] = (directions / values) @ directions.T
    return found


def _inside(logs: Numbers) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (logs > _LOWEST + _STEEP) & (logs < _HIGHEST - _STEEP)
    return found


def _likelihood(logs: Numbers, histories: Histories) -> tuple[float, Numbers]:
    """The log-likelihood and its slope by the logarithms of r, α, a and b."""
    r, alpha, a, b = np.exp(logs)
    x, weight = histories.repeats, histories.weight
    until_now, until_last = np.log(alpha + histories.observed), np.log(alpha + histories.last)
    later = np.maximum(x, 1)
    active = -(r + x) * until_now
    gone = np.where(x > 0, np.log(a) - np.log(b + later - 1) - (r + x) * until_last, -np.inf)
    either = np.logaddexp(active, gone)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x) - betaln(a, b) + either
    is_active, is_gone = np.exp(active - either), np.exp(gone - either)
    both = psi(a + b) - psi(a + b + x)
    slopes = (
        psi(r + x) - psi(r) + np.log(alpha) - is_active * until_now - is_gone * until_last,
        r / alpha - (r + x) * (is_active / (alpha + histories.observed) + is_gone / (alpha + histories.last)),
        both + is_gone / a,
        psi(b + x) - psi(b) + both - is_gone / (b + later - 1),
    )
    slope = np.array([np.dot(weight, each) for each in slopes]) * np.array([r, alpha, a, b])
    return float(np.dot(weight, value)), slope
