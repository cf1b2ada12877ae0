"""What must not move because it is being counted."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from core.base.errors import AppError, Refusals
from core.catalog.models import Product, Variant
from core.stock.counts.errors import StockFrozen
from core.stock.counts.models import UNPOSTED, StockCount, StockCountLine
from core.work.unit import UnitOfWork, table_of

_COUNT, _LINE = table_of(StockCount), table_of(StockCountLine)
_FREEZING = select(_COUNT.c.id, _COUNT.c.number).where(
    _COUNT.c.location_id.in_(bindparam("places", expanding=True)),
    _COUNT.c.state.in_(UNPOSTED),
    _COUNT.c.is_frozen,
)


def refuse_frozen(uow: UnitOfWork, places: Collection[int], variant_ids: Collection[int]) -> None:
    """Refuse, naming every product, moves of what a stocktake without movement counts in one of these locations."""
    freezing = {
        count_id: number for count_id, number in uow.session.connection().execute(_FREEZING, {"places": places})
    }
    if not freezing:
        return
    found = uow.session.execute(
        select(StockCountLine.count_id, Variant.sku, Product.name)
        .join(Variant, Variant.id == StockCountLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(StockCountLine.count_id.in_(freezing), StockCountLine.variant_id.in_(variant_ids))
        .order_by(Variant.sku)
    )
    problems: list[AppError] = [
        StockFrozen(sku=sku, name=name, number=freezing[count_id]) for count_id, sku, name in found
    ]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
