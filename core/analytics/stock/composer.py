"""How questions about stock become SQL: balances from the level of now, less what changed since, never added up.

A balance at the end of a day is the level less all later changes, so that it costs what moved since. The mean
over days comes from changes times the days they lasted. Both are sums over rows: what the level, whole
months and single rows add to each bucket is stacked, and grouped once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
    values,
)

from core.analytics.layer.ask import Period
from core.analytics.layer.compose import Known, Want, bucket, can_tell, conditions, grouping
from core.analytics.layer.dimensions import DIMENSIONS, Dimension, Grain, Route, month_after
from core.analytics.layer.terms import ZERO
from core.analytics.stock.aged import aged_parts, asks_age
from core.analytics.stock.books import QUANTITIES, VALUES, Book, Of, Stocked
from core.analytics.stock.buckets import Bucket, buckets_of, days_asked, grain_of
from core.analytics.stock.empty import WAREHOUSE, empty_days, goods_of, placed

_EPOCH: ColumnElement[date] = literal_column("DATE '2000-01-01'")
_EVER = Period(None, None)
_MONTH: ColumnElement[Any] = literal_column("INTERVAL 1 MONTH")
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
        first, _ = known.spans.get(want.family.name, (None, None))
        since, until = days_asked(want.period, want.filters, first or want.today, want.today)
        buckets = buckets_of(since, until, grain_of(want.by), want.period)
        books = dict.fromkeys(component.book for component in _stocked(want))
        if VALUES in books and _asks_warehouse(want):
            books[QUANTITIES] = None  # values are shared by them
        return Chosen(buckets, tuple((book, _pieces(want, book, buckets)) for book in books))

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


def _pieces(want: Want, book: Book, buckets: Sequence[Bucket]) -> tuple[Piece, ...]:
    if not buckets:
        return ()
    since, until = buckets[0].since, buckets[-1].until
    tail = month_after(until)
    plain = replace(
        want,
        period=_EVER,
        by=_without_days(want.by),
        filters=tuple(each for each in want.filters if not each.dimension.is_of_days),
    )
    if not can_tell(plain, book.months):
        return (Piece(book.days, since, None),)
    start, end = month_after(since), until.replace(day=1)
    inner = {each.until for each in buckets[:-1]}
    if start >= end or any(day.day != 1 for day in inner):
        return _filled(Piece(book.days, since, tail), Piece(book.months, tail, None))
    return _filled(
        Piece(book.days, since, start),
        Piece(book.months, start, end),
        Piece(book.days, end, tail),
        Piece(book.months, tail, None),
    )


def _filled(*pieces: Piece) -> tuple[Piece, ...]:
    return tuple(piece for piece in pieces if piece.until is None or piece.since < piece.until)


def _without_days(by: Sequence[Dimension]) -> tuple[Dimension, ...]:
    return tuple(each for each in by if not each.is_of_days)


def _statement(want: Want, chosen: Chosen, book: Book, components: Sequence[Stocked]) -> Select[Any]:
    """Groups and figures of one book."""
    names = [f"k{i}" for i in range(len(_without_days(want.by)))]
    stacked = _stacked(want, chosen, book, components)
    return _ordered(want, stacked, names, components)


def _stacked(want: Want, chosen: Chosen, book: Book, components: Sequence[Stocked]) -> FromClause:
    """Rows of keys `k…`, the bucket's label `b`, a column for each component and `seen`, to be added up."""
    if not chosen.buckets:
        return _nothing(want, components)
    plain = replace(want, by=_without_days(want.by))
    bucket_rows = _bucket_rows(chosen.buckets)
    parts = []
    if any(component.of is not Of.FLOW for component in components):
        parts.append(_of_level(plain, book, bucket_rows, components))
    parts += [_of_piece(plain, chosen, piece, bucket_rows, components) for piece in chosen.of(book)]
    return union_all(*parts).subquery()


def _nothing(want: Want, components: Sequence[Stocked]) -> FromClause:
    keys = [cast(null(), BigInteger).label(f"k{i}") for i in range(len(_without_days(want.by)))]
    sums = [cast(null(), BigInteger).label(each.name) for each in components]
    seen = cast(null(), BigInteger).label("seen")
    return select(*keys, cast(null(), Date).label("b"), *sums, seen).where(literal_column("false")).subquery()


