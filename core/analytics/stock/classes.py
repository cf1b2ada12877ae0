"""ABC by what products earn or cost, XYZ by how evenly they sell, and who moved between the classes."""
# ruff: noqa: S608 - composed of our own names alone

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import duckdb

from core.analytics.layer.answer import today_of
from core.analytics.layer.dimensions import add_months
from core.analytics.mirror.mirror import Mirror
from core.base.exact import PRICE_PLACES, round_to
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P
from core.stock.counts.models import AbcClass
from core.stock.cover.models import XyzClass

WINDOW, SEASONS = 12, 24
"""Months that a class is judged by, and months of sales from which on seasons are told."""


class Basis(StrEnum):
    """What products are ranked by."""

    MARGIN = "margin"
    COGS = "cogs"


BASIS_LABELS = {Basis.MARGIN: N_("Margin"), Basis.COGS: N_("Cost of goods sold")}


@dataclass(frozen=True)
class ClassRow:
    """A product and its classes of now and of a month before.

    `share` is its part of all that is above zero, `upto` that of it and all before it. `variation` is the
    standard deviation of its monthly demand by the mean; None where nothing was sold.
    """

    product_id: int
    name: str
    amount: Decimal
    share: Decimal
    upto: Decimal
    abc: AbcClass
    variation: Decimal | None
    is_seasonal: bool
    xyz: XyzClass
    abc_before: AbcClass | None
    xyz_before: XyzClass | None


@dataclass(frozen=True)
class Classes:
    """Every product that sold or cost something, the largest first; judged by the months from `since` to `until`."""

    rows: tuple[ClassRow, ...]
    since: date
    until: date
    as_of: datetime

    @property
    def matrix(self) -> dict[tuple[AbcClass, XyzClass], tuple[int, Decimal]]:
        """How many products each cell has, and what they come to."""
        found = {(abc, xyz): (0, Decimal(0)) for abc in AbcClass for xyz in XyzClass}
        for row in self.rows:
            count, amount = found[row.abc, row.xyz]
            found[row.abc, row.xyz] = (count + 1, amount + row.amount)
        return found

    @property
    def migration(self) -> Counter[tuple[str, str]]:
        """How many products went from a cell to another within the last month, such as (`ax`, `by`); empty: none."""
        return Counter(
            ((row.abc_before or "") + (row.xyz_before or ""), row.abc + row.xyz)
            for row in self.rows
            if (row.abc_before, row.xyz_before) != (row.abc, row.xyz)
        )


# Monthly amounts and demand of each product, and the same judged at two ends a month apart.
_CLASSES = """
WITH monthly AS (
    SELECT product_id, month, sum(costed_net * 100 - cost)::HUGEINT AS margin, sum(quantity)::HUGEINT AS demand,
        0::HUGEINT AS cogs
    FROM agg_product WHERE month >= $1 AND month < $2 GROUP BY ALL
    UNION ALL
    SELECT product_id, month, 0, 0, sum(cogs)::HUGEINT FROM agg_value
    WHERE month >= $2::DATE - INTERVAL {recent} MONTH AND month < $2 GROUP BY ALL
), of_month AS MATERIALIZED (
    SELECT product_id, month, sum({amount}) AS amount, sum(demand) AS demand FROM monthly GROUP BY ALL
), ends AS (
    SELECT unnest([$2::DATE, ($2::DATE - INTERVAL 1 MONTH)::DATE]) AS until
), first_sale AS (
    SELECT product_id, min(month) AS month FROM agg_product WHERE lines > 0 GROUP BY ALL
), seasons AS (
    SELECT until, product_id, month(o.month) AS season, sum(demand) AS demand
    FROM of_month o, ends WHERE o.month < until AND o.month >= until - INTERVAL {seasons} MONTH GROUP BY ALL
), judged AS (
    SELECT until, o.product_id, amount, o.demand::DOUBLE AS demand,
        o.demand::DOUBLE / nullif(s.demand::DOUBLE, 0) AS calm, f.month <= until - INTERVAL {seasons} MONTH AS seasonal
    FROM of_month o
    JOIN ends ON o.month < until AND o.month >= until - INTERVAL {window} MONTH
    LEFT JOIN first_sale f USING (product_id)
    LEFT JOIN seasons s USING (until, product_id)
    WHERE s.season = month(o.month)
), summed AS (
    SELECT until, product_id, sum(amount) AS amount, coalesce(bool_and(seasonal), false) AS seasonal,
        sum(demand) AS s1, sum(demand * demand) AS s2, sum(calm) AS c1, sum(calm * calm) AS c2
    FROM judged GROUP BY ALL
), varied AS (
    SELECT until, product_id, amount, seasonal, CASE WHEN s1 <= 0 THEN NULL
        WHEN seasonal THEN sqrt(greatest({window} * c2 - c1 * c1, 0)) / c1
        ELSE sqrt(greatest({window} * s2 - s1 * s1, 0)) / s1 END AS variation
    FROM summed
), ranked AS (
    SELECT *, sum(greatest(amount, 0)) OVER (PARTITION BY until) AS whole,
        sum(greatest(amount, 0)) OVER (
            PARTITION BY until ORDER BY amount DESC, product_id ROWS UNBOUNDED PRECEDING
        ) AS upto
    FROM varied
), lettered AS (
    SELECT *, CASE WHEN amount <= 0 OR (upto - amount) * 100 >= 95 * whole THEN 'c'
            WHEN (upto - amount) * 100 >= 80 * whole THEN 'b' ELSE 'a' END AS abc,
        CASE WHEN variation < 0.5 THEN 'x' WHEN variation < 1 THEN 'y' ELSE 'z' END AS xyz
    FROM ranked
)
SELECT now.product_id, coalesce(p.name, ''), now.amount::BIGINT, now.upto::BIGINT, now.whole::BIGINT, now.abc,
    now.variation, now.seasonal, now.xyz, was.abc, was.xyz
FROM lettered now
LEFT JOIN lettered was ON was.product_id = now.product_id AND was.until < now.until
LEFT JOIN dim_product p ON p.id = now.product_id
WHERE now.until = $2
ORDER BY now.amount DESC, now.product_id
"""


