"""What must always be true of returns: sorted goods, goods that wait, and money given back."""

from typing import Any

from sqlalchemy import Select, case, func, literal_column, select

from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES
from core.base.i18n import N_
from core.catalog.models import Product, ProductKind, Variant
from core.db.types import Exact
from core.ops.registry import Checking, Difference, SelfCheck, register
from core.sales.models import CAME_BACK, ReturnKind, ReturnLine, ReturnState, SalesOrder, SalesReturn
from core.sales.returns.models import ReturnRefund
from core.stock.models import CUSTOMER, Location, LocationKind, MoveState, StockMove

NO_QUANTITY = literal_column("0", Exact(QUANTITY_PLACES))
NO_AMOUNT = literal_column("0", Exact(AMOUNT_PLACES))


def _compared(
    check: str, table: str, column: str, statement: Select[*tuple[Any, ...]], scope: Checking
) -> list[Difference]:
    return [
        Difference(check, table, row_id, column, stored, derived)
        for row_id, stored, derived in scope.session.execute(statement)
    ]


def _sorted(scope: Checking) -> list[Difference]:
    """Lines of inspected returns whose three parts are not what arrived; before the inspection there are none."""
    parts = ReturnLine.restocked_quantity + ReturnLine.second_quantity + ReturnLine.scrapped_quantity
    is_sorted = SalesReturn.inspected_at.is_not(None) & SalesReturn.state.in_(CAME_BACK)
    right = case((is_sorted, ReturnLine.quantity), else_=NO_QUANTITY)
    statement = (
        select(ReturnLine.id, func.coalesce(parts, NO_QUANTITY, type_=ReturnLine.quantity.type), right)
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .where(parts != right)
        .order_by(ReturnLine.id)
    )
    return _compared("inspections", "return_line", "inspected", statement, scope)


def _arrived(scope: Checking) -> list[Difference]:
    """Lines of returns received here of which the ledger brought in something else than they say."""
    came = case((StockMove.source_id == CUSTOMER, StockMove.quantity), else_=-StockMove.quantity)
    moved = (
        select(StockMove.origin_line_id.label("key"), func.sum(came, type_=Exact(QUANTITY_PLACES)).label("total"))
        .where(
            StockMove.origin_type == SalesReturn.__tablename__,
            StockMove.state == MoveState.DONE,
            (StockMove.source_id == CUSTOMER) | (StockMove.target_id == CUSTOMER),
        )
        .group_by(StockMove.origin_line_id)
        .subquery()
    )
    stored = case((SalesReturn.state.in_(CAME_BACK), ReturnLine.quantity), else_=NO_QUANTITY)
    derived = func.coalesce(moved.c.total, NO_QUANTITY, type_=Exact(QUANTITY_PLACES))
    statement = (
        select(ReturnLine.id, stored, derived)
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .join(Variant, Variant.id == ReturnLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(moved, moved.c.key == ReturnLine.id)
        .where(
            SalesReturn.requested_at.is_not(None),
            SalesReturn.kind != ReturnKind.REDELIVERY,
            Product.kind == ProductKind.STOCKED,
            stored != derived,
        )
        .order_by(ReturnLine.id)
    )
    return _compared("received_returns", "return_line", "quantity", statement, scope)


def _waiting(scope: Checking) -> list[Difference]:
    """Quarantine holds exactly what was received and not sorted yet."""
    came = select(StockMove.variant_id, StockMove.target_id.label("place"), StockMove.quantity).where(
        StockMove.state == MoveState.DONE
    )
    went = select(StockMove.variant_id, StockMove.source_id, -StockMove.quantity).where(
        StockMove.state == MoveState.DONE
    )
    ends = came.union_all(went).subquery()
    quantity = func.sum(ends.c.quantity, type_=Exact(QUANTITY_PLACES))
    held = (
        select(ends.c.variant_id, Location.warehouse_id, quantity.label("held"))
        .join(Location, Location.id == ends.c.place)
        .where(Location.kind == LocationKind.QUARANTINE)
        .group_by(ends.c.variant_id, Location.warehouse_id)
        .subquery()
    )
    wanted = (
        select(
            ReturnLine.variant_id,
            SalesReturn.warehouse_id,
            func.sum(ReturnLine.quantity, type_=Exact(QUANTITY_PLACES)).label("wanted"),
        )
        .join(SalesReturn, SalesReturn.id == ReturnLine.return_id)
        .join(Variant, Variant.id == ReturnLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(
            SalesReturn.state == ReturnState.RECEIVED,
            SalesReturn.requested_at.is_not(None),
            Product.kind == ProductKind.STOCKED,
        )
        .group_by(ReturnLine.variant_id, SalesReturn.warehouse_id)
        .subquery()
    )
    both = held.join(
        wanted,
        (wanted.c.variant_id == held.c.variant_id) & (wanted.c.warehouse_id == held.c.warehouse_id),
        isouter=True,
    )
    derived = func.coalesce(wanted.c.wanted, NO_QUANTITY, type_=Exact(QUANTITY_PLACES))
    statement = select(held.c.variant_id, held.c.held, derived).select_from(both).where(held.c.held != derived)
    return _compared("quarantine", "variant", "quantity", statement.order_by(held.c.variant_id), scope)


def _refunds(scope: Checking) -> list[Difference]:
    """Returns of which more was given back than they are worth, and orders paid back more than they were paid."""
    given = func.sum(ReturnRefund.amount)
    too_much = (
        select(SalesReturn.id, given, SalesReturn.gross_amount)
        .join(ReturnRefund, ReturnRefund.return_id == SalesReturn.id)
        .where(ReturnRefund.undone_at.is_(None))
        .group_by(SalesReturn.id, SalesReturn.gross_amount)
        .having(given > SalesReturn.gross_amount)
        .order_by(SalesReturn.id)
    )
    below = (
        select(SalesOrder.id, SalesOrder.paid_amount, NO_AMOUNT)
        .where(SalesOrder.paid_amount < NO_AMOUNT)
        .order_by(SalesOrder.id)
    )
    return [
        *_compared("refunds", "sales_return", "refunded", too_much, scope),
        *_compared("refunds", "sales_order", "paid_amount", below, scope),
    ]


register(
    SelfCheck("received_returns", N_("Lines of received returns equal what the ledger brought in"), _arrived),
    SelfCheck("inspections", N_("What an inspection sorted adds up to what arrived"), _sorted),
    SelfCheck("quarantine", N_("Quarantine holds what was received and not inspected"), _waiting),
    SelfCheck("refunds", N_("No more is given back than came back and was paid"), _refunds),
)
