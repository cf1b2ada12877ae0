"""How many rows of facts figures are counted from."""

import duckdb

from core.analytics.layer.terms import Measure
from core.analytics.mirror.mirror import Mirror

_ROWS = """
SELECT (SELECT count(*) FROM fact_sales), (SELECT count(*) FROM fact_move) + (SELECT count(*) FROM fact_entry),
    (SELECT count(*) FROM fact_collected)
"""
# Goods due to leave are lines of orders, too.
_PLACES = {"sales": 0, "due": 0, "stock": 1, "money": 2}


def rows_of(mirror: Mirror, measure: Measure) -> int:
    """All rows of the facts that a measure is kept from, whatever a question leaves out."""
    counted = mirror.remembered("rows", _counted)
    return sum(counted[place] for place in {_PLACES[family.name] for family in measure.families})


def _counted(duck: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    return tuple(duck.execute(_ROWS).fetchall()[0])
