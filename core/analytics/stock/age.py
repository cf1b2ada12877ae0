"""How old stock is: what is here counts as what came in last."""
# ruff: noqa: S608 - composed of our own names alone

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Select, column, func, select, text

from core.analytics.layer.answer import filters_of, today_of
from core.analytics.layer.ask import Ask, Choices, Period
from core.analytics.layer.compose import Want, conditions, grouping, rendered
from core.analytics.layer.dimensions import get_dimensions
from core.analytics.layer.measures import belong, get_measures
from core.analytics.mirror.codes import Flow
from core.analytics.mirror.mirror import Mirror
from core.analytics.stock.family import STOCK
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, round_to
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P

LIMITS = (30, 60, 90, 180, 365)
AGE_LABELS = (
    N_("0–30 days"),
    N_("31–60 days"),
    N_("61–90 days"),
    N_("91–180 days"),
    N_("181–365 days"),
    N_("over 365 days"),
)


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


# By product, warehouse and age: what is on hand at the end of a day, and what it is worth. Whatever is in
# stock of a product counts as what was received last; warehouses have it in equal parts.
_AGED = f"""
WITH held AS MATERIALIZED (
    SELECT product_id, {{warehouse}} AS warehouse_id, sum(q)::HUGEINT AS q FROM (
        SELECT product_id, warehouse_id, quantity AS q FROM level_stock
        UNION ALL SELECT product_id, warehouse_id, -delta FROM stock_flows WHERE day > :d AND day < :m
        UNION ALL SELECT product_id, warehouse_id, -delta FROM agg_stock WHERE month >= :m
    ) GROUP BY ALL
), worth AS (
    SELECT product_id, sum(v)::HUGEINT AS v FROM (
        SELECT product_id, amount AS v FROM level_value
        UNION ALL SELECT product_id, -delta FROM value_flows WHERE day > :d AND day < :m
        UNION ALL SELECT product_id, -delta FROM agg_value WHERE month >= :m
    ) GROUP BY ALL
), came AS (
    SELECT product_id, CASE WHEN :d - day <= 30 THEN 0 WHEN :d - day <= 60 THEN 1 WHEN :d - day <= 90 THEN 2
        WHEN :d - day <= 180 THEN 3 ELSE 4 END AS age,
        sum(CASE WHEN source_warehouse_id = 0 THEN quantity ELSE -quantity END) AS q
    FROM fact_move WHERE flow IN ({Flow.RECEIVED:d}, {Flow.OPENED:d}) AND day <= :d AND day >= :d - 365
    GROUP BY ALL
), here AS (
    SELECT product_id, sum(q) AS q FROM held GROUP BY ALL HAVING sum(q) > 0
), ages AS (
    SELECT product_id, here.q AS whole, age,
        coalesce(sum(greatest(coalesce(came.q, 0), 0)) OVER (PARTITION BY product_id ORDER BY age), 0) AS upto
    FROM here CROSS JOIN (SELECT unnest(range(5)) AS age) LEFT JOIN came USING (product_id, age)
    UNION ALL SELECT product_id, q, 5, q FROM here
), cut AS (
    SELECT product_id, whole, age, least(upto, whole) AS upto,
        least(coalesce(lag(upto) OVER (PARTITION BY product_id ORDER BY age), 0), whole) AS before
    FROM ages
), placed AS (
    SELECT product_id, warehouse_id, q,
        sum(q) OVER (PARTITION BY product_id ORDER BY warehouse_id) AS upto
    FROM held
), shared AS (
    SELECT c.product_id, p.warehouse_id, c.age, p.q, c.whole, coalesce(w.v, 0) AS v,
        p.upto * c.upto AS a, (p.upto - p.q) * c.upto AS b, p.upto * c.before AS x, (p.upto - p.q) * c.before AS y
    FROM cut c JOIN placed p USING (product_id) LEFT JOIN worth w USING (product_id)
)
SELECT product_id, warehouse_id, age,
    (a // whole - b // whole - x // whole + y // whole)::BIGINT AS quantity,
    (v * a // (whole * whole) - v * b // (whole * whole) - v * x // (whole * whole) + v * y // (whole * whole))::BIGINT
        AS value
FROM shared
"""


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
    month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    aged = (
        text(_AGED.format(warehouse="warehouse_id" if by_house else "0"))
        .bindparams(d=day, m=month)
        .columns(
            Column("product_id", Integer),
            Column("warehouse_id", Integer),
            Column("age", Integer),
            Column("quantity", BigInteger),
            Column("value", BigInteger),
        )
        .subquery("aged")
    )
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
