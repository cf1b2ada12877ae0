"""How much customers spend each time: the Gamma-Gamma model of Fader and Hardie (2013).

Amounts vary about each customer's own mean; the means differ from customer to customer. Its one assumption, that
how much does not hang together with how often, is measured and shown (`relation`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.special import gammaln, psi  # type: ignore[import-untyped]

from core.analytics.customers.rules.errors import NoFit, OnlyOnce, TooFewRepeaters
from core.analytics.customers.rules.purchases import FEWEST_REPEATERS, Numbers, Square, covariance_of

_LOWEST, _HIGHEST = -7.0, 12.0
_STEEP = 1e-3


@dataclass(frozen=True)
class Spending:
    """The fitted model: its parameters, how well it fits, the covariance of their logarithms."""

    p: float
    q: float
    gamma: float
    log_likelihood: float
    covariance: Square
    relation: float
    """The correlation of how often and how much: near 0 where the model may be used."""

    @property
    def parameters(self) -> Numbers:
        """p, q, γ."""
        return np.array([self.p, self.q, self.gamma])


def fit(times: Numbers, mean: Numbers) -> Spending:
    """The parameters under which these mean amounts of so many purchases are most likely; both above zero.

    Refuses data that cannot tell, and `NoFit` where the mean over all customers would be without bounds.
    """
    if len(times) == 0:
        raise OnlyOnce
    if len(times) < FEWEST_REPEATERS:
        raise TooFewRepeaters(found=len(times), needed=FEWEST_REPEATERS)
    unit = float(mean.mean())
    scaled = mean / unit
    best = minimize(
        lambda logs: tuple(-each / len(times) for each in _likelihood(logs, times, scaled)),
        np.log(np.array([2.0, 4.0, 2.0])),
        jac=True,
        method="L-BFGS-B",
        bounds=[(_LOWEST, _HIGHEST)] * 3,
        options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9},
    )
    value, slope = _likelihood(best.x, times, scaled)
    inside = (best.x > _LOWEST + _STEEP) & (best.x < _HIGHEST - _STEEP)
    p, q, gamma = (float(each) for each in np.exp(best.x))
    if not np.isfinite(value) or np.any(np.abs(slope[inside]) / len(times) > _STEEP) or q <= 1:
        raise NoFit
    covariance = covariance_of(lambda logs: _likelihood(logs, times, scaled)[1], best.x, inside)
    varies = times.std() > 0 and mean.std() > 0
    relation = float(np.corrcoef(times, mean)[0, 1]) if varies else 0.0
    return Spending(p, q, gamma * unit, float(value - len(times) * np.log(unit)), covariance, relation)


def expected_amount(parameters: Numbers, times: Numbers, mean: Numbers) -> Numbers:
    """What each customer is expected to spend at a time: the own mean drawn towards that of all."""
    p, q, gamma = (float(each) for each in parameters)
    found: Numbers = p * (gamma + mean * times) / (p * times + q - 1)
    return found


def _likelihood(logs: Numbers, times: Numbers, mean: Numbers) -> tuple[float, Numbers]:
    """The log-likelihood and its slope by the logarithms of p, q and γ."""
    p, q, gamma = np.exp(logs)
    shape, total = p * times, mean * times
    away = np.log(gamma + total)
    value = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma)
    value = value + (shape - 1) * np.log(mean) + shape * np.log(times) - (shape + q) * away
    both = psi(shape + q)
    slope = np.array(
        [
            np.sum(times * (both - psi(shape) + np.log(total) - away)),
            np.sum(both - psi(q) + np.log(gamma) - away),
            np.sum(q / gamma - (shape + q) / (gamma + total)),
        ]
    )
    return float(value.sum()), slope * np.array([p, q, gamma])