def _bucket_rows(buckets: Sequence[Bucket]) -> FromClause:
    rows = values(
        column("since", Date), column("until", Date), column("label", Date), column("days", BigInteger), name="buckets"
    )
    return rows.data([(each.since, each.until, each.label, each.days) for each in buckets])


def _of_level(want: Want, book: Book, buckets: FromClause, components: Sequence[Stocked]) -> Select[Any]:
    """What the level of now adds to every bucket."""
    table = book.level
    keys, source = grouping(want, table)
    sums = {
        component.name: func.sum(component.level(table)).label(component.name)
        for component in components
        if component.of in {Of.CLOSING, Of.OPENING, Of.DAILY}
    }
    level = (
        select(*keys, *sums.values())
        .select_from(source)
        .where(*_kept(want, table))
        .group_by(*keys)
        .having(func.sum(table.c.fact_rows) != ZERO)
        .subquery()
    )
    columns: list[ColumnElement[Any]] = []
    for component in components:
        match component.of:
            case Of.FLOW:
                added: ColumnElement[Any] = cast(null(), BigInteger)
            case Of.DAYS:
                added = buckets.c.days
            case Of.DAILY:
                added = level.c[component.name] * buckets.c.days
            case _:
                added = level.c[component.name]
        columns.append(added.label(component.name))
    keyed = [level.c[f"k{i}"] for i in range(len(want.by))]
    crossed = level.join(buckets, literal_column("true"))
    return select(*keyed, buckets.c.label.label("b"), *columns, ZERO.label("seen")).select_from(crossed)


def _of_piece(
    want: Want, chosen: Chosen, piece: Piece, buckets: FromClause, components: Sequence[Stocked]
) -> Select[Any]:
    """What changes of some days add to the buckets they are in, and take from those before."""
    table = piece.table
    keys, source = grouping(want, table)
    is_months = "month" in table.c
    at: ColumnElement[Any] = table.c.month if is_months else table.c.day
    lasting = type_coerce(cast(at + _MONTH, Date) - _EPOCH if is_months else at - _EPOCH, BigInteger)
    sums: list[ColumnElement[Any]] = []
    for component in components:
        if component.of is Of.DAYS:
            continue
        change = component.change(table)
        sums.append(func.sum(change).label(component.name))
        if component.flows:
            sums.append(func.sum(component.flow(table)).label(f"{component.name}_flow"))
        if component.of is Of.DAILY:
            weighted = component.weighted(table) if is_months else ZERO
            sums.append(func.sum(weighted - change * lasting).label(f"{component.name}_lasting"))
    place = _place(chosen.buckets, want, at)
    rows = select(*keys, place.label("place"), *sums, func.count().label("seen")).select_from(source)
    rows = rows.where(at >= piece.since, *_kept(want, table))
    if piece.until is not None:
        rows = rows.where(at < piece.until)
    grouped = rows.group_by(*keys, place).subquery()
    is_in = grouped.c.place < buckets.c.until
    columns: list[ColumnElement[Any]] = []
    for component in components:
        if component.of is Of.DAYS:
            columns.append(cast(null(), BigInteger).label(component.name))
            continue
        change = grouped.c[component.name]
        match component.of:
            case Of.FLOW:
                added: ColumnElement[Any] = case((is_in, change))
            case Of.CLOSING:
                added = case((~is_in, -change))
            case Of.OPENING:
                added = -change
                if component.flows:
                    added = case((is_in, added + grouped.c[f"{component.name}_flow"]), else_=added)
            case _:
                whole = type_coerce(buckets.c.until - _EPOCH, BigInteger)
                lasted = grouped.c[f"{component.name}_lasting"] + change * whole
                added = case((is_in, lasted), else_=ZERO) - change * buckets.c.days
        columns.append(added.label(component.name))
    seen = case((is_in, grouped.c.seen), else_=ZERO)
    keyed = [grouped.c[f"k{i}"] for i in range(len(want.by))]
    joined = grouped.join(buckets, grouped.c.place >= buckets.c.since)
    return select(*keyed, buckets.c.label.label("b"), *columns, seen.label("seen")).select_from(joined)


def _place(buckets: Sequence[Bucket], want: Want, at: ColumnElement[Any]) -> ColumnElement[Any]:
    """A day that says which bucket rows are in, the same for as many of them as can be."""
    since, until = buckets[0].since, buckets[-1].until
    if len(buckets) == 1:
        return case((at < until, literal(since, Date)), else_=literal(until, Date))
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


