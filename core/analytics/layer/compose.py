"""From a question to one SQL statement: each sum from the cheapest table that knows it, stacked afterwards.

Every part groups one table alone and the parts are stacked, never joined, so no join can inflate a
sum, whether they come from one family of facts or from several. Names come from the registries only;
values travel as parameters.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Table,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from core.analytics.layer.ask import Period
from core.analytics.layer.dimensions import Dimension, Grain, Hop, month_after
from core.analytics.layer.terms import ZERO, Component, Family
from core.analytics.mirror.tables import DIALECT

DAY = timedelta(days=1)
# Reading one table more costs as much as reading so many rows.
_ROWS_A_PIECE = 10_000
_SETS_KEPT = 500


@dataclass(frozen=True)
class Filter:
    """Rows whose dimension has one of these values; or, negated, none of them. 0 means "none"."""

    dimension: Dimension
    values: tuple[int | date, ...]
    negated: bool = False


@dataclass(frozen=True)
class Known:
    """What the planner knows of the mirror: the days each family holds, and how many rows each table has.

    Of a family that is not named any day may be held. `customers` is a number above that of every customer.
    """

    spans: Mapping[str, tuple[date | None, date | None]]
    sizes: Mapping[str, int]
    customers: int = 0


@dataclass(frozen=True)
class Want:
    """What one family is asked for in one period: the tables it may read, and what day it is."""

    family: Family
    period: Period
    components: tuple[Component, ...]
    by: tuple[Dimension, ...]
    filters: tuple[Filter, ...]
    sources: tuple[Table, ...]
    today: date
    customers: int = 0

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All that a table must be able to tell."""
        return (*self.by, *(each.dimension for each in self.filters))


@dataclass(frozen=True)
class Plan:
    """One family's part of a question in the period of this number, and what it was decided to read."""

    number: int
    want: Want
    chosen: Hashable

    def tables(self) -> list[Table]:
        """The tables that are added up, each once."""
        return list(dict.fromkeys(piece.table for _, pieces in self.chosen for piece in pieces))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Piece:
    """Rows of a table in a part of the period."""

    table: Table
    period: Period


def plan(number: int, want: Want, known: Known) -> Plan:
    """Choose where the fewest rows are read, for each sum; or what the family's own composer chooses.

    One table for the whole period, or one of months for the whole months in it and another for the days around.
    """
    if want.family.composer is not None:
        return Plan(number, want, want.family.composer.plan(want, known))
    if want.family.is_past:
        want = replace(want, period=want.period.until_yesterday(want.today))
    want = _clipped(want, known)
    return Plan(number, want, tuple((component, _pieces(want, component, known)) for component in want.components))


def _pieces(want: Want, component: Component, known: Known) -> tuple[Piece, ...]:
    def cheapest(period: Period, only: str = "") -> tuple[Piece, ...]:
        part = replace(want, period=period)
        able = [
            table
            for table in want.sources
            if component.knows(table) and component.can_sum(want, table) and can_tell(part, table)
        ]
        able = [table for table in able if not only or only in table.c]
        return (Piece(min(able, key=lambda table: _rows(table, period)), period),) if able else ()

    def _rows(table: Table, period: Period) -> float:
        return known.sizes.get(table.name, 0) * _part_of((first, last), period)

    first, last = known.spans.get(want.family.name, (None, None))
    period = want.period
    whole = cheapest(period)
    if not component.adds_up or period.shift_days or last is None or (period.since or last) > last:
        return whole
    start = None if period.since is None else month_after(period.since)
    end = None if period.until is None else period.until.replace(day=1)
    if start is not None and end is not None and start >= end:
        return whole
    months = cheapest(replace(period, since=start, until=end), "month")
    if not months:
        return whole
    pieces = list(months)
    if start is not None and period.since != start:
        pieces = [*cheapest(replace(period, until=start)), *pieces]
    if end is not None and period.until != end:
        pieces += cheapest(replace(period, since=end))
    cost = sum(_rows(piece.table, piece.period) + _ROWS_A_PIECE for piece in pieces)
    return tuple(pieces) if not whole or cost < _rows(whole[0].table, period) else whole


def _part_of(span: tuple[date | None, date | None], period: Period) -> float:
    """About which part of all days a period has."""
    first, last = span
    if first is None or last is None:
        return 1.0
    since, until = max(first, period.since or first), min(last + DAY, period.until or last + DAY)
    return max((until - since).days, 1) / ((last - first).days + 1)


