"""Warehouses, goods receipts, issues, scrap, adjustments, and undoing them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.base.errors import InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.merge import facts_of, refuse_changed
from core.base.search import one_line
from core.catalog.errors import not_stocked
from core.catalog.models import Product, ProductKind, Variant
from core.security.permissions import P
from core.stock.costs.moments import business_moment, is_open
from core.stock.errors import AlreadyReversed, NothingToDo, ReturnedToSupplier, WarehouseClosed, WarehouseNotEmpty
from core.stock.ledger import Line, Origin, bring_in, held_then, storage_of, take_out
from core.stock.lots import incoming, known_lots
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
from core.stock.moves import by_variant
from core.stock.prices import keep_prices, tax_rates, without_tax
from core.stock.shelves import Place
from core.suppliers.service import refuse_retired
from core.work.command import command
from core.work.unit import UnitOfWork

PREFIX = {
    DocumentKind.RECEIPT: "GR",
    DocumentKind.ISSUE: "GI",
    DocumentKind.ADJUSTMENT: "SA",
    DocumentKind.SCRAP: "SC",
    DocumentKind.SUPPLIER_RETURN: "PR",
}
ADDRESS = {"province": (N_("Province"), 80), "city": (N_("City"), 80), "street": (N_("Street and number"), 300)}


@command(P.WAREHOUSE_EDIT)
def add_warehouse(
    uow: UnitOfWork, *, code: str, name: str, province: str = "", city: str = "", street: str = ""
) -> int:
    """Open a warehouse with its storage. Refuses a code or name that another one has."""
    code, name = _named(uow, code, name)
    address = _address({"province": province, "city": city, "street": street})
    warehouse = uow.add(Warehouse(code=code, name=name, **address))
    uow.add(Location(warehouse_id=warehouse.id, kind=LocationKind.STORAGE, name=name, is_default=True))
    uow.audit("warehouse.added", warehouse, code=code, name=name)
    return warehouse.id


@command(P.WAREHOUSE_EDIT)
def edit_warehouse(
    uow: UnitOfWork,
    warehouse_id: int,
    *,
    code: str,
    name: str,
    is_active: bool,
    province: str | None = None,
    city: str | None = None,
    street: str | None = None,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Rename, move, close or open a warehouse. One that holds goods cannot be closed.

    Parts of the address that are None stay. Refuses where it is not what was `seen` (code, name, is_active,
    province, city, street) when the change began.
    """
    warehouse = uow.session.get(Warehouse, warehouse_id, with_for_update=True, populate_existing=True)
    if warehouse is None:
        raise NotFound(what=N_("The warehouse"))
    refuse_changed(warehouse.name, facts_of(warehouse, "code", "name", "is_active", *ADDRESS), seen)
    for part, text in _address({"province": province, "city": city, "street": street}).items():
        setattr(warehouse, part, text)
    warehouse.code, warehouse.name = _named(uow, code, name, but=warehouse_id)
    if warehouse.is_active and not is_active:
        held = uow.session.scalar(
            select(func.count())
            .select_from(StockLevel)
            .join(Location, Location.id == StockLevel.location_id)
            .where(Location.warehouse_id == warehouse_id, StockLevel.on_hand != 0)
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
    supplier_id: int | None = None,
    supplier_number: str = "",
    prices_include_tax: bool = False,
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Put goods from a supplier on the shelf of a warehouse, now or on a day of the open period.

    The unit cost of a line is the price on the supplier's paper, with the product's tax or without; goods
    cost what it is without. A line without one is taken at the product's purchase price. Tracked goods
    name their lots; a serial number comes in once.
    """
    moment = business_moment(uow, at)
    _refuse_bad_costs(lines)
    refuse_retired(uow, supplier_id)
    supplier_number = supplier_number.strip()
    if len(supplier_number) > 64:
        raise InvalidInput(field=N_("Supplier's document"), reason=N_("is too long."))
    lines = incoming(uow, lines)
    document = make_document(uow, DocumentKind.RECEIPT, warehouse_id, lines, note=note, at=moment)
    document.supplier_id, document.supplier_number = supplier_id, supplier_number
    if any(line.unit_cost is not None for line in lines):
        document.prices_include_tax = prices_include_tax
    rates = tax_rates(uow.session, [line.variant_id for line in lines])
    net = [without_tax(line, rates[line.variant_id]) for line in lines] if prices_include_tax else lines
    origin = Origin("stock_document", document.id)
    bring_in(uow, SUPPLIER, storage_of(uow, warehouse_id), net, origin, at=moment)
    keep_prices(uow, origin, lines, rates)
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
    """Take goods off the shelf without an order (own use, sample, gift); nothing that is promised or was gone then.

    What has no lot named goes first expired first; an expired lot only where it is named.
    """
    document, lines = _take_off(uow, DocumentKind.ISSUE, CUSTOMER, warehouse_id, lines, reason, note, at)
    uow.audit("goods.issued", document, number=document.number, reason=document.reason, lines=_facts(lines))
    return document.id


@command(P.STOCK_MOVE)
def scrap_goods(
    uow: UnitOfWork,
    *,
    warehouse_id: int,
    lines: Sequence[Line],
    reason: str,
    note: str = "",
    at: date | datetime | None = None,
) -> int:
    """Take goods that are good for nothing off the shelf, as a loss; nothing that is promised or was gone then."""
    document, lines = _take_off(uow, DocumentKind.SCRAP, LOSS, warehouse_id, lines, reason, note, at)
    uow.audit("goods.scrapped", document, number=document.number, reason=document.reason, lines=_facts(lines))
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

    Goods found come in at what the others cost, or at the unit cost that their line names. A line is one lot.
    """
    reason = reason_given(reason)
    moment = business_moment(uow, at)
    _refuse_bad_costs(counted)
    if any(line.quantity < 0 for line in counted):
        raise InvalidInput(field=N_("Quantity"), reason=N_("what is on the shelf cannot be less than zero."))
    location = storage_of(uow, warehouse_id)
    counted = known_lots(uow, counted)
    before = held_then(uow, location, [line.variant_id for line in counted], moment)
    more = [
        replace(each, quantity=each.quantity - before[Place(each.variant_id, location, each.lot_id or 0)])
        for each in counted
    ]
    surplus = [line for line in more if line.quantity > 0]
    surplus = incoming(uow, surplus)
    missing = [Line(line.variant_id, -line.quantity, lot_id=line.lot_id or 0) for line in more if line.quantity < 0]
    changed = surplus + missing
    document = make_document(uow, DocumentKind.ADJUSTMENT, warehouse_id, changed, reason=reason, note=note, at=moment)
    origin = Origin("stock_document", document.id)
    if missing:
        take_out(uow, location, LOSS, missing, origin, at=moment)
    if surplus:
        bring_in(uow, LOSS, location, surplus, origin, at=moment)
    uow.audit("stock.adjusted", document, number=document.number, reason=reason, lines=_facts(more))
    return document.id


@command(P.STOCK_MOVE)
def reverse_document(uow: UnitOfWork, document_id: int, *, reason: str) -> int:
    """Undo a stock document by an opposite one; refused where the goods are gone or promised.

    While its period is open it counts as if it had never been; once closed, the goods go or come back today.
    """
    reason = reason_given(reason)
    first = uow.session.get(StockDocument, document_id)
    if first is None:
        raise NotFound(what=N_("The document"))
    reversed_before = uow.session.scalar(select(StockDocument.id).where(StockDocument.reverses_id == document_id))
    if reversed_before or first.reverses_id:
        raise AlreadyReversed(number=first.number)
    _refuse_returned(uow, first)
    open_warehouse(uow, first.warehouse_id)
    opposite = uow.add(
        StockDocument(
            number=uow.number(PREFIX[first.kind]),
            kind=first.kind,
            warehouse_id=first.warehouse_id,
            reason=reason,
            reverses_id=first.id,
            supplier_id=first.supplier_id,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    inside = set(uow.session.scalars(select(Location.id).where(Location.warehouse_id.is_not(None))))
    origin = Origin("stock_document", opposite.id)
    for move in uow.session.scalars(
        select(StockMove)
        .where(StockMove.origin_type == "stock_document", StockMove.origin_id == first.id)
        .order_by(StockMove.variant_id, StockMove.id)
    ).all():
        lines = [Line(move.variant_id, move.quantity, unit_cost=move.unit_cost, returns_id=move.id, lot_id=move.lot_id)]
        undoes = is_open(uow, move.at)
        at = move.at if undoes else uow.now
        if move.target_id in inside:
            take_out(uow, move.target_id, move.source_id, lines, origin, at=at, undoes=undoes)
        else:
            bring_in(uow, move.target_id, move.source_id, lines, origin, at=at, undoes=undoes)
    uow.audit("stock_document.reversed", first, by=opposite.number, reason=reason)
    return opposite.id


def make_document(
    uow: UnitOfWork,
    kind: DocumentKind,
    warehouse_id: int,
    lines: Sequence[Line],
    *,
    reason: str = "",
    note: str = "",
    at: datetime | None = None,
) -> StockDocument:
    """A numbered document without its moves; refuses lines that cannot be, and a closed warehouse."""
    refuse_bad_lines(uow, lines)
    return uow.add(
        StockDocument(
            number=uow.number(PREFIX[kind]),
            kind=kind,
            warehouse_id=open_warehouse(uow, warehouse_id),
            reason=reason,
            note=note.strip(),
            at=at if at != uow.now else None,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )


def refuse_bad_lines(uow: UnitOfWork, lines: Sequence[Line]) -> None:
    """Refuse no lines at all, quantities that are none, services, and products that are not there."""
    if not lines:
        raise NothingToDo
    for line in lines:
        if line.quantity <= ZERO or not fits(line.quantity, QUANTITY_PLACES):
            raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    wanted = {line.variant_id for line in lines}
    found = uow.session.execute(
        select(Variant.sku, Product.name, Product.kind)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(wanted))
        .order_by(Variant.sku)
    ).all()
    if len(found) < len(wanted):
        raise NotFound(what=N_("The product"))
    unstocked = [not_stocked(sku, name, kind) for sku, name, kind in found if kind is not ProductKind.STOCKED]
    if unstocked:
        raise Refusals(unstocked) if len(unstocked) > 1 else unstocked[0]


def open_warehouse(uow: UnitOfWork, warehouse_id: int) -> int:
    """The id of a warehouse that goods may move in; refuses one that is closed."""
    warehouse = _warehouse(uow, warehouse_id)
    if not warehouse.is_active:
        raise WarehouseClosed(warehouse=warehouse.name)
    return warehouse.id


def _take_off(
    uow: UnitOfWork,
    kind: DocumentKind,
    target: int,
    warehouse_id: int,
    lines: Sequence[Line],
    reason: str,
    note: str,
    at: date | datetime | None,
) -> tuple[StockDocument, Sequence[Line]]:
    """The document by which goods leave the shelf for good, and its lines with the lots that were named."""
    reason = reason_given(reason)
    moment = business_moment(uow, at)
    lines = known_lots(uow, lines)
    document = make_document(uow, kind, warehouse_id, lines, reason=reason, note=note, at=moment)
    origin = Origin("stock_document", document.id)
    take_out(uow, storage_of(uow, warehouse_id), target, lines, origin, at=moment, anywhere=True)
    return document, lines


def _refuse_returned(uow: UnitOfWork, receipt: StockDocument) -> None:
    """Goods that went back to the supplier came from here: their return is reversed first."""
    reversed_ = select(StockDocument.reverses_id).where(StockDocument.reverses_id.is_not(None))
    standing = uow.session.scalar(
        select(StockDocument.number).where(StockDocument.returns_id == receipt.id, StockDocument.id.not_in(reversed_))
    )
    if standing is not None:
        raise ReturnedToSupplier(number=receipt.number, by=standing)


def _refuse_bad_costs(lines: Sequence[Line]) -> None:
    for line in lines:
        if line.unit_cost is not None and (line.unit_cost < ZERO or not fits(line.unit_cost, PRICE_PLACES)):
            raise InvalidInput(field=N_("Unit cost"), reason=N_("enter a number from zero up with at most 4 decimals."))


def _warehouse(uow: UnitOfWork, warehouse_id: int) -> Warehouse:
    warehouse = uow.session.get(Warehouse, warehouse_id)
    if warehouse is None:
        raise NotFound(what=N_("The warehouse"))
    return warehouse


def _address(typed: Mapping[str, str | None]) -> dict[str, str]:
    """The parts that are typed, each as one line."""
    found = {part: one_line(text) for part, text in typed.items() if text is not None}
    for part, text in found.items():
        label, length = ADDRESS[part]
        if len(text) > length:
            raise InvalidInput(field=label, reason=N_("is too long."))
    return found


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
    return by_variant(lines)
