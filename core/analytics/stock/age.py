"""How old stock is: what is here counts as what came in last."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, column, func, select

from core.analytics.layer.answer import filters_of, today_of
from core.analytics.layer.ask import Ask, Choices, Period
from core.analytics.layer.compose import Want, conditions, grouping, rendered
from core.analytics.layer.dimensions import get_dimensions
from core.analytics.layer.measures import belong, get_measures
from core.analytics.layer.terms import AGE_LABELS
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.ages import aged_stock
from core.analytics.stock.family import STOCK
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_to
from core.security.actor import Actor
from core.security.permissions import P


@dataclass(frozen=True)
class AgeRow:
    """Of one group (its label, or none where it has none) the quantity and value of each age, youngest first."""

    key: int | None
    label: str | None
    quantities: tuple[Decimal, ...]
    values: tuple[Decimal, ...] | None

    @property
    def quantity(self) -> Decimal:
        """All of it."""
        return sum(self.quantities, Decimal(0))

    @property
    def value(self) -> Decimal | None:
        """All of it."""
        return None if self.values is None else sum(self.values, Decimal(0))


@dataclass(frozen=True)
class Ages:
    """Stock by age at the end of a day."""

    rows: tuple[AgeRow, ...]
    total: AgeRow
    on: date
    as_of: datetime


def stock_age(
    mirror: Mirror,
    actor: Actor,
    by: str | None = None,
    *,
    where: Choices | None = None,
    exclude: Choices | None = None,
    on: date | None = None,
) -> Ages:
    """What was in stock at the end of a day (today) by the days since it was received, in groups of a dimension.

    Goods in stock count as those received last; opening stock was received on its day. What has come back
    from customers or was found is as old as the rest. Warehouses share the ages of a product, and its value,
    by quantity. Values are None for who may not see costs.
    """
    actor.require(STOCK.needs)
    names = (by,) if by is not None else ()
    asked = Ask(("on_hand",), names, where=where or {}, exclude=exclude or {})
    dimensions = get_dimensions(names)
    belong(get_measures(asked.measures), (*dimensions, *get_dimensions((*asked.where, *asked.exclude))))
    day = on or today_of(mirror)

    def ask(duck: Any) -> tuple[list[tuple[Any, ...]], datetime]:
        as_of = mirror.as_of
        want = Want(STOCK, Period(None, None), (), dimensions, filters_of(duck, asked), (), day)
        statement, parameters = rendered(_statement(want, day))
        found: list[tuple[Any, ...]] = duck.execute(statement, parameters).fetchall()
        return found, as_of

    rows, as_of = mirror.remembered_a_while(("age", asked, day), ask)
    may_see = actor.may(P.COST_READ)
    sums: dict[Any, AgeRow] = {}
    for key, label, ages in _by_key(rows):
        sums[key] = _row(key, label, ages, may_see)
    whole: dict[int, tuple[int, int]] = {}
    for _, _, age, quantity, value in rows:
        before = whole.get(age, (0, 0))
        whole[age] = (before[0] + quantity, before[1] + value)
    return Ages(tuple(sums.values()) if by is not None else (), _row(None, None, whole, may_see), day, as_of)


def _by_key(rows: list[tuple[Any, ...]]) -> list[tuple[Any, str | None, dict[int, tuple[int, int]]]]:
    found: dict[Any, tuple[str | None, dict[int, tuple[int, int]]]] = {}
    for key, label, age, quantity, value in rows:
        found.setdefault(key, (label, {}))[1][age] = (quantity, value)
    return [(key, label, ages) for key, (label, ages) in found.items()]


def _row(key: Any, label: str | None, ages: dict[int, tuple[int, int]], may_see: bool) -> AgeRow:
    parts = [ages.get(age, (0, 0)) for age in range(len(AGE_LABELS))]
    quantities = tuple(Decimal(quantity).scaleb(-QUANTITY_PLACES) for quantity, _ in parts)
    values = tuple(round_to(Decimal(value).scaleb(-PRICE_PLACES)) for _, value in parts)
    return AgeRow(key, label, quantities, values if may_see else None)


def _statement(want: Want, day: date) -> Select[Any]:
    by_house = any(each.routes[0].key == "warehouse_id" for each in want.dimensions)
    aged = aged_stock(day, by_house=by_house)
    keys, source = grouping(want, aged)  # type: ignore[arg-type]
    quantity, value = (func.sum(aged.c[name]).label(name) for name in ("quantity", "value"))
    rows = select(*keys, aged.c.age, quantity, value).select_from(source)
    rows = rows.where(*conditions(STOCK, aged, want.period, want.filters))  # type: ignore[arg-type]
    grouped = rows.group_by(*keys, aged.c.age).subquery()
    key = grouped.c.k0 if keys else column("NULL", is_literal=True)
    label: Any = column("NULL", is_literal=True)
    joined: Any = grouped
    if keys and want.by[0].labels is not None:
        named = want.by[0].labels.alias("named")
        joined = grouped.outerjoin(named, named.c.id == grouped.c.k0)
        label = named.c.name
    shown = select(key, label, grouped.c.age, grouped.c.quantity, grouped.c.value).select_from(joined)
    return shown.where((grouped.c.quantity != 0) | (grouped.c.value != 0)).order_by(
        *([label, key] if keys else []), grouped.c.age
    )
