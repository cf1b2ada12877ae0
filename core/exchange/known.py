"""What is booked already: documents of a channel by their number, and the lines of past ones."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select

from core.customers.models import Customer
from core.exchange.models import ImportBatch
from core.exchange.parse import Document, OrderFile
from core.sales.models import (
    BusinessState,
    OrderKit,
    OrderLine,
    Progress,
    ReturnLine,
    ReturnState,
    SalesOrder,
    SalesReturn,
)
from core.work.command import Scope

AT_ONCE = 5_000

Content = tuple[int | None, Decimal, Decimal, Decimal]
"""What makes two lines the same: variant, quantity, unit price and amount."""


class Known(NamedTuple):
    """A booked document, and the hash of what it was imported from."""

    id: int
    content_hash: str


@dataclass(frozen=True)
class Past:
    """A document of the past as it was booked."""

    customer_code: str
    region: str
    warehouse_id: int
    at: datetime
    lines: Counter[Content]
    last_line: int


def known_documents(
    scope: Scope, channel_id: int | None, documents: Sequence[Document]
) -> dict[tuple[bool, str], Known]:
    """The documents of this channel that are booked and stand, by what tells them apart."""
    if channel_id is None:
        return {}
    known: dict[tuple[bool, str], Known] = {}
    for some in parts([document.number for document in documents if not document.is_return]):
        orders = select(SalesOrder.channel_order_number, SalesOrder.id, SalesOrder.content_hash).where(
            SalesOrder.channel_id == channel_id,
            SalesOrder.channel_order_number.in_(some),
            SalesOrder.business_state != BusinessState.CANCELLED,
        )
        known |= {(False, str(number)): Known(key, said or "") for number, key, said in scope.session.execute(orders)}
    for some in parts([document.number for document in documents if document.is_return]):
        returns = select(SalesReturn.channel_return_number, SalesReturn.id, SalesReturn.content_hash).where(
            SalesReturn.channel_id == channel_id,
            SalesReturn.channel_return_number.in_(some),
            SalesReturn.state != ReturnState.CANCELLED,
        )
        known |= {(True, str(number)): Known(key, said or "") for number, key, said in scope.session.execute(returns)}
    return known


def past_orders(scope: Scope, ids: Sequence[int]) -> Iterator[tuple[int, Past]]:
    """Those of these orders that were imported as history, with nothing returned or taken back since."""
    head = (
        select(SalesOrder.id, Customer.code, SalesOrder.region, SalesOrder.warehouse_id, SalesOrder.ordered_at)
        .join(Customer, Customer.id == SalesOrder.customer_id)
        .join(ImportBatch, ImportBatch.id == SalesOrder.import_batch_id)
        .where(
            ImportBatch.is_history,
            SalesOrder.business_state == BusinessState.COMPLETED,
            SalesOrder.shipment_state == Progress.FULL,
            SalesOrder.return_state == Progress.NONE,
        )
    )
    # A kit is one row of a file: it stands here in the place of its lines, at the number of the last of them.
    gross: Any = func.sum(OrderLine.gross_amount, type_=OrderLine.gross_amount.type)
    line = select(
        OrderLine.order_id,
        OrderLine.line_number,
        OrderLine.variant_id,
        OrderLine.quantity,
        OrderLine.unit_price,
        OrderLine.gross_amount,
    ).where(OrderLine.kit_id.is_(None))
    kit = (
        select(OrderKit.order_id, func.max(OrderLine.line_number), OrderKit.variant_id)
        .add_columns(OrderKit.quantity, OrderKit.unit_price, gross)
        .join(OrderLine, OrderLine.kit_id == OrderKit.id)
        .group_by(OrderKit.id, OrderKit.order_id, OrderKit.variant_id, OrderKit.quantity, OrderKit.unit_price)
    )
    for some in parts(ids):
        lines = [line.where(OrderLine.order_id.in_(some)), kit.where(OrderKit.order_id.in_(some))]
        yield from _past(scope, head.where(SalesOrder.id.in_(some)), *lines)


def past_returns(scope: Scope, ids: Sequence[int]) -> Iterator[tuple[int, Past]]:
    """Those of these returns that were imported as history."""
    head = (
        select(SalesReturn.id, Customer.code, SalesReturn.region, SalesReturn.warehouse_id, SalesReturn.returned_at)
        .join(Customer, Customer.id == SalesReturn.customer_id)
        .join(ImportBatch, ImportBatch.id == SalesReturn.import_batch_id)
        .where(ImportBatch.is_history, SalesReturn.state == ReturnState.RECEIVED)
    )
    line = select(
        ReturnLine.return_id,
        ReturnLine.line_number,
        ReturnLine.variant_id,
        ReturnLine.quantity,
        ReturnLine.unit_price,
        ReturnLine.gross_amount,
    )
    for some in parts(ids):
        yield from _past(scope, head.where(SalesReturn.id.in_(some)), line.where(ReturnLine.return_id.in_(some)))


def rows_to_add(
    file: OrderFile, document: Document, past: Past, content_of: Callable[[int], Content]
) -> list[int] | None:
    """The rows of a document that are not booked yet; None where what is booked stands otherwise in the file.

    A booked line may be missing in the file only where as many rows of the order cannot be read and
    nothing is new.
    """
    if past.at not in map(file.moments.__getitem__, document.rows):
        return None
    left = Counter(past.lines)
    added = []
    for row in document.rows:
        content = content_of(row)
        if left[content]:
            left[content] -= 1
        else:
            added.append(row)
    missing = left.total()
    if missing and (added or missing > len(document.unreadable)):
        return None
    return added


def parts(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """The keys in portions that one statement can name."""
    return (keys[start : start + AT_ONCE] for start in range(0, len(keys), AT_ONCE))


def _past(scope: Scope, head: Select[*tuple[Any, ...]], *found: Select[*tuple[Any, ...]]) -> Iterator[tuple[int, Past]]:
    lines: dict[int, Counter[Content]] = {}
    last: dict[int, int] = {}
    for document_id, line_number, variant_id, quantity, unit_price, amount in chain.from_iterable(
        map(scope.session.execute, found)
    ):
        lines.setdefault(document_id, Counter())[variant_id, quantity, unit_price, amount] += 1
        last[document_id] = max(line_number, last.get(document_id, 0))
    for document_id, code, region, warehouse_id, at in scope.session.execute(head):
        booked = lines.get(document_id, Counter())
        yield document_id, Past(code, region, warehouse_id, at, booked, last.get(document_id, 0))
