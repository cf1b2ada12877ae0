"""Scores and segments of all customers in one statement, and the mirror's own table of them.

Knows no mirror, so that the mirror can have its customers divided.
"""

from datetime import date, timedelta

import duckdb

from core.analytics.customers.rules.segments import HIGH, NEW_DAYS, RULE_OF, Segment
from core.customers.rules import walk_in_code

WINDOW_DAYS = 365
ONE_DAY = timedelta(days=1)
_WALK_IN = walk_in_code(0).removesuffix("0")

KNOWN = f"""
customer_id NOT IN (
    SELECT c.id FROM dim_customer c JOIN dim_channel h ON c.code = '{_WALK_IN}' || h.id
)
"""  # noqa: S608 - our own words

# One row for each customer who ever ordered; scores are empty for who ordered nothing in the window.
SCORED = f"""
WITH bought AS (
    SELECT customer_id, max(day) FILTER (WHERE kind = 0) AS last_day, sum(orders) AS orders, sum(net) AS net
    FROM fact_order WHERE day >= $1 AND day < $2 AND {KNOWN} GROUP BY customer_id HAVING sum(orders) > 0
), scored AS (
    SELECT customer_id, last_day, orders, net,
        1 + 5 * (rank() OVER (ORDER BY last_day) - 1) // count(*) OVER () AS recency,
        1 + 5 * (rank() OVER (ORDER BY orders) - 1) // count(*) OVER () AS frequency,
        1 + 5 * (rank() OVER (ORDER BY net) - 1) // count(*) OVER () AS money
    FROM bought
)
SELECT a.customer_id, s.recency, s.frequency, s.money, coalesce(s.orders, 0)::BIGINT AS orders,
    coalesce(s.net, 0)::BIGINT AS net, coalesce(s.last_day, a.last_day) AS last_day, a.first_day,
    CASE WHEN s.customer_id IS NULL THEN '{Segment.LOST}'
        WHEN a.first_day >= $3 AND a.last_day = a.first_day THEN '{Segment.NEW}'
        WHEN recency >= {HIGH} AND frequency >= {HIGH} AND money >= {HIGH} THEN '{Segment.CHAMPION}'
        WHEN recency >= {HIGH} AND money >= {HIGH} THEN '{Segment.DEVELOP}'
        WHEN frequency >= {HIGH} AND money >= {HIGH} THEN '{Segment.KEEP}'
        WHEN money >= {HIGH} THEN '{Segment.WIN_BACK}'
        WHEN recency >= {HIGH} AND frequency >= {HIGH} THEN '{Segment.REGULAR}'
        WHEN recency >= {HIGH} THEN '{Segment.OCCASIONAL}'
        WHEN frequency >= {HIGH} THEN '{Segment.FADING}'
        ELSE '{Segment.ASLEEP}' END AS segment
FROM agg_customer a LEFT JOIN scored s USING (customer_id)
WHERE a.first_day < $2 AND a.{KNOWN.strip()}
"""  # noqa: S608 - our own words
NUMBER_OF = {segment: number for number, segment in enumerate(Segment, 1)}
_NAMED = "INSERT INTO dim_segment_name VALUES ($1, $2)"


def window_of(today: date) -> tuple[date, date]:
    """The twelve months to the end of today: first day, and the day after the last."""
    return today + ONE_DAY - timedelta(days=WINDOW_DAYS), today + ONE_DAY


def parameters_of(today: date) -> list[date]:
    """What `SCORED` asks for: the window, and from when on a first order makes a customer new."""
    since, until = window_of(today)
    return [since, until, until - timedelta(days=NEW_DAYS)]


def divide(duck: duckdb.DuckDBPyConnection, today: date) -> None:
    """Write segment, scores and month of the first order of every customer into the mirror, for all questions."""
    duck.execute("DELETE FROM dim_segment")
    numbers = " ".join(f"WHEN '{segment}' THEN {number}" for segment, number in NUMBER_OF.items())
    duck.execute(
        f"""
        INSERT INTO dim_segment BY NAME
        SELECT customer_id, (year(first_day) * 100 + month(first_day))::INTEGER AS cohort,
            (CASE segment {numbers} END)::SMALLINT AS segment, coalesce(recency, 0)::SMALLINT AS recency,
            coalesce(frequency, 0)::SMALLINT AS frequency
        FROM ({SCORED}) ORDER BY customer_id
        """,  # noqa: S608 - our own words
        parameters_of(today),
    )
    duck.execute("DELETE FROM dim_segment_name")
    for segment, number in NUMBER_OF.items():
        duck.execute(_NAMED, [number, RULE_OF[segment].name])