def compose(plans: Sequence[Plan], components: Sequence[Component], width: int) -> Select[Any]:
    """Columns `k0…` for the groups and `v<period>_<component>` for the sums, one row for each group."""
    names = [f"k{i}" for i in range(width)]
    periods = 1 + max(each.number for each in plans)
    parts = []
    for each in plans:
        for one in _statements(each):
            part = one.subquery()
            sums = [
                (part.c[component.name] if number == each.number and component.name in part.c else _NULL).label(
                    _name(number, component)
                )
                for number in range(periods)
                for component in components
            ]
            parts.append(select(*(part.c[name] for name in names), *sums))
    stacked = union_all(*parts).subquery()
    keys = [stacked.c[name] for name in names]
    totals = [
        cast(func.sum(stacked.c[name]), BigInteger).label(name)
        for name in (_name(number, component) for number in range(periods) for component in components)
    ]
    grouped: Select[Any] = select(*keys, *totals)
    return grouped.group_by(*keys) if keys else grouped


def rendered(statement: Select[Any]) -> tuple[str, list[Any]]:
    """The text with numbered places, and what goes into them."""
    compiled = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]


def conditions(family: Family, table: Table, period: Period, filters: Sequence[Filter]) -> list[ColumnElement[bool]]:
    """What a row of a table must be to count."""
    wanted: list[ColumnElement[bool]] = []
    if period.since is not None:
        wanted.append(day_of(table) >= period.since)
    if period.until is not None:
        wanted.append(day_of(table) < period.until)
    together: dict[tuple[str, Table, str], list[tuple[tuple[Hop, ...], tuple[Any, ...]]]] = {}
    for each in filters:
        route = None if each.negated or 0 in each.values else each.dimension.route(family, table)
        if route is not None and route[1] and not any(hop.is_many for hop in route[1]):
            start, hops = route
            together.setdefault((start, hops[0].table, hops[0].key), []).append((hops, each.values))
            continue
        kept = _kept(family, table, each, period)
        wanted.append(~kept if each.negated else kept)
    for (start, *_), kept_there in together.items():
        ids = _ids_kept(tuple(kept_there))
        wanted.append(table.c[start].in_(select(*ids.c)))
    return wanted


def grouping(want: Want, table: Table) -> tuple[list[ColumnElement[Any]], FromClause]:
    """The keys `k0…` of what a table's rows are grouped by, and the table with all that these come from."""
    source: FromClause = table
    keys: list[ColumnElement[Any]] = []
    for i, dimension in enumerate(want.by):
        key, source = _key(want, dimension, table, source, i)
        keys.append(key.label(f"k{i}"))
    return keys, source


def bucket(grain: Grain, day: ColumnElement[Any]) -> ColumnElement[date]:
    """The first day of the bucket that a day is in."""
    if grain == Grain.DAY:
        return cast(day, Date)
    return cast(func.date_trunc(literal_column(f"'{grain.value}'"), day), Date)


def day_of(table: Table) -> ColumnElement[Any]:
    """The day of a row, or the first of its month."""
    return table.c.day if "day" in table.c else table.c.month


def can_tell(want: Want, table: Table) -> bool:
    """Whether a table knows all that rows are grouped and filtered by, and the period."""
    by_day = [each for each in want.dimensions if each.is_of_days]
    if any(each.route(want.family, table) is None for each in want.dimensions if not each.is_of_days):
        return False
    if "day" in table.c:
        return True
    if "month" in table.c:
        return all(each.grain is not None and each.grain.is_months for each in by_day) and _whole_months(want.period)
    return not by_day and want.period.since is None and want.period.until is None


_NULL = cast(null(), BigInteger)


def _name(number: int, component: Component) -> str:
    return f"v{number}_{component.name}"


def _statements(each: Plan) -> Sequence[Select[Any]]:
    composer = each.want.family.composer
    if composer is not None:
        return composer.parts(each.want, each.chosen)
    pieces = dict.fromkeys(piece for _, pieces in each.chosen for piece in pieces)  # type: ignore[attr-defined]
    return [_added_up(each, piece) for piece in pieces]


