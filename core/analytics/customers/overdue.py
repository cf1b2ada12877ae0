"""Who is overdue, by how much, and the money at stake."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.analytics.customers.among import Among
from core.analytics.customers.daily import remembered_for_the_day
from core.analytics.customers.facts import money_of
from core.analytics.customers.rules.overdue import AT_RISK, FEWEST_DAYS, Clock, medians, pauses
from core.analytics.customers.scored import KNOWN
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor
from core.security.permissions import P

LOOKED_BACK = timedelta(days=730)
_RHYTHMS = f"""
WITH days AS (
    SELECT DISTINCT customer_id, day FROM fact_order WHERE kind = 0 AND day >= $1 AND day < $2 AND {KNOWN}
), gaps AS (
    SELECT customer_id, day, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM days
)
SELECT customer_id, max(day) AS last_day,
    CASE WHEN count(*) >= {FEWEST_DAYS} THEN median(gap) ELSE 'nan'::DOUBLE END::DOUBLE AS gap
FROM gaps GROUP BY customer_id ORDER BY customer_id
"""  # noqa: S608 - our own words
# Where two categories weigh the same, the one with the smaller number.
_MAIN_CATEGORY = """
SELECT customer_id, arg_max(top_id, (net, -top_id))::BIGINT AS category_id FROM (
    SELECT f.customer_id, coalesce(c.level_1, 0) AS top_id, sum(f.net) AS net
    FROM fact_sales f LEFT JOIN dim_category c ON c.id = f.category_id
    WHERE f.day >= $1 AND f.day < $2 AND f.kind = 0 GROUP BY ALL
) GROUP BY customer_id ORDER BY customer_id
"""
_AT_STAKE = """
SELECT f.customer_id, sum(f.net)::BIGINT AS net FROM fact_order f JOIN late l USING (customer_id)
WHERE f.day > l.last_day - 365 AND f.day >= $1 GROUP BY f.customer_id ORDER BY f.customer_id
"""
_TODAY = "SELECT DISTINCT customer_id FROM fact_order WHERE kind = 0 AND day = $1"
_NAMES = "SELECT id, code, name FROM dim_customer WHERE id IN (SELECT unnest($1::INTEGER[]))"


@dataclass(frozen=True)
class OverdueRow:
    """One customer: last order, usual pause and whose it is, how many pauses have passed, money at stake."""

    customer_id: int
    code: str
    name: str
    last_on: date
    pause: Decimal
    clock: Clock
    ratio: Decimal
    at_stake: Decimal


@dataclass(frozen=True)
class Overdue:
    """Who is at risk, the most money first; how many, and all money at stake; the usual pause of all."""

    rows: tuple[OverdueRow, ...]
    customers: int
    at_stake: Decimal
    with_rhythm: int
    usual_pause: Decimal | None


@dataclass(frozen=True)
class _MainCategories:
    customer: NDArray[np.int64]
    category: NDArray[np.int64]
    of_category: dict[int, float]
    of_all: float


def overdue(mirror: Mirror, actor: Actor, *, chosen: Among | None = None) -> Overdue:
    """The customers at risk by their own clock, of those who ordered in the last two years.

    Rhythms and money are those of yesterday's end; who orders today is left out at once. Refuses who may not
    analyse sales.
    """
    actor.require(P.SALES_ANALYSE)
    return overdue_of(mirror, chosen)


def overdue_of(mirror: Mirror, chosen: Among | None = None) -> Overdue:
    """The same, for those who asked for their own permission."""
    today = today_of(mirror)
    found = remembered_for_the_day(
        mirror, "overdue", lambda duck, day: _overdue(duck, day, _main_categories(duck, day))
    )
    ordered = mirror.remembered(
        ("ordered today", today), lambda duck: {row[0] for row in duck.execute(_TODAY, [today]).fetchall()}
    )
    rows = tuple(row for row in found.rows if row.customer_id not in ordered)
    if chosen is not None:
        kept = chosen.holds(np.array([row.customer_id for row in rows], dtype=np.int64))
        rows = tuple(row for row, is_kept in zip(rows, kept, strict=True) if is_kept)
    if len(rows) == len(found.rows):
        return found
    return replace(found, rows=rows, customers=len(rows), at_stake=sum((row.at_stake for row in rows), Decimal(0)))


def _main_categories(duck: duckdb.DuckDBPyConnection, today: date) -> _MainCategories:
    found = duck.execute(_MAIN_CATEGORY, [today - LOOKED_BACK, today]).fetchnumpy()
    customer, category = _whole(found["customer_id"]), _whole(found["category_id"])
    rhythm = duck.execute(_RHYTHMS, [today - LOOKED_BACK, today]).fetchnumpy()
    own = _looked_up(customer, category, _whole(rhythm["customer_id"]))
    return _MainCategories(customer, category, *medians(np.asarray(rhythm["gap"], dtype=np.float64), own))


def _overdue(duck: duckdb.DuckDBPyConnection, today: date, known: _MainCategories) -> Overdue:
    since = today - LOOKED_BACK
    found = duck.execute(_RHYTHMS, [since, today]).fetchnumpy()
    customer, own = _whole(found["customer_id"]), np.asarray(found["gap"], dtype=np.float64)
    last = np.asarray(found["last_day"], dtype="datetime64[D]")
    category = _looked_up(known.customer, known.category, customer)
    pause, clocks = pauses(own, category, known.of_category, known.of_all)
    passed = (np.datetime64(today, "D") - last).astype(np.float64)
    ratio = passed / pause
    late = np.flatnonzero(ratio >= AT_RISK)
    usual = float(np.median(own[~np.isnan(own)])) if (~np.isnan(own)).any() else None
    stakes = _stakes(duck, customer[late], last[late], since)
    names = {
        row[0]: (row[1], row[2]) for row in duck.execute(_NAMES, [[int(each) for each in customer[late]]]).fetchall()
    }
    rows = [
        OverdueRow(
            customer_id=int(customer[at]),
            code=names.get(int(customer[at]), ("", ""))[0],
            name=names.get(int(customer[at]), ("", ""))[1],
            last_on=last[at].astype(object),
            pause=_rounded(pause[at]),
            clock=clocks[at],
            ratio=_rounded(ratio[at]),
            at_stake=money_of(stakes.get(int(customer[at]), 0)),
        )
        for at in late
    ]
    rows.sort(key=lambda row: (-row.at_stake, row.customer_id))
    return Overdue(
        rows=tuple(rows),
        customers=len(rows),
        at_stake=sum((row.at_stake for row in rows), Decimal(0)),
        with_rhythm=int((~np.isnan(own)).sum()),
        usual_pause=None if usual is None else _rounded(usual),
    )


def _stakes(
    duck: duckdb.DuckDBPyConnection, customer: NDArray[np.int64], last: NDArray[Any], since: date
) -> dict[int, int]:
    """What each of these customers bought in the year before the last order, less what came back."""
    duck.register("late_arriving", {"customer_id": customer, "last_day": last.astype("datetime64[s]")})
    try:
        duck.execute(
            "CREATE OR REPLACE TEMP TABLE late AS "
            "SELECT customer_id::INTEGER AS customer_id, last_day::DATE AS last_day FROM late_arriving"
        )
        found = duck.execute(_AT_STAKE, [since - timedelta(days=365)]).fetchall()
        duck.execute("DROP TABLE late")
    finally:
        duck.unregister("late_arriving")
    return dict(found)


def _looked_up(keys: NDArray[np.int64], found: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """What stands beside each wanted key; 0 where the key is not there."""
    if len(keys) == 0:
        return np.zeros(len(wanted), dtype=np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    result: NDArray[np.int64] = np.where(keys[place] == wanted, found[place], 0)
    return result


def _whole(column: Any) -> NDArray[np.int64]:
    return np.asarray(column, dtype=np.int64)


def _rounded(number: Any) -> Decimal:
    return Decimal(repr(round(float(number), 1)))
