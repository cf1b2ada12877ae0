"""Lines that are short, all at once: what is missing, where else it is, when it comes, and what may take its place."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.base.exact import ZERO
from core.catalog.models import ProductKind
from core.catalog.substitutes import substitutes_of
from core.sales.memory import prices_on
from core.sales.models import BusinessState
from core.sales.promised import promises_of
from core.sales.queries import OrderCard
from core.security.permissions import P
from core.stock.costs.plan import Timed
from core.stock.projected import next_arrival
from core.stock.queries import stock_levels
from core.work.command import query

Elsewhere = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class InsteadRow:
    """A product that may take the place of one that is short, with what this customer pays for it today."""

    variant_id: int
    sku: str
    name: str
    unit: str
    unit_price: Decimal
    available: Decimal
    elsewhere: Elsewhere


@dataclass(frozen=True)
class ShortRow:
    """A line of which some is missing in the order's warehouse; `arrival` is when more comes there, and how much."""

    line_id: int
    line_number: int
    variant_id: int
    sku: str
    name: str
    unit: str
    asked: Decimal
    missing: Decimal
    elsewhere: Elsewhere
    arrival: tuple[date, Decimal] | None
    instead: tuple[InsteadRow, ...]

    @property
    def there(self) -> Decimal:
        """What there is for the line."""
        return self.asked - self.missing


@query(P.ORDER_READ)
def short_lines(scope: Timed, order: OrderCard) -> list[ShortRow]:
    """The lines of a draft that confirming would find short, or those of a confirmed order that wait for goods."""
    missing = _missing(scope, order)
    if not missing:
        return []
    short = [line for line in order.lines if line.id in missing]
    variants = {line.variant_id for line in short}
    instead = substitutes_of(scope, variants)
    others = {row.variant_id for rows in instead.values() for row in rows}
    here: dict[int, Decimal] = defaultdict(lambda: ZERO)
    elsewhere: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    for level in stock_levels(scope, variant_ids=variants | others, limit=len(variants | others) * 50):
        if level.warehouse_id == order.warehouse_id:
            here[level.variant_id] = level.available
        elif level.available > ZERO:
            elsewhere[level.variant_id].append((level.warehouse, level.available))
    coming = next_arrival(scope, variants, warehouse_id=order.warehouse_id)
    asked = [(each, Decimal(1)) for each in sorted(others)]
    prices = prices_on(scope, scope.today, order.customer_id, asked, order.channel_id) if asked else {}
    return [
        ShortRow(
            line_id=line.id,
            line_number=line.line_number,
            variant_id=line.variant_id,
            sku=line.sku,
            name=line.name,
            unit=line.unit,
            asked=line.unshipped,
            missing=missing[line.id],
            elsewhere=tuple(elsewhere[line.variant_id]),
            arrival=coming.get(line.variant_id),
            instead=tuple(
                InsteadRow(
                    row.variant_id,
                    row.sku,
                    row.name,
                    row.unit,
                    prices[row.variant_id],
                    max(here[row.variant_id], ZERO),
                    tuple(elsewhere[row.variant_id]),
                )
                for row in instead.get(line.variant_id, ())
            ),
        )
        for line in short
    ]


def _missing(scope: Timed, order: OrderCard) -> dict[int, Decimal]:
    if order.business != BusinessState.DRAFT:
        return {line_id: row.waits for line_id, row in promises_of(scope, order).items() if row.waits}
    stocked = [line for line in order.lines if line.kind == ProductKind.STOCKED]
    variants = {line.variant_id for line in stocked}
    levels = stock_levels(scope, warehouse_id=order.warehouse_id, variant_ids=variants, limit=len(variants) or 1)
    left = {level.variant_id: max(level.available, ZERO) for level in levels}
    missing = {}
    for line in stocked:
        there = min(left.get(line.variant_id, ZERO), line.quantity)
        left[line.variant_id] = left.get(line.variant_id, ZERO) - there
        if there < line.quantity:
            missing[line.id] = line.quantity - there
    return missing
