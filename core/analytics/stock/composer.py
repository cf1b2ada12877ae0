"""How questions about stock become SQL: balances from the level of now, less what changed since, never added up.

A balance at the end of a day is the level less all later changes, so that it costs what moved since. The mean
over days comes from changes times the days they lasted. The level is read as one more change, that takes all
goods away at the end of time; so a balance is what leaves after it, and everything is one sum over rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.types import NullType

from core.analytics.layer.ask import Period
from core.analytics.layer.compose import Known, Want, bucket, can_tell, conditions, grouping
from core.analytics.layer.dimensions import DIMENSIONS, Dimension, Grain, Route, month_after
from core.analytics.layer.terms import ZERO
from core.analytics.stock.aged import aged_parts, asks_age
from core.analytics.stock.books import QUANTITIES, VALUES, Book, Of, Stocked
from core.analytics.stock.buckets import Bucket, buckets_of, days_asked, grain_of
from core.analytics.stock.empty import WAREHOUSE, empty_days, goods_of, placed

_EPOCH: ColumnElement[date] = literal_column("DATE '2000-01-01'")
_END_OF_TIME: ColumnElement[date] = literal_column("DATE '9999-12-31'")
_EVER = Period(None, None)
_ONE: ColumnElement[int] = literal_column("1")
_NOTHING = cast(null(), BigInteger)
_POOL = Dimension("pool", "", "", (Route("pool_id"),))


@dataclass(frozen=True)
class Piece:
    """Rows of a table from a day up to but without another."""

    table: Table
    since: date
    until: date | None


@dataclass(frozen=True)
class Chosen:
    """What is read: the buckets, and of each book the pieces that hold all changes since the first of them."""

    buckets: tuple[Bucket, ...]
    pieces: tuple[tuple[Book, tuple[Piece, ...]], ...]

    def of(self, book: Book) -> tuple[Piece, ...]:
        """The pieces of a book."""
        return next(pieces for each, pieces in self.pieces if each is book)


class StockComposer:
    """Answers for quantities and values in stock."""

    def plan(self, want: Want, known: Known) -> Chosen:
        """Whole months where a month's table can tell, single rows before and after."""
        first, last = known.spans.get(want.family.name, (None, None))
        since, until = days_asked(want.period, want.filters, first or want.today, want.today)
        buckets = buckets_of(since, until, grain_of(want.by), want.period)
        books = dict.fromkeys(component.book for component in _stocked(want))
        if VALUES in books and _asks_warehouse(want):
            books[QUANTITIES] = None  # values are shared by them
        return Chosen(buckets, tuple((book, _pieces(want, book, buckets, last)) for book in books))

    def parts(self, want: Want, chosen: Chosen) -> Sequence[Select[Any]]:
        """One statement for each book; one more where goods of several warehouses share their value."""
        if asks_age(want.dimensions):
            return aged_parts(want, chosen.buckets, _stocked(want))
        parts = []
        for book, _ in chosen.pieces:
            both = [component for component in _stocked(want) if component.book is book]
            shelf = [component for component in both if component.of.is_of_shelf]
            if shelf:
                parts.append(_of_shelves(want, chosen, shelf))
            mine = [component for component in both if not component.of.is_of_shelf]
            if not mine:
                continue
            balances = [component for component in mine if component.of not in {Of.FLOW, Of.DAYS}]
            if book is VALUES and balances and _asks_warehouse(want):
                rest = [component for component in mine if component.of is Of.FLOW]
                parts.append(_shared(want, chosen, [component for component in mine if component.of is not Of.FLOW]))
                parts += [_statement(want, chosen, book, rest)] if rest else []
            else:
                parts.append(_statement(want, chosen, book, mine))
        return parts


def _stocked(want: Want) -> list[Stocked]:
    return [component for component in want.components if isinstance(component, Stocked)]


def _asks_warehouse(want: Want) -> bool:
    return any(each.routes[0].key == WAREHOUSE for each in want.dimensions)