def product_classes(mirror: Mirror, actor: Actor, *, basis: Basis = Basis.MARGIN, until: date | None = None) -> Classes:
    """Classes of products over the twelve whole months before a day (today), and a month earlier.

    A while those before come to less than 80 % of all, B below 95 %, then C: who crosses a border belongs to the
    upper class. X below 0.5, Y below 1, else Z: the variation of twelve months' net quantity sold. Of who
    sold 24 months before, each month's quantity is first divided by what its season sold in these 24 months.
    """
    actor.require(P.SALES_ANALYSE)
    actor.require(P.COST_READ)
    return _found(mirror, basis, (until or today_of(mirror)).replace(day=1))


def cells_of(mirror: Mirror) -> dict[int, tuple[AbcClass, XyzClass]]:
    """The class of each product by its margin, to find the policy that holds for it; it is shown to nobody."""
    found = _found(mirror, Basis.MARGIN, today_of(mirror).replace(day=1))
    return {row.product_id: (row.abc, row.xyz) for row in found.rows}


def _found(mirror: Mirror, basis: Basis, end: date) -> Classes:
    statement = _CLASSES.format(amount=basis.value, window=WINDOW, recent=WINDOW + 1, seasons=SEASONS)
    since = add_months(end, -SEASONS - 1)

    def asked(duck: duckdb.DuckDBPyConnection) -> Classes:
        as_of = mirror.as_of
        rows = tuple(_row(*row) for row in duck.execute(statement, [since, end]).fetchall())
        return Classes(rows, add_months(end, -WINDOW), end, as_of)

    return mirror.remembered_a_while(("classes", basis, end), asked)


def _row(
    product_id: int,
    name: str,
    amount: int,
    upto: int,
    whole: int,
    abc: str,
    variation: float | None,
    seasonal: bool,
    xyz: str,
    abc_before: str | None,
    xyz_before: str | None,
) -> ClassRow:
    return ClassRow(
        product_id=product_id,
        name=name,
        amount=round_to(Decimal(amount).scaleb(-PRICE_PLACES)),
        share=_part(max(amount, 0), whole),
        upto=_part(upto, whole),
        abc=AbcClass(abc),
        variation=None if variation is None else round_to(Decimal(repr(variation))),
        is_seasonal=seasonal,
        xyz=XyzClass(xyz),
        abc_before=None if abc_before is None else AbcClass(abc_before),
        xyz_before=None if xyz_before is None else XyzClass(xyz_before),
    )


def _part(upper: int, lower: int) -> Decimal:
    return round_to(Decimal(upper) / lower, 4) if lower else Decimal(0)
