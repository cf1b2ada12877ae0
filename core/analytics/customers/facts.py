"""What the mirror holds of customers, as the rules want it; sales over the counter are nobody's and left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.analytics.customers.rules.purchases import Numbers
from core.analytics.customers.scored import KNOWN, ONE_DAY
from core.analytics.mirror.mirror import Mirror
from core.base.exact import AMOUNT_PLACES
from core.security.actor import Actor
from core.security.permissions import P

_HISTORIES = f"""
WITH days AS (
    SELECT customer_id, day, sum(net) FILTER (WHERE kind = 0) AS sold, sum(net) AS kept,
        count(*) FILTER (WHERE kind = 0) AS orders
    FROM fact_order WHERE day < $1 AND {KNOWN} GROUP BY ALL
)
SELECT customer_id, count(*) FILTER (WHERE orders > 0) - 1 AS repeats,
    min(day) FILTER (WHERE orders > 0) AS first_day, max(day) FILTER (WHERE orders > 0) AS last_day,
    coalesce(sum(sold), 0)::DOUBLE AS sold, sum(kept)::DOUBLE AS kept,
    coalesce(arg_min(sold, day) FILTER (WHERE orders > 0), 0)::DOUBLE AS first_sold
FROM days GROUP BY customer_id HAVING count(*) FILTER (WHERE orders > 0) > 0 ORDER BY customer_id
"""  # noqa: S608 - our own words
_AFTER = """
SELECT customer_id, count(DISTINCT day) FILTER (WHERE kind = 0)::DOUBLE AS times, sum(net)::DOUBLE AS net
FROM fact_order WHERE day >= $1 AND day < $2 GROUP BY customer_id
"""
_NAMES = "SELECT id, name FROM dim_customer WHERE id IN (SELECT unnest($1::INTEGER[]))"


@dataclass(frozen=True)
class PastOfCustomers:
    """Each customer until a day: purchases after the first, weeks until the last and until that day, mean spent.

    Several orders on one day are one purchase. The mean is that of the purchases after the first, less the part
    that came back of all the customer bought; 0 where there is none.
    """

    customer: NDArray[np.int64]
    repeats: Numbers
    last: Numbers
    observed: Numbers
    mean: Numbers
    since: date | None

    @property
    def days(self) -> int:
        """Days from the first order to the end of the past."""
        return int(round(float(self.observed.max(initial=0)) * 7))


def past_of_customers(duck: duckdb.DuckDBPyConnection, until: date) -> PastOfCustomers:
    """What every customer did before a day; observed to the end of the day before."""
    found = duck.execute(_HISTORIES, [until]).fetchnumpy()
    end = np.datetime64(until - ONE_DAY, "D")
    first, last = (np.asarray(found[name], dtype="datetime64[D]") for name in ("first_day", "last_day"))
    repeats = _plain(found["repeats"])
    sold, kept = _plain(found["sold"]), _plain(found["kept"])
    share = np.divide(np.maximum(kept, 0), sold, out=np.zeros_like(sold), where=sold > 0)
    repeated = sold - _plain(found["first_sold"])
    mean = np.divide(repeated, repeats, out=np.zeros_like(sold), where=repeats > 0) * share
    return PastOfCustomers(
        customer=np.asarray(found["customer_id"], dtype=np.int64),
        repeats=repeats,
        last=(last - first).astype(np.float64) / 7,
        observed=(end - first).astype(np.float64) / 7,
        mean=mean,
        since=None if len(first) == 0 else first.min().astype(object),
    )


def bought_since(
    duck: duckdb.DuckDBPyConnection, customers: NDArray[np.int64], since: date, until: date
) -> tuple[Numbers, Numbers]:
    """Days with purchases and net money of these customers from a day on; zeros for who bought nothing."""
    found = duck.execute(_AFTER, [since, until]).fetchnumpy()
    times, net = np.zeros(len(customers)), np.zeros(len(customers))
    ids = np.asarray(found["customer_id"], dtype=np.int64)
    place = np.searchsorted(customers, ids)
    known = (place < len(customers)) & (customers[np.minimum(place, len(customers) - 1)] == ids)
    times[place[known]] = _plain(found["times"])[known]
    net[place[known]] = _plain(found["net"])[known]
    return times, net


def money_of(units: Any) -> Decimal:
    """Smallest units of money as the amount they stand for; figures of a model are rounded to them."""
    return Decimal(round(units or 0)).scaleb(-AMOUNT_PLACES)


def customer_names(mirror: Mirror, actor: Actor, ids: Sequence[int]) -> dict[int, str]:
    """What these customers are called; refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    with mirror.reading() as duck:
        return dict(duck.execute(_NAMES, [list(ids)]).fetchall())


def _plain(column: Any) -> Numbers:
    return np.asarray(column, dtype=np.float64)
