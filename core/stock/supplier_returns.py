"""Returning goods to a supplier: what a receipt brought, at the value that it brought it in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from core.base.errors import AppError, NotFound, Refusals, reason_given
from core.base.exact import ZERO
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.security.permissions import P
from core.stock.costs.moments import business_moment
from core.stock.errors import MoreThanReceived, NotAGoodsReceipt
from core.stock.ledger import Line, Origin, storage_of, take_out
from core.stock.models import (
    SUPPLIER,
    DocumentKind,
    Location,
    LocationKind,
    Lot,
    MoveState,
    StockDocument,
    StockLevel,
    StockMove,
)
from core.stock.moves import by_variant
from core.stock.service import make_document
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class ReturnableRow:
    """A line of a receipt: what came, what went back already, and what is still available to go back."""

    move_id: int
    variant_id: int
    sku: str
    name: str
    unit: str
    received: Decimal
    returned: Decimal
    available: Decimal
    lot_id: int | None = None
    lot: str = ""

    @property
    def most(self) -> Decimal:
        """How much can go back now."""
        return max(min(self.received - self.returned, self.available), ZERO)


@command(P.STOCK_MOVE)
def return_to_supplier(
    uow: UnitOfWork,
    receipt_id: int,
    *,
    quantities: Mapping[int, Decimal],
    reason: str,
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Send goods of a receipt back: so much of each of its moves.

    Never more than came and did not go back yet, nor more than is available. They leave at the value
    that they came in with, and as the lot that came; other lots do not go in its place.
    """
    reason = reason_given(reason)
    moment = business_moment(uow, at)
    receipt = uow.session.get(StockDocument, receipt_id, with_for_update=True)
    if receipt is None:
        raise NotFound(what=N_("The document"))
    if not _stands(uow.session, receipt):
        raise NotAGoodsReceipt(number=receipt.number)
    came = {row.move_id: row for row in _rows(uow.session, receipt_id)}
    asked = {move_id: quantity for move_id, quantity in quantities.items() if quantity}
    if set(asked) - set(came):
        raise NotFound(what=N_("The line"))
    problems: list[AppError] = [
        MoreThanReceived(
            sku=came[each].sku,
            name=came[each].name,
            number=receipt.number,
            left=came[each].received - came[each].returned,
            asked=quantity,
        )
        for each, quantity in asked.items()
        if quantity > came[each].received - came[each].returned
    ]
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    lines = [
        Line(came[each].variant_id, quantity, returns_id=each, lot_id=came[each].lot_id or 0)
        for each, quantity in asked.items()
    ]
    kind, house = DocumentKind.SUPPLIER_RETURN, receipt.warehouse_id
    document = make_document(uow, kind, house, lines, reason=reason, note=note, at=moment)
    document.supplier_id, document.returns_id = receipt.supplier_id, receipt.id
    origin = Origin("stock_document", document.id)
    take_out(uow, storage_of(uow, house), SUPPLIER, lines, origin, at=moment, anywhere=True)
    facts = by_variant(lines)
    uow.audit("goods.returned", document, number=document.number, receipt=receipt.number, reason=reason, lines=facts)
    return document.id


@query(P.STOCK_MOVE)
def returnable(scope: Scope, receipt_id: int) -> list[ReturnableRow]:
    """The lines of a goods receipt that stands, with what can go back of each; empty for any other document."""
    receipt = scope.session.get(StockDocument, receipt_id)
    if receipt is None or not _stands(scope.session, receipt):
        return []
    return _rows(scope.session, receipt_id)


def _stands(session: Session, receipt: StockDocument) -> bool:
    reversal = select(StockDocument.id).where(StockDocument.reverses_id == receipt.id)
    return receipt.kind is DocumentKind.RECEIPT and receipt.reverses_id is None and session.scalar(reversal) is None


def _rows(session: Session, receipt_id: int) -> list[ReturnableRow]:
    back, undo = aliased(StockMove), aliased(StockMove)
    returned = (
        select(func.coalesce(func.sum(back.quantity), ZERO, type_=StockMove.quantity.type))
        .where(back.returns_id == StockMove.id, ~exists().where(undo.returns_id == back.id))
        .scalar_subquery()
    )
    came_to = aliased(Location)
    free = (
        select(func.sum(StockLevel.on_hand - StockLevel.reserved))
        .join(Location, Location.id == StockLevel.location_id)
        .where(
            StockLevel.variant_id == StockMove.variant_id,
            StockLevel.lot_id.is_not_distinct_from(StockMove.lot_id),
            Location.warehouse_id == came_to.warehouse_id,
            Location.kind == LocationKind.STORAGE,
        )
        .correlate(StockMove, came_to)
        .scalar_subquery()
    )
    available = func.coalesce(free, literal_column("0", StockMove.quantity.type), type_=StockMove.quantity.type)
    found = session.execute(
        select(
            StockMove.id,
            Variant.id,
            Variant.sku,
            Product.name,
            Product.unit,
            StockMove.quantity,
            returned,
            available,
            StockMove.lot_id,
            func.coalesce(Lot.number, ""),
        )
        .join(Variant, Variant.id == StockMove.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(came_to, came_to.id == StockMove.target_id)
        .outerjoin(Lot, Lot.id == StockMove.lot_id)
        .where(
            StockMove.origin_type == "stock_document",
            StockMove.origin_id == receipt_id,
            StockMove.state == MoveState.DONE,
        )
        .order_by(StockMove.id)
    )
    return [ReturnableRow(*row) for row in map(tuple[Any, ...], found)]
