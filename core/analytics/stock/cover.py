"""How long stock lasts against how long it is to last: what there is too much of, and evening it out."""

# ruff: noqa: S608 - composed of our own names alone

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import Any

from sqlalchemy import select

from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.remembered import Facts
from core.analytics.stock.classes import cells_of
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, round_to
from core.base.towns import distance, lies_in
from core.catalog.models import ProductUnit
from core.security.permissions import P
from core.stock.cover.balance import DEMAND_WEEKS, Stand, balance
from core.stock.cover.drafting import BalancingLine, drafted, promised
from core.stock.cover.policies import Source, policies
from core.stock.models import Warehouse
from core.work.command import Scope

UNKNOWN_WAY = 1_000
ONE_MORE_TRANSPORT = 200
"""Kilometres: a way nobody knows counts as so far, and a transport that is not needed anyway as so much longer."""
ONE = Decimal(1)


@dataclass(frozen=True)
class CoverRow:
    """A SKU against its policy. `value` is what all of it is worth, `held` how much.

    Its warehouses are only made (`placed`) when they are looked at. `excess` is what lies there beyond what lasts for
    the weeks of its policy. `value` is None for who may not see costs.
    """

    variant_id: int
    product_id: int
    name: str
    sku: str
    weeks: Decimal
    source: Source
    value: Decimal | None
    held: Decimal
    excess: Decimal
    placed: Callable[[], tuple[Stand, ...]] = field(compare=False, repr=False)

    @cached_property
    def stands(self) -> tuple[Stand, ...]:
        """Its warehouses."""
        return self.placed()

    @cached_property
    def available(self) -> Decimal:
        """What nobody was promised in all warehouses, and what is on its way between them."""
        return sum((each.available + each.coming for each in self.stands), ZERO)

    @cached_property
    def demand(self) -> Decimal:
        """What left for customers in the last 13 weeks."""
        return sum((each.demand for each in self.stands), ZERO)

    @property
    def cover(self) -> Decimal | None:
        """For how many weeks it lasts; None where nothing is asked for."""
        return round_to(self.available * DEMAND_WEEKS / self.demand, 1) if self.demand > ZERO else None

    @property
    def target(self) -> Decimal:
        """What lasts for the weeks of its policy."""
        return self.demand * self.weeks / DEMAND_WEEKS

    @cached_property
    def excess_value(self) -> Decimal | None:
        """What that is worth."""
        if self.value is None:
            return None
        return round_to(self.value * self.excess / self.held) if self.held > ZERO else ZERO


@dataclass(frozen=True)
class Cover:
    """Every SKU in stock, the costliest excess first."""

    rows: tuple[CoverRow, ...]
    on: date
    as_of: datetime


@dataclass(frozen=True)
class PlanLine:
    """So much of a SKU from one warehouse to another, and why; `km` is None where nobody knows the way."""

    row: CoverRow
    giver: Stand
    taker: Stand
    quantity: Decimal
    km: int | None
    value: Decimal | None

    @property
    def for_draft(self) -> BalancingLine:
        """The line as a transfer is asked for."""
        return BalancingLine(
            self.row.variant_id, self.giver.warehouse_id, self.taker.warehouse_id, self.quantity, self.giver.target
        )


@dataclass(frozen=True)
class Plan:
    """How stock can be evened out between warehouses; `houses` are their names."""

    lines: tuple[PlanLine, ...]
    houses: Mapping[int, str]

    @property
    def transports(self) -> int:
        """How many ways goods go."""
        return len({(line.giver.warehouse_id, line.taker.warehouse_id) for line in self.lines})


