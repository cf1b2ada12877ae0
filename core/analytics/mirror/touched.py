"""Telling the mirror which rows of the store are touched."""

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]

from core.analytics.mirror.streams import Range


def touch(duck: duckdb.DuckDBPyConnection, touched: list[tuple[int, list[Range]]]) -> list[int]:
    """Make the ids of these ranges known as `touched`; the lowest and the highest, for the zone maps."""
    rows = [(kind, first, last) for kind, ranges in touched for first, last in ranges]
    columns = pa.table(
        {name: pa.array([row[i] for row in rows], pa.int64()) for i, name in enumerate(("kind", "first", "last"))}
    )
    duck.register("ranges", columns)
    duck.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT kind::SMALLINT AS kind, unnest(range(first, last + 1)) AS id "
        "FROM ranges"
    )
    duck.unregister("ranges")
    return [min(row[1] for row in rows), max(row[2] for row in rows)]
