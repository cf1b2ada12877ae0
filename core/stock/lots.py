"""Lots and serial numbers: made when goods come in, corrected, blocked, split and merged."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from core.base.errors import AppError, InvalidInput, NotFound, Refusals, reason_given
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.merge import refuse_changed
from core.catalog.models import Product, Tracking, Variant
from core.security.permissions import P
from core.stock.errors import DatesOutOfOrder, LotDiffers, LotMissing, LotUnknown, NotOnePiece, NotTracked, SerialTwice
from core.stock.expiry import LotDates, ShelfLife, filled, in_sequence
from core.stock.models import Location, Lot, StockLevel
from core.stock.moves import Line, LotEntry, Origin
from core.stock.relabel import relabel
from core.work.command import command
from core.work.unit import UnitOfWork

LONGEST = 64
DATES = ("made_on", "best_before_on", "removal_on", "expiry_on")


@dataclass(frozen=True)
class _Tracked:
    sku: str
    tracking: Tracking
    life: ShelfLife


def incoming(uow: UnitOfWork, lines: Sequence[Line]) -> list[Line]:
    """The lines with the keys of their lots, made where they are new.

    Refuses, all at once: tracked goods without a lot, lots of goods that are not tracked, dates that
    contradict what is known, and serial numbers that are here already or are not one piece.
    """
    products = _products(uow, {line.variant_id for line in lines})
    problems: list[AppError] = []
    found: list[Line] = []
    pieces: set[int] = set()
    for line in lines:
        product = products.get(line.variant_id)
        if product is None:
            raise NotFound(what=N_("The product"))
        if product.tracking is Tracking.NONE:
            if line.lot is not None or line.lot_id is not None:
                problems.append(NotTracked(sku=product.sku))
        elif line.lot is None and line.lot_id is None:
            problems.append(LotMissing(sku=product.sku))
        else:
            try:
                line = _known(uow, line, product)
            except AppError as problem:
                problems.append(problem)
                continue
            if product.tracking is Tracking.SERIAL:
                problems += _piece_problems(uow, line, product, pieces)
        found.append(line)
    _raise(problems)
    return found


def known_lots(uow: UnitOfWork, lines: Sequence[Line]) -> list[Line]:
    """The lines with the keys of the lots that they name by number, made where they are new."""
    named = {line.variant_id for line in lines if line.lot is not None}
    products = _products(uow, named)
    return [line if line.lot is None else _known(uow, line, products[line.variant_id]) for line in lines]


def existing_lots(uow: UnitOfWork, lines: Sequence[Line]) -> list[Line]:
    """The lines with the keys of the lots that they name by number.

    Refuses, all at once, lots that nobody knows, lots of other goods, and lots of goods that are not tracked.
    """
    products = _products(uow, {line.variant_id for line in lines if line.lot is not None or line.lot_id})
    problems: list[AppError] = []
    found: list[Line] = []
    for line in lines:
        product = products.get(line.variant_id)
        if product is not None and product.tracking is Tracking.NONE:
            problems.append(NotTracked(sku=product.sku))
        elif line.lot is not None and product is not None:
            lot = _find(uow, line.variant_id, _number(line.lot.number))
            if lot is None:
                problems.append(LotUnknown(sku=product.sku, lot=line.lot.number))
            else:
                found.append(replace(line, lot_id=lot.id, lot=None))
        else:
            found.append(_known(uow, line, product) if line.lot_id and product is not None else line)
    _raise(problems)
    return found


@command(P.LOT_EDIT)
def edit_lot(
    uow: UnitOfWork, lot_id: int, *, dates: LotDates, note: str = "", seen: Mapping[str, Any] | None = None
) -> None:
    """Correct the dates of a lot. Refuses dates that contradict each other.

    Refuses where it is not what was `seen` (dates, note) when the change began.
    """
    lot = _locked(uow, lot_id)
    refuse_changed(lot.number, {"dates": _dates(lot), "note": lot.note}, seen)
    if not in_sequence(dates):
        raise DatesOutOfOrder(lot=lot.number)
    for name in DATES:
        setattr(lot, name, getattr(dates, name))
    lot.note = note.strip()[:500]
    uow.audit("lot.edited", lot)


@command(P.LOT_EDIT)
def block_lot(uow: UnitOfWork, lot_id: int, *, reason: str) -> None:
    """Let nothing of a lot be promised or leave, wherever it lies; what is promised stays so until somebody decides."""
    lot = _locked(uow, lot_id)
    lot.is_blocked = True
    uow.audit("lot.blocked", lot, reason=reason_given(reason))


@command(P.LOT_EDIT)
def release_lot(uow: UnitOfWork, lot_id: int, *, reason: str) -> None:
    """Let a blocked lot go again."""
    lot = _locked(uow, lot_id)
    lot.is_blocked = False
    uow.audit("lot.released", lot, reason=reason_given(reason))


@command(P.LOT_EDIT)
def split_lot(uow: UnitOfWork, lot_id: int, *, location_id: int, quantity: Decimal, number: str) -> int:
    """Make so much of a lot at a place a lot of its own, with the same dates and its share of the cost."""
    lot = _locked(uow, lot_id)
    tracked = _products(uow, [lot.variant_id])[lot.variant_id]
    if tracked.tracking is Tracking.SERIAL:
        raise NotOnePiece(sku=tracked.sku, lot=lot.number, asked=quantity)
    if _find(uow, lot.variant_id, _number(number)) is not None:
        raise InvalidInput(field=N_("Lot"), reason=N_("another lot has this number; choose another."))
    part = _made(uow, lot.variant_id, _number(number), _dates(lot))
    _refuse_quantity(quantity)
    relabel(uow, location_id, lot.variant_id, lot.id, part.id, quantity, Origin("lot", part.id))
    uow.audit("lot.split", lot, into=part.number, quantity=quantity, location=location_id)
    return part.id


@command(P.LOT_EDIT)
def merge_lots(uow: UnitOfWork, lot_ids: Sequence[int], *, into: int) -> None:
    """Make all that is here of some lots one lot; it costs what they cost together and keeps its own number.

    Its dates become the earliest of all, so that nothing is thought fresher than it is.
    """
    target = _locked(uow, into)
    others = [_locked(uow, lot_id) for lot_id in sorted(set(lot_ids) - {into})]
    if not others or any(lot.variant_id != target.variant_id for lot in others):
        raise InvalidInput(field=N_("Lot"), reason=N_("choose at least two lots of one product."))
    tracked = _products(uow, [target.variant_id])[target.variant_id]
    if tracked.tracking is Tracking.SERIAL:
        raise NotOnePiece(sku=tracked.sku, lot=target.number, asked=Decimal(len(others) + 1))
    for name in DATES:
        given = [each for lot in (target, *others) if (each := getattr(lot, name)) is not None]
        setattr(target, name, min(given, default=None))
    target.is_blocked = target.is_blocked or any(lot.is_blocked for lot in others)
    moved = _all_of(uow, others)
    for location_id, lot_id, quantity in moved:
        relabel(uow, location_id, target.variant_id, lot_id, target.id, quantity, Origin("lot", target.id))
    uow.audit("lots.merged", target, lots=[lot.number for lot in others], quantity=sum(each[2] for each in moved))


@command(P.LOT_EDIT)
def name_lots(uow: UnitOfWork, *, location_id: int, variant_id: int, lots: Mapping[LotEntry, Decimal]) -> None:
    """Say which lots the goods at a place are that have none; promises of them go along."""
    lines = [Line(variant_id, quantity, lot=entry) for entry, quantity in lots.items()]
    for line in lines:
        _refuse_quantity(line.quantity)
    for line in incoming(uow, lines):
        origin = Origin("lot", line.lot_id or 0)
        relabel(uow, location_id, variant_id, None, line.lot_id, line.quantity, origin)
    facts = {entry.number: quantity for entry, quantity in lots.items()}
    uow.audit("lots.named", None, variant=variant_id, location=location_id, lots=facts)


def _known(uow: UnitOfWork, line: Line, product: _Tracked) -> Line:
    if line.lot is None:
        if uow.session.scalar(select(Lot.variant_id).where(Lot.id == line.lot_id)) != line.variant_id:
            raise NotFound(what=N_("The lot"))
        return line
    if product.tracking is Tracking.NONE:
        raise NotTracked(sku=product.sku)
    number = _number(line.lot.number)
    dates = filled(line.lot.dates, product.life)
    if not in_sequence(dates):
        raise DatesOutOfOrder(lot=number)
    lot = _find(uow, line.variant_id, number)
    if lot is None:
        lot = _made(uow, line.variant_id, number, dates)
    else:
        for name in DATES:
            given, known = getattr(line.lot.dates, name), getattr(lot, name)
            if given is not None and known is not None and given != known:
                raise LotDiffers(lot=number, sku=product.sku)
            if known is None and getattr(dates, name) is not None:
                setattr(lot, name, getattr(dates, name))
    return replace(line, lot_id=lot.id, lot=None)


def _piece_problems(uow: UnitOfWork, line: Line, product: _Tracked, pieces: set[int]) -> list[AppError]:
    lot_id = line.lot_id or 0
    number = uow.session.scalar(select(Lot.number).where(Lot.id == lot_id)) or ""
    if line.quantity != 1:
        return [NotOnePiece(sku=product.sku, lot=number, asked=line.quantity)]
    uow.session.scalar(select(Lot.id).where(Lot.id == lot_id).with_for_update())
    held = uow.session.scalar(
        select(func.sum(StockLevel.on_hand)).where(
            StockLevel.lot_id == lot_id, StockLevel.variant_id == line.variant_id
        )
    )
    if held or lot_id in pieces:
        return [SerialTwice(sku=product.sku, lot=number)]
    pieces.add(lot_id)
    return []


def _products(uow: UnitOfWork, variant_ids: Collection[int]) -> dict[int, _Tracked]:
    found = uow.session.execute(
        select(Variant.id, Variant.sku, Product.tracking)
        .add_columns(Product.shelf_life_days, Product.best_before_days, Product.removal_days)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(variant_ids))
    )
    return {
        variant_id: _Tracked(sku, tracking, ShelfLife(days, best, removal))
        for variant_id, sku, tracking, days, best, removal in found
    }


def _find(uow: UnitOfWork, variant_id: int, number: str) -> Lot | None:
    return uow.session.scalars(select(Lot).where(Lot.variant_id == variant_id, Lot.number == number)).one_or_none()


def _made(uow: UnitOfWork, variant_id: int, number: str, dates: LotDates) -> Lot:
    facts = {name: getattr(dates, name) for name in DATES}
    return uow.add(Lot(variant_id=variant_id, number=number, created_at=uow.now, created_by=uow.actor.id, **facts))


def _dates(lot: Lot) -> LotDates:
    return LotDates(*(getattr(lot, name) for name in DATES))


def _locked(uow: UnitOfWork, lot_id: int) -> Lot:
    lot = uow.session.get(Lot, lot_id, with_for_update=True)
    if lot is None:
        raise NotFound(what=N_("The lot"))
    return lot


def _all_of(uow: UnitOfWork, lots: Iterable[Lot]) -> list[tuple[int, int, Decimal]]:
    found = uow.session.execute(
        select(StockLevel.location_id, StockLevel.lot_id, StockLevel.on_hand)
        .join(Location, Location.id == StockLevel.location_id)
        .where(StockLevel.lot_id.in_([lot.id for lot in lots]), StockLevel.on_hand > ZERO)
        .order_by(StockLevel.location_id, StockLevel.lot_id)
    )
    return [(location_id, lot_id or 0, on_hand) for location_id, lot_id, on_hand in found]


def _number(number: str) -> str:
    number = number.strip()
    if not 0 < len(number) <= LONGEST:
        raise InvalidInput(field=N_("Lot"), reason=N_("enter a number of at most 64 characters."))
    return number


def _refuse_quantity(quantity: Decimal) -> None:
    if quantity <= ZERO or not fits(quantity, QUANTITY_PLACES):
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))


def _raise(problems: list[AppError]) -> None:
    if problems:
        raise Refusals(problems) if len(problems) > 1 else problems[0]
