"""Warehouses, goods receipts, issues, adjustments, and undoing them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.errors import NotStocked
from core.catalog.models import Product, ProductKind, Variant
from core.security.permissions import P
from core.stock.costs.moments import business_moment, is_open
from core.stock.errors import AlreadyReversed, NothingToDo, WarehouseClosed, WarehouseNotEmpty
from core.stock.ledger import Line, Origin, bring_in, on_hand_then, storage_of, take_out
from core.stock.models import (
    CUSTOMER,
    LOSS,
    SUPPLIER,
    DocumentKind,
    Location,
    LocationKind,
    StockDocument,
    StockLevel,
    StockMove,
    Warehouse,
)
from core.work.command import command
from core.work.unit import UnitOfWork

_PREFIX = {DocumentKind.RECEIPT: "GR", DocumentKind.ISSUE: "GI", DocumentKind.ADJUSTMENT: "SA"}


@command(P.WAREHOUSE_EDIT)
def add_warehouse(uow: UnitOfWork, *, code: str, name: str) -> int:
    """Open a warehouse with its storage. Refuses a code or name that another one has."""
    code, name = _named(uow, code, name)
    warehouse = uow.add(Warehouse(code=code, name=name))
    uow.add(Location(warehouse_id=warehouse.id, kind=LocationKind.STORAGE, name=name))
    uow.audit("warehouse.added", warehouse, code=code, name=name)
    return warehouse.id


@command(P.WAREHOUSE_EDIT)
def edit_warehouse(uow: UnitOfWork, warehouse_id: int, *, code: str, name: str, is_active: bool) -> None:
    """Rename, close or open a warehouse. One that holds goods cannot be closed."""
    warehouse = _warehouse(uow, warehouse_id)
    warehouse.code, warehouse.name = _named(uow, code, name, but=warehouse_id)
    if warehouse.is_active and not is_active:
        held = uow.session.scalar(
            select(func.count())
            .select_from(StockLevel)
            .join(Location, Location.id == StockLevel.location_id)
            .where(Location.warehouse_id == warehouse_id, StockLevel.on_hand > 0)
        )
        if held:
            raise WarehouseNotEmpty(warehouse=warehouse.name, count=held)
    warehouse.is_active = is_active
    uow.audit("warehouse.edited", warehouse)


@command(P.STOCK_MOVE)
def receive_goods(
    uow: UnitOfWork,
    *,
    warehouse_id: int,
    lines: Sequence[Line],
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Put goods from a supplier on the shelf of a warehouse, now or on a day of the open period.

    A line without a unit cost is taken at the product's purchase price.
    """
    moment = business_moment(uow, at)
    _refuse_bad_costs(lines)
    document = _document(uow, DocumentKind.RECEIPT, warehouse_id, lines, note=note)
    origin = Origin("stock_document", document.id)
    bring_in(uow, SUPPLIER, storage_of(uow, warehouse_id), lines, origin, at=moment)
    uow.audit("goods.received", document, number=document.number, lines=_facts(lines))
    return document.id


