"""The places of a warehouse: where goods are put when nobody says where, and the places beside its storage."""

from collections.abc import Collection

from sqlalchemy import bindparam, select

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.db.upsert import upsert
from core.stock.models import LOCATION_KIND_LABELS, Location, LocationKind, StockLevel, Warehouse
from core.work.unit import UnitOfWork, table_of

_LOCATION = table_of(Location)
_STORAGE = (
    select(_LOCATION.c.id)
    .where(_LOCATION.c.warehouse_id == bindparam("warehouse"), _LOCATION.c.kind == LocationKind.STORAGE)
    .order_by(_LOCATION.c.is_default.desc(), _LOCATION.c.id)
    .limit(1)
)


def storage_of(uow: UnitOfWork, warehouse_id: int) -> int:
    """Where a warehouse puts goods when nobody says where; `NotFound` where there is none."""
    location: int | None = uow.session.connection().scalar(_STORAGE, {"warehouse": warehouse_id})
    if location is None:
        raise NotFound(what=N_("The warehouse"))
    return location


def place_of(uow: UnitOfWork, warehouse_id: int, kind: LocationKind) -> int:
    """The first place of this kind in a warehouse, such as its quarantine, made when it is first needed."""
    wanted = (
        select(Location.id)
        .where(Location.warehouse_id == warehouse_id, Location.kind == kind)
        .order_by(Location.is_active.desc(), Location.id)
        .limit(1)
    )
    found = uow.session.scalar(wanted)
    if found is None:
        if uow.session.get(Warehouse, warehouse_id, with_for_update=True) is None:
            raise NotFound(what=N_("The warehouse"))
        found = uow.session.scalar(wanted)
    if found is None:
        found = uow.add(Location(warehouse_id=warehouse_id, kind=kind, name=LOCATION_KIND_LABELS[kind])).id
    return found


def keep_shelves(uow: UnitOfWork, location_id: int, variant_ids: Collection[int]) -> None:
    """Let a place have a level of these products, empty where there is none, so that lists name it."""
    rows = [
        {"variant_id": variant_id, "location_id": location_id, "on_hand": ZERO, "reserved": ZERO, "may_go_below": False}
        for variant_id in sorted(variant_ids)
    ]
    uow.session.connection().execute(upsert(uow.session, StockLevel).on_conflict_do_nothing(), rows)


def relabelling(uow: UnitOfWork) -> int:
    """Where goods pass through on their way from one lot to another."""
    return uow.session.scalars(select(Location.id).where(Location.kind == LocationKind.RELABEL)).one()
