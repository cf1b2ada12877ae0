"""From a question to one SQL statement: each sum from the cheapest table that knows it, joined afterwards.

Every part groups one table alone and the parts are stacked, never joined, so no join can inflate a
sum. Names come from the registries only; values travel as parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Table,
    cast,
    distinct,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from core.analytics.layer.ask import Period
from core.analytics.layer.dimensions import Dimension, Grain
from core.analytics.layer.measures import Additive, Component, Distinct
from core.analytics.mirror.tables import DIALECT, agg_customer_month, agg_day, agg_product, fact_order, fact_sales

SOURCES = (agg_product, agg_day, agg_customer_month, fact_order, fact_sales)
_NOTHING: ColumnElement[int] = literal_column("0")


@dataclass(frozen=True)
class Filter:
    """Rows whose dimension has one of these values; or, negated, none of them. 0 means "none"."""

    dimension: Dimension
    values: tuple[int | date, ...]
    negated: bool = False


@dataclass(frozen=True)
class Known:
    """What the planner knows of the mirror: the days it holds and how many rows each table has."""

    first_day: date | None
    last_day: date | None
    sizes: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """One period of a question, with the table that each of its sums comes from."""

    period: Period
    sources: tuple[tuple[Component, Table], ...]

    def tables(self) -> list[Table]:
        """The tables to read, each once."""
        return list(dict.fromkeys(table for _, table in self.sources))


def plan(
    period: Period,
    components: Sequence[Component],
    by: Sequence[Dimension],
    filters: Sequence[Filter],
    known: Known,
    sources: Sequence[Table] = SOURCES,
) -> Plan:
    """Choose the smallest table that can answer, for each sum."""
    dimensions = [*by, *(each.dimension for each in filters)]
    period = _clipped(period, known)
    chosen = []
    for component in components:
        able = [table for table in sources if _knows(table, component) and _can(table, period, dimensions)]
        chosen.append((component, min(able, key=lambda table: known.sizes.get(table.name, 0))))
    return Plan(period, tuple(chosen))


def compose(
    plans: Sequence[Plan], components: Sequence[Component], by: Sequence[Dimension], filters: Sequence[Filter]
) -> Select[Any]:
    """Columns `k0…` for the groups and `v<plan>_<component>` for the sums, one row for each group."""
    parts = []
    for number, each in enumerate(plans):
        for table in each.tables():
            parts.append(_part(number, each, table, len(plans), components, by, filters))
    stacked = union_all(*parts).subquery()
    keys = [stacked.c[f"k{i}"] for i in range(len(by))]
    sums = [
        cast(func.sum(stacked.c[name]), BigInteger).label(name)
        for name in (_name(number, component) for number in range(len(plans)) for component in components)
    ]
    grouped: Select[Any] = select(*keys, *sums)
    return grouped.group_by(*keys) if keys else grouped


def rendered(statement: Select[Any]) -> tuple[str, list[Any]]:
    """The text with numbered places, and what goes into them."""
    compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]


def conditions(table: Table, period: Period, filters: Sequence[Filter]) -> list[ColumnElement[bool]]:
    """What a row of a table must be to count."""
    day = _day(table)
    wanted: list[ColumnElement[bool]] = []
    if period.since is not None:
        wanted.append(day >= period.since)
    if period.until is not None:
        wanted.append(day < period.until)
    for each in filters:
        kept = _kept(table, each)
        wanted.append(~kept if each.negated else kept)
    return wanted


def summed(component: Component, table: Table) -> ColumnElement[int]:
    """The expression that adds a component up over rows of a table."""
    match component:
        case Distinct.ORDERS if "orders" in table.c:
            return func.sum(table.c.orders)
        case Distinct.ORDERS:
            return func.count(distinct(table.c.document_id)).filter(table.c.kind == _NOTHING)
        case Distinct.CUSTOMERS:
            return func.count(distinct(table.c.customer_id)).filter(table.c.kind == _NOTHING)
        case Additive.SOLD:
            return func.sum(table.c.net + table.c.returned)
    return func.sum(table.c[component.value])


def _name(number: int, component: Component) -> str:
    return f"v{number}_{component.value}"


def _part(
    number: int,
    each: Plan,
    table: Table,
    plans: int,
    components: Sequence[Component],
    by: Sequence[Dimension],
    filters: Sequence[Filter],
) -> Select[Any]:
    source: FromClause = table
    keys = []
    for i, dimension in enumerate(by):
        key, source = _key(dimension, table, source, each.period, f"through{i}")
        keys.append(key.label(f"k{i}"))
    sums = []
    for other in range(plans):
        for component in components:
            mine = other == number and (component, table) in each.sources
            sums.append((summed(component, table) if mine else cast(null(), BigInteger)).label(_name(other, component)))
    part = select(*keys, *sums).select_from(source).where(*conditions(table, each.period, filters)).group_by(*keys)
    if keys and "fact_rows" in table.c:
        part = part.having(func.sum(table.c.fact_rows) != _NOTHING)
    return part


def _key(
    dimension: Dimension, table: Table, source: FromClause, period: Period, alias: str
) -> tuple[ColumnElement[Any], FromClause]:
    if dimension.grain is not None:
        return _bucket(dimension.grain, _shown(_day(table), period)), source
    if dimension.part is not None:
        return _number(dimension, table), source
    if dimension.through is None:
        return table.c[dimension.column], source
    coarser, column = dimension.through
    named = coarser.alias(alias)
    joined = source.outerjoin(named, named.c.id == table.c[dimension.column])
    return func.coalesce(named.c[column], _NOTHING), joined


def _shown(day: ColumnElement[date], period: Period) -> ColumnElement[Any]:
    if period.shift_months:
        return cast(day + func.to_months(literal(period.shift_months, Integer)), Date)
    if period.shift_days:
        return day + cast(literal(period.shift_days, Integer), Integer)
    return day


def _bucket(grain: Grain, day: ColumnElement[Any]) -> ColumnElement[date]:
    if grain == Grain.DAY:
        return cast(day, Date)
    return cast(func.date_trunc(literal_column(f"'{grain.value}'"), day), Date)


def _number(dimension: Dimension, table: Table) -> ColumnElement[int]:
    if dimension.column == "day":
        return func.isodow(table.c.day)
    return table.c[dimension.column]


def _kept(table: Table, each: Filter) -> ColumnElement[bool]:
    dimension = each.dimension
    if dimension.grain is not None:
        return _bucket(dimension.grain, _day(table)).in_(each.values)
    if dimension.part is not None:
        return _number(dimension, table).in_(each.values)
    column = table.c[dimension.column]
    if dimension.through is None:
        return column.in_(each.values)
    coarser, through = dimension.through
    inside = column.in_(select(coarser.c.id).where(coarser.c[through].in_(each.values)))
    return or_(inside, column.not_in(select(coarser.c.id))) if 0 in each.values else inside


def _day(table: Table) -> ColumnElement[Any]:
    return table.c.day if "day" in table.c else table.c.month


def _knows(table: Table, component: Component) -> bool:
    match component:
        case Distinct.ORDERS:
            return "orders" in table.c or "document_id" in table.c
        case Distinct.CUSTOMERS:
            return "document_id" in table.c
    return True


def _can(table: Table, period: Period, dimensions: Sequence[Dimension]) -> bool:
    if all(each.column == "day" or each.column in table.c for each in dimensions):
        return "day" in table.c or (
            all(each.grain is not None and each.grain.is_months for each in dimensions if each.column == "day")
            and _whole_months(period)
        )
    return False


def _whole_months(period: Period) -> bool:
    ends = (period.since, period.until)
    return not period.shift_days and all(day is None or day.day == 1 for day in ends)


def _clipped(period: Period, known: Known) -> Period:
    """The same rows with an open end where nothing lies beyond it, so that more tables can answer."""
    since, until = period.since, period.until
    if since is not None and known.first_day is not None and since <= known.first_day:
        since = None
    if until is not None and known.last_day is not None and until > known.last_day:
        until = None
    return Period(since, until, period.shift_months, period.shift_days)
