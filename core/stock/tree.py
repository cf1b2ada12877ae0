"""The tree of places in a warehouse: zones, shelves and bins, and carrying goods between them.

Goods lie at the leaves. A warehouse has one place where goods are put when nobody says where.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from core.base.errors import AppError, InvalidInput, NotFound
from core.base.exact import QUANTITY_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.merge import facts_of, refuse_changed
from core.security.permissions import P
from core.stock.ledger import Line, Origin, shift
from core.stock.models import UNAVAILABLE, Location, LocationKind, StockLevel, Warehouse
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

KINDS = (LocationKind.STORAGE, *UNAVAILABLE, LocationKind.TRANSIT)


class PlaceHoldsGoods(AppError):
    """Goods lie at the leaves of the tree only, and a closed place holds none."""

    message = N_("{place} holds goods. Carry them elsewhere first.")


class PlaceIsDefault(AppError):
    """Goods must have somewhere to go."""

    message = N_("{place} is where goods are put by default. Choose another place for that first.")


@dataclass(frozen=True)
class PlaceRow:
    """A place with how many products lie there; `depth` is how far down the tree it is."""

    id: int
    parent_id: int | None
    code: str
    name: str
    kind: LocationKind
    is_default: bool
    is_active: bool
    is_leaf: bool
    depth: int
    products: int
    on_hand: Decimal


@query(P.STOCK_READ)
def places(scope: Scope, warehouse_id: int) -> list[PlaceRow]:
    """The places of a warehouse, each before those below it."""
    held = {
        location_id: (count, on_hand)
        for location_id, count, on_hand in scope.session.execute(
            select(StockLevel.location_id, func.count(StockLevel.variant_id.distinct()), func.sum(StockLevel.on_hand))
            .join(Location, Location.id == StockLevel.location_id)
            .where(Location.warehouse_id == warehouse_id, StockLevel.on_hand != ZERO)
            .group_by(StockLevel.location_id)
        )
    }
    below: dict[int | None, list[Location]] = {}
    for each in scope.session.scalars(
        select(Location)
        .where(Location.warehouse_id == warehouse_id)
        .order_by(Location.is_default.desc(), Location.code, Location.id)
    ):
        below.setdefault(each.parent_id, []).append(each)
    rows: list[PlaceRow] = []

    def add(parent_id: int | None, depth: int) -> None:
        for each in below.get(parent_id, ()):
            goods = held.get(each.id, (0, ZERO))
            rows.append(
                PlaceRow(
                    *(each.id, each.parent_id, each.code, each.name, each.kind, each.is_default, each.is_active),
                    is_leaf=each.id not in below,
                    depth=depth,
                    products=goods[0],
                    on_hand=goods[1],
                )
            )
            add(each.id, depth + 1)

    add(None, 0)
    return rows


@command(P.WAREHOUSE_EDIT)
def add_place(
    uow: UnitOfWork,
    *,
    warehouse_id: int,
    name: str,
    code: str = "",
    kind: LocationKind = LocationKind.STORAGE,
    parent_id: int | None = None,
) -> int:
    """Add a place, below another one where that is named. Refuses below a place that holds goods."""
    if uow.session.get(Warehouse, warehouse_id, with_for_update=True) is None:
        raise NotFound(what=N_("The warehouse"))
    if kind not in KINDS:
        raise InvalidInput(field=N_("Kind"), reason=N_("choose a kind of place inside a warehouse."))
    if parent_id is not None:
        parent = _place(uow, parent_id)
        if parent.warehouse_id != warehouse_id:
            raise InvalidInput(field=N_("Place"), reason=N_("choose one of the same warehouse."))
        if parent.is_default:
            raise PlaceIsDefault(place=parent.name)
        _refuse_goods(uow, parent)
    code, name = _named(uow, warehouse_id, code, name)
    place = uow.add(Location(warehouse_id=warehouse_id, parent_id=parent_id, kind=kind, code=code, name=name))
    uow.audit("place.added", place, code=code, name=name, kind=kind, parent=parent_id)
    return place.id


@command(P.WAREHOUSE_EDIT)
def edit_place(
    uow: UnitOfWork,
    place_id: int,
    *,
    name: str,
    code: str = "",
    is_active: bool = True,
    seen: Mapping[str, Any] | None = None,
) -> None:
    """Rename, close or open a place. One that holds goods, or is the default one, cannot be closed.

    Refuses where it is not what was `seen` (name, code, is_active) when the change began.
    """
    place = _place(uow, place_id)
    refuse_changed(place.name, facts_of(place, "code", "name", "is_active"), seen)
    if not is_active:
        if place.is_default:
            raise PlaceIsDefault(place=place.name)
        _refuse_goods(uow, place)
    place.code, place.name = _named(uow, place.warehouse_id or 0, code, name, but=place_id)
    place.is_active = is_active
    uow.audit("place.edited", place)


@command(P.WAREHOUSE_EDIT)
def put_by_default(uow: UnitOfWork, place_id: int) -> None:
    """Let goods be put here from now on when nobody says where; for storage without places below it."""
    place = _place(uow, place_id)
    has_below = uow.session.scalar(select(Location.id).where(Location.parent_id == place_id).limit(1))
    if place.kind != LocationKind.STORAGE or has_below or not place.is_active:
        raise InvalidInput(field=N_("Place"), reason=N_("choose a storage place in use that has none below it."))
    for other in uow.session.scalars(
        select(Location).where(Location.warehouse_id == place.warehouse_id, Location.is_default)
    ):
        other.is_default = False
    uow.session.flush()
    place.is_default = True
    uow.audit("place.made_default", place)


@command(P.STOCK_MOVE)
def carry_goods(uow: UnitOfWork, *, from_id: int, to_id: int, lines: Sequence[Line]) -> None:
    """Carry unpromised goods from one place of a warehouse to another; refuses, naming it, what is short."""
    source, target = _place(uow, from_id), _place(uow, to_id)
    if source.warehouse_id != target.warehouse_id or from_id == to_id:
        raise InvalidInput(field=N_("Place"), reason=N_("choose another one of the same warehouse."))
    has_below = uow.session.scalar(select(Location.id).where(Location.parent_id == to_id).limit(1))
    if has_below or not target.is_active:
        raise InvalidInput(field=N_("Place"), reason=N_("goods lie at places in use that have none below them."))
    if not lines or any(line.quantity <= ZERO or not fits(line.quantity, QUANTITY_PLACES) for line in lines):
        raise InvalidInput(field=N_("Quantity"), reason=N_("enter a number above zero with at most 3 decimals."))
    shift(uow, from_id, to_id, lines, Origin("location", to_id))
    facts = {line.variant_id: line.quantity for line in lines}
    uow.audit("goods.carried", target, source=from_id, lines=facts)


def _place(uow: UnitOfWork, place_id: int) -> Location:
    place = uow.session.get(Location, place_id, with_for_update=True)
    if place is None or place.warehouse_id is None:
        raise NotFound(what=N_("The place"))
    return place


def _refuse_goods(uow: UnitOfWork, place: Location) -> None:
    held = select(StockLevel.id).where(
        StockLevel.location_id == place.id, or_(StockLevel.on_hand != ZERO, StockLevel.reserved != ZERO)
    )
    if uow.session.scalar(held.limit(1)) is not None:
        raise PlaceHoldsGoods(place=place.name)


def _named(uow: UnitOfWork, warehouse_id: int, code: str, name: str, but: int = 0) -> tuple[str, str]:
    code, name = code.strip(), name.strip()
    if not name or len(name) > 80 or len(code) > 20:
        raise InvalidInput(field=N_("Place"), reason=N_("enter a name of at most 80 characters, a code of at most 20."))
    taken = select(Location.id).where(Location.warehouse_id == warehouse_id, Location.code == code, Location.id != but)
    if code and uow.session.scalar(taken) is not None:
        raise InvalidInput(field=N_("Code"), reason=N_("another place of this warehouse has it; choose another."))
    return code, name
