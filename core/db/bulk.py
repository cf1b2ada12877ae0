"""Writing very many rows within the session's transaction: ids taken up front, values as they are stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from sqlalchemy import Table, func, inspect, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db.model import Base


def next_ids(session: Session, model: type[Base], count: int) -> Sequence[int]:
    """So many fresh ids in rising order, which no other transaction will get.

    On SQLite they are consecutive; on PostgreSQL the sequence serves others in between.
    """
    table = cast(Table, inspect(model).local_table)
    if session.get_bind().dialect.name == "sqlite":
        highest = session.scalar(select(func.max(table.c.id))) or 0
        if table.dialect_options["sqlite"]["autoincrement"]:
            kept = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
            highest = max(highest, session.scalar(kept, {"name": table.name}) or 0)
        return range(highest + 1, highest + 1 + count)
    taken = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return list(session.scalars(taken, {"name": table.name, "count": count}))


def bulk_insert(session: Session, model: type[Base], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values in their stored form (see `storing`), past the ORM and its defaults.

    `executemany` on SQLite's own connection, COPY on PostgreSQL. Rows do not reach the change feed by
    themselves: touch what they belong to.
    """
    session.flush()
    table = model.__tablename__
    names = ", ".join(f'"{column}"' for column in columns)
    driver = cast(Any, session.connection().connection.driver_connection)
    if session.get_bind().dialect.name == "sqlite":
        places = ", ".join("?" * len(columns))
        driver.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({places})', rows)  # noqa: S608 - names of ours
        return
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def bulk_insert_dicts(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """`bulk_insert` of rows that name their columns, all the same ones in the same order."""
    rest = iter(rows)
    first = next(rest, None)
    if first is not None:
        bulk_insert(session, model, list(first), (tuple(row.values()) for row in chain((first,), rest)))


def storing(session: Session, column: InstrumentedAttribute[Any]) -> Callable[[Any], Any]:
    """How a value of this column is handed to the driver, such as whole cents for an amount."""
    dialect = session.get_bind().dialect
    kind = cast(Any, column.property).columns[0].type
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return cast(Callable[[Any], Any], convert or (lambda value: value))


def runs(ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    """First and last of each stretch of consecutive ids; `ids` rise."""
    if isinstance(ids, range):
        if ids:
            yield ids[0], ids[-1]
        return
    first = last = None
    for each in ids:
        if last is not None and each == last + 1:
            last = each
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = each
    if first is not None and last is not None:
        yield first, last
