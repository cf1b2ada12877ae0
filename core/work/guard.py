"""Row rights, in one place: what a restricted actor reads passes here, whoever wrote the statement.

Which rows of a table are seen follows from its foreign keys: what belongs to a customer is seen with the customer,
what lies in a warehouse with the warehouse. A new table that refers to either is guarded from its first day.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, ForeignKey, Table, and_, event, or_, select, true
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from core.base.errors import NotFound
from core.base.i18n import N_
from core.db.model import Base
from core.security.sees import Sees
from core.work.naming import ids_named

CUSTOMERS, WAREHOUSES = "customer", "warehouse"
_OPEN = "salesbook.open"
Named = Callable[[Column[Any]], Any]
BY_NAME = 9


def _plain(column: Column[Any]) -> Column[Any]:
    return column


class PastTheGuard(RuntimeError):
    """A statement of a restricted actor reads a guarded table past the ORM: a bug, caught before it leaks."""


def limit(session: Session, sees: Sees) -> None:
    """Let every statement of this session see only these rows."""
    event.listen(session, "do_orm_execute", lambda state: _narrow(state, sees))


@contextmanager
def unlimited(session: Session, why: str) -> Iterator[None]:
    """The one door past the guard, for sums that would be wrong over some of the rows; `why` is for the reader."""
    before = session.info.get(_OPEN)
    session.info[_OPEN] = why
    try:
        yield
    finally:
        session.info[_OPEN] = before


def condition(table: Table, sees: Sees, named: Named = _plain) -> ColumnElement[bool] | None:
    """What a row of a table must be to be seen; None where every row is.

    `named` gives the columns as the statement knows them, such as those of a mapped class.
    """
    parts = []
    if sees.owners is not None and (kept := _kept(table, CUSTOMERS, sees, named)) is not None:
        parts.append(kept)
    if sees.warehouses is not None and (kept := _kept(table, WAREHOUSES, sees, named)) is not None:
        parts.append(kept)
    return and_(*parts) if parts else None


def refuse_unseen(session: Session, sees: Sees, room: str, words: Mapping[str, Any]) -> None:
    """Refuse with `NotFound` where the arguments of a command name a row that is not seen, as if it were not there."""
    wanted: dict[str, set[int]] = {}
    for name, row_id in ids_named(room, words):
        wanted.setdefault(name, set()).add(row_id)
    for name, ids in wanted.items():
        table = Base.metadata.tables[name]
        kept = condition(table, sees)
        if kept is None:
            continue
        seen = set(session.connection().scalars(select(table.c.id).where(table.c.id.in_(sorted(ids)), kept)))
        if ids - seen:
            raise NotFound(what=N_("The record"))


def guarded(root: str) -> list[str]:
    """The tables whose rows are seen with a customer's, or a warehouse's."""
    return sorted(table.name for table in Base.metadata.tables.values() if _distance(table, root) is not None)


def _narrow(state: ORMExecuteState, sees: Sees) -> None:
    if not state.is_select or state.session.info.get(_OPEN):
        return
    tables, aliases = _named_in(state.statement)
    criteria = _criteria(sees)
    options = [criteria[each] for each in tables if each in criteria]
    if not options:
        return
    if not state.is_orm_statement:
        raise PastTheGuard(", ".join(sorted(each.name for each in tables if each in criteria)))
    for alias in aliases:
        kept = condition(cast(Table, alias.mapper.local_table), sees, partial(_of_alias, alias))
        if kept is not None:
            options.append(with_loader_criteria(alias.entity, kept))
    state.statement = cast(Any, state.statement).options(*options)


def _named_in(statement: Any) -> tuple[list[Table], list[Any]]:
    """The tables that a statement names anywhere in it, and the aliases of mapped classes."""
    tables: dict[Table, None] = {}
    aliases: dict[Any, None] = {}
    for each in visitors.iterate(statement):
        table = each if isinstance(each, Table) else getattr(each, "table", None)
        if isinstance(table, Table):
            tables[Base.metadata.tables.get(table.name, table)] = None
        entity = each._annotations.get("parententity") if hasattr(each, "_annotations") else None
        if entity is not None:
            tables[cast(Table, entity.mapper.local_table)] = None
            if entity.is_aliased_class:
                aliases[entity] = None
    return list(tables), list(aliases)


@lru_cache(maxsize=256)
def _criteria(sees: Sees) -> dict[Table, Any]:
    """For each guarded table, what is added to every statement that names it."""
    made: dict[Table, Any] = {}
    for mapper in Base.registry.mappers:
        table = cast(Table, mapper.local_table)
        kept = condition(table, sees, partial(_attribute, mapper))
        if kept is not None:
            made[table] = with_loader_criteria(mapper.class_, kept)
    return made


def _of_alias(alias: Any, column: Column[Any]) -> Any:
    return getattr(alias.entity, alias.mapper.get_property_by_column(column).key)


def _attribute(mapper: Mapper[Any], column: Column[Any]) -> Any:
    return mapper.get_property_by_column(column).class_attribute


def _kept(table: Table, root: str, sees: Sees, named: Named = _plain) -> ColumnElement[bool] | None:
    if table.name == root:
        wanted = sees.owners if root == CUSTOMERS else sees.warehouses
        column = table.c.owner_id if root == CUSTOMERS else table.c.id
        return cast(ColumnElement[bool], named(column).in_(sorted(wanted or ())))
    if table.name in POLYMORPHIC:
        return _of_subjects(table, root, sees, named)
    if _distance(table, root) is None:
        return None
    if table.name in EITHER_END:
        ends = [table.c[name] for name in EITHER_END[table.name]]
        return or_(*(_within(end, root, sees, named, strictly=True) for end in ends))
    return and_(*(_within(column, root, sees, named) for column in _ways(table, root)))


def _within(column: Column[Any], root: str, sees: Sees, named: Named, *, strictly: bool = False) -> ColumnElement[bool]:
    """The row that this column refers to is seen; `strictly`: and it belongs to a root at all."""
    parent = _parent(column)
    kept = _kept(parent, root, sees)
    key = next(iter(column.foreign_keys)).column
    wanted = select(key).where(true() if kept is None else kept)
    if strictly:
        wanted = wanted.where(*(each.is_not(None) for each in _ways(parent, root) if each.nullable))
    inside: ColumnElement[bool] = named(column).in_(wanted)
    return or_(named(column).is_(None), inside) if column.nullable else inside


def _ways(table: Table, root: str) -> list[Column[Any]]:
    """The columns that say whose a row is: the shortest way that every row has, or all that some rows have."""
    ways = [
        (distance, column.name, column)
        for column in table.c
        for distance in [_distance_of(column, root)]
        if distance is not None
    ]
    certain = [each for each in ways if not each[2].nullable]
    return [min(certain)[2]] if certain else [each[2] for each in sorted(ways, key=lambda each: each[:2])]


def _parent(column: Column[Any]) -> Table:
    key: ForeignKey = next(iter(column.foreign_keys))
    return key.column.table


def _distance_of(column: Column[Any], root: str) -> int | None:
    if not column.foreign_keys or _parent(column) is column.table:
        return None
    distance = _distance(_parent(column), root)
    return None if distance is None else distance + 1


@lru_cache(maxsize=2048)
def _distance(table: Table, root: str) -> int | None:
    """How many foreign keys lead from a table to the root; None: none do."""
    if table.name == root:
        return 0
    if table.name in POLYMORPHIC:
        return BY_NAME
    ways = [_distance_of(column, root) for column in table.c]
    known = [each for each in ways if each is not None]
    return min(known, default=None)


def _of_subjects(table: Table, root: str, sees: Sees, named: Named) -> ColumnElement[bool]:
    """Rows that name what they are about by its table: seen with it."""
    kind, about = (named(table.c[name]) for name in POLYMORPHIC[table.name])
    parts = []
    for name in guarded(root):
        subject = Base.metadata.tables[name]
        if "id" in subject.c and _is_certain(subject, root) and (kept := _kept(subject, root, sees)) is not None:
            parts.append(or_(kind != name, about.in_(select(subject.c.id).where(kept))))
    return and_(*parts)


def _is_certain(table: Table, root: str) -> bool:
    """Whether a table leads to the root by foreign keys alone."""
    distance = _distance(table, root)
    return distance is not None and distance < BY_NAME


# Goods that leave a warehouse for another are seen from both.
EITHER_END = {"stock_move": ("source_id", "target_id"), "stock_transfer": ("source_id", "target_id")}
# What a row is about stands in two columns, which no foreign key can follow.
POLYMORPHIC = {"attachment": ("subject_type", "subject_id"), "audit_entry": ("subject_type", "subject_id")}
