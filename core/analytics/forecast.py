"""What is to be expected of a series: the method that would have erred least before, with its interval.

Candidates are the seasonal naive forecast, Theta and exponential smoothing with a damped trend. Each is
tried at several earlier moments (rolling origin); the one with the smallest WAPE, Σ|error| ÷ Σ|actual|, is
taken, and the 10th and 90th percentile of its errors then are the interval now.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
from statsmodels.tsa.forecasting.theta import ThetaModel  # type: ignore[import-untyped]
from statsmodels.tsa.holtwinters import ExponentialSmoothing  # type: ignore[import-untyped]

from core.base.exact import round_to
from core.base.i18n import N_

ORIGINS = 6
FEWEST_ERRORS = 8
SEASONS = 2
LONGEST_SMOOTHED = 12
LOW, HIGH = 10, 90
METHOD_LABELS = {"naive": N_("seasonal naive"), "theta": N_("Theta"), "smoothing": N_("exponential smoothing")}


@dataclass(frozen=True)
class Step:
    """One step to come: what is expected, and between what it lies in eight of ten cases."""

    amount: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Forecast:
    """The steps to come, by which method, and how far that was off before, as a part of the actual amounts."""

    steps: tuple[Step, ...]
    method: str
    wape: Decimal


def forecast(history: Sequence[Decimal], ahead: int, season: int) -> Forecast | None:
    """What the next steps will be; None where the past is too short to try the methods on."""
    return _forecast(tuple(history), ahead, season)


@lru_cache(maxsize=256)
def _forecast(history: tuple[Decimal, ...], ahead: int, season: int) -> Forecast | None:
    series = np.array([float(each) for each in history])
    first = max(season, min(SEASONS * season, len(series) // 2))
    origins = list(range(len(series) - ahead, first - 1, -1))[:ORIGINS]
    if len(origins) * ahead < FEWEST_ERRORS or not np.any(series):
        return None
    actual = sum(float(np.abs(series[at : at + ahead]).sum()) for at in origins)
    tried = {}
    for name, method in _methods(season).items():
        errors = np.concatenate([series[at : at + ahead] - method(series[:at], ahead, season) for at in origins])
        if actual and np.isfinite(errors).all():
            tried[name] = (float(np.abs(errors).sum()) / actual, errors)
    if not tried:
        return None
    best = min(tried, key=lambda name: (tried[name][0], list(METHOD_LABELS).index(name)))
    wape, found = tried[best]
    low, high = (float(each) for each in np.percentile(found, [LOW, HIGH]))
    amounts = _methods(season)[best](series, ahead, season).tolist()
    floor = 0.0 if series.min() >= 0 else -np.inf  # what was never below nothing is not expected to be
    steps = tuple(
        Step(
            _money(max(each, floor)),
            _money(max(each + min(low, 0.0), floor)),
            _money(max(each + max(high, 0.0), floor)),
        )
        for each in amounts
    )
    return Forecast(steps, best, round_to(Decimal(str(wape)), 4))


def _methods(season: int) -> dict[str, Callable[..., np.ndarray]]:
    found: dict[str, Callable[..., np.ndarray]] = {"naive": _naive, "theta": _theta}
    if season <= LONGEST_SMOOTHED:
        found["smoothing"] = _smoothing
    return found


def _naive(series: np.ndarray, ahead: int, season: int) -> np.ndarray:
    return np.resize(series[-season:], ahead)


def _theta(series: np.ndarray, ahead: int, season: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        has_seasons = len(series) >= SEASONS * season
        fitted = ThetaModel(series, period=season, deseasonalize=has_seasons, method="additive").fit()
        return np.asarray(fitted.forecast(ahead), dtype=np.float64)


def _smoothing(series: np.ndarray, ahead: int, season: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        has_seasons = len(series) >= SEASONS * season
        model = ExponentialSmoothing(
            series,
            trend="add",
            damped_trend=True,
            seasonal="add" if has_seasons else None,
            seasonal_periods=season if has_seasons else None,
            initialization_method="estimated",
        )
        return np.asarray(model.fit().forecast(ahead), dtype=np.float64)


def _money(amount: float) -> Decimal:
    return round_to(Decimal(str(amount)))