def _pieces(want: Want, book: Book, buckets: Sequence[Bucket], last: date | None) -> tuple[Piece, ...]:
    if not buckets:
        return ()
    since, until = buckets[0].since, buckets[-1].until
    tail = month_after(until)
    plain = replace(_plain(want), period=_EVER)
    if not can_tell(plain, book.months):
        return (Piece(book.days, since, None),)
    start, end = month_after(since), until.replace(day=1)
    inner = {each.until for each in buckets[:-1]}
    pieces: tuple[Piece, ...]
    if start >= end or any(day.day != 1 for day in inner):
        pieces = (Piece(book.days, since, tail), Piece(book.months, tail, None))
    else:
        pieces = (
            Piece(book.days, since, start),
            Piece(book.months, start, end),
            Piece(book.days, end, tail),
            Piece(book.months, tail, None),
        )
    first, *others = (each for each in pieces if each.until is None or each.since < each.until)
    return (first, *(each for each in others if last is None or each.since <= last))


def _plain(want: Want) -> Want:
    """The same without days: these are buckets."""
    return replace(
        want,
        by=tuple(each for each in want.by if not each.is_of_days),
        filters=tuple(each for each in want.filters if not each.dimension.is_of_days),
    )


def _statement(want: Want, chosen: Chosen, book: Book, components: Sequence[Stocked]) -> Select[Any]:
    """Groups and figures of one book."""
    plain = _plain(want)
    return _ordered(want, _figures(plain, chosen, book, components), len(plain.by), components)


def _figures(want: Want, chosen: Chosen, book: Book, components: Sequence[Stocked]) -> FromClause:
    """One row for each group and bucket: keys `k…`, its label `b`, each component, and how many changes were `seen`."""
    if not chosen.buckets:
        return _nothing(len(want.by), components)
    rows = _rows(want, chosen, book, components)
    keys, source = grouping(want, rows)  # type: ignore[arg-type]
    kept = conditions(want.family, rows, _EVER, want.filters)  # type: ignore[arg-type]
    if len(chosen.buckets) > 1:
        return _by_bucket(want, chosen, rows, select(*keys).select_from(source).where(*kept), components)
    (only,) = chosen.buckets
    until, days = literal(only.until, Date), literal(only.days, BigInteger)
    is_in = rows.c.at < until
    sums = [_added_up(rows, each, is_in, until, days).label(each.name) for each in components]
    seen = func.count().filter(is_in).label("seen")
    whole = select(*keys, literal(only.label, Date).label("b"), *sums, seen).select_from(source).where(*kept)
    return whole.group_by(*keys).subquery()


def _added_up(
    rows: FromClause, component: Stocked, is_in: ColumnElement[bool], until: Any, days: Any
) -> ColumnElement[Any]:
    """A figure of a bucket, from changes in it and after it."""
    if component.of is Of.DAYS:
        return func.max(days) if isinstance(days, BindParameter) else days
    change = rows.c[_change(component)]
    inside, after = func.sum(change).filter(is_in), func.sum(change).filter(~is_in)
    match component.of:
        case Of.FLOW:
            return inside
        case Of.CLOSING:
            return -func.coalesce(after, ZERO)
    both = func.coalesce(inside, ZERO) + func.coalesce(after, ZERO)
    if component.of is Of.OPENING:
        return -both + (
            func.coalesce(func.sum(rows.c[_flow(component)]).filter(is_in), ZERO) if component.flows else ZERO
        )
    lasting = func.coalesce(func.sum(rows.c[_lasting(component)]).filter(is_in), ZERO)
    whole = type_coerce(until - _EPOCH, BigInteger)
    daily: ColumnElement[Any] = lasting + func.coalesce(inside, ZERO) * whole - both * days
    return daily


