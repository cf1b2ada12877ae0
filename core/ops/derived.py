"""Comparing stored columns with what they are derived from, and setting them right."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, inspect, select, update

from core.db.model import Base
from core.ops.registry import Checking, Difference
from core.work.unit import UnitOfWork

STORED, DERIVED = "stored_", "derived_"
IDS_AT_ONCE = 500


def compared(check: str, model: type[Base], statement: Select[Any]) -> Callable[[Checking], list[Difference]]:
    """Find differences by a statement of `id`, `stored_<column>` and `derived_<column>` of the rows that differ."""

    def find(scope: Checking) -> list[Difference]:
        return [found for row in scope.session.execute(statement).mappings() for found in of_row(check, model, row)]

    return find


def of_row(check: str, model: type[Base], row: Mapping[Any, Any]) -> list[Difference]:
    """The differences of one row of such a statement."""
    columns = [name.removeprefix(STORED) for name in row if str(name).startswith(STORED)]
    return [
        Difference(check, model.__tablename__, row["id"], column, row[STORED + column], row[DERIVED + column])
        for column in columns
        if row[STORED + column] != row[DERIVED + column]
    ]


def set_right(model: type[Base]) -> Callable[[UnitOfWork, list[Difference]], None]:
    """Repair rows of this table: every column gets what was derived, and the change feed says so."""

    def repair(uow: UnitOfWork, differences: list[Difference]) -> None:
        table = cast(Table, inspect(model).local_table)
        by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        rows: dict[int, dict[str, Any]] = defaultdict(dict)
        for found in differences:
            if found.row_id is not None:
                rows[found.row_id][found.column] = found.derived
        for row_id, columns in sorted(rows.items()):
            by_columns[tuple(columns)].append({"row": row_id} | {f"new_{name}": new for name, new in columns.items()})
        for names, parameters in by_columns.items():
            columns = {name: bindparam(f"new_{name}") for name in names}
            uow.session.connection().execute(
                update(table).where(table.c.id == bindparam("row")).values(columns), parameters
            )
        _feed(uow, model, table, sorted(rows))

    return repair


def _feed(uow: UnitOfWork, model: type[Base], table: Table, ids: list[int]) -> None:
    if model.feeds is None:
        return
    entity, attribute = model.feeds
    followed = next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == entity)
    for start in range(0, len(ids), IDS_AT_ONCE):
        some = ids[start : start + IDS_AT_ONCE]
        wanted = select(table.c[attribute]).where(table.c.id.in_(some)).distinct().order_by(table.c[attribute])
        for followed_id in uow.session.scalars(wanted):
            uow.touch(followed, followed_id)
