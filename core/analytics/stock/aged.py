"""On hand and value by how long ago goods were received, as part of a question."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, cast, func, literal_column, null, select

from core.analytics.errors import AgeAtOneDay
from core.analytics.layer.ask import Period
from core.analytics.layer.compose import Want, conditions, grouping
from core.analytics.layer.dimensions import LOT_AGE, Dimension
from core.analytics.layer.terms import ZERO
from core.analytics.stock.ages import aged_stock
from core.analytics.stock.books import VALUES, Stocked
from core.analytics.stock.buckets import Bucket

WAREHOUSE, SKU = "warehouse_id", "variant_id"
_EVER = Period(None, None)


def asks_age(dimensions: Sequence[Dimension]) -> bool:
    """Whether goods are told apart by their age."""
    return any(each.name == LOT_AGE for each in dimensions)


def aged_parts(want: Want, buckets: Sequence[Bucket], components: Sequence[Stocked]) -> list[Select[Any]]:
    """One statement for each balance. Ages are those at the end of the period; refuses days beside them, and SKUs."""
    if any(each.is_of_days for each in want.by) or any(each.routes[0].key == SKU for each in want.dimensions):
        raise AgeAtOneDay
    return [_part(want, buckets, component) for component in components]


def _part(want: Want, buckets: Sequence[Bucket], component: Stocked) -> Select[Any]:
    if not buckets:
        names = [*(f"k{i}" for i in range(len(want.by))), component.name]
        nothing: list[ColumnElement[Any]] = [cast(null(), BigInteger).label(name) for name in names]
        none: Select[Any] = select(*nothing)
        return none.where(literal_column("false"))
    by_house = any(each.routes[0].key == WAREHOUSE for each in want.dimensions)
    of_value = component.book is VALUES
    aged = aged_stock(buckets[-1].until - timedelta(days=1), by_house=by_house, with_transit=of_value, with_rest=True)
    figure = aged.c.value if of_value else aged.c.quantity
    rows = select(
        aged.c.product_id, aged.c.warehouse_id, cast(aged.c.age + 1, Integer).label(LOT_AGE), figure.label("figure")
    ).subquery()
    filters = tuple(each for each in want.filters if not each.dimension.is_of_days)
    keys, source = grouping(replace(want, period=_EVER), rows)  # type: ignore[arg-type]
    whole = func.sum(rows.c.figure)
    found: Select[Any] = select(*keys, whole.label(component.name)).select_from(source)
    found = found.where(*conditions(want.family, rows, _EVER, filters))  # type: ignore[arg-type]
    return found.group_by(*keys).having(whole != ZERO) if keys else found
