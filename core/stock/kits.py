"""How many kits the goods on the shelves allow."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from core.base.exact import ZERO
from core.catalog.kits import PartRow, buildable, parts_of, worth_of
from core.catalog.models import ProductKind
from core.catalog.queries import VariantRow
from core.security.permissions import P
from core.stock.queries import stock_levels
from core.work.command import Scope, query

WAREHOUSES = 50


@dataclass(frozen=True)
class KitStockRow:
    """How many whole kits a warehouse can promise."""

    warehouse_id: int
    warehouse: str
    available: Decimal


@query(P.STOCK_READ)
def kit_stock(scope: Scope, kit_ids: Iterable[int]) -> dict[int, tuple[KitStockRow, ...]]:
    """The smallest number of whole kits that the parts allow, in each warehouse that can promise any.

    Services set no limit. A kit without parts is left out.
    """
    kits = parts_of(scope, kit_ids)
    inside = {part.variant_id for parts in kits.values() for part in parts}
    places: dict[int, str] = {}
    here: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for level in stock_levels(scope, variant_ids=inside, limit=len(inside) * WAREHOUSES or 1):
        places[level.warehouse_id] = level.warehouse
        here[level.warehouse_id][level.variant_id] = level.available
    return {
        kit_id: tuple(
            KitStockRow(place, places[place], count)
            for place in places
            for count in [_buildable(parts, here[place])]
            if count > ZERO
        )
        for kit_id, parts in kits.items()
    }


@query(P.STOCK_READ)
def with_kits(scope: Scope, rows: Sequence[VariantRow]) -> list[VariantRow]:
    """The rows of a list of products, kits with what their parts cost and how many all warehouses can promise."""
    kits = [row.variant_id for row in rows if row.kind == ProductKind.KIT]
    parts = parts_of(scope, kits) if kits else {}
    stock = kit_stock(scope, kits) if kits else {}
    filled = []
    for row in rows:
        if row.kind == ProductKind.KIT:
            count = sum((each.available for each in stock.get(row.variant_id, ())), ZERO)
            cost = worth_of(parts.get(row.variant_id, ())).cost
            row = replace(row, purchase_price=cost, buildable=count)
        filled.append(row)
    return filled


def _buildable(parts: Iterable[PartRow], here: dict[int, Decimal]) -> Decimal:
    return buildable(
        (here.get(part.variant_id, ZERO), part.ratio) for part in parts if part.kind == ProductKind.STOCKED
    )
