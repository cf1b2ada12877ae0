"""What shipments are worth after their order was amended."""

from decimal import Decimal

from sqlalchemy import select, update

from core.base.exact import ZERO
from core.receivables.service import ORDER
from core.receivables.statement_models import StatementLine
from core.sales.models import Progress, SalesOrder, Shipment
from core.sales.money.ledger import SHIPMENT
from core.sales.money.stated import refuse_stated
from core.sales.money.worth import delivered_again, value_of_goods
from core.work.unit import UnitOfWork


def reprice_shipments(uow: UnitOfWork, order: SalesOrder, gross_before: Decimal) -> None:
    """Let the shipments of an amended order be worth what its lines now say of what has left, the newest first.

    A shipment on a live statement keeps its amount. What that leaves is taken by the next shipment; where
    none can take it, as all has left or more was stated than the order comes to, it is refused.
    """
    shipments = uow.session.execute(
        select(Shipment.id, Shipment.number, Shipment.amount)
        .where(Shipment.order_id == order.id, Shipment.cancelled_at.is_(None))
        .order_by(Shipment.id.desc())
        .with_for_update()
    ).all()
    is_whole = order.shipment_state == Progress.FULL
    if not shipments:
        # From an import of past orders: the order stands for its shipment.
        if not is_whole or order.gross_amount != gross_before:
            refuse_stated(uow, ORDER, order.id, order.number)
        return
    before = sum((each.amount for each in shipments), ZERO)
    now = order.gross_amount if is_whole else value_of_goods(order.lines, delivered_again(uow, order.id))
    change = now - before
    if change == ZERO:
        return
    stated = set(
        uow.session.scalars(
            select(StatementLine.document_id).where(
                StatementLine.document_type == SHIPMENT,
                StatementLine.document_id.in_([each.id for each in shipments]),
                StatementLine.is_live,
            )
        )
    )
    left = order.gross_amount - before
    for each in shipments:
        part = ZERO if each.id in stated else max(change, -each.amount)
        if part:
            uow.session.execute(
                update(Shipment)
                .where(Shipment.id == each.id)
                .values(amount=each.amount + part)
                .execution_options(synchronize_session=False)
            )
            change -= part
            left -= part
    if left < ZERO or (is_whole and change != ZERO):
        kept = next(each for each in shipments if each.id in stated)
        refuse_stated(uow, SHIPMENT, kept.id, kept.number)
