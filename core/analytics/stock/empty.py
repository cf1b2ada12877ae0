"""Days on which the shelf was empty, as part of a question: counted for each product, never from sums of several."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Table,
    case,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)

from core.analytics.layer.ask import Period
from core.analytics.layer.compose import Want, conditions, grouping
from core.analytics.layer.dimensions import DIMENSIONS, Dimension, month_after
from core.analytics.layer.terms import ZERO
from core.analytics.mirror.tables import agg_stock, dim_variant, empty_shelf, level_stock
from core.analytics.mirror.views import stock_flows
from core.analytics.stock.books import Of, Stocked

if TYPE_CHECKING:
    from core.analytics.stock.composer import Piece

WAREHOUSE = "warehouse_id"
_EVER = Period(None, None)


def goods_of(dimensions: Sequence[Dimension]) -> Dimension:
    """What is told apart: the variant where one is asked for, else the product."""
    return DIMENSIONS["sku" if any(each.routes[0].key == "variant_id" for each in dimensions) else "product"]


def placed(rows: FromClause, goods: Dimension, has_warehouse: bool) -> FromClause:
    """Rows of goods (`k0`) and maybe a warehouse (`k1`) with the columns that dimensions are found from."""
    others = [column for column in rows.c if column.name not in {"k0", "k1"}]
    houses = [rows.c.k1.label(WAREHOUSE)] if has_warehouse else []
    if goods.name == "product":
        return select(rows.c.k0.label("product_id"), *houses, *others).subquery()
    source = rows.join(dim_variant, dim_variant.c.id == rows.c.k0)
    named = select(rows.c.k0.label("variant_id"), dim_variant.c.product_id, *houses, *others)
    return named.select_from(source).subquery()


def empty_days(
    want: Want, buckets: FromClause, since: date, until: date, pieces: Sequence["Piece"], components: Sequence[Stocked]
) -> FromClause:
    """For each product that was shipped in the period: in each bucket its days, and those with an empty shelf."""
    goods = goods_of(want.dimensions)
    if goods.name == "product":
        return _kept_days(want, buckets, since, until, components)
    by_house = any(each.routes[0].key == WAREHOUSE for each in want.dimensions)
    inner = replace(want, by=(goods, DIMENSIONS["warehouse"]) if by_house else (goods,))
    names = ["k0", "k1"] if by_house else ["k0"]
    daily = _summed(
        inner,
        stock_flows,
        [stock_flows.c.day],
        [
            func.sum(stock_flows.c.shelf_delta).label("d"),
            func.sum(stock_flows.c.sold - stock_flows.c.returned).label("shipped"),
        ],
        [stock_flows.c.day >= since, stock_flows.c.day < until],
    ).subquery()
    keys = [daily.c[name] for name in names]
    asked = select(*keys).group_by(*keys).having(func.sum(daily.c.shipped) > ZERO).subquery()
    begun = [_summed(inner, level_stock, [], [func.sum(level_stock.c.shelf).label("q")], [])]
    for piece in pieces:
        table: Table = piece.table
        at: ColumnElement[Any] = table.c.month if "month" in table.c else table.c.day
        kept = [at >= piece.since] + ([at < piece.until] if piece.until is not None else [])
        begun.append(_summed(inner, table, [], [(-func.sum(table.c.shelf_delta)).label("q")], kept))
    opened = union_all(*begun).subquery()
    before = literal(since - timedelta(days=1), Date)
    steps = union_all(
        select(*keys, daily.c.day, daily.c.d),
        select(*(opened.c[name] for name in names), before.label("day"), func.sum(opened.c.q).label("d")).group_by(
            *(opened.c[name] for name in names)
        ),
    ).subquery()
    mine = [steps.c[name] for name in names]
    start = literal(since, Date)
    following = func.lead(steps.c.day, 1, literal(until, Date)).over(partition_by=mine, order_by=steps.c.day)
    levels = select(
        *mine,
        func.greatest(steps.c.day, start).label("since"),
        func.greatest(cast(following, Date), start).label("until"),
        func.sum(steps.c.d).over(partition_by=mine, order_by=steps.c.day).label("q"),
    ).subquery()
    first, last = func.greatest(levels.c.since, buckets.c.since), func.least(levels.c.until, buckets.c.until)
    days = func.greatest(cast(last - first, BigInteger), ZERO)
    same = [levels.c[name] == asked.c[name] for name in names]
    source = levels.join(asked, same[0] if len(same) == 1 else same[0] & same[1])
    source = source.join(buckets, (levels.c.since < buckets.c.until) & (levels.c.until > buckets.c.since))
    figures = [
        (days if each.of is Of.ASKED_DAYS else case((levels.c.q <= ZERO, days), else_=ZERO)).label(each.name)
        for each in components
    ]
    rows = select(
        *(levels.c[name] for name in names), buckets.c.label.label("b"), ZERO.label("seen"), *figures
    ).select_from(source)
    return placed(rows.subquery(), goods, by_house)


def _kept_days(want: Want, buckets: FromClause, since: date, until: date, components: Sequence[Stocked]) -> FromClause:
    """The same from the stretches that the mirror keeps."""
    goods = goods_of(want.dimensions)
    by_house = any(each.routes[0].key == WAREHOUSE for each in want.dimensions)
    inner = replace(want, by=(goods, DIMENSIONS["warehouse"]) if by_house else (goods,))
    names = ["k0", "k1"] if by_house else ["k0"]
    start, end = min(month_after(since), until), max(until.replace(day=1), min(month_after(since), until))
    starts = [route[0] for each in inner.dimensions if (route := each.route(want.family, agg_stock)) is not None]
    flows = union_all(
        *(
            select(
                *(table.c[name] for name in dict.fromkeys(starts)), (table.c.sold - table.c.returned).label("shipped")
            ).where(at >= low, at < high)
            for table, at, low, high in (
                (stock_flows, stock_flows.c.day, since, start),
                (agg_stock, agg_stock.c.month, start, end),
                (stock_flows, stock_flows.c.day, end, until),
            )
            if low < high
        )
    ).subquery()
    shipped = _summed(inner, flows, [], [func.sum(flows.c.shipped).label("shipped")], []).subquery()  # type: ignore[arg-type]
    keys = [shipped.c[name] for name in names]
    asked = select(*keys).where(shipped.c.shipped > ZERO).cte()
    mine = [asked.c[name] for name in names]
    house = asked.c.k1 if by_house else ZERO
    is_kept = (empty_shelf.c.product_id == asked.c.k0) & (empty_shelf.c.warehouse_id == house)
    source = asked.join(empty_shelf, is_kept & (empty_shelf.c.since < until) & (empty_shelf.c.until > since))
    source = source.join(buckets, (empty_shelf.c.since < buckets.c.until) & (empty_shelf.c.until > buckets.c.since))
    first, last = func.greatest(empty_shelf.c.since, buckets.c.since), func.least(empty_shelf.c.until, buckets.c.until)
    parts = []
    for of, days, rows in (
        (Of.EMPTY_DAYS, cast(last - first, BigInteger), source),
        (Of.ASKED_DAYS, buckets.c.days, asked.join(buckets, true())),
    ):
        if any(each.of is of for each in components):
            figures = [(days if each.of is of else ZERO).label(each.name) for each in components]
            part = select(*mine, buckets.c.label.label("b"), ZERO.label("seen"), *figures).select_from(rows)
            parts.append(part)
    return placed(union_all(*parts).subquery(), goods, by_house)


def _summed(
    want: Want,
    table: Table,
    also: Sequence[ColumnElement[Any]],
    sums: Sequence[ColumnElement[Any]],
    kept: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    keys, source = grouping(want, table)
    filters = tuple(each for each in want.filters if not each.dimension.is_of_days)
    rows = select(*keys, *also, *sums).select_from(source)
    return rows.where(*kept, *conditions(want.family, table, _EVER, filters)).group_by(*keys, *also)
