"""Claims: goods that were missing, wrong or spoilt and do not come back; they are credited, or delivered once more.

What is credited counts as returned. It passes through quarantine like goods that come back, at the cost
with which it left: what is here after all goes on sale again, the rest is a loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Product, Variant
from core.sales.fulfilment_models import ShipmentPick
from core.sales.models import OrderLine, ReturnKind, ReturnLine, SalesOrder, Shipment, ShipmentLine
from core.sales.returns.documents import Opened, opened, refuse_goodwill, sku_of
from core.sales.returns.errors import NoClaim, NotSoManyHere
from core.sales.returns.inspect import Finding, put_together, sort_out
from core.sales.returns.receive import give_back, take_in
from core.sales.returns.rules import RETURN_FLOW
from core.security.models import User
from core.security.permissions import P
from core.stock.models import Location, Lot, StockMove, Warehouse
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork


@dataclass(frozen=True)
class DepartureRow:
    """A shipment that may have brought what is claimed: what left, when, from where, who packed it, of which lots."""

    shipment_id: int
    number: str
    shipped_at: datetime
    packed_by: str
    warehouse: str
    sku: str
    name: str
    quantity: Decimal
    lots: tuple[str, ...]

    @property
    def key(self) -> str:
        """What tells the row apart from the others of the return."""
        return f"{self.shipment_id}.{self.sku}"


@command(P.CLAIM_ACCEPT)
def accept_claim(
    uow: UnitOfWork,
    return_id: int,
    *,
    quantities: Mapping[int, Decimal] | None = None,
    here: Mapping[int, Decimal] | None = None,
) -> int | None:
    """Credit what is claimed: all, or so much of each line (return line id → quantity).

    `here` says how much of each line is on the shelf after all; the rest is lost. What is not accepted stays
    claimed on a return of its own, whose id comes back.
    """
    found = opened(uow, return_id)
    document = found.document
    _refuse_return(found)
    RETURN_FLOW.take("accept", document)
    found, rest = take_in(uow, found, quantities)
    sort_out(uow, found, _findings(uow, found, here or {}))
    uow.audit(
        "claim.accepted",
        document,
        number=document.number,
        gross=document.gross_amount,
        quantities={line.variant_id: line.quantity for line in found.lines},
        here=sum((line.restocked_quantity for line in found.lines), ZERO),
        rest=rest.number if rest else None,
    )
    return rest.id if rest else None


@command(P.CLAIM_ACCEPT)
def undo_acceptance(uow: UnitOfWork, return_id: int, *, reason: str) -> None:
    """The customer owes for the goods again, and the claim is open.

    Refused while money went back for it, while it is delivered again or stands on a statement, and where what
    was found here is gone.
    """
    reason = reason_given(reason)
    found = opened(uow, return_id)
    document = found.document
    _refuse_return(found)
    RETURN_FLOW.take("undo_acceptance", document)
    put_together(uow, found)
    give_back(uow, found)
    uow.audit("claim.acceptance_undone", document, number=document.number, reason=reason)


@query(P.ORDER_READ)
def departures_of(scope: Scope, return_id: int) -> list[DepartureRow]:
    """The shipments with which the lines of a return left, newest first."""
    picked = _picked(scope, return_id)
    found = scope.session.execute(
        select(Shipment.id, Shipment.number, Shipment.shipped_at, func.coalesce(User.name, ""), Warehouse.name)
        .add_columns(Variant.sku, Product.name, ShipmentLine.quantity, OrderLine.id)
        .select_from(ReturnLine)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(ShipmentLine, ShipmentLine.order_line_id == OrderLine.id)
        .join(Shipment, Shipment.id == ShipmentLine.shipment_id)
        .join(SalesOrder, SalesOrder.id == Shipment.order_id)
        .join(Warehouse, Warehouse.id == SalesOrder.warehouse_id)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .outerjoin(User, User.id == Shipment.created_by)
        .where(ReturnLine.return_id == return_id, Shipment.cancelled_at.is_(None))
        .order_by(Shipment.shipped_at.desc(), Shipment.id.desc(), ReturnLine.line_number)
    )
    rows = []
    for shipment_id, number, at, packed_by, warehouse, sku, name, quantity, line_id in map(tuple[Any, ...], found):
        moves = picked.get((shipment_id, line_id), [])
        houses = " · ".join(dict.fromkeys(house for house, _lot in moves)) or warehouse
        lots = tuple(dict.fromkeys(lot for _house, lot in moves if lot))
        rows.append(DepartureRow(shipment_id, number, at, packed_by, houses, sku, name, quantity, lots))
    return rows


def _picked(scope: Scope, return_id: int) -> dict[tuple[int, int], list[tuple[str, str]]]:
    """Warehouse and lot of each move that a shipment took for a line, where they were recorded one by one."""
    found = scope.session.execute(
        select(ShipmentPick.shipment_id, StockMove.origin_line_id, Warehouse.name, func.coalesce(Lot.number, ""))
        .join(StockMove, StockMove.id == ShipmentPick.move_id)
        .join(Location, Location.id == StockMove.source_id)
        .join(Warehouse, Warehouse.id == Location.warehouse_id)
        .outerjoin(Lot, Lot.id == StockMove.lot_id)
        .join(ReturnLine, ReturnLine.order_line_id == StockMove.origin_line_id)
        .where(ReturnLine.return_id == return_id, StockMove.origin_type == SalesOrder.__tablename__)
        .order_by(StockMove.id)
    )
    picked: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for shipment_id, line_id, warehouse, lot in found:
        picked.setdefault((shipment_id, line_id or 0), []).append((warehouse, lot))
    return picked


def _findings(uow: UnitOfWork, found: Opened, here: Mapping[int, Decimal]) -> dict[int, Finding]:
    accepted = {line.id: line for line in found.lines}
    problems: list[AppError] = []
    for line_id, quantity in here.items():
        if quantity < ZERO or not fits(quantity, QUANTITY_PLACES):
            reason = N_("enter a number above zero with at most 3 decimals.")
            problems.append(InvalidInput(field=N_("Quantity"), reason=reason))
        elif quantity and line_id not in accepted:
            raise NotFound(what=N_("The line of the return"))
        elif quantity and quantity > accepted[line_id].quantity:
            line = accepted[line_id]
            problems.append(NotSoManyHere(sku=sku_of(uow, line.variant_id), here=quantity, quantity=line.quantity))
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
    return {
        line.id: Finding(restock=here.get(line.id, ZERO), scrap=line.quantity - here.get(line.id, ZERO))
        for line in found.lines
    }


def _refuse_return(found: Opened) -> None:
    refuse_goodwill(found.document)
    if found.document.kind != ReturnKind.CLAIM:
        raise NoClaim(number=found.document.number)
