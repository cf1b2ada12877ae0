"""Receipts, issues, scrap and adjustments while they are being entered: kept until they are booked or discarded.

A draft is its owner's alone: for everybody else it is not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from core.base.errors import InvalidInput, NotFound
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.catalog.models import Variant
from core.security.permissions import P
from core.stock.costs.moments import business_moment
from core.stock.expiry import LotDates
from core.stock.ledger import Line, LotEntry
from core.stock.models import DocumentKind, MovementDraft, MovementDraftLine, MovementDraftLot, Warehouse
from core.stock.service import adjust_stock, issue_goods, open_warehouse, receive_goods, scrap_goods
from core.suppliers.service import refuse_retired
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

MOST = Decimal(1_000_000_000)


@dataclass(frozen=True)
class MovementDraftRow:
    """A draft of the actor's own, as a list shows it."""

    id: int
    kind: DocumentKind
    warehouse: str
    lines: int
    created_at: datetime


@dataclass(frozen=True)
class DraftLot:
    """How much of a line is of which lot, with the dates on the goods."""

    number: str
    quantity: Decimal
    made_on: date | None = None
    expiry_on: date | None = None


@dataclass(frozen=True)
class MovementDraftCard:
    """A draft whole; all goes by variant, in the order in which it was entered; `prices` as typed."""

    id: int
    kind: DocumentKind
    warehouse_id: int
    reason: str
    note: str
    created_at: datetime
    quantities: dict[int, Decimal]
    lots: dict[int, tuple[DraftLot, ...]]
    prices: dict[int, Decimal]
    supplier_id: int | None
    supplier_number: str
    prices_include_tax: bool
    booked_on: date | None


@command(P.STOCK_MOVE)
def begin_movement(uow: UnitOfWork, *, kind: DocumentKind, warehouse_id: int, lines: Sequence[Line]) -> int:
    """Keep what is being entered as a draft. Nothing moves, and nothing is promised."""
    draft = MovementDraft(kind=kind, warehouse_id=open_warehouse(uow, warehouse_id), lines=[])
    draft.created_at, draft.created_by = uow.now, uow.actor.id
    _put(uow, draft, lines)
    uow.add(draft)
    uow.audit("movement_draft.begun", draft, kind=kind, lines=_facts(lines))
    return draft.id


@command(P.STOCK_MOVE)
def edit_movement(
    uow: UnitOfWork,
    draft_id: int,
    *,
    kind: DocumentKind | None = None,
    warehouse_id: int | None = None,
    reason: str | None = None,
    note: str | None = None,
    supplier_number: str | None = None,
    prices_include_tax: bool | None = None,
) -> None:
    """Change what is named of the head of a draft. Another kind asks for another reason."""
    draft = _own(uow, draft_id)
    if kind is not None and kind != draft.kind:
        draft.kind, draft.reason = kind, ""
    if warehouse_id is not None:
        draft.warehouse_id = open_warehouse(uow, warehouse_id)
    draft.reason = draft.reason if reason is None else _short(reason, N_("Reason"), 200)
    draft.note = draft.note if note is None else _short(note, N_("Note"), 500)
    if supplier_number is not None:
        draft.supplier_number = _short(supplier_number, N_("Supplier's document"), 64)
    if prices_include_tax is not None:
        draft.prices_include_tax = prices_include_tax
    uow.audit("movement_draft.edited", draft)


@command(P.STOCK_MOVE)
def set_movement_supplier(uow: UnitOfWork, draft_id: int, supplier_id: int | None) -> None:
    """Say whose goods a receipt brings, or (None) nobody's in particular. Refuses who is out of use."""
    draft = _own(uow, draft_id)
    refuse_retired(uow, supplier_id)
    draft.supplier_id = supplier_id
    uow.audit("movement_draft.edited", draft)


@command(P.STOCK_MOVE)
def set_movement_day(uow: UnitOfWork, draft_id: int, booked_on: date | None) -> None:
    """Let a draft count from the end of a day of the open period; None and today mean when it is booked."""
    draft = _own(uow, draft_id)
    if booked_on is not None:
        business_moment(uow, booked_on)
    draft.booked_on = None if booked_on == uow.today else booked_on
    uow.audit("movement_draft.edited", draft)


