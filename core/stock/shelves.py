"""What lies where, locked: reading levels in one order for everybody, and changing them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_, select, text, true, update

from core.base.exact import ZERO
from core.catalog.models import Product, Tracking, Variant
from core.db.bulk import update_many
from core.db.upsert import upsert
from core.stock.allocation import NO_DATES, Shelf
from core.stock.expiry import LotDates, not_expired
from core.stock.models import Location, LocationKind, Lot, StockLevel
from core.work.command import Scope
from core.work.unit import MANY, UnitOfWork, table_of

_LEVEL, _LOCATION, _LOT = table_of(StockLevel), table_of(Location), table_of(Lot)
_VARIANT, _PRODUCT = table_of(Variant), table_of(Product)
_COLUMNS = (
    _LEVEL.c.id,
    _LEVEL.c.variant_id,
    _LEVEL.c.location_id,
    _LEVEL.c.lot_id,
    _LEVEL.c.on_hand,
    _LEVEL.c.reserved,
    _LOCATION.c.warehouse_id,
    _LOCATION.c.is_default,
    _PRODUCT.c.tracking,
    _LOT.c.made_on,
    _LOT.c.best_before_on,
    _LOT.c.removal_on,
    _LOT.c.expiry_on,
    _LOT.c.is_blocked,
)
LEVELS_AT_ONCE = 5_000
_KEY = ("variant_id", "location_id", text("coalesce(lot_id, 0)"))
_CHANGE = (
    update(_LEVEL)
    .where(_LEVEL.c.id == bindparam("level"))
    .values(on_hand=_LEVEL.c.on_hand + bindparam("came"), reserved=_LEVEL.c.reserved + bindparam("promised"))
)
_LET_BELOW = update(_LEVEL).where(_LEVEL.c.id.in_(bindparam("levels", expanding=True))).values(may_go_below=true())


def for_sale(today: date) -> ColumnElement[bool]:
    """Which levels, beside their place and lot (an outer join), may be promised to somebody."""
    good = or_(StockLevel.lot_id.is_(None), and_(Lot.is_blocked.is_(false()), not_expired(Lot.expiry_on, today)))
    return and_(Location.kind == LocationKind.STORAGE, good)


class Place(NamedTuple):
    """Goods of one variant and lot at one location; no lot is 0."""

    variant_id: int
    location_id: int
    lot_id: int = 0


def _reading(*where: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(*_COLUMNS)
        .select_from(
            _LEVEL.join(_LOCATION, _LOCATION.c.id == _LEVEL.c.location_id)
            .join(_VARIANT, _VARIANT.c.id == _LEVEL.c.variant_id)
            .join(_PRODUCT, _PRODUCT.c.id == _VARIANT.c.product_id)
            .outerjoin(_LOT, _LOT.c.id == _LEVEL.c.lot_id)
        )
        .where(_LEVEL.c.variant_id.in_(bindparam("variants", expanding=True)), *where)
        .order_by(_LEVEL.c.variant_id, _LEVEL.c.location_id, func.coalesce(_LEVEL.c.lot_id, 0))
    )


def _locking(*where: Any) -> Select[*tuple[Any, ...]]:
    """Everybody locks by variant, then place, then lot, so that documents over the same goods wait in a row."""
    return _reading(*where).with_for_update(of=_LEVEL)


_HOME = select(_LOCATION.c.warehouse_id).where(_LOCATION.c.id == bindparam("location")).scalar_subquery()
_SELLABLE = _LOCATION.c.kind == LocationKind.STORAGE
_OF_WAREHOUSE = _locking(_SELLABLE, _LOCATION.c.warehouse_id == _HOME)
_OF_WAREHOUSE_AND = _locking(
    or_(
        and_(_SELLABLE, _LOCATION.c.warehouse_id == _HOME),
        _LEVEL.c.location_id.in_(bindparam("places", expanding=True)),
    )
)
_OF_ALL = _locking(_SELLABLE)
_SEEN = _reading(_SELLABLE)
_AT_PLACES = _locking(_LEVEL.c.location_id.in_(bindparam("places", expanding=True)))


def shelves_of_warehouse(
    uow: UnitOfWork, location_id: int, variant_ids: Collection[int], also: Collection[int] = ()
) -> list[Shelf]:
    """All that is for sale of these variants in the warehouse of a location, locked, `also` what lies there."""
    if also:
        facts = {"location": location_id, "places": sorted(also), "variants": sorted(variant_ids)}
        return _shelves(uow, _OF_WAREHOUSE_AND, facts)
    return _shelves(uow, _OF_WAREHOUSE, {"location": location_id, "variants": sorted(variant_ids)})


def shelves_everywhere(uow: UnitOfWork, location_id: int, variant_ids: Collection[int]) -> list[Shelf]:
    """All that is for sale of these variants in any warehouse, locked; that of a location is the own one."""
    found = _shelves(uow, _OF_ALL, {"variants": sorted(variant_ids)})
    own = uow.session.scalar(select(_LOCATION.c.warehouse_id).where(_LOCATION.c.id == location_id))
    for shelf in found:
        shelf.is_own = shelf.warehouse_id == own
    return found


def shelves_seen(scope: Scope, own: int, variant_ids: Collection[int]) -> list[Shelf]:
    """All that is for sale of these variants in any warehouse, as it is now; `own` is the warehouse of who asks."""
    found = _shelves(scope, _SEEN, {"variants": sorted(variant_ids)})
    for shelf in found:
        shelf.is_own = shelf.warehouse_id == own
    return found


def shelves_at(uow: UnitOfWork, location_ids: Iterable[int], variant_ids: Iterable[int]) -> list[Shelf]:
    """All that lies of these variants at these places, locked."""
    return _shelves(uow, _AT_PLACES, {"places": sorted(set(location_ids)), "variants": sorted(set(variant_ids))})


def by_place(shelves: Iterable[Shelf]) -> dict[Place, Shelf]:
    """Shelves by where and what they are."""
    return {Place(each.variant_id, each.location_id, each.lot_id or 0): each for each in shelves}


def change(
    uow: UnitOfWork,
    shelves: Iterable[Shelf],
    on_hand: Mapping[Place, Decimal] | None = None,
    reserved: Mapping[Place, Decimal] | None = None,
) -> None:
    """Add these quantities to locked levels."""
    on_hand, reserved = on_hand or {}, reserved or {}
    rows = []
    for place, shelf in by_place(shelves).items():
        came, promised = on_hand.get(place, ZERO), reserved.get(place, ZERO)
        if came or promised:
            rows.append({"level": shelf.id, "came": came, "promised": promised})
    if len(rows) >= MANY:
        _change_many(uow, rows)
    elif rows:
        uow.session.connection().execute(_CHANGE, rows)


def _change_many(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """The same in few statements. What shelves say is not what is kept: allocation reckons with them."""
    for start in range(0, len(rows), LEVELS_AT_ONCE):
        some = {row["level"]: row for row in rows[start : start + LEVELS_AT_ONCE]}
        kept = uow.session.connection().execute(
            select(_LEVEL.c.id, _LEVEL.c.on_hand, _LEVEL.c.reserved).where(_LEVEL.c.id.in_(some))
        )
        changed = [
            {"id": each, "on_hand": on_hand + some[each]["came"], "reserved": reserved + some[each]["promised"]}
            for each, on_hand, reserved in kept
        ]
        update_many(uow.session, StockLevel, changed)


def put(uow: UnitOfWork, came: Mapping[Place, Decimal]) -> None:
    """Add goods to levels, made where there is none. A level that is full again may no longer go below."""
    add = upsert(uow.session, StockLevel)
    now = StockLevel.on_hand + add.excluded.on_hand
    add = add.on_conflict_do_update(
        index_elements=_KEY,
        set_={"on_hand": now, "may_go_below": and_(StockLevel.may_go_below, now < StockLevel.reserved)},
    )
    rows = [_row(place, quantity) for place, quantity in sorted(came.items())]
    if rows:
        uow.session.connection().execute(add, rows)


def let_below(uow: UnitOfWork, places: Collection[Place]) -> list[Shelf]:
    """Levels that more may be promised of than there is, made where there is none, locked."""
    add = upsert(uow.session, StockLevel).on_conflict_do_nothing(index_elements=_KEY)
    uow.session.connection().execute(add, [_row(place, ZERO) for place in sorted(places)])
    wanted = set(places)
    locked = shelves_at(uow, {each.location_id for each in wanted}, {each.variant_id for each in wanted})
    found = [shelf for place, shelf in by_place(locked).items() if place in wanted]
    uow.session.connection().execute(_LET_BELOW, {"levels": [shelf.id for shelf in found]})
    return found


def _row(place: Place, quantity: Decimal) -> dict[str, Any]:
    return {
        "variant_id": place.variant_id,
        "location_id": place.location_id,
        "lot_id": place.lot_id or None,
        "on_hand": quantity,
        "reserved": ZERO,
        "may_go_below": False,
    }


def _shelves(scope: Scope, statement: Select[*tuple[Any, ...]], facts: dict[str, Any]) -> list[Shelf]:
    found = []
    for row in scope.session.connection().execute(statement, facts):
        level_id, variant_id, location_id, lot_id, on_hand, reserved, warehouse_id, is_default, tracking, *lot = row
        dates = NO_DATES if lot_id is None else LotDates(*lot[:4])
        found.append(
            Shelf(
                level_id,
                variant_id,
                location_id,
                lot_id,
                on_hand,
                reserved,
                warehouse_id or 0,
                is_default=is_default,
                is_tracked=tracking != Tracking.NONE,
                dates=dates,
                is_blocked=bool(lot[4]),
            )
        )
    return found
