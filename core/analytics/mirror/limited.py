"""The mirror as somebody with row rights sees it: the same tables, with those rows alone.

Each cursor gets views of its own that stand before the tables: facts are narrowed, aggregates added up anew from what
is left, and every statement, whoever wrote it, reads them by the names it knows. What is remembered is remembered for
these rights alone.
"""
# ruff: noqa: S608 - composed of our own names alone

from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import duckdb
from sqlalchemy import select

from core.analytics.mirror import shelves, stage, stage_stock
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.remembered import ALL_FACTS, Facts
from core.customers.models import Customer
from core.security.actor import VISITOR
from core.security.sees import Sees
from core.work.guard import condition

T = TypeVar("T")
_OF_CUSTOMERS = ("fact_sales", "fact_order", "fact_collected", "dim_customer_tag", "dim_segment")
_OF_WAREHOUSES = ("fact_sales", "fact_order", "fact_collected", "fact_entry")
_MINE = "IN (SELECT id FROM seen_warehouse)"
_ENDS = ", ".join(
    f"CASE WHEN {end} {_MINE} THEN {end} ELSE 0 END::INTEGER AS {end}"
    for end in ("source_warehouse_id", "target_warehouse_id")
)
_TOUCHED = "WHERE customer_id IN (SELECT customer_id FROM touched_customer)"
_SALES = (
    ("agg_day", stage.ADD_DAYS),
    ("agg_region", stage.ADD_REGIONS),
    ("agg_rep", stage.ADD_REPS),
    ("agg_product", stage.ADD_PRODUCTS),
    ("agg_customer_month", stage.ADD_CUSTOMER_MONTHS),
    ("agg_customer", stage.ADD_CUSTOMERS.replace(_TOUCHED, "")),
)
_STOCK = (("agg_stock", stage_stock.ADD_STOCK), ("level_stock", stage_stock.ADD_STOCK_LEVELS))
_VALUE = (("agg_value", stage_stock.ADD_VALUES), ("level_value", stage_stock.ADD_VALUE_LEVELS))


def seen_by(mirror: Mirror, sees: Sees) -> Mirror:
    """The mirror with the rows that somebody sees; the mirror itself for who sees all."""
    if not sees.is_limited:
        return mirror
    if isinstance(mirror, LimitedMirror):
        if mirror.sees != sees:
            raise ValueError("a mirror limited for somebody else")
        return mirror
    return mirror.limited.setdefault(sees, LimitedMirror(mirror, sees))


class LimitedMirror(Mirror):
    """A mirror that shows some rows; it follows the whole one and keeps nothing of its own."""

    def __init__(self, whole: Mirror, sees: Sees) -> None:  # not Mirror's: nothing is opened here
        self.__dict__.update(whole=whole, sees=sees, known=None)

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__
        if name in _OWN:
            return own(self, name)
        return getattr(own(self, "__dict__")["whole"], name)

    def remembered(
        self,
        question: Hashable,
        ask: Callable[[duckdb.DuckDBPyConnection], T],
        reads: Collection[Facts] = ALL_FACTS,  # noqa: ARG002 - whose customers these are counts, too
    ) -> T:
        """The answer over the rows that are seen, kept for these rights alone until anything changes."""
        found: T = self.whole.remembered((self.sees, question), lambda duck: ask(self._narrowed(duck)))
        return found

    def remembered_a_while(self, question: Hashable, ask: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """The answer over the rows that are seen, kept for these rights alone."""
        found: T = self.whole.remembered_a_while((self.sees, question), lambda duck: ask(self._narrowed(duck)))
        return found

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that sees these rows alone."""
        with self.whole.reading() as duck:
            yield self._narrowed(duck)

    def _narrowed(self, duck: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        whole = duck.execute("SELECT current_database()").fetchall()[0][0]

        def narrow(table: str, wanted: str, columns: str = "*") -> None:
            duck.execute(f'CREATE TEMP VIEW "{table}" AS SELECT {columns} FROM "{whole}".main."{table}" WHERE {wanted}')

        def add_up(*made: tuple[str, str]) -> None:
            for table, adding in made:
                chosen = adding.strip().removeprefix(f"INSERT INTO {table} BY NAME")
                duck.execute(f"CREATE TEMP VIEW {table} AS {chosen}")

        conditions: dict[str, list[str]] = {}
        if self.sees.owners is not None:
            _keep(duck, "seen_customer", self._customers())
            for table in _OF_CUSTOMERS:
                conditions.setdefault(table, []).append("customer_id IN (SELECT id FROM seen_customer)")
            narrow("dim_customer", "id IN (SELECT id FROM seen_customer)")
        if self.sees.warehouses is not None:
            _keep(duck, "seen_warehouse", sorted(self.sees.warehouses))
            for table in _OF_WAREHOUSES:
                conditions.setdefault(table, []).append(f"warehouse_id {_MINE}")
            narrow("dim_warehouse", f"id {_MINE}")
            narrow("dim_location", f"warehouse_id = 0 OR warehouse_id {_MINE}")
            ends = f"source_warehouse_id {_MINE} OR target_warehouse_id {_MINE}"
            narrow("fact_move", ends, f"* REPLACE ({_ENDS})")
        for table, wanted in conditions.items():
            narrow(table, " AND ".join(wanted))
        duck.execute("CREATE TEMP VIEW line_delta AS SELECT 1 AS sign, * FROM fact_sales")
        duck.execute("CREATE TEMP VIEW order_delta AS SELECT 1 AS sign, * FROM fact_order")
        add_up(*_SALES)
        if self.sees.warehouses is not None:
            duck.execute("CREATE TEMP VIEW move_delta AS SELECT 1 AS sign, * FROM fact_move")
            duck.execute("CREATE TEMP VIEW entry_delta AS SELECT 1 AS sign, * FROM fact_entry")
            duck.execute(stage_stock.STOCK_ENDS)
            add_up(*_STOCK)
            duck.execute(stage_stock.STOCK_COSTS)
            add_up(*_VALUE)
            duck.execute(f'CREATE TEMP TABLE empty_shelf AS SELECT * FROM "{whole}".main.empty_shelf LIMIT 0')
            for statement in shelves.FIRST_LOAD:
                duck.execute(statement)
        return duck

    def _customers(self) -> list[int]:
        """The customers that are seen, as the store has them now."""
        table = Customer.__table__
        with self.whole.store.viewing(VISITOR) as view:
            kept = condition(table, Sees(owners=self.sees.owners))  # type: ignore[arg-type]
            return list(view.session.scalars(select(Customer.id).where(kept)))  # type: ignore[arg-type]


_OWN = frozenset({"__class__", "__dict__", "whole", "sees", "known", "remembered", "remembered_a_while", "reading"})
_OWN |= {"_narrowed", "_customers"}


def _keep(duck: duckdb.DuckDBPyConnection, table: str, ids: list[int]) -> None:
    duck.execute(f"CREATE TEMP TABLE {table} AS SELECT unnest($1::INTEGER[]) AS id", [ids])