@command(P.STOCK_MOVE)
def issue_goods(
    uow: UnitOfWork,
    *,
    warehouse_id: int,
    lines: Sequence[Line],
    reason: str,
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Take goods off the shelf without an order (own use, sample, gift); nothing that is promised or was gone then."""
    reason = reason_given(reason)
    moment = business_moment(uow, at)
    document = _document(uow, DocumentKind.ISSUE, warehouse_id, lines, reason=reason, note=note)
    origin = Origin("stock_document", document.id)
    take_out(uow, storage_of(uow, warehouse_id), CUSTOMER, lines, origin, at=moment)
    uow.audit("goods.issued", document, number=document.number, reason=reason, lines=_facts(lines))
    return document.id


@command(P.STOCK_MOVE)
def adjust_stock(
    uow: UnitOfWork,
    *,
    warehouse_id: int,
    counted: Sequence[Line],
    reason: str,
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Correct what is or then was on hand to what was found; the difference comes from or goes to loss.

    Goods found come in at what the others cost, or at the unit cost that their line names.
    """
    reason = reason_given(reason)
    moment = business_moment(uow, at)
    _refuse_bad_costs(counted)
    if any(line.quantity < 0 for line in counted):
        raise InvalidInput(field=N_("Quantity"), reason=N_("what is on the shelf cannot be less than zero."))
    location = storage_of(uow, warehouse_id)
    before = on_hand_then(uow, location, [line.variant_id for line in counted], moment)
    more = [Line(c.variant_id, c.quantity - before[c.variant_id], unit_cost=c.unit_cost) for c in counted]
    surplus = [line for line in more if line.quantity > 0]
    missing = [Line(line.variant_id, -line.quantity) for line in more if line.quantity < 0]
    document = _document(uow, DocumentKind.ADJUSTMENT, warehouse_id, surplus + missing, reason=reason, note=note)
    origin = Origin("stock_document", document.id)
    if missing:
        take_out(uow, location, LOSS, missing, origin, at=moment)
    if surplus:
        bring_in(uow, LOSS, location, surplus, origin, at=moment)
    uow.audit("stock.adjusted", document, number=document.number, reason=reason, lines=_facts(more))
    return document.id


@command(P.STOCK_MOVE)
def reverse_document(uow: UnitOfWork, document_id: int, *, reason: str) -> int:
    """Undo a receipt, issue or adjustment by an opposite document; refused where the goods are gone or promised.

    While its period is open it counts as if it had never been; once closed, the goods go or come back today.
    """
    reason = reason_given(reason)
    first = uow.session.get(StockDocument, document_id)
    if first is None:
        raise NotFound(what=N_("The document"))
    reversed_before = uow.session.scalar(select(StockDocument.id).where(StockDocument.reverses_id == document_id))
    if reversed_before or first.reverses_id:
        raise AlreadyReversed(number=first.number)
    opposite = uow.add(
        StockDocument(
            number=uow.number(_PREFIX[first.kind]),
            kind=first.kind,
            warehouse_id=first.warehouse_id,
            reason=reason,
            reverses_id=first.id,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    location = storage_of(uow, first.warehouse_id)
    origin = Origin("stock_document", opposite.id)
    for move in uow.session.scalars(
        select(StockMove)
        .where(StockMove.origin_type == "stock_document", StockMove.origin_id == first.id)
        .order_by(StockMove.variant_id, StockMove.id)
    ).all():
        lines = [Line(move.variant_id, move.quantity, unit_cost=move.unit_cost, returns_id=move.id)]
        undoes = is_open(uow, move.at)
        at = move.at if undoes else uow.now
        if move.target_id == location:
            take_out(uow, location, move.source_id, lines, origin, at=at, undoes=undoes)
        else:
            bring_in(uow, move.target_id, location, lines, origin, at=at, undoes=undoes)
    uow.audit("stock_document.reversed", first, by=opposite.number, reason=reason)
    return opposite.id


def _document(
    uow: UnitOfWork, kind: DocumentKind, warehouse_id: int, lines: Sequence[Line], reason: str = "", note: str = ""
) -> StockDocument:
    warehouse = _warehouse(uow, warehouse_id)
    if not warehouse.is_active:
        raise WarehouseClosed(warehouse=warehouse.name)
    if not lines:
        raise NothingToDo
    for line in lines:
        if line.quantity <= ZERO or not fits(line.quantity, QUANTITY_PLACES):
            raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    services = uow.session.execute(
        select(Variant.sku, Product.name)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_({line.variant_id for line in lines}), Product.kind == ProductKind.SERVICE)
    ).first()
    if services:
        raise NotStocked(sku=services.sku, name=services.name)
    return uow.add(
        StockDocument(
            number=uow.number(_PREFIX[kind]),
            kind=kind,
            warehouse_id=warehouse.id,
            reason=reason,
            note=note.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )


def _refuse_bad_costs(lines: Sequence[Line]) -> None:
    for line in lines:
        if line.unit_cost is not None and (line.unit_cost < ZERO or not fits(line.unit_cost, PRICE_PLACES)):
            raise InvalidInput(field=N_("Unit cost"), reason=N_("enter a number from zero up with at most 4 decimals."))


def _warehouse(uow: UnitOfWork, warehouse_id: int) -> Warehouse:
    warehouse = uow.session.get(Warehouse, warehouse_id)
    if warehouse is None:
        raise NotFound(what=N_("The warehouse"))
    return warehouse


def _named(uow: UnitOfWork, code: str, name: str, but: int | None = None) -> tuple[str, str]:
    code, name = code.strip(), name.strip()
    if not code or not name:
        raise InvalidInput(field=N_("Warehouse"), reason=N_("enter a code and a name."))
    taken = uow.session.scalar(
        select(Warehouse.id).where((Warehouse.code == code) | (Warehouse.name == name), Warehouse.id != (but or 0))
    )
    if taken:
        raise InvalidInput(field=N_("Warehouse"), reason=N_("another warehouse has this code or name; choose another."))
    return code, name


def _facts(lines: Sequence[Line]) -> dict[int, Decimal]:
    return {line.variant_id: line.quantity for line in lines}