def _by_bucket(
    want: Want, chosen: Chosen, rows: FromClause, keyed: Select[Any], components: Sequence[Stocked]
) -> FromClause:
    """Figures of several buckets: changes are added up as far as they count alike, then given to each bucket."""
    place = _place(chosen.buckets, want, rows.c.at)
    names = dict.fromkeys(name for each in components for name in _columns_of(each))
    sums = [func.sum(rows.c[name]).label(name) for name in names]
    grouped = (
        keyed.add_columns(place.label("place"), *sums, func.sum(rows.c.seen).label("seen"))
        .group_by(*keyed.selected_columns, place)
        .subquery()
    )
    buckets = bucket_rows(chosen.buckets)
    is_in = grouped.c.place < buckets.c.until
    until, days = func.max(buckets.c.until), func.max(buckets.c.days)
    figures = [_added_up(grouped, each, is_in, until, days).label(each.name) for each in components]
    keys = [grouped.c[f"k{i}"] for i in range(len(want.by))]
    seen = func.sum(case((is_in, grouped.c.seen), else_=ZERO)).label("seen")
    whole = select(*keys, buckets.c.label.label("b"), *figures, seen)
    joined = grouped.join(buckets, grouped.c.place >= buckets.c.since)
    return whole.select_from(joined).group_by(*keys, buckets.c.label).subquery()


def _change(component: Stocked) -> str:
    """The column of rows that says what each changes; components that say the same share it."""
    return "_".join((*component.plus, *(f"less_{name}" for name in component.minus), f"times_{component.times}"))


def _flow(component: Stocked) -> str:
    return "_".join((*component.flows, *(f"less_{name}" for name in component.back), "flow"))


def _lasting(component: Stocked) -> str:
    return f"{_change(component)}_lasting"


def _columns_of(component: Stocked) -> list[str]:
    """The columns of rows that a component is added up from."""
    if component.of is Of.DAYS:
        return []
    names = [_change(component)]
    if component.flows:
        names.append(_flow(component))
    if component.of is Of.DAILY:
        names.append(_lasting(component))
    return names


def _rows(want: Want, chosen: Chosen, book: Book, components: Sequence[Stocked]) -> FromClause:
    """Every change since the first bucket began, with the columns that groups and filters start from."""
    pieces = chosen.of(book)
    starts = _starts(want, pieces[0].table)
    parts = [_changes(piece, starts, components) for piece in pieces]
    if any(component.of is not Of.FLOW for component in components):
        parts.append(_level(book, starts, components))
    return union_all(*parts).subquery()


def _starts(want: Want, table: Table) -> list[str]:
    routes = (each.route(want.family, table) for each in want.dimensions)
    return list(dict.fromkeys(route[0] for route in routes if route is not None))


def _changes(piece: Piece, starts: Sequence[str], components: Sequence[Stocked]) -> Select[Any]:
    table = piece.table
    is_months = "month" in table.c
    at: ColumnElement[Any] = table.c.month if is_months else table.c.day
    lasting = type_coerce(func.last_day(at) - _EPOCH + _ONE if is_months else at - _EPOCH, BigInteger)
    columns: dict[str, ColumnElement[Any]] = {}
    for component in components:
        if component.of is Of.DAYS:
            continue
        change = component.change(table)
        columns[_change(component)] = change
        if component.flows:
            columns[_flow(component)] = component.flow(table)
        if component.of is Of.DAILY:
            columns[_lasting(component)] = (component.weighted(table) if is_months else ZERO) - change * lasting
    sums = [column.label(name) for name, column in columns.items()]
    rows = select(*(table.c[name] for name in starts), at.label("at"), *sums, _ONE.label("seen"))
    rows = rows.where(at >= piece.since)
    return rows if piece.until is None else rows.where(at < piece.until)


def _level(book: Book, starts: Sequence[str], components: Sequence[Stocked]) -> Select[Any]:
    """What is there now, as what leaves at the end of time."""
    table = book.level
    columns: dict[str, ColumnElement[Any]] = {name: ZERO for each in components for name in _columns_of(each)}
    for component in components:
        if component.of not in {Of.FLOW, Of.DAYS}:
            columns[_change(component)] = -component.level(table)
    sums = [column.label(name) for name, column in columns.items()]
    return select(*(table.c[name] for name in starts), _END_OF_TIME.label("at"), *sums, ZERO.label("seen"))


