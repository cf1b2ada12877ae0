"""From what people write to what the mirror holds: labels to ids, days to buckets."""

import re
from datetime import date

import duckdb
from sqlalchemy import or_, select

from core.analytics.errors import UnknownLabel
from core.analytics.layer.ask import Choice, Choices
from core.analytics.layer.compose import Filter, rendered
from core.analytics.layer.dimensions import COHORT, DIMENSIONS, MONDAY, SUNDAY, Dimension, Grain, Part, get_dimensions
from core.analytics.mirror.tables import dim_category, dim_product, dim_variant

_LAST_HOUR = 23
_YEAR = re.compile(r"(\d{4})", re.ASCII)
_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{1,2})", re.ASCII)
_ALSO = ("code", "plain_name")


def resolve(duck: duckdb.DuckDBPyConnection, where: Choices, *, negated: bool = False) -> list[Filter]:
    """Filters for these choices; `UnknownDimension` or `UnknownLabel` for what does not exist."""
    get_dimensions(where)
    filters = []
    for name, choices in where.items():
        dimension = DIMENSIONS[name]
        values = tuple(dict.fromkeys(value for choice in choices for value in _values(duck, dimension, choice)))
        filters.append(Filter(dimension, values, negated))
    return filters


def _values(duck: duckdb.DuckDBPyConnection, dimension: Dimension, choice: Choice) -> list[int | date]:
    if dimension.grain is not None:
        return [dimension.grain.start(_day(dimension, dimension.grain, choice))]
    if dimension.part is not None:
        return [_number(dimension, choice)]
    if choice is None or choice == "":
        return [0]
    if isinstance(choice, int):
        return [choice]
    found = _ids(duck, dimension, str(choice)) if dimension.labels is not None else _plain_number(dimension, choice)
    if not found:
        raise UnknownLabel(dimension=dimension.label, label=str(choice))
    return found


def _ids(duck: duckdb.DuckDBPyConnection, dimension: Dimension, label: str) -> list[int | date]:
    table = dimension.labels
    if table is None:
        return []
    columns = [table.c.name, *(table.c[name] for name in _ALSO if name in table.c)]
    wanted = select(table.c.id).where(or_(*(column == label for column in columns)))
    hops = dimension.routes[0].hops
    if table is dim_category and hops:
        wanted = wanted.where(table.c.id.in_(select(table.alias("level").c[hops[-1].column])))
    if table is dim_product:
        sold_as = select(dim_variant.c.product_id).where(dim_variant.c.name == label)
        wanted = select(table.c.id).where(or_(table.c.name == label, table.c.id.in_(sold_as)))
    statement, parameters = rendered(wanted)
    return [row[0] for row in duck.execute(statement, parameters).fetchall()]


def _plain_number(dimension: Dimension, written: str | date) -> list[int | date]:
    """A score, or the month of a first order such as 2026-03."""
    found = _MONTH.fullmatch(str(written)) if dimension.name == COHORT else None
    if found:
        return [int(found[1]) * 100 + int(found[2])]
    return [int(written)] if isinstance(written, str) and re.fullmatch(r"\d{1,6}", written, re.ASCII) else []


def _day(dimension: Dimension, grain: Grain, choice: Choice) -> date:
    if isinstance(choice, date):
        return choice
    written = str(choice)
    try:
        if grain == Grain.YEAR and (found := _YEAR.fullmatch(written)):
            return date(int(found[1]), 1, 1)
        if grain == Grain.QUARTER and (found := _QUARTER.fullmatch(written)):
            return date(int(found[1]), 3 * int(found[2]) - 2, 1)
        if grain == Grain.MONTH and (found := _MONTH.fullmatch(written)):
            return date(int(found[1]), int(found[2]), 1)
        return date.fromisoformat(written)
    except ValueError:
        raise UnknownLabel(dimension=dimension.label, label=written) from None


def _number(dimension: Dimension, choice: Choice) -> int:
    lowest, highest = (0, _LAST_HOUR) if dimension.part == Part.HOUR else (MONDAY, SUNDAY)
    written = str(choice)
    if re.fullmatch(r"\d{1,2}", written, re.ASCII) and lowest <= int(written) <= highest:
        return int(written)
    raise UnknownLabel(dimension=dimension.label, label=written)
