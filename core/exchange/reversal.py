"""Taking back what a batch booked: opposite moves and payments, cancelled documents."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, func, literal, select, type_coerce, update
from sqlalchemy.sql.elements import ColumnElement

from core.base.exact import AMOUNT_PLACES, ZERO
from core.base.i18n import N_, _
from core.catalog.models import Product, ProductKind, Variant
from core.db.bulk import bulk_insert, next_ids, runs, storing
from core.db.types import to_units
from core.exchange.booking import MOVE_COLUMNS, Paid, book_payments
from core.exchange.errors import BatchInUse
from core.exchange.models import ImportBatch
from core.receivables.models import Allocation, Payment
from core.sales.models import (
    BusinessState,
    OrderLine,
    PaymentState,
    Progress,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.stock.ledger import Line, Origin, release, storage_of, take_out
from core.stock.models import CUSTOMER, MoveState, StockMove
from core.work.unit import UnitOfWork

REASON = N_("Import reversed")


def reverse_documents(uow: UnitOfWork, batch: ImportBatch) -> tuple[int, int]:
    """Cancel the batch's orders and returns; how many of each. `BatchInUse` where one was changed since."""
    mine = (SalesOrder.import_batch_id == batch.id, SalesOrder.business_state != BusinessState.CANCELLED)
    orders = uow.session.execute(
        select(SalesOrder.id, SalesOrder.number, SalesOrder.version, SalesOrder.warehouse_id)
        .where(*mine)
        .order_by(SalesOrder.id)
        .with_for_update()
    ).all()
    changed = [order.number for order in orders if order.version != 1]
    if changed:
        raise BatchInUse(file=batch.file_name, count=len(changed), number=changed[0])
    returns = uow.session.execute(
        select(SalesReturn.id, SalesReturn.warehouse_id)
        .where(SalesReturn.import_batch_id == batch.id, SalesReturn.state == ReturnState.RECEIVED)
        .order_by(SalesReturn.id)
        .with_for_update()
    ).all()
    order_ids, return_ids = [order.id for order in orders], [each.id for each in returns]
    if batch.is_history:
        _move_back(uow, "sales_order", select(SalesOrder.id).where(*mine).scalar_subquery())
        came_back = select(SalesReturn.id).where(
            SalesReturn.import_batch_id == batch.id, SalesReturn.state == ReturnState.RECEIVED
        )
        _move_back(uow, "sales_return", came_back.scalar_subquery())
        _pay_back(uow, select(SalesOrder.id).where(*mine).scalar_subquery())
    else:
        for order in orders:
            release(uow, storage_of(uow, order.warehouse_id), Origin("sales_order", order.id))
        for each in returns:
            _take_out_again(uow, each.id, each.warehouse_id)
    _cancel(uow, batch, order_ids, return_ids, mine)
    return len(order_ids), len(return_ids)


def _move_back(uow: UnitOfWork, origin: str, documents: Any) -> None:
    """Every move of these documents again, in the other direction."""
    session = uow.session
    moved = (
        StockMove.origin_type == origin,
        StockMove.origin_id.in_(documents),
        StockMove.state == MoveState.DONE,
    )
    back = select(
        StockMove.variant_id,
        type_coerce(StockMove.quantity, BigInteger),
        StockMove.target_id,
        StockMove.source_id,
        StockMove.origin_type,
        StockMove.origin_id,
        StockMove.origin_line_id,
    ).where(*moved)
    now = storing(session, StockMove.at)(uow.now)
    ids = next_ids(session, StockMove, session.scalar(select(func.count()).select_from(StockMove).where(*moved)) or 0)
    raw = session.execute(back.order_by(StockMove.id)).all()
    done = MoveState.DONE.value
    rows = ((move_id, *each[:4], done, *each[4:], now) for move_id, each in zip(ids, raw, strict=True))
    bulk_insert(session, StockMove, MOVE_COLUMNS, rows)
    for first, last in runs(ids):
        uow.touch(StockMove, first, last)


def _pay_back(uow: UnitOfWork, orders: Any) -> None:
    """An opposite payment, settling the opposite, for every payment of these orders."""
    session = uow.session
    paid = session.execute(
        select(Payment.id, Payment.customer_id, Payment.method, Allocation.document_id, Allocation.amount)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(Allocation.document_type == "sales_order", Allocation.document_id.in_(orders))
        .order_by(Payment.id)
    ).all()
    today = storing(session, Payment.received_on)(uow.today)
    book_payments(
        uow,
        [
            Paid(
                customer_id=each.customer_id,
                order_id=each.document_id,
                amount=-to_units(each.amount, AMOUNT_PLACES),
                received_on=today,
                method=each.method.value,
                reverses_id=each.id,
                note=_(REASON),
            )
            for each in paid
        ],
    )


def _take_out_again(uow: UnitOfWork, return_id: int, warehouse_id: int) -> None:
    """Goods that a return put on the shelf leave it; refused where they are gone or promised."""
    back = uow.session.execute(
        select(ReturnLine.variant_id, ReturnLine.quantity)
        .join(Variant, Variant.id == ReturnLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(ReturnLine.return_id == return_id, Product.kind == ProductKind.STOCKED)
    )
    goods = [Line(variant_id, quantity) for variant_id, quantity in back]
    if goods:
        take_out(uow, storage_of(uow, warehouse_id), CUSTOMER, goods, Origin("sales_return", return_id))


def _cancel(
    uow: UnitOfWork,
    batch: ImportBatch,
    order_ids: Sequence[int],
    return_ids: Sequence[int],
    mine: tuple[ColumnElement[bool], ...],
) -> None:
    session = uow.session
    quiet = {"synchronize_session": False}
    session.execute(
        update(OrderLine)
        .where(OrderLine.order_id.in_(select(SalesOrder.id).where(*mine).scalar_subquery()))
        .values(shipped_quantity=literal(ZERO, OrderLine.shipped_quantity.type)),
        execution_options=quiet,
    )
    session.execute(
        update(SalesOrder)
        .where(*mine)
        .values(
            business_state=BusinessState.CANCELLED,
            payment_state=PaymentState.NONE,
            shipment_state=Progress.NONE,
            paid_amount=Decimal(0),
            confirmed_at=None,
            closed_at=uow.now,
            cancel_reason=_(REASON),
            version=SalesOrder.version + 1,
        ),
        execution_options=quiet,
    )
    session.execute(
        update(SalesReturn)
        .where(SalesReturn.import_batch_id == batch.id, SalesReturn.state == ReturnState.RECEIVED)
        .values(state=ReturnState.CANCELLED),
        execution_options=quiet,
    )
    for first, last in runs(order_ids):
        uow.touch(SalesOrder, first, last)
    for first, last in runs(return_ids):
        uow.touch(SalesReturn, first, last)