def _nothing(width: int, components: Sequence[Stocked]) -> FromClause:
    keys = [_NOTHING.label(f"k{i}") for i in range(width)]
    sums = [_NOTHING.label(each.name) for each in components]
    none = select(*keys, cast(null(), Date).label("b"), *sums, _NOTHING.label("seen"))
    return none.where(literal_column("false")).subquery()


def bucket_rows(buckets: Sequence[Bucket]) -> FromClause:
    """The buckets as rows."""
    columns = {"since": Date, "until": Date, "label": Date, "days": BigInteger}
    listed = [
        func.unnest(literal([getattr(each, name) for each in buckets], NullType()), type_=kind()).label(name)
        for name, kind in columns.items()
    ]
    return select(*listed).subquery()


def _place(buckets: Sequence[Bucket], want: Want, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """A day that says which bucket rows are in, the same for as many of them as can be."""
    since, until = buckets[0].since, buckets[-1].until
    grain = _same_grain(buckets)
    if want.period.shift_days or want.period.shift_months or grain is None:
        return cast(at, Date)
    return case((at < until, func.greatest(bucket(grain, at), literal(since, Date))), else_=literal(until, Date))


def _same_grain(buckets: Sequence[Bucket]) -> Grain | None:
    """The grain that these buckets are of."""
    for grain in (Grain.DAY, Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        if all(each.label == grain.start(each.since) and grain.next(each.label) >= each.until for each in buckets) and (
            all(grain.next(each.label) == each.until for each in buckets[:-1])
        ):
            return grain
    return None


def _ordered(want: Want, figures: FromClause, width: int, components: Sequence[Stocked]) -> Select[Any]:
    """Keys in the order they were asked for; groups of which there is nothing are left out."""
    plain = iter(range(width))
    keys = [
        (figures.c.b if dimension.is_of_days else figures.c[f"k{next(plain)}"]).label(f"k{i}")
        for i, dimension in enumerate(want.by)
    ]
    found: Select[Any] = select(*keys, *(figures.c[each.name] for each in components)).select_from(figures)
    if not keys:
        return found
    amounts = [figures.c[each.name] != ZERO for each in components if each.of is not Of.DAYS]
    return found.where(or_(figures.c.seen > ZERO, *amounts))


def _totals(rows: FromClause, width: int, components: Sequence[Stocked]) -> FromClause:
    """Rows of the same groups and buckets added up; however many a group has, it lasts as long as its bucket."""
    keys = [rows.c[f"k{i}"] for i in range(width)]
    figures = [
        (func.max if each.of is Of.DAYS else func.sum)(rows.c[each.name]).label(each.name) for each in components
    ]
    return select(*keys, rows.c.b, *figures, func.sum(rows.c.seen).label("seen")).group_by(*keys, rows.c.b).subquery()


def _of_shelves(want: Want, chosen: Chosen, components: Sequence[Stocked]) -> Select[Any]:
    """Days of empty shelves, counted product by product."""
    plain = _plain(want)
    width = len(plain.by)
    if not chosen.buckets:
        return _ordered(want, _nothing(width, components), width, components)
    since, until = chosen.buckets[0].since, chosen.buckets[-1].until
    pieces = chosen.of(QUANTITIES)
    rows = empty_days(plain, bucket_rows(chosen.buckets), since, until, pieces, components)
    keys, source = grouping(plain, rows)  # type: ignore[arg-type]
    figures = [rows.c[each.name] for each in components]
    keyed = select(*keys, rows.c.b, rows.c.seen, *figures).select_from(source).subquery()
    return _ordered(want, _totals(keyed, width, components), width, components)


def _shared(want: Want, chosen: Chosen, components: Sequence[Stocked]) -> Select[Any]:
    """Values by warehouse: goods that have one cost for all warehouses share it by quantity, to the last unit."""
    plain, goods = _plain(want), goods_of(want.dimensions)
    width = len(plain.by)
    of_house = tuple(each for each in plain.filters if each.dimension.routes[0].key == WAREHOUSE)
    others = tuple(each for each in plain.filters if each not in of_house)
    counted = {
        component: Stocked(want.family, f"{component.name}_quantity", 0, (), QUANTITIES, component.of, ("delta",))
        for component in components
        if component.of is not Of.DAYS
    }
    inner = replace(plain, by=(goods, DIMENSIONS["warehouse"]), filters=others)
    if not chosen.buckets:
        return _ordered(want, _nothing(width, components), width, components)
    held = select(*_figures(inner, chosen, QUANTITIES, list(counted.values())).c).cte()
    worth = select(*_figures(replace(inner, by=(goods, _POOL)), chosen, VALUES, components).c).cte()
    rows = union_all(
        select(worth.c.k0, worth.c.k1, worth.c.b, *(worth.c[each.name] for each in components), worth.c.seen).where(
            worth.c.k1 != ZERO
        ),
        _by_quantity(worth, held, counted, components),
        _by_nothing(worth, held, counted, components),
    ).subquery()
    house = placed(rows, goods, has_warehouse=True)
    keys, joined = grouping(plain, house)  # type: ignore[arg-type]
    figures = [house.c[each.name] for each in components]
    keyed = select(*keys, house.c.b, house.c.seen, *figures).select_from(joined)
    keyed = keyed.where(*conditions(want.family, house, _EVER, of_house))  # type: ignore[arg-type]
    return _ordered(want, _totals(keyed.subquery(), width, components), width, components)


def _by_quantity(
    worth: FromClause, held: FromClause, counted: Mapping[Stocked, Stocked], components: Sequence[Stocked]
) -> Select[Any]:
    """Shares of what all warehouses have together; each the difference of two rounded parts, so that none is lost."""
    goods = (held.c.k0, held.c.b)
    columns: list[ColumnElement[Any]] = [held.c.k0, held.c.k1, held.c.b]
    for quantity in counted.values():
        mine = held.c[quantity.name]
        columns += [
            mine,
            func.sum(mine).over(partition_by=goods, order_by=held.c.k1).label(f"{quantity.name}_upto"),
            func.nullif(func.sum(mine).over(partition_by=goods), ZERO).label(f"{quantity.name}_all"),
        ]
    each = select(*columns).subquery()
    shares: list[ColumnElement[Any]] = []
    for component in components:
        value = worth.c[component.name]
        if component not in counted:
            shares.append(value.label(component.name))
            continue
        name = counted[component].name
        upto, whole = each.c[f"{name}_upto"], each.c[f"{name}_all"]
        before = upto - each.c[name]
        share = (value * upto).op("//")(whole) - (value * before).op("//")(whole)
        shares.append(func.coalesce(share, ZERO).label(component.name))
    source = worth.join(each, (each.c.k0 == worth.c.k0) & (each.c.b == worth.c.b))
    rows = select(worth.c.k0, each.c.k1, worth.c.b, *shares, ZERO.label("seen")).select_from(source)
    return rows.where(worth.c.k1 == ZERO)


def _by_nothing(
    worth: FromClause, held: FromClause, counted: Mapping[Stocked, Stocked], components: Sequence[Stocked]
) -> Select[Any]:
    """Value of goods of which no warehouse has any, at none."""
    totals = [func.sum(held.c[quantity.name]).label(quantity.name) for quantity in counted.values()]
    each = select(held.c.k0, held.c.b, *totals).group_by(held.c.k0, held.c.b).subquery()
    rests: list[ColumnElement[Any]] = []
    for component in components:
        value: ColumnElement[Any] = worth.c[component.name]
        if component in counted:
            none = func.coalesce(each.c[counted[component].name], ZERO) == ZERO
            value = case((none, value), else_=ZERO)
        rests.append(value.label(component.name))
    source = worth.outerjoin(each, (each.c.k0 == worth.c.k0) & (each.c.b == worth.c.b))
    rows = select(worth.c.k0, ZERO.label("k1"), worth.c.b, *rests, ZERO.label("seen")).select_from(source)
    return rows.where(worth.c.k1 == ZERO)