# By SKU and warehouse: on the shelf, on its way there, shipped in 91 days up to $1; and what all of the SKU is worth.
_STANDS = f"""
WITH sold AS (
    SELECT variant_id, warehouse_id, sum(sold - returned)::HUGEINT AS q FROM stock_flows
    WHERE day > $1::DATE - {DEMAND_WEEKS * 7} AND day <= $1 GROUP BY ALL
), held AS (
    SELECT variant_id, warehouse_id, sum(shelf)::HUGEINT AS shelf, sum(transit)::HUGEINT AS transit,
        sum(quantity)::HUGEINT AS held
    FROM level_stock GROUP BY ALL
), worth AS (
    SELECT variant_id, sum(amount)::HUGEINT AS v FROM level_value GROUP BY ALL
), stands AS (
    SELECT variant_id, warehouse_id, coalesce(shelf, 0) AS shelf, coalesce(transit, 0) AS transit,
        coalesce(held, 0) AS held, coalesce(q, 0) AS sold
    FROM held FULL JOIN sold USING (variant_id, warehouse_id)
)
SELECT s.variant_id, n.product_id, coalesce(p.category_id, 0), coalesce(p.name, ''), n.name, s.warehouse_id,
    s.shelf::BIGINT, s.transit::BIGINT, s.held::BIGINT, s.sold::BIGINT, coalesce(w.v, 0)::BIGINT
FROM stands s JOIN dim_variant n ON n.id = s.variant_id LEFT JOIN dim_product p ON p.id = n.product_id
LEFT JOIN worth w USING (variant_id)
WHERE s.warehouse_id <> 0 AND (s.shelf <> 0 OR s.transit <> 0 OR s.sold <> 0)
ORDER BY s.variant_id, s.warehouse_id
"""


