"""Writing very many rows within the session's transaction: ids taken up front, values as they are stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, inspect, select, text, update
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


def insert_whole(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]], key: str = ""
) -> Sequence[int]:
    """Insert rows that name every column but the key, as they are here; given the key's name, their ids."""
    names = [column.name for column in cast(Table, inspect(model).local_table).c if column.name in rows[0]]
    stored = [(name, storing(session, getattr(model, name))) for name in names]
    lines = ([convert(row[name]) for name, convert in stored] for row in rows)
    if not key:
        bulk_insert(session, model, names, lines)
        return ()
    ids = next_ids(session, model, len(rows))
    bulk_insert(session, model, [key, *names], ([row_id, *line] for row_id, line in zip(ids, lines, strict=True)))
    return ids


def names_all(model: type[Base], row: Mapping[str, Any]) -> bool:
    """Whether a row names every column but the key, so that no default is left to fill in."""
    return all(column.name in row for column in cast(Table, inspect(model).local_table).c if not column.primary_key)


def update_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set these columns of the rows with these ids (`id` and new values, the same columns each), in one statement."""
    if not rows:
        return
    session.flush()
    table = cast(Table, inspect(model).local_table)
    names = [name for name in rows[0] if name != "id"]
    if session.get_bind().dialect.name == "sqlite":
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        known = [{"row": row["id"]} | {f"new_{name}": row[name] for name in names} for row in rows]
        session.connection().execute(update(table).where(table.c.id == bindparam("row")).values(new), known)
        return
    dialect = session.get_bind().dialect
    stored = {name: storing(session, getattr(model, name)) for name in names}
    columns = [[row["id"] for row in rows], *([stored[name](row[name]) for row in rows] for name in names)]
    kinds = ["bigint", *(table.c[name].type.compile(dialect) for name in names)]
    arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
    changes = ", ".join(f'"{name}" = new."{name}"' for name in names)
    given = ", ".join(f'"{name}"' for name in ["id", *names])
    session.connection().exec_driver_sql(
        f'UPDATE "{table.name}" SET {changes} FROM unnest({arrays}) AS new({given}) '  # noqa: S608 - names of ours
        f'WHERE "{table.name}".id = new.id',
        tuple(columns),
    )


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
