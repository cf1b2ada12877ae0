"""What shipments are worth after their order was amended."""

from sqlalchemy import select

from core.base.exact import ZERO
from core.receivables.service import ORDER
from core.receivables.statement_models import StatementLine
from core.sales.models import Progress, SalesOrder, Shipment
from core.sales.money.ledger import SHIPMENT
from core.sales.money.stated import refuse_stated
from core.sales.money.worth import delivered_again, value_of_goods
from core.work.unit import UnitOfWork


def reprice_shipments(uow: UnitOfWork, order: SalesOrder) -> None:
    """Let the shipments of an amended order be worth what its lines now say of what has left, the newest first.

    A shipment on a live statement keeps its amount. What that leaves is taken by the next shipment; where
    none can take it, as all has left or more was stated than the order comes to, it is refused.
    """
    if order.shipment_state == Progress.NONE:
        return
    uow.session.flush()
    shipments = uow.session.scalars(
        select(Shipment)
        .where(Shipment.order_id == order.id, Shipment.cancelled_at.is_(None))
        .order_by(Shipment.id.desc())
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not shipments:  # from an import of past orders, which stands for its shipment
        refuse_stated(uow, ORDER, order.id, order.number)
        return
    before = sum((each.amount for each in shipments), ZERO)
    is_whole = order.shipment_state == Progress.FULL
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
    for each in shipments:
        if each.id not in stated:
            part = max(change, -each.amount)
            each.amount += part
            change -= part
    uow.session.flush()
    left = order.gross_amount - sum((each.amount for each in shipments), ZERO)
    if left < ZERO or (is_whole and change != ZERO):
        kept = next(each for each in shipments if each.id in stated)
        refuse_stated(uow, SHIPMENT, kept.id, kept.number)