def _added_up(each: Plan, piece: Piece) -> Select[Any]:
    want, table = each.want, piece.table
    keys, source = grouping(want, table)
    mine = [component for component, pieces in each.chosen if piece in pieces]  # type: ignore[attr-defined]
    sums = [component.counted(want, table).label(component.name) for component in mine]
    part: Select[Any] = select(*keys, *sums).select_from(source)
    part = part.where(*conditions(want.family, table, piece.period, want.filters)).group_by(*keys)
    if keys and "fact_rows" in table.c:
        part = part.having(func.sum(table.c.fact_rows) != ZERO)
    return part


def _key(
    want: Want, dimension: Dimension, table: Table, source: FromClause, place: int
) -> tuple[ColumnElement[Any], FromClause]:
    if dimension.grain is not None:
        return bucket(dimension.grain, _shown(day_of(table), want.period)), source
    if dimension.part is not None:
        return _number(want.family, dimension, table), source
    start, hops = _route(want.family, dimension, table)
    key: ColumnElement[Any] = table.c[start]
    for number, hop in enumerate(hops):
        named = hop.table.alias(f"hop{place}_{number}")
        source = source.outerjoin(named, named.c[hop.key] == key)
        key = named.c[hop.column]
    return (func.coalesce(key, ZERO) if hops else key), source


def _shown(day: ColumnElement[date], period: Period) -> ColumnElement[Any]:
    if period.shift_months:
        return cast(day + func.to_months(literal(period.shift_months, Integer)), Date)
    if period.shift_days:
        return day + cast(literal(period.shift_days, Integer), Integer)
    return day


def _number(family: Family, dimension: Dimension, table: Table) -> ColumnElement[int]:
    if dimension.is_of_days:
        return func.isodow(table.c.day)
    return table.c[_route(family, dimension, table)[0]]


def _kept(family: Family, table: Table, each: Filter, period: Period) -> ColumnElement[bool]:
    dimension = each.dimension
    if dimension.grain is not None:  # of a period compared with, the days that are held against those asked for
        return bucket(dimension.grain, _shown(day_of(table), period)).in_(each.values)
    if dimension.part is not None:
        return _number(family, dimension, table).in_(each.values)
    start, hops = _route(family, dimension, table)
    column = table.c[start]
    if not hops:
        return column.in_(each.values)
    *_, last = hops
    inside = _reaching(column, hops, last.table.c[last.column].in_(each.values))
    if 0 not in each.values:
        return inside
    return or_(inside, ~_reaching(column, hops, last.table.c[last.column] != ZERO))


@lru_cache(maxsize=_SETS_KEPT)
def _ids_kept(wanted: tuple[tuple[tuple[Hop, ...], tuple[Any, ...]], ...]) -> CTE:
    """The ids of the table that all of these hops go to first, from which each leads to one of its values.

    The same object each time: a statement that needs it in many places says it once.
    """
    first = wanted[0][0][0]
    conditions = []
    for (start, *others), values in wanted:
        last = others[-1] if others else start
        is_wanted = last.table.c[last.column].in_(values)
        conditions.append(_reaching(start.table.c[start.column], others, is_wanted) if others else is_wanted)
    return select(first.table.c[first.key]).where(*conditions).cte()


def _reaching(column: ColumnElement[Any], hops: Sequence[Hop], wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    """Rows from whose column the hops lead to what is wanted; no row is counted twice however many ways there are."""
    for number in range(len(hops) - 1, -1, -1):
        hop = hops[number]
        before = column if number == 0 else hops[number - 1].table.c[hops[number - 1].column]
        wanted = before.in_(select(hop.table.c[hop.key]).where(wanted))
    return wanted


def _route(family: Family, dimension: Dimension, table: Table) -> tuple[str, tuple[Hop, ...]]:
    route = dimension.route(family, table)
    if route is None:
        raise LookupError(f"{table.name} has no {dimension.name}")
    return route


def _whole_months(period: Period) -> bool:
    ends = (period.since, period.until)
    return not period.shift_days and all(day is None or day.day == 1 for day in ends)


def _clipped(want: Want, known: Known) -> Want:
    """The same rows with an open end where nothing lies beyond it, so that more tables can answer."""
    first, last = known.spans.get(want.family.name, (None, None))
    since, until = want.period.since, want.period.until
    if since is not None and first is not None and since <= first:
        since = None
    if until is not None and last is not None and until > last:
        until = None
    return replace(want, period=replace(want.period, since=since, until=until))
