"""What must always be true of orders that lack goods: none is forgotten."""

from sqlalchemy import func, literal_column, select

from core.base.exact import QUANTITY_PLACES
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.db.types import Exact
from core.db.upsert import upsert
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.sales.fulfilment_models import OrderPromise
from core.sales.models import BusinessState, OrderLine, Progress, SalesOrder
from core.stock.models import MoveState, StockMove
from core.work.unit import UnitOfWork

OPEN = (BusinessState.CONFIRMED, BusinessState.ON_HOLD)


def _forgotten(scope: Checking) -> list[Difference]:
    """Orders of which something is neither shipped nor promised, and which wait for nothing all the same."""
    promised = (
        select(StockMove.origin_line_id.label("line_id"), func.sum(StockMove.quantity).label("quantity"))
        .where(StockMove.origin_type == SalesOrder.__tablename__, StockMove.state == MoveState.RESERVED)
        .group_by(StockMove.origin_line_id)
        .subquery()
    )
    nothing = literal_column("0", Exact(QUANTITY_PLACES))
    forgotten = (
        select(SalesOrder.id)
        .distinct()
        .join(OrderLine, OrderLine.order_id == SalesOrder.id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(promised, promised.c.line_id == OrderLine.id)
        .outerjoin(OrderPromise, OrderPromise.order_id == SalesOrder.id)
        .where(
            SalesOrder.shipment_state != Progress.FULL,
            SalesOrder.business_state.in_(OPEN),
            Product.kind == ProductKind.STOCKED,
            OrderLine.quantity > OrderLine.shipped_quantity + func.coalesce(promised.c.quantity, nothing),
            OrderPromise.waits.is_not(True),
        )
        .order_by(SalesOrder.id)
    )
    return [
        Difference("waiting_orders", OrderPromise.__tablename__, order_id, "waits", False, True)
        for order_id in scope.session.scalars(forgotten)
    ]


def _let_them_wait(uow: UnitOfWork, differences: list[Difference]) -> None:
    rows = [{"order_id": each.row_id, "waits": True} for each in differences]
    waiting = upsert(uow.session, OrderPromise).values(rows)
    uow.session.execute(waiting.on_conflict_do_update(index_elements=["order_id"], set_={"waits": True}))


register(
    SelfCheck("waiting_orders", N_("Orders whose goods are not all promised wait for them"), _forgotten, _let_them_wait)
)
