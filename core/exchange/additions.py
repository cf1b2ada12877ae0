"""Adding lines to documents of earlier batches, and taking such lines away again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, exists, select

from core.exchange.known import parts
from core.exchange.models import ImportAddition
from core.exchange.parse import OrderFile
from core.exchange.plan import Addition, gross_of
from core.sales.models import OrderKit, OrderLine, ReturnLine, SalesOrder, SalesReturn
from core.sales.rules import payment_state
from core.work.unit import UnitOfWork

ORDER, RETURN = "sales_order", "sales_return"
QUIET = {"synchronize_session": False}


@dataclass(frozen=True)
class Grown:
    """Lines that were added to one document, as they stand."""

    addition: ImportAddition
    line_ids: list[int]
    amount: Decimal


def record_additions(
    uow: UnitOfWork, batch_id: int, file: OrderFile, additions: Sequence[Addition], payments: Mapping[int, int]
) -> None:
    """Let documents know of the lines that were added to them, and the batch of what it added.

    `payments` holds, by the order's id, what settles the added lines.
    """
    for kind in (ORDER, RETURN):
        changes = {
            addition.document_id: (abs(gross_of(file, addition.document)), addition.document.content_hash)
            for addition in additions
            if _kind(addition) == kind
        }
        _change(uow, kind, changes)
    uow.insert_many(
        ImportAddition,
        [
            {
                "batch_id": batch_id,
                "document_type": _kind(addition),
                "document_id": addition.document_id,
                "first_line": addition.first_line,
                "former_hash": addition.former_hash,
                "payment_id": None if addition.document.is_return else payments.get(addition.document_id),
            }
            for addition in additions
        ],
    )


def added_lines(uow: UnitOfWork, batch_id: int, kind: str) -> list[Grown]:
    """What a batch added to documents of this kind; nothing stands behind those lines."""
    additions = {
        each.document_id: each
        for each in uow.session.scalars(
            select(ImportAddition)
            .where(ImportAddition.batch_id == batch_id, ImportAddition.document_type == kind)
            .order_by(ImportAddition.document_id)
        )
    }
    line, belongs_to = (OrderLine, OrderLine.order_id) if kind == ORDER else (ReturnLine, ReturnLine.return_id)
    lines: dict[int, list[Any]] = {document_id: [] for document_id in additions}
    for some in parts(list(additions)):
        found = select(belongs_to, line.line_number, line.id, line.gross_amount).where(belongs_to.in_(some))
        for document_id, line_number, line_id, amount in uow.session.execute(found):
            if line_number >= additions[document_id].first_line:
                lines[document_id].append((line_id, amount))
    return [
        Grown(
            addition,
            [line_id for line_id, _amount in lines[document_id]],
            sum((amount for _line_id, amount in lines[document_id]), Decimal(0)),
        )
        for document_id, addition in additions.items()
    ]


def take_lines_away(uow: UnitOfWork, kind: str, grown: Sequence[Grown]) -> None:
    """The documents are again what they were; moves and payments are the caller's to take back."""
    line = OrderLine if kind == ORDER else ReturnLine
    for some in parts([line_id for each in grown for line_id in each.line_ids]):
        uow.session.execute(delete(line).where(line.id.in_(some)), execution_options=QUIET)
    if kind == ORDER:
        for some in parts([each.addition.document_id for each in grown]):
            empty = ~exists().where(OrderLine.kit_id == OrderKit.id)
            uow.session.execute(delete(OrderKit).where(OrderKit.order_id.in_(some), empty), execution_options=QUIET)
    _change(uow, kind, {each.addition.document_id: (-each.amount, each.addition.former_hash) for each in grown})


def _kind(addition: Addition) -> str:
    return RETURN if addition.document.is_return else ORDER


def _change(uow: UnitOfWork, kind: str, changes: Mapping[int, tuple[Decimal, str]]) -> None:
    """The documents' amounts by so much, and the hash of what they are imported from."""
    model: Any = SalesOrder if kind == ORDER else SalesReturn
    for some in parts(sorted(changes)):
        documents = select(model).where(model.id.in_(some)).order_by(model.id).with_for_update()
        document: SalesOrder | SalesReturn
        for document in uow.session.scalars(documents):
            amount, document.content_hash = changes[document.id]
            document.net_amount += amount
            document.gross_amount += amount
            if isinstance(document, SalesOrder):
                document.paid_amount += amount
                document.payment_state = payment_state(
                    document.gross_amount - document.returned_amount, document.paid_amount
                )
    uow.session.flush()
