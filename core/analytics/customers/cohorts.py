"""Cohorts by the month of the first order, repeat rate, who came, stayed and went, and concentration."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import numpy as np

from core.analytics.customers.among import Among, narrowed
from core.analytics.customers.facts import money_of
from core.analytics.customers.rules.concentration import Concentration, concentration
from core.analytics.customers.scored import KNOWN, window_of
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P

MONTHS = 13
COHORTS = N_(
    "Customers by the month of their first order. A cell says how many of them ordered again so many months later, "
    "and what they bought net of returns. The running month is not over: its cells are marked."
)
REPEAT_RATE = N_(
    "Customers who ordered on at least two days of the last 12 months ÷ customers who ordered in them. "
    "Nothing without customers."
)
MOVED = N_(
    "New: first order in the last 12 months. Kept: ordered in them and in the 12 months before. Back: ordered in them "
    "and earlier than the 12 months before, not in between. Gone: ordered in the 12 months before, not since."
)
CONCENTRATION = N_(
    "Net sales of the last 12 months by customer, the largest first; customers who returned as much as they bought "
    "are left out. Gini: 0 all buy the same, 1 one buys all. Herfindahl: sum of squared shares, in ten-thousandths."
)
_COHORTS = f"""
WITH cohort AS (
    SELECT customer_id, date_trunc('month', first_day)::DATE AS cohort FROM agg_customer
    WHERE first_day >= $1 AND first_day < $2 AND {KNOWN}
), months AS (
    SELECT customer_id, month, sum(orders) AS orders, sum(net) AS net
    FROM agg_customer_month WHERE month >= $1 AND month < $2 GROUP BY ALL
)
SELECT cohort, date_diff('month', cohort, month) AS later, count(*) FILTER (WHERE orders > 0), sum(net)::BIGINT
FROM cohort JOIN months USING (customer_id) GROUP BY ALL
UNION ALL SELECT cohort, -1, count(*), 0 FROM cohort GROUP BY ALL
"""  # noqa: S608 - our own words
_REPEATED = f"""
SELECT count(*) FILTER (WHERE days > 1), count(*) FROM (
    SELECT count(DISTINCT day) AS days FROM fact_order
    WHERE kind = 0 AND day >= $1 AND day < $2 AND {KNOWN} GROUP BY customer_id
)
"""  # noqa: S608 - our own words
_MOVED = f"""
WITH bought AS (
    SELECT customer_id, sum(orders) FILTER (WHERE day >= $2) AS now, sum(orders) FILTER (WHERE day < $2) AS before,
        sum(net) FILTER (WHERE day >= $2) AS net, sum(net) FILTER (WHERE day < $2) AS net_before
    FROM fact_order WHERE day >= $1 AND day < $3 AND {KNOWN} GROUP BY customer_id
)
SELECT CASE WHEN now > 0 AND a.first_day >= $2 THEN 'new' WHEN now > 0 AND before > 0 THEN 'kept'
        WHEN now > 0 THEN 'back' ELSE 'gone' END AS moved,
    count(*), coalesce(sum(b.net), 0)::BIGINT, coalesce(sum(b.net_before), 0)::BIGINT
FROM bought b JOIN agg_customer a USING (customer_id) WHERE now > 0 OR before > 0 GROUP BY moved
"""  # noqa: S608 - our own words
_NET = f"""
SELECT sum(net)::BIGINT AS net FROM fact_order WHERE day >= $1 AND day < $2 AND {KNOWN} GROUP BY customer_id
"""  # noqa: S608 - our own words


@dataclass(frozen=True)
class CohortCell:
    """What a cohort did so many months after its first: who ordered, net sales, whether the month still runs."""

    later: int
    customers: int
    net: Decimal
    is_incomplete: bool


@dataclass(frozen=True)
class CohortRow:
    """The customers whose first order was in a month."""

    month: date
    customers: int
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True)
class Repeated:
    """How many customers of the last 12 months ordered on two days or more."""

    repeaters: int
    customers: int

    @property
    def rate(self) -> Decimal | None:
        """The share of them; None without customers."""
        return Decimal(self.repeaters) / self.customers if self.customers else None


@dataclass(frozen=True)
class Moved:
    """Customers of one kind, with their net sales in the last 12 months and in the 12 before."""

    kind: str
    customers: int
    net: Decimal
    net_before: Decimal


KINDS = {"new": N_("New customers"), "kept": N_("Kept"), "back": N_("Back"), "gone": N_("Gone")}


def cohorts(
    mirror: Mirror, actor: Actor, months: int = MONTHS, *, chosen: Among | None = None
) -> tuple[CohortRow, ...]:
    """The cohorts of the last months, the oldest first. Refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    today = today_of(mirror)
    return mirror.remembered_a_while(
        ("cohorts", today, months, chosen), lambda duck: _cohorts(duck, today, months, chosen)
    )


def repeated(mirror: Mirror, actor: Actor, *, chosen: Among | None = None) -> Repeated:
    """Who came back within the last 12 months. Refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    window = window_of(today_of(mirror))
    found = mirror.remembered_a_while(
        ("repeated", window, chosen),
        lambda duck: duck.execute(narrowed(duck, _REPEATED, chosen), list(window)).fetchall()[0],
    )
    return Repeated(*found)


def moved(mirror: Mirror, actor: Actor, *, chosen: Among | None = None) -> tuple[Moved, ...]:
    """Who is new, kept, back and gone. Refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    since, until = window_of(today_of(mirror))
    days = [since - (until - since), since, until]
    rows = mirror.remembered_a_while(
        ("moved", *days, chosen), lambda duck: duck.execute(narrowed(duck, _MOVED, chosen), days).fetchall()
    )
    found = {row[0]: row for row in rows}
    return tuple(
        Moved(kind, count, money_of(net), money_of(before))
        for kind, count, net, before in (found.get(kind, (kind, 0, 0, 0)) for kind in KINDS)
    )


def concentrated(mirror: Mirror, actor: Actor, *, chosen: Among | None = None) -> Concentration | None:
    """How the sales of the last 12 months spread over customers; None where nobody bought.

    Refuses who may not analyse sales.
    """
    actor.require(P.SALES_ANALYSE)
    window = window_of(today_of(mirror))

    def asked(duck: duckdb.DuckDBPyConnection) -> Concentration | None:
        found = duck.execute(narrowed(duck, _NET, chosen), list(window)).fetchnumpy()
        return concentration(np.asarray(found["net"], dtype=np.int64))

    return mirror.remembered_a_while(("concentrated", window, chosen), asked)


def _cohorts(duck: duckdb.DuckDBPyConnection, today: date, months: int, chosen: Among | None) -> tuple[CohortRow, ...]:
    this_month = today.replace(day=1)
    starts = [this_month]
    while len(starts) < months:
        starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
    starts.reverse()
    until = (this_month + timedelta(days=32)).replace(day=1)
    found = {
        (cohort, later): (customers, net)
        for cohort, later, customers, net in duck.execute(
            narrowed(duck, _COHORTS, chosen), [starts[0], until]
        ).fetchall()
    }
    rows = []
    for number, month in enumerate(starts):
        if (month, -1) in found:
            cells = tuple(
                CohortCell(later, customers, money_of(net), is_incomplete=later == months - 1 - number)
                for later in range(months - number)
                for customers, net in [found.get((month, later), (0, 0))]
            )
            rows.append(CohortRow(month, found[month, -1][0], cells))
    return tuple(rows)
