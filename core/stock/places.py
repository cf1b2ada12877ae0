"""The places of a warehouse beside its storage."""

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.stock.models import LOCATION_KIND_LABELS, Location, LocationKind, Warehouse
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
