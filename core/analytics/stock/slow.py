"""What does not sell: goods that nobody bought for long, goods that last for too long, and what keeping them costs."""
# ruff: noqa: S608 - composed of our own names alone

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import duckdb

from core.analytics.layer.answer import today_of
from core.analytics.mirror.codes import Flow
from core.analytics.mirror.mirror import Mirror
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_to
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P

YEAR = 365


class Pace(StrEnum):
    """How goods move."""

    DEAD = "dead"
    SLOW = "slow"


PACE_LABELS = {Pace.DEAD: N_("Nothing shipped"), Pace.SLOW: N_("Lasts too long")}


@dataclass(frozen=True)
class SlowRow:
    """A product that does not move, or hardly.

    `last_on` is when it was last shipped within a year, `shipped` how much was in the days looked at, and
    `lasts` for how many days it lasts at that pace. `cost_to_date` is what keeping it has cost since it was last
    shipped or received, a year at most.
    """

    product_id: int
    name: str
    pace: Pace
    on_hand: Decimal
    value: Decimal
    shipped: Decimal
    last_on: date | None
    lasts: int | None
    idle_days: int
    cost_to_date: Decimal


@dataclass(frozen=True)
class SlowStock:
    """Dead and slow goods, the most costly first, and the yearly rate that keeping them is taken to cost."""

    rows: tuple[SlowRow, ...]
    rate: Decimal
    on: date
    as_of: datetime


# $1 is the day, $2 how many days are looked back, $3 for how many days goods may last. Value is kept by days:
# what is there now for all days since, less what came since for the days before it came.
_SLOW = f"""
WITH here AS (
    SELECT product_id, sum(quantity)::HUGEINT AS q FROM level_stock GROUP BY ALL HAVING sum(quantity) > 0
), worth AS (
    SELECT product_id, sum(amount)::HUGEINT AS v FROM level_value GROUP BY ALL
), moved AS (
    SELECT product_id,
        coalesce(sum(CASE WHEN target_warehouse_id = 0 THEN quantity ELSE -quantity END)
            FILTER (WHERE flow <> {Flow.RECEIVED:d} AND day > $1::DATE - $2::INTEGER), 0)::HUGEINT AS shipped,
        max(day) FILTER (WHERE flow = {Flow.SOLD:d} AND target_warehouse_id = 0) AS last_on,
        max(day) FILTER (WHERE flow = {Flow.RECEIVED:d} AND target_warehouse_id <> 0) AS came_on
    FROM fact_move
    WHERE day > $1::DATE - {YEAR} AND day <= $1 AND flow IN ({Flow.SOLD:d}, {Flow.RETURNED:d}, {Flow.RECEIVED:d})
    GROUP BY ALL
), slow AS (
    SELECT h.product_id, h.q, coalesce(w.v, 0) AS v, coalesce(m.shipped, 0) AS shipped, m.last_on,
        coalesce(greatest(m.last_on, m.came_on), $1::DATE - {YEAR}) AS since
    FROM here h LEFT JOIN worth w USING (product_id) LEFT JOIN moved m USING (product_id)
    WHERE coalesce(m.shipped, 0) <= 0 OR h.q * $2 > m.shipped * $3
), kept AS (
    SELECT s.product_id, sum(f.delta * least(f.day - s.since - 1, $1::DATE - s.since)) AS before
    FROM value_flows f JOIN slow s ON s.product_id = f.product_id AND f.day > s.since
    WHERE f.day > $1::DATE - {YEAR} GROUP BY ALL
)
SELECT s.product_id, coalesce(p.name, ''), s.q::BIGINT, s.v::BIGINT, s.shipped::BIGINT, s.last_on,
    CASE WHEN s.shipped > 0 THEN (s.q * $2 // s.shipped)::BIGINT END, ($1::DATE - s.since)::INTEGER,
    (s.v * ($1::DATE - s.since) - coalesce(k.before, 0))::HUGEINT::VARCHAR
FROM slow s LEFT JOIN kept k USING (product_id) LEFT JOIN dim_product p ON p.id = s.product_id
"""


def slow_stock(mirror: Mirror, actor: Actor, *, days: int = 180, lasting: int = 365) -> SlowStock:
    """Goods in stock of which nothing was shipped for so many days, or which last longer than so many at that pace.

    Shipped is net of what came back. Keeping goods costs the company's yearly rate of their value, day by
    day since they were last shipped or received, a year at most.
    """
    actor.require(P.SALES_ANALYSE)
    return slow_goods(mirror, actor, days=days, lasting=lasting)


def slow_goods(mirror: Mirror, actor: Actor, *, days: int = 180, lasting: int = 365) -> SlowStock:
    """The same, for who may see costs and need not analyse sales."""
    actor.require(P.COST_READ)
    today = today_of(mirror)
    rate = mirror.store.settings.carrying_cost_rate

    def asked(duck: duckdb.DuckDBPyConnection) -> SlowStock:
        as_of = mirror.as_of
        rows = [_row(rate, *row) for row in duck.execute(_SLOW, [today, days, lasting]).fetchall()]
        rows.sort(key=lambda row: (-row.cost_to_date, -row.value, row.product_id))
        return SlowStock(tuple(rows), rate, today, as_of)

    return mirror.remembered_a_while(("slow", today, days, lasting, rate), asked)


def _row(
    rate: Decimal,
    product_id: int,
    name: str,
    quantity: int,
    value: int,
    shipped: int,
    last_on: date | None,
    lasts: int | None,
    idle: int,
    daily: str,
) -> SlowRow:
    return SlowRow(
        product_id=product_id,
        name=name,
        pace=Pace.DEAD if shipped <= 0 else Pace.SLOW,
        on_hand=Decimal(quantity).scaleb(-QUANTITY_PLACES),
        value=round_to(Decimal(value).scaleb(-PRICE_PLACES)),
        shipped=Decimal(shipped).scaleb(-QUANTITY_PLACES),
        last_on=last_on,
        lasts=lasts,
        idle_days=idle,
        cost_to_date=round_to(Decimal(daily).scaleb(-PRICE_PLACES) * rate / YEAR),
    )
