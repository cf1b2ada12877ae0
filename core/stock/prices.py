"""Prices on suppliers' papers: kept as they stand there, and what goods cost without tax."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.base.exact import PRICE_PLACES, round_ratio
from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.ledger import Line, Origin
from core.stock.models import ReceiptPrice, StockMove
from core.work.command import Scope, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class ReceiptPriceRow:
    """The price on the supplier's paper for one line, the tax of the product then, and what goods cost without it."""

    move_id: int
    variant_id: int
    quantity: Decimal
    unit_price: Decimal | None
    tax_rate: Decimal | None
    unit_cost: Decimal | None


@query(P.COST_READ)
def receipt_prices(scope: Scope, document_id: int) -> list[ReceiptPriceRow]:
    """What the lines of a goods receipt cost, in their order."""
    found = scope.session.execute(
        select(
            StockMove.id,
            StockMove.variant_id,
            StockMove.quantity,
            ReceiptPrice.unit_price,
            ReceiptPrice.tax_rate,
            StockMove.unit_cost,
        )
        .outerjoin(ReceiptPrice, ReceiptPrice.move_id == StockMove.id)
        .where(StockMove.origin_type == "stock_document", StockMove.origin_id == document_id)
        .order_by(StockMove.id)
    )
    return [ReceiptPriceRow(*row) for row in found]


def tax_rates(session: Session, variant_ids: Collection[int]) -> dict[int, Decimal]:
    """The tax rates of products."""
    found = session.execute(
        select(Variant.id, Product.tax_rate)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(set(variant_ids)))
    )
    return {variant_id: rate for variant_id, rate in found}


def net_price(price: Decimal, rate: Decimal) -> Decimal:
    """A price without the tax that it includes, rounded once."""
    return round_ratio(Fraction(price) / (1 + Fraction(rate)), PRICE_PLACES)


def without_tax(line: Line, rate: Decimal) -> Line:
    """The line at its price without the tax that it includes."""
    return line if line.unit_cost is None else replace(line, unit_cost=net_price(line.unit_cost, rate))


def keep_prices(uow: UnitOfWork, origin: Origin, lines: Sequence[Line], rates: Mapping[int, Decimal]) -> None:
    """Keep what stood on the supplier's paper; the moves were written in the order of the lines."""
    if all(line.unit_cost is None for line in lines):
        return
    moves = uow.session.scalars(
        select(StockMove.id)
        .where(StockMove.origin_type == origin.kind, StockMove.origin_id == origin.id)
        .order_by(StockMove.id)
    ).all()
    rows = [
        {"move_id": move_id, "unit_price": line.unit_cost, "tax_rate": rates[line.variant_id]}
        for move_id, line in zip(moves, lines, strict=True)
        if line.unit_cost is not None
    ]
    uow.write(ReceiptPrice, rows)
