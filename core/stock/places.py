"""The places of a warehouse beside its storage: where goods wait that cannot be sold as they are."""

from sqlalchemy import select

from core.base.errors import NotFound
from core.base.i18n import N_
from core.db.upsert import upsert
from core.stock.models import LOCATION_KIND_LABELS, Location, LocationKind, Warehouse
from core.work.unit import UnitOfWork


def place_of(uow: UnitOfWork, warehouse_id: int, kind: LocationKind) -> int:
    """The quarantine or second-quality place of a warehouse, made when it is first needed."""
    wanted = select(Location.id).where(Location.warehouse_id == warehouse_id, Location.kind == kind)
    found = uow.session.scalar(wanted)
    if found is not None:
        return found
    if uow.session.get(Warehouse, warehouse_id) is None:
        raise NotFound(what=N_("The warehouse"))
    row = {"warehouse_id": warehouse_id, "kind": kind, "name": LOCATION_KIND_LABELS[kind]}
    uow.session.connection().execute(upsert(uow.session, Location).on_conflict_do_nothing(), row)
    return uow.session.scalars(wanted).one()
