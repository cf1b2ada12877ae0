"""Warehouses, goods receipts, issues, adjustments, and undoing them."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import func, select

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.errors import NotStocked
from core.catalog.models import Product, ProductKind, Variant
from core.security.permissions import P
from core.stock.errors import AlreadyReversed, NothingToDo, WarehouseNotEmpty
from core.stock.ledger import Line, Origin, bring_in, on_hand_locked, storage_of, take_out
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
            .where(StockLevel.location_id == storage_of(uow, warehouse_id), StockLevel.on_hand > 0)
        )
        if held:
            raise WarehouseNotEmpty(warehouse=warehouse.name, count=held)
    warehouse.is_active = is_active
    uow.audit("warehouse.edited", warehouse)


@command(P.STOCK_MOVE)
def receive_goods(uow: UnitOfWork, *, warehouse_id: int, lines: Sequence[Line], note: str = "") -> int:
    """Put goods from a supplier on the shelf of a warehouse."""
    document = _document(uow, DocumentKind.RECEIPT, warehouse_id, lines, note=note)
    bring_in(uow, SUPPLIER, storage_of(uow, warehouse_id), lines, Origin("stock_document", document.id))
    uow.audit("goods.received", document, number=document.number, lines=_facts(lines))
    return document.id


@command(P.STOCK_MOVE)
def issue_goods(uow: UnitOfWork, *, warehouse_id: int, lines: Sequence[Line], reason: str, note: str = "") -> int:
    """Take goods off the shelf without an order (own use, sample, gift); nothing that is promised."""
    reason = reason_given(reason)
    document = _document(uow, DocumentKind.ISSUE, warehouse_id, lines, reason=reason, note=note)
    take_out(uow, storage_of(uow, warehouse_id), CUSTOMER, lines, Origin("stock_document", document.id))
    uow.audit("goods.issued", document, number=document.number, reason=reason, lines=_facts(lines))
    return document.id


@command(P.STOCK_MOVE)
def adjust_stock(uow: UnitOfWork, *, warehouse_id: int, counted: Sequence[Line], reason: str, note: str = "") -> int:
    """Correct what is on hand to what was found; the difference comes from or goes to loss."""
    reason = reason_given(reason)
    if any(line.quantity < 0 for line in counted):
        raise InvalidInput(field=N_("Quantity"), reason=N_("what is on the shelf cannot be less than zero."))
    location = storage_of(uow, warehouse_id)
    before = on_hand_locked(uow, location, [line.variant_id for line in counted])
    more = [Line(c.variant_id, c.quantity - before[c.variant_id]) for c in counted]
    surplus = [line for line in more if line.quantity > 0]
    missing = [Line(line.variant_id, -line.quantity) for line in more if line.quantity < 0]
    document = _document(uow, DocumentKind.ADJUSTMENT, warehouse_id, surplus + missing, reason=reason, note=note)
    origin = Origin("stock_document", document.id)
    if missing:
        take_out(uow, location, LOSS, missing, origin)
    if surplus:
        bring_in(uow, LOSS, location, surplus, origin)
    uow.audit("stock.adjusted", document, number=document.number, reason=reason, lines=_facts(more))
    return document.id


@command(P.STOCK_MOVE)
def reverse_document(uow: UnitOfWork, document_id: int, *, reason: str) -> int:
    """Undo a receipt, issue or adjustment by an opposite document; refused where the goods are gone or promised."""
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
        select(StockMove).where(StockMove.origin_type == "stock_document", StockMove.origin_id == first.id)
    ).all():
        lines = [Line(move.variant_id, move.quantity)]
        if move.target_id == location:
            take_out(uow, location, move.source_id, lines, origin)
        else:
            bring_in(uow, move.target_id, location, lines, origin)
    uow.audit("stock_document.reversed", first, by=opposite.number, reason=reason)
    return opposite.id


def _document(
    uow: UnitOfWork, kind: DocumentKind, warehouse_id: int, lines: Sequence[Line], reason: str = "", note: str = ""
) -> StockDocument:
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
            warehouse_id=_warehouse(uow, warehouse_id).id,
            reason=reason,
            note=note.strip(),
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )


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