@command(P.STOCK_MOVE)
def price_movement(uow: UnitOfWork, draft_id: int, prices: Mapping[int, Decimal | None]) -> None:
    """Set what one of each of these products costs on the supplier's paper; None where it does not say."""
    draft = _own(uow, draft_id)
    known = {line.variant_id: line for line in draft.lines}
    for variant_id, price in prices.items():
        if variant_id not in known:
            raise NotFound(what=N_("The line"))
        if price is not None and (price < ZERO or not fits(price, PRICE_PLACES)):
            raise InvalidInput(
                field=N_("Unit price"), reason=N_("enter a number from zero up with at most 4 decimals.")
            )
        known[variant_id].unit_price = price
    uow.audit("movement_draft.priced", draft, lines=sorted(prices))


@command(P.STOCK_MOVE)
def add_to_movement(uow: UnitOfWork, draft_id: int, lines: Sequence[Line]) -> None:
    """Put products on a draft; one that is there already gets more."""
    draft = _own(uow, draft_id)
    _put(uow, draft, lines)
    uow.audit("movement_draft.lines_added", draft, lines=_facts(lines))


@command(P.STOCK_MOVE)
def change_movement(uow: UnitOfWork, draft_id: int, quantities: dict[int, Decimal | None]) -> None:
    """Set the quantities of these products of a draft; None takes a product off it."""
    draft = _own(uow, draft_id)
    known = {line.variant_id: line for line in draft.lines}
    before: dict[int, Decimal] = {}
    for variant_id, quantity in quantities.items():
        line = known.get(variant_id)
        if line is None:
            raise NotFound(what=N_("The line"))
        before[variant_id] = line.quantity
        if quantity is None:
            draft.lines.remove(line)
        else:
            line.quantity = _checked(quantity)
    uow.audit("movement_draft.lines_changed", draft, before=before, after=quantities)


@command(P.STOCK_MOVE)
def name_movement_lots(uow: UnitOfWork, draft_id: int, variant_id: int, lots: Sequence[DraftLot]) -> None:
    """Say of which lots a line of a draft is, in place of what was said before; its quantity becomes their sum."""
    draft = _own(uow, draft_id)
    line = next((each for each in draft.lines if each.variant_id == variant_id), None)
    if line is None:
        raise NotFound(what=N_("The line"))
    numbers = [each.number.strip() for each in lots]
    if not all(0 < len(number) <= 64 for number in numbers):
        raise InvalidInput(field=N_("Lot"), reason=N_("enter a number of at most 64 characters."))
    if len(set(numbers)) < len(numbers):
        raise InvalidInput(field=N_("Lot"), reason=N_("each number is entered once."))
    line.lots.clear()
    uow.session.flush()
    line.lots.extend(
        MovementDraftLot(
            number=number, quantity=_checked(each.quantity), made_on=each.made_on, expiry_on=each.expiry_on
        )
        for number, each in zip(numbers, lots, strict=True)
    )
    if lots:
        line.quantity = _checked(sum((each.quantity for each in lots), ZERO))
    facts = {number: each.quantity for number, each in zip(numbers, lots, strict=True)}
    uow.audit("movement_draft.lots_named", draft, variant=variant_id, lots=facts)


@command(P.STOCK_MOVE)
def discard_movement(uow: UnitOfWork, draft_id: int) -> None:
    """Throw a draft away with its lines."""
    draft = _own(uow, draft_id)
    uow.session.delete(draft)
    lines = {line.variant_id: line.quantity for line in draft.lines}
    uow.audit("movement_draft.discarded", draft, kind=draft.kind, lines=lines)


@command(P.STOCK_MOVE)
def book_movement(uow: UnitOfWork, draft_id: int) -> int:
    """Receive, issue, scrap or adjust what a draft says, and be done with it; refused, it stays as it is."""
    draft = _own(uow, draft_id)
    lines = [each for line in draft.lines for each in _lots_of(line)]
    common: dict[str, Any] = {"warehouse_id": draft.warehouse_id, "note": draft.note, "at": draft.booked_on}
    prices = {line.variant_id: line.unit_price for line in draft.lines}
    supplier: dict[str, Any] = {
        "supplier_id": draft.supplier_id,
        "supplier_number": draft.supplier_number,
        "prices_include_tax": draft.prices_include_tax,
    }
    uow.session.delete(draft)
    if draft.kind is DocumentKind.RECEIPT:
        priced = [replace(line, unit_cost=prices[line.variant_id]) for line in lines]
        return receive_goods(uow, lines=priced, **supplier, **common)
    if draft.kind is DocumentKind.ISSUE:
        return issue_goods(uow, lines=lines, reason=draft.reason, **common)
    if draft.kind is DocumentKind.SCRAP:
        return scrap_goods(uow, lines=lines, reason=draft.reason, **common)
    return adjust_stock(uow, counted=lines, reason=draft.reason, **common)


