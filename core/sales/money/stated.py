"""Which orders stand on live statements, and their statement axis."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select, update

from core.base.errors import NotFound
from core.base.i18n import N_
from core.receivables.errors import OnStatement
from core.receivables.service import CHARGE, ORDER, Document
from core.receivables.statement_models import LineKind, Statement, StatementLine
from core.sales.models import Progress, SalesOrder, Shipment
from core.sales.money.ledger import SHIPMENT
from core.work.unit import UnitOfWork


def documents_on(uow: UnitOfWork, statement_id: int, customer_id: int) -> set[Document]:
    """The orders and charges of a statement of this customer that money can settle."""
    statement = uow.session.get(Statement, statement_id)
    if statement is None or statement.customer_id != customer_id:
        raise NotFound(what=N_("The statement"))
    found = uow.session.execute(
        select(StatementLine.kind, StatementLine.order_id, StatementLine.document_id).where(
            StatementLine.statement_id == statement_id,
            StatementLine.kind.in_((LineKind.SHIPMENT, LineKind.CHARGE)),
        )
    )
    return {
        (ORDER, order_id) if kind == LineKind.SHIPMENT and order_id else (CHARGE, document_id)
        for kind, order_id, document_id in found
    }


def refuse_stated(uow: UnitOfWork, document_type: str, document_id: int, number: str) -> None:
    """`OnStatement` where the document stands on a live statement."""
    statement = uow.session.scalar(
        select(Statement.number)
        .join(StatementLine, StatementLine.statement_id == Statement.id)
        .where(
            StatementLine.document_type == document_type,
            StatementLine.document_id == document_id,
            StatementLine.is_live,
        )
    )
    if statement is not None:
        raise OnStatement(number=number, statement=statement)


def statement_state(shipment: Progress, shipments: int, stated: int) -> Progress:
    """How much of an order is on statements, of so many shipments so many."""
    if not stated:
        return Progress.NONE
    return Progress.FULL if shipment == Progress.FULL and stated >= shipments else Progress.PARTIAL


def restate(uow: UnitOfWork, order: SalesOrder) -> None:
    """Derive the statement axis of an order that stands on one, after more or less of it counts as shipped."""
    if order.statement_state != Progress.NONE:
        shipments, stated = _counts(uow, [order.id])
        order.statement_state = statement_state(order.shipment_state, shipments[order.id], stated[order.id])


def set_statement_states(uow: UnitOfWork, order_ids: Iterable[int]) -> None:
    """Derive the statement axis of these orders, which are locked, and say so in the change feed."""
    ids = sorted(order_ids)
    orders = uow.session.execute(select(SalesOrder.id, SalesOrder.shipment_state).where(SalesOrder.id.in_(ids))).all()
    shipments, stated = _counts(uow, ids)
    by_state: dict[Progress, list[int]] = {state: [] for state in Progress}
    for order_id, progress in orders:
        by_state[statement_state(progress, shipments[order_id], stated[order_id])].append(order_id)
    for state, some in by_state.items():
        if some:
            uow.session.execute(
                update(SalesOrder)
                .where(SalesOrder.id.in_(some))
                .values(statement_state=state, version=SalesOrder.version + 1)
                .execution_options(synchronize_session=False)
            )
    for order_id in ids:
        uow.touch(SalesOrder, order_id)


def _counts(uow: UnitOfWork, ids: Sequence[int]) -> tuple[Counter[int], Counter[int]]:
    """How many live shipments each order has, and how many of its lines stand on live statements."""
    shipments: Counter[int] = Counter()
    for order_id, count in uow.session.execute(
        select(Shipment.order_id, func.count())
        .where(Shipment.order_id.in_(ids), Shipment.cancelled_at.is_(None))
        .group_by(Shipment.order_id)
    ):
        shipments[order_id] = count
    stated: Counter[int] = Counter()
    for stated_id, count in uow.session.execute(
        select(StatementLine.order_id, func.count())
        .where(
            StatementLine.order_id.in_(ids),
            StatementLine.is_live,
            StatementLine.document_type.in_((SHIPMENT, ORDER)),
        )
        .group_by(StatementLine.order_id)
    ):
        stated[stated_id or 0] = count
    return shipments, stated