def _kept(want: Want, table: Table) -> list[ColumnElement[bool]]:
    filters = tuple(each for each in want.filters if not each.dimension.is_of_days)
    return conditions(want.family, table, _EVER, filters)


def _ordered(want: Want, stacked: FromClause, names: Sequence[str], components: Sequence[Stocked]) -> Select[Any]:
    """Keys in the order they were asked for, figures added up; groups of which there is nothing are left out."""
    plain, keys = iter(names), []
    for i, dimension in enumerate(want.by):
        key = stacked.c.b if dimension.is_of_days else stacked.c[next(plain)]
        keys.append(key.label(f"k{i}"))
    grouped: Select[Any] = select(*keys, *(_total(stacked, component) for component in components))
    grouped = grouped.select_from(stacked)
    if not keys:
        return grouped
    figures = [func.sum(stacked.c[each.name]) != ZERO for each in components if each.of is not Of.DAYS]
    return grouped.group_by(*keys).having(or_(func.sum(stacked.c.seen) > ZERO, *figures))


def _total(stacked: FromClause, component: Stocked) -> ColumnElement[Any]:
    """A figure of a group; however many rows a group has, it lasts as long as its bucket."""
    figure = stacked.c[component.name]
    return (func.max(figure) if component.of is Of.DAYS else func.sum(figure)).label(component.name)


def _of_shelves(want: Want, chosen: Chosen, components: Sequence[Stocked]) -> Select[Any]:
    """Days of empty shelves, counted product by product."""
    plain = replace(want, by=_without_days(want.by))
    names = [f"k{i}" for i in range(len(plain.by))]
    if not chosen.buckets:
        return _ordered(want, _nothing(want, components), names, components)
    since, until = chosen.buckets[0].since, chosen.buckets[-1].until
    pieces = chosen.of(QUANTITIES)
    rows = empty_days(plain, _bucket_rows(chosen.buckets), since, until, pieces, components)
    keys, source = grouping(plain, rows)  # type: ignore[arg-type]
    figures = [rows.c[each.name] for each in components]
    return _ordered(
        want, select(*keys, rows.c.b, rows.c.seen, *figures).select_from(source).subquery(), names, components
    )


def _shared(want: Want, chosen: Chosen, components: Sequence[Stocked]) -> Select[Any]:
    """Values by warehouse: goods that have one cost for all warehouses share it by quantity, to the last unit."""
    goods, days = goods_of(want.dimensions), tuple(each for each in want.by if each.is_of_days)
    filters = tuple(each for each in want.filters if each.dimension.routes[0].key != WAREHOUSE)
    counted = {
        component: Stocked(want.family, f"{component.name}_quantity", 0, (), QUANTITIES, component.of, ("delta",))
        for component in components
        if component.of is not Of.DAYS
    }
    inner = replace(want, by=(goods, DIMENSIONS["warehouse"], *days), filters=filters)
    held = _grouped(_stacked(inner, chosen, QUANTITIES, list(counted.values())), counted.values())
    worth = _grouped(_stacked(replace(inner, by=(goods, _POOL, *days)), chosen, VALUES, components), components)
    rows = union_all(
        select(worth.c.k0, worth.c.k1, worth.c.b, *(worth.c[each.name] for each in components), worth.c.seen).where(
            worth.c.k1 != ZERO
        ),
        _by_quantity(worth, held, counted, components),
        _by_nothing(worth, held, counted, components),
    ).subquery()
    house = placed(rows, goods, has_warehouse=True)
    plain = replace(want, by=_without_days(want.by))
    keys, joined = grouping(plain, house)  # type: ignore[arg-type]
    figures = [house.c[each.name] for each in components]
    stacked = select(*keys, house.c.b, house.c.seen, *figures).select_from(joined)
    stacked = stacked.where(*_kept(want, house))  # type: ignore[arg-type]
    return _ordered(want, stacked.subquery(), [f"k{i}" for i in range(len(plain.by))], components)


def _grouped(stacked: FromClause, components: Iterable[Stocked]) -> FromClause:
    """Figures of goods (`k0`) and a place (`k1`) in a bucket (`b`)."""
    keys = (stacked.c.k0, stacked.c.k1, stacked.c.b)
    sums = [_total(stacked, component) for component in components]
    return select(*keys, *sums, func.sum(stacked.c.seen).label("seen")).group_by(*keys).subquery()


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
