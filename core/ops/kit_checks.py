"""What must always be true of kits: found, never repaired."""

from typing import Any

from sqlalchemy import case, func, select

from core.base.exact import round_to
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.sales.models import OrderKit, OrderLine, SalesOrder
from core.stock.models import StockMove


def _shares(scope: Checking) -> list[Difference]:
    """Kits whose lines do not come to the price of the kit to the cent; those without lines come to nothing."""
    charged = case((SalesOrder.prices_include_tax, OrderLine.gross_amount), else_=OrderLine.net_amount)
    shares: Any = func.coalesce(func.sum(charged), 0, type_=OrderLine.net_amount.type)
    found = scope.session.execute(
        select(OrderKit.id, OrderKit.quantity, OrderKit.unit_price, OrderKit.discount_amount)
        .add_columns(SalesOrder.rounding, shares.label("shares"))
        .join(SalesOrder, SalesOrder.id == OrderKit.order_id)
        .outerjoin(OrderLine, OrderLine.kit_id == OrderKit.id)
        .group_by(OrderKit.id, OrderKit.quantity, OrderKit.unit_price, OrderKit.discount_amount, SalesOrder.rounding)
        .order_by(OrderKit.id)
        .execution_options(yield_per=5_000)
    )
    return [
        Difference("kits", "order_kit", kit.id, "unit_price", kit.shares, price)
        for kit in found
        for price in [round_to(kit.quantity * kit.unit_price, rounding=kit.rounding) - kit.discount_amount]
        if price != kit.shares
    ]


def _stocked(scope: Checking) -> list[Difference]:
    """Lines of orders and stock moves that name a kit itself instead of its parts."""
    kits = (
        select(Variant.id).join(Product, Product.id == Variant.product_id).where(Product.kind == ProductKind.KIT)
    ).scalar_subquery()
    return [
        Difference("kits", table.__tablename__, row_id, "variant_id", variant_id, "its parts")
        for table in (OrderLine, StockMove)
        for row_id, variant_id in scope.session.execute(
            select(table.id, table.variant_id).where(table.variant_id.in_(kits)).order_by(table.id)
        )
    ]


register(
    SelfCheck(
        "kits",
        N_("Kits stand on orders as their parts, which come to the price of the kit"),
        lambda scope: _shares(scope) + _stocked(scope),
    ),
)
