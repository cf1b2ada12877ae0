"""Answers that cost seconds: worked out from what was known at the end of yesterday, and kept for the day.

A new order of today does not begin them anew, a change of an earlier day does.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import duckdb

from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror

T = TypeVar("T")
_KEPT = 40
_lock = threading.Lock()
_known: "WeakKeyDictionary[Mirror, OrderedDict[Hashable, Any]]" = WeakKeyDictionary()
# What customers did before today and on which days, from aggregates that stay small however long the history is.
_BEFORE = """
WITH today AS (
    SELECT customer_id, sum(net) AS net, count(*) AS documents FROM fact_order WHERE day >= $1 GROUP BY customer_id
)
SELECT count(*), bit_xor(hash(a.customer_id, a.net - coalesce(t.net, 0), a.fact_rows - coalesce(t.documents, 0))),
    (SELECT sum(fact_rows * (day - DATE '2000-01-01'))::VARCHAR FROM agg_day WHERE day < $1)
FROM agg_customer a LEFT JOIN today t USING (customer_id) WHERE a.fact_rows > coalesce(t.documents, 0)
"""


def remembered_for_the_day(
    mirror: Mirror, question: Hashable, ask: Callable[[duckdb.DuckDBPyConnection, date], T]
) -> T:
    """The answer from all that lies before today; asked again on another day or when an earlier day has changed."""
    today = today_of(mirror)
    past = mirror.remembered_a_while(("before", today), lambda duck: duck.execute(_BEFORE, [today]).fetchall()[0])
    key = (mirror.generation, today, past, question)
    with _lock:
        answers = _known.setdefault(mirror, OrderedDict())
        if key in answers:
            answers.move_to_end(key)
            known: T = answers[key]
            return known
    with mirror.reading() as duck:
        found = ask(duck, today)
    with _lock:
        answers[key] = found
        while len(answers) > _KEPT:
            answers.popitem(last=False)
    return found
