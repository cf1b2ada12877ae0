"""How much to order of what runs out: up to a level that lasts until the next look, with what luck takes."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal
from math import sqrt
from statistics import NormalDist, fmean, pstdev

import numpy as np

from core.analytics.findings.rules import LEAD_DAYS
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.classes import cells_of
from core.base.exact import QUANTITY_PLACES, ZERO, allocate, round_to
from core.security.permissions import P
from core.stock.counts.models import AbcClass
from core.stock.cover.models import XyzClass
from core.stock.cover.policies import Cell, class_policies
from core.stock.ledger import Line
from core.work.store import View

INTERMITTENT = 1.32
"""Goods sell on most days where fewer days than this go by from one sale to the next, on average."""
DRAWS = 4_000
LEARNT_DAYS = 90
"""So many days before this one tell how fast goods sell, and how unevenly."""
_SOLD_BY_DAY = """
SELECT variant_id, day, sum(quantity)::BIGINT FROM fact_sales WHERE product_id = $1 AND day >= $2 AND day < $3
GROUP BY ALL ORDER BY ALL
"""
_UNKNOWN: Cell = (AbcClass.C, XyzClass.Z)


@dataclass(frozen=True)
class Level:
    """Up to how much to order: what sells until the next look's order is here, and what is kept against bad luck."""

    pace: Decimal
    days: int
    whole: Decimal

    @property
    def safety(self) -> Decimal:
        """What is kept against bad luck."""
        return max(self.whole - self.pace * self.days, ZERO)


@dataclass(frozen=True)
class Order:
    """What to order of a product by variant, up to which level, and the policy of its class."""

    lines: list[Line]
    level: Level
    service_level: Decimal
    review_days: int

    @property
    def quantity(self) -> Decimal:
        """All of it."""
        return sum((line.quantity for line in self.lines), ZERO)


def level_of(sold: list[Decimal], lead_days: int, review_days: int, service_level: Decimal) -> Level:
    """The level of periodic review over lead and review days, L + R, from what sold on each day.

    Goods that sell on most days: d·(L + R) + z·σ·√(L + R), z being how many standard deviations of a normal
    distribution lie below the service level. Others: what L + R days drawn at random from those there were sell in
    so many cases as the service level says. Lead times are taken to be certain; nothing is known of how they vary.
    """
    days = lead_days + review_days
    figures = [max(float(each), 0.0) for each in sold]
    pace = fmean(figures) if figures else 0.0
    if sum(each > 0 for each in figures) * INTERMITTENT > len(figures):
        safety = NormalDist().inv_cdf(float(service_level)) * pstdev(figures) * sqrt(days)
    elif figures:
        drawn = np.random.default_rng(days).choice(np.array(figures), (DRAWS, days)).sum(axis=1)
        safety = float(np.quantile(drawn, float(service_level), method="inverted_cdf")) - pace * days
    else:
        safety = 0.0
    safety = max(safety, 0.0)
    whole = Decimal(str(pace * days + safety))
    return Level(round_to(Decimal(str(pace)), QUANTITY_PLACES), days, round_to(whole, QUANTITY_PLACES))


def to_order(mirror: Mirror, view: View, product_id: int, available: Decimal) -> Order:
    """What to order of a product of which so much is available, in whole pieces, by variant as they sold."""
    view.actor.require(P.STOCK_MOVE)
    today = today_of(mirror)
    since = today - timedelta(days=LEARNT_DAYS)
    with mirror.reading() as duck:
        rows = duck.execute(_SOLD_BY_DAY, [product_id, since, today]).fetchall()
    by_day: dict[object, Decimal] = {}
    by_variant: dict[int, Decimal] = {}
    for variant_id, day, units in rows:
        count = Decimal(units).scaleb(-QUANTITY_PLACES)
        by_day[day] = by_day.get(day, ZERO) + count
        by_variant[variant_id] = by_variant.get(variant_id, ZERO) + count
    policy = class_policies(view)[cells_of(mirror).get(product_id, _UNKNOWN)]
    sold = [*by_day.values(), *([ZERO] * (LEARNT_DAYS - len(by_day)))]
    level = level_of(sold, LEAD_DAYS, policy.review_days, policy.service_level)
    wanted = max(level.whole - max(available, ZERO), ZERO).quantize(Decimal(1), ROUND_CEILING)
    weights = {variant_id: count for variant_id, count in by_variant.items() if count > 0}
    parts = allocate(wanted, list(weights.values()), 0) if weights else []
    lines = [Line(variant_id, part) for variant_id, part in zip(weights, parts, strict=True) if part]
    return Order(lines, level, policy.service_level, policy.review_days)