@query(P.STOCK_MOVE)
def my_movement_drafts(scope: Scope, *, limit: int = 20) -> list[MovementDraftRow]:
    """The drafts that the actor began, newest first."""
    found = scope.session.execute(
        select(
            MovementDraft.id,
            MovementDraft.kind,
            Warehouse.name,
            func.count(MovementDraftLine.id),
            MovementDraft.created_at,
        )
        .join(Warehouse, Warehouse.id == MovementDraft.warehouse_id)
        .outerjoin(MovementDraftLine, MovementDraftLine.draft_id == MovementDraft.id)
        .where(MovementDraft.created_by == scope.actor.id)
        .group_by(MovementDraft.id, MovementDraft.kind, Warehouse.name, MovementDraft.created_at)
        .order_by(MovementDraft.id.desc())
        .limit(limit)
    )
    return [MovementDraftRow(*columns) for columns in map(tuple[Any, ...], found)]


@query(P.STOCK_MOVE)
def find_movement_draft(scope: Scope, draft_id: int) -> MovementDraftCard | None:
    """One of the actor's own drafts; None once it was booked or discarded."""
    draft = scope.session.scalars(
        select(MovementDraft)
        .where(MovementDraft.id == draft_id, MovementDraft.created_by == scope.actor.id)
        .options(selectinload(MovementDraft.lines).selectinload(MovementDraftLine.lots))
    ).one_or_none()
    if draft is None:
        return None
    return MovementDraftCard(
        id=draft.id,
        kind=draft.kind,
        warehouse_id=draft.warehouse_id,
        reason=draft.reason,
        note=draft.note,
        created_at=draft.created_at,
        quantities={line.variant_id: line.quantity for line in draft.lines},
        lots={
            line.variant_id: tuple(DraftLot(lot.number, lot.quantity, lot.made_on, lot.expiry_on) for lot in line.lots)
            for line in draft.lines
            if line.lots
        },
        prices={line.variant_id: line.unit_price for line in draft.lines if line.unit_price is not None},
        supplier_id=draft.supplier_id,
        supplier_number=draft.supplier_number,
        prices_include_tax=draft.prices_include_tax,
        booked_on=draft.booked_on,
    )


def _own(uow: UnitOfWork, draft_id: int) -> MovementDraft:
    wanted = (
        select(MovementDraft)
        .where(MovementDraft.id == draft_id, MovementDraft.created_by == uow.actor.id)
        .options(selectinload(MovementDraft.lines).selectinload(MovementDraftLine.lots))
        .with_for_update()
    )
    draft = uow.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if draft is None:
        raise NotFound(what=N_("The sheet"))
    return draft


def _put(uow: UnitOfWork, draft: MovementDraft, lines: Sequence[Line]) -> None:
    _refuse_unknown(uow, {line.variant_id for line in lines})
    known = {line.variant_id: line for line in draft.lines}
    for line in lines:
        there = known.get(line.variant_id)
        if there is None:
            there = known[line.variant_id] = MovementDraftLine(variant_id=line.variant_id, quantity=ZERO, lots=[])
            draft.lines.append(there)
        there.quantity = _checked(there.quantity + line.quantity)


def _lots_of(line: MovementDraftLine) -> list[Line]:
    """A line as it is booked: a count may find nothing of a lot, a receipt or issue says nothing of such."""
    if not line.lots:
        return [Line(line.variant_id, line.quantity)]
    rest = line.quantity - sum((lot.quantity for lot in line.lots), ZERO)
    lots = [
        Line(
            line.variant_id,
            lot.quantity,
            lot=LotEntry(lot.number, LotDates(made_on=lot.made_on, expiry_on=lot.expiry_on)),
        )
        for lot in line.lots
    ]
    return [*lots, Line(line.variant_id, rest)] if rest > ZERO else lots


def _refuse_unknown(uow: UnitOfWork, variant_ids: Iterable[int]) -> None:
    wanted = set(variant_ids)
    if uow.session.scalar(select(func.count()).select_from(Variant).where(Variant.id.in_(wanted))) != len(wanted):
        raise NotFound(what=N_("The product"))


def _checked(quantity: Decimal) -> Decimal:
    if not ZERO <= quantity <= MOST or not fits(quantity, QUANTITY_PLACES):
        raise InvalidInput(
            field=N_("Quantity"), reason=N_("enter a number from zero up to a billion with at most 3 decimals.")
        )
    return quantity


def _short(text: str, field: str, most: int) -> str:
    text = text.strip()
    if len(text) > most:
        raise InvalidInput(field=field, reason=N_("is too long."))
    return text


def _facts(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [{"variant": line.variant_id, "quantity": line.quantity} for line in lines]
