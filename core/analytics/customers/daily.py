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
_BEFORE = """
SELECT count(*), coalesce(sum(net), 0)::VARCHAR, coalesce(bit_xor(hash(kind, document_id, customer_id, day, net)), 0)
FROM fact_order WHERE day < $1
"""


def remembered_for_the_day(
    mirror: Mirror, question: Hashable, ask: Callable[[duckdb.DuckDBPyConnection, date], T]
) -> T:
    """The answer from all that lies before today; asked again on another day or when an earlier day has changed."""
    today = today_of(mirror)
    past = mirror.remembered(("before", today), lambda duck: duck.execute(_BEFORE, [today]).fetchall()[0])
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
