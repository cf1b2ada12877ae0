"""Applying changed moves and entries of cost to the stock facts, their aggregates and levels."""
# ruff: noqa: S608 - composed of our own names alone

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from core.analytics.mirror import stage_stock
from core.analytics.mirror.codes import Cause
from core.analytics.mirror.shelves import follow_shelves
from core.analytics.mirror.source import Snapshot
from core.analytics.mirror.stage import bring, scalar
from core.analytics.mirror.streams import Range
from core.analytics.mirror.touched import touch

# Entities of the change feed that the stock facts follow: how their ids are told apart, and their entries.
_CAUSES = {
    "stock_move": (Cause.MOVE, "src_entry"),
    "cost_adjustment_line": (Cause.ADJUSTMENT, "src_entry_adjusted"),
    "cost_method": (Cause.METHOD, "src_entry_method"),
}
_COSTED = """
CREATE OR REPLACE TEMP TABLE costed AS
SELECT DISTINCT (origin - 1)::SMALLINT AS kind, document_id FROM (
    SELECT origin, document_id FROM move_delta WHERE origin BETWEEN 1 AND 2
    UNION ALL SELECT origin, document_id FROM entry_delta WHERE origin BETWEEN 1 AND 2
)
"""
_ARRIVED = "SELECT (SELECT count(*) FROM src_move) + " + " + ".join(
    f"(SELECT count(*) FROM {stream})" for _, stream in _CAUSES.values()
)


@dataclass(frozen=True)
class _Fact:
    """A fact table: what it is staged as, its key, and where its touched rows are."""

    table: str
    staged: str
    key: str
    delta: str
    where: str

    @property
    def known(self) -> str:
        """How many rows are touched."""
        return f"SELECT count(*) FROM {self.table} WHERE {self.where}"


_MOVES = _Fact(
    "fact_move",
    "staged_moves",
    "move_id",
    "move_delta",
    f"move_id BETWEEN $1 AND $2 AND move_id IN (SELECT id FROM touched WHERE kind = {Cause.MOVE:d})",
)
_ENTRIES = _Fact(
    "fact_entry",
    "staged_entries",
    "entry_id",
    "entry_delta",
    "cause_id BETWEEN $1 AND $2 AND (cause, cause_id) IN (SELECT kind, id FROM touched)",
)


def apply_stock(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, changes: Mapping[str, list[Range]]) -> bool:
    """Bring moves and entries to what the snapshot sees; whether anything changed.

    If so, `costed` holds the documents (kind, document_id) of which `document_costs` may say something new.
    """
    touched = []
    for entity, (cause, stream) in _CAUSES.items():
        bring(duck, snapshot, stream, changes.get(entity, []))
        if changes.get(entity):
            touched.append((int(cause), changes[entity]))
    if not touched:
        return False
    bring(duck, snapshot, "src_move", changes.get("stock_move", []))
    span = touch(duck, touched)
    if not scalar(duck, _ARRIVED) and not any(scalar(duck, fact.known, span) for fact in (_MOVES, _ENTRIES)):
        return False  # goods were promised and nothing moved
    bring(duck, snapshot, "src_location")
    duck.execute("DELETE FROM dim_location")
    for statement in (
        stage_stock.ADD_LOCATIONS,
        stage_stock.STAGED_FLOWS,
        stage_stock.STAGED_MOVES,
        stage_stock.STAGED_ENTRIES,
    ):
        duck.execute(statement)
    found = [_replace(duck, fact, span) for fact in (_MOVES, _ENTRIES)]
    if not any(found):
        return False
    for statement in (*stage_stock.ADD_AGGREGATES, _COSTED):
        duck.execute(statement)
    follow_shelves(duck)
    return True


def _replace(duck: duckdb.DuckDBPyConnection, fact: _Fact, span: list[int]) -> bool:
    """Put the staged rows of a fact in the place of the touched ones; the difference is left as its delta."""
    came, gone, old = f"came_{fact.table}", f"gone_{fact.table}", f"old_{fact.table}"
    columns = f"SELECT {', '.join(_columns(duck, fact.table))} FROM "
    for statement in (
        f"CREATE OR REPLACE TEMP TABLE {old} AS {columns} {fact.table} WHERE {fact.where}",
        f"CREATE OR REPLACE TEMP TABLE {came} AS {columns} {fact.staged}",
    ):
        duck.execute(statement, span if "$1" in statement else None)
    if scalar(duck, f"SELECT count(*) FROM {old}"):
        duck.execute(f"CREATE OR REPLACE TEMP TABLE {gone} AS FROM {old} EXCEPT ALL FROM {came}")
        duck.execute(f"CREATE OR REPLACE TEMP TABLE {came} AS FROM {came} EXCEPT ALL FROM {old}")
        duck.execute(
            f"DELETE FROM {fact.table} WHERE {fact.where} AND {fact.key} IN (SELECT {fact.key} FROM {gone})",
            span,
        )
    else:
        duck.execute(f"CREATE OR REPLACE TEMP TABLE {gone} AS FROM {old}")
    duck.execute(f"INSERT INTO {fact.table} FROM {came} ORDER BY {fact.key}")
    duck.execute(
        f"CREATE OR REPLACE TEMP VIEW {fact.delta} AS SELECT 1 AS sign, * FROM {came} "
        f"UNION ALL SELECT -1 AS sign, * FROM {gone}"
    )
    return bool(scalar(duck, f"SELECT (SELECT count(*) FROM {came}) + (SELECT count(*) FROM {gone})"))


def _columns(duck: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    found = duck.execute(f"SELECT * FROM {table} LIMIT 0").description
    return [name for name, *_ in found or ()]
