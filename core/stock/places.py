"""The places of a warehouse beside its storage: where goods wait that cannot be sold as they are or are on the way."""

from collections.abc import Collection

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.exact import ZERO
from core.base.i18n import N_
from core.db.upsert import upsert
from core.stock.models import LOCATION_KIND_LABELS, Location, LocationKind, StockLevel, Warehouse
from core.work.unit import UnitOfWork


def place_of(uow: UnitOfWork, warehouse_id: int, kind: LocationKind) -> int:
    """The place of this kind in a warehouse, such as its transit, made when it is first needed."""
    wanted = (
        select(Location.id).where(Location.warehouse_id == warehouse_id, Location.kind == kind).order_by(Location.id)
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
        {"variant_id": variant_id, "location_id": location_id, "on_hand": ZERO, "reserved": ZERO}
        for variant_id in sorted(variant_ids)
    ]
    uow.session.connection().execute(upsert(uow.session, StockLevel).on_conflict_do_nothing(), rows)
