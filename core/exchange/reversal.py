"""Taking back what a batch booked: opposite moves and payments, cancelled documents, added lines gone."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import BigInteger, and_, exists, func, literal, or_, select, type_coerce, union, update
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement

from core.base.exact import AMOUNT_PLACES, ZERO
from core.base.i18n import N_, _
from core.catalog.models import Product, ProductKind, Variant
from core.db.bulk import bulk_insert, next_ids, runs, storing
from core.db.types import to_units
from core.exchange.additions import ORDER, RETURN, added_lines, take_lines_away
from core.exchange.booking import MOVE_COLUMNS
from core.exchange.errors import BatchAddedTo, BatchInUse
from core.exchange.known import parts
from core.exchange.models import ImportAddition, ImportBatch
from core.exchange.settlement import Paid, book_payments
from core.receivables.models import Allocation, Payment
from core.sales.approvals import lapse
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
from core.sales.money.accounts import recount
from core.stock.ledger import Line, Origin, release, storage_of, take_out
from core.stock.models import CUSTOMER, MoveState, StockMove
from core.work.unit import UnitOfWork

REASON = N_("Import reversed")


class Reversed(NamedTuple):
    """How many documents were cancelled, and how many lines taken out of documents of earlier batches."""

    orders: int
    returns: int
    lines: int


def reverse_documents(uow: UnitOfWork, batch: ImportBatch) -> Reversed:
    """Cancel the batch's orders and returns, and take what it added to others out of them.

    `BatchInUse` where an order was changed since, `BatchAddedTo` where a later batch added lines to a document.
    """
    mine = (SalesOrder.import_batch_id == batch.id, SalesOrder.business_state != BusinessState.CANCELLED)
    added_to = select(ImportAddition.document_id).where(
        ImportAddition.batch_id == batch.id, ImportAddition.document_type == ORDER
    )
    orders = uow.session.execute(
        select(
            SalesOrder.id,
            SalesOrder.customer_id,
            SalesOrder.number,
            SalesOrder.version,
            SalesOrder.warehouse_id,
            SalesOrder.import_batch_id,
            SalesOrder.shipment_state,
            SalesOrder.paid_amount,
        )
        .where(or_(and_(*mine), SalesOrder.id.in_(added_to)))
        .order_by(SalesOrder.id)
        .with_for_update()
    ).all()
    _refuse_added_to(uow, batch)
    steps = _steps(uow, batch)
    changed = [
        order.number
        for order in orders
        if order.version != 1 + steps.get(order.id, 0)
        and (batch.is_history or order.shipment_state != Progress.NONE or order.paid_amount != 0)
    ]
    if changed:
        raise BatchInUse(file=batch.file_name, count=len(changed), number=changed[0])
    own = [order for order in orders if order.import_batch_id == batch.id]
    returns = uow.session.execute(
        select(SalesReturn.id, SalesReturn.warehouse_id)
        .where(SalesReturn.import_batch_id == batch.id, SalesReturn.state == ReturnState.RECEIVED)
        .order_by(SalesReturn.id)
        .with_for_update()
    ).all()
    lines = 0
    if batch.is_history:
        lines = sum(_take_additions_back(uow, batch.id, kind) for kind in (ORDER, RETURN))
        my_orders = select(SalesOrder.id).where(*mine).scalar_subquery()
        my_returns = select(SalesReturn.id).where(
            SalesReturn.import_batch_id == batch.id, SalesReturn.state == ReturnState.RECEIVED
        )
        _move_back(uow, ORDER, StockMove.origin_id.in_(my_orders))
        _move_back(uow, RETURN, StockMove.origin_id.in_(my_returns.scalar_subquery()))
        _pay_back(uow, Allocation.document_id.in_(my_orders))
    else:
        for order in own:
            release(uow, storage_of(uow, order.warehouse_id), Origin(ORDER, order.id))
        for each in returns:
            _take_out_again(uow, each.id, each.warehouse_id)
    _cancel(uow, batch, [order.id for order in own], [each.id for each in returns], mine)
    if not batch.is_history:
        recount(uow, (order.customer_id for order in own))
    return Reversed(len(own), len(returns), lines)


def _refuse_added_to(uow: UnitOfWork, batch: ImportBatch) -> None:
    """What was added last goes first: a later batch may stand on what this one booked or added."""
    later, named = aliased(ImportAddition), aliased(ImportBatch)
    touched = [
        and_(
            later.document_type == kind,
            or_(
                later.document_id.in_(select(model.id).where(model.import_batch_id == batch.id)),
                later.document_id.in_(
                    select(ImportAddition.document_id).where(
                        ImportAddition.batch_id == batch.id, ImportAddition.document_type == kind
                    )
                ),
            ),
        )
        for kind, model in ((ORDER, SalesOrder), (RETURN, SalesReturn))
    ]
    found = uow.session.execute(
        select(named.id, named.file_name, func.count())
        .join(later, later.batch_id == named.id)
        .where(named.id > batch.id, named.reversed_at.is_(None), or_(*touched))
        .group_by(named.id, named.file_name)
        .order_by(named.id.desc())
    ).first()
    if found is not None:
        later_id, later_file, count = found
        raise BatchAddedTo(file=batch.file_name, count=count, later=later_id, later_file=later_file)


def _steps(uow: UnitOfWork, batch: ImportBatch) -> dict[int, int]:
    """How often imports and their reversals themselves changed the orders that this batch booked or added to."""
    changed = aliased(ImportAddition)
    mine = select(SalesOrder.id).where(SalesOrder.import_batch_id == batch.id)
    added_to = select(ImportAddition.document_id).where(
        ImportAddition.batch_id == batch.id, ImportAddition.document_type == ORDER
    )
    found = uow.session.execute(
        select(changed.document_id, func.count() + func.count(ImportBatch.reversed_at))
        .join(ImportBatch, ImportBatch.id == changed.batch_id)
        .where(changed.document_type == ORDER, changed.document_id.in_(union(mine, added_to)))
        .group_by(changed.document_id)
    )
    return {order_id: steps for order_id, steps in found}


def _take_additions_back(uow: UnitOfWork, batch_id: int, kind: str) -> int:
    """What the batch added to documents of this kind leaves them, with its moves and payments; so many lines."""
    grown = added_lines(uow, batch_id, kind)
    for some in parts(grown):
        line_ids = [line_id for each in some for line_id in each.line_ids]
        documents = [each.addition.document_id for each in some]
        for lines in parts(line_ids):
            _move_back(uow, kind, StockMove.origin_id.in_(documents), StockMove.origin_line_id.in_(lines))
        _pay_back(uow, Payment.id.in_([each.addition.payment_id for each in some if each.addition.payment_id]))
    take_lines_away(uow, kind, grown)
    return sum(len(each.line_ids) for each in grown)


def _move_back(uow: UnitOfWork, origin: str, *which: ColumnElement[bool]) -> None:
    """Every such move of documents of this kind again, in the other direction."""
    session = uow.session
    moved = (StockMove.origin_type == origin, StockMove.state == MoveState.DONE, *which)
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


def _pay_back(uow: UnitOfWork, which: ColumnElement[bool]) -> None:
    """An opposite payment, settling the opposite, for every such payment of orders that has none yet."""
    session = uow.session
    opposite = aliased(Payment)
    paid = session.execute(
        select(Payment.id, Payment.customer_id, Payment.method, Allocation.document_id, Allocation.amount)
        .join(Allocation, Allocation.payment_id == Payment.id)
        .where(
            Allocation.document_type == ORDER,
            which,
            Payment.reverses_id.is_(None),
            ~exists().where(opposite.reverses_id == Payment.id),
        )
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
        take_out(uow, storage_of(uow, warehouse_id), CUSTOMER, goods, Origin(RETURN, return_id))


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
    lapse(uow, select(SalesOrder.id).where(*mine))
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
