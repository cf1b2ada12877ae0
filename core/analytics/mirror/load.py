"""Building a whole mirror file from one snapshot of the store."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime
from itertools import chain
from pathlib import Path

import duckdb

from core.analytics.customers.scored import divide
from core.analytics.mirror import money, shelves, stage, stage_stock
from core.analytics.mirror.source import Snapshot, identity_of, position
from core.analytics.mirror.streams import STREAMS
from core.analytics.mirror.tables import ADDITIVE, LAYOUT, create_statements
from core.analytics.mirror.views import CREATE_VIEWS
from core.base.clock import business_day

CONFIG = {
    "storage_compatibility_version": "v1.5.0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
    "preserve_insertion_order": "true",
}
# What a first load may hold in memory; the rest waits on the disk beside the file.
MOST_MEMORY = "2500MB"
_OF_STOCK = ("src_move", "src_entry", "src_entry_adjusted", "src_entry_method")
_OF_SALES = ("src_order", "src_order_line", "src_shipped", "src_return", "src_return_line")
_OF_MONEY = ("src_payment", "src_allocation")
_FACTS = (
    "CREATE OR REPLACE TEMP VIEW new_lines AS SELECT * FROM fact_sales",
    stage.STAGED_ORDERS,
    "INSERT INTO fact_order BY NAME SELECT * FROM staged_orders ORDER BY day, kind, document_id",
    "CREATE OR REPLACE TEMP VIEW line_delta AS SELECT 1 AS sign, * FROM fact_sales",
    "CREATE OR REPLACE TEMP VIEW order_delta AS SELECT 1 AS sign, * FROM fact_order",
    "CREATE OR REPLACE TEMP VIEW touched_customer AS SELECT DISTINCT customer_id FROM fact_order",
    stage.ADD_DAYS,
    stage.ADD_REGIONS,
    stage.ADD_REPS,
    stage.ADD_PRODUCTS,
    stage.ADD_CUSTOMER_MONTHS,
    stage.ADD_CUSTOMERS,
)


def connect(file: Path) -> duckdb.DuckDBPyConnection:
    """Open a mirror file, locked down: no extensions, no other files, configuration final."""
    return duckdb.connect(str(file), config=dict(CONFIG))


def build(file: Path, snapshot: Snapshot, timezone: str, as_of: datetime) -> None:
    """Write a new mirror file that holds what the snapshot sees; the file appears only when complete."""
    parent = os.getppid()
    unfinished = file.with_suffix(f".building{os.getpid()}")
    try:
        with duckdb.connect(str(unfinished), config={**CONFIG, "memory_limit": MOST_MEMORY}) as duck:
            _fill(duck, snapshot, timezone, as_of)
            duck.execute("CHECKPOINT")
        if os.getppid() != parent:  # whoever wanted it was killed, and its successor builds its own
            raise SystemExit(1)
        unfinished.rename(file)
    except BaseException:
        for left in unfinished.parent.glob(f"{unfinished.name}*"):  # on a full disk every byte counts
            left.unlink(missing_ok=True)
        raise


def _fill(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, timezone: str, as_of: datetime) -> None:
    duck.execute("SET VARIABLE timezone = $1", [timezone])
    duck.execute("BEGIN")
    for statement in create_statements():
        duck.execute(statement)
    about = [LAYOUT, identity_of(snapshot), timezone, *astuple(position(snapshot)), int(as_of.timestamp() * 1e6)]
    with _brought(duck, snapshot, *(name for name in STREAMS if name not in (*_OF_STOCK, *_OF_SALES, *_OF_MONEY))):
        for statement in (stage.NEW_BRANDS, stage.ADD_CATEGORIES, stage.ADD_PRODUCT_ROWS):
            duck.execute(statement)
        for statement in (*stage.PLAIN_DIMENSIONS.values(), *chain(*stage.TAGS.values()), stage.ADD_KINDS):
            duck.execute(statement)
        with _brought(duck, snapshot, *_OF_STOCK):
            for statement in (*stage_stock.FIRST_LOAD, *CREATE_VIEWS, *shelves.FIRST_LOAD):
                duck.execute(statement)
    with _brought(duck, snapshot, *_OF_SALES):
        for statement in (stage.NEW_REGIONS, stage.ALL_LINE_COSTS, stage.STAGED_LINES):
            duck.execute(statement)
        duck.execute("INSERT INTO fact_sales BY NAME SELECT * FROM staged_lines ORDER BY day, kind, line_id")
        duck.execute("DROP TABLE line_costs")
        for statement in _FACTS:
            duck.execute(statement)
    with _brought(duck, snapshot, *_OF_MONEY):
        for statement in (money.NEW_REGIONS, money.ADD_COLLECTED):
            duck.execute(statement)
    duck.execute(
        "INSERT INTO about SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT min(day) FROM fact_order), "
        "(SELECT max(day) FROM fact_order)",
        about,
    )
    divide(duck, business_day(as_of, timezone))
    for table in ADDITIVE:
        duck.execute("INSERT INTO compacted SELECT $1, count(*) FROM query_table($1)", [table.name])
    duck.execute("COMMIT")


@contextmanager
def _brought(duck: duckdb.DuckDBPyConnection, snapshot: Snapshot, *names: str) -> Iterator[None]:
    """With all rows of these streams at hand; afterwards they take no room any more."""
    for name in names:
        stage.bring(duck, snapshot, name)
    yield
    for name in names:
        duck.execute(f"DROP TABLE {name}")