def stock_cover(mirror: Mirror, scope: Scope) -> Cover:
    """How long each SKU lasts at the pace of the last 13 weeks, against its policy.

    What is promised to customers does not count as there; transfers that were asked for count as if they had left.
    """
    scope.actor.require(P.SALES_ANALYSE)
    scope.actor.require(P.STOCK_READ)
    kept, taken, moving = policies(scope), promised(scope), drafted(scope)
    cells = cells_of(mirror) if kept.classes else {}
    day, as_of, may_see = today_of(mirror), mirror.as_of, scope.actor.may(P.COST_READ)
    leaves: dict[tuple[int, int], Decimal] = defaultdict(Decimal, taken)
    comes: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for (variant, source_id, target_id), quantity in moving.items():
        leaves[variant, source_id] += quantity
        comes[variant, target_id] += quantity

    def ask(duck: Any) -> tuple[CoverRow, ...]:
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for row in duck.execute(_STANDS, [day]).fetchall():
            found[row[0]].append(row)
        rows = []
        for variant_id, parts in found.items():
            _, product_id, category_id, name, sku, *_, value = parts[0]
            weeks, source = kept.of(product_id, category_id or None, cells.get(product_id))
            placed = partial(_stands, parts, weeks, leaves, comes)
            worth = round_to(Decimal(value).scaleb(-PRICE_PLACES), PRICE_PLACES)
            held = _quantity(sum(part[8] for part in parts))
            there = sum(
                part[6] + part[7] - _units(leaves, (variant_id, part[5])) + _units(comes, (variant_id, part[5]))
                for part in parts
            )
            asked = sum(max(part[9], 0) for part in parts) * int(weeks.scaleb(QUANTITY_PLACES))
            most = DEMAND_WEEKS * 10**QUANTITY_PLACES
            excess = _quantity(max((there * most - asked) // most, 0))
            rows.append(CoverRow(variant_id, product_id, name, sku, weeks, source, worth, held, excess, placed))
        return tuple(sorted(rows, key=lambda row: (-(row.excess_value or ZERO), -row.excess, row.variant_id)))

    question = (
        "cover",
        day,
        kept.key,
        tuple(sorted(taken.items())),
        tuple(sorted(moving.items())),
        tuple(sorted(cells.items())),
    )
    rows = mirror.remembered(question, ask, {Facts.STOCK, Facts.GOODS})
    if not may_see:
        rows = tuple(_without_value(row) for row in rows)
    return Cover(rows, day, as_of)


def _stands(
    parts: Sequence[tuple[Any, ...]],
    weeks: Decimal,
    leaves: Mapping[tuple[int, int], Decimal],
    comes: Mapping[tuple[int, int], Decimal],
) -> tuple[Stand, ...]:
    return tuple(
        Stand(
            house,
            _quantity(shelf) - leaves.get((variant_id, house), ZERO),
            _quantity(transit) + comes.get((variant_id, house), ZERO),
            max(_quantity(sold), ZERO),
            weeks,
        )
        for variant_id, *_, house, shelf, transit, _held, sold, _value in parts
    )


def balancing_plan(
    mirror: Mirror, scope: Scope, *, products: frozenset[int] | None = None, in_packs: bool = False
) -> Plan:
    """Who could give whom what, so that warehouses below half of their weeks have theirs again.

    Each SKU goes as far as can be and over the least kilometres; ways that other goods take already come first. In
    packs: of products with a larger unit, only whole ones of the smallest of these go.
    """
    rows = [
        row
        for row in stock_cover(mirror, scope).rows
        if (products is None or row.product_id in products)
        and any(each.missing for each in row.stands)
        and any(each.excess for each in row.stands)
    ]
    houses = {house.id: house for house in scope.session.scalars(select(Warehouse).where(Warehouse.is_active))}
    units = _packs(scope, {row.product_id for row in rows}) if in_packs else {}
    known = _ways(list(houses.values()))
    used: set[tuple[int, int]] = set()
    lines = []
    for row in rows:
        stands = {each.warehouse_id: each for each in row.stands if each.warehouse_id in houses}
        for share in balance(list(stands.values()), units.get(row.product_id, ONE), _cost(known, used)):
            way = (share.source_id, share.target_id)
            used.add(way)
            worth = None
            if row.value is not None:
                worth = round_to(row.value * share.quantity / row.held) if row.held > ZERO else ZERO
            giver, taker = stands[share.source_id], stands[share.target_id]
            lines.append(PlanLine(row, giver, taker, share.quantity, known.get(way), worth))
    lines.sort(key=lambda line: (line.giver.warehouse_id, line.taker.warehouse_id, line.row.sku))
    return Plan(tuple(lines), {house.id: house.name for house in houses.values()})


def _units(quantities: Mapping[tuple[int, int], Decimal], spot: tuple[int, int]) -> int:
    return int(quantities[spot].scaleb(QUANTITY_PLACES)) if spot in quantities else 0


def _quantity(units: int) -> Decimal:
    return Decimal(units).scaleb(-QUANTITY_PLACES)


def _without_value(row: CoverRow) -> CoverRow:
    return replace(row, value=None)


def _cost(known: Mapping[tuple[int, int], int], used: set[tuple[int, int]]) -> Callable[[int, int], int]:
    def way(source: int, target: int) -> int:
        km = known.get((source, target), UNKNOWN_WAY)
        return km if (source, target) in used else km + ONE_MORE_TRANSPORT

    return way


def _ways(houses: Sequence[Warehouse]) -> dict[tuple[int, int], int]:
    towns = {house.id: lies_in(house.province, house.city, house.street) for house in houses}
    return {
        (one, other): distance(here, there).km
        for one, here in towns.items()
        for other, there in towns.items()
        if one != other and here is not None and there is not None
    }


def _packs(scope: Scope, product_ids: set[int]) -> dict[int, Decimal]:
    """The smallest unit of each product that holds more than one stock unit."""
    found: dict[int, Decimal] = {}
    ids = sorted(product_ids)
    for start in range(0, len(ids), 500):
        rows = scope.session.execute(
            select(ProductUnit.product_id, ProductUnit.numerator)
            .where(ProductUnit.product_id.in_(ids[start : start + 500]))
            .where(ProductUnit.denominator == 1, ProductUnit.numerator > 1)
            .order_by(ProductUnit.numerator)
        )
        for product_id, numerator in rows:
            found.setdefault(product_id, Decimal(numerator))
    return found
