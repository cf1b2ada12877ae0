"""Where users belong: the team whose customers they share, and the warehouses that are theirs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from core.accounts.role_errors import TeamNameTooLong
from core.base.errors import NotFound
from core.base.i18n import N_
from core.db.model import Base
from core.security.models import User, UserWarehouse
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

LONGEST_TEAM = 40


@dataclass(frozen=True)
class PlacedRow:
    """A user with team and warehouses."""

    id: int
    name: str
    team: str
    warehouses: tuple[int, ...]


@command(P.USER_EDIT, recent=True)
def place_user(uow: UnitOfWork, user_id: int, *, team: str, warehouse_ids: Collection[int]) -> int:
    """Say to which team a user belongs and which warehouses are the user's own; it holds at once."""
    user = uow.session.get(User, user_id, with_for_update=True)
    if user is None:
        raise NotFound(what=N_("This user"))
    team = " ".join(team.split())
    if len(team) > LONGEST_TEAM:
        raise TeamNameTooLong
    wanted = frozenset(warehouse_ids)
    mine = select(UserWarehouse.warehouse_id).where(UserWarehouse.user_id == user_id)
    before = frozenset(uow.session.scalars(mine))
    warehouse = Base.metadata.tables["warehouse"].c
    if len(uow.session.scalars(select(warehouse.id).where(warehouse.id.in_(wanted))).all()) < len(wanted):
        raise NotFound(what=N_("The warehouse"))
    user.team = team
    uow.session.execute(delete(UserWarehouse).where(UserWarehouse.user_id == user_id))
    uow.write(UserWarehouse, [{"user_id": user_id, "warehouse_id": each} for each in sorted(wanted)])
    uow.audit("user.placed", user, name=user.name, warehouses_before=sorted(before), warehouses=sorted(wanted))
    return user.id


@query(P.USER_EDIT)
def placed_users(scope: Scope) -> Sequence[PlacedRow]:
    """Everybody who can sign in, by name, with team and warehouses."""
    own: dict[int, list[int]] = {}
    for each in scope.session.scalars(select(UserWarehouse).order_by(UserWarehouse.warehouse_id)):
        own.setdefault(each.user_id, []).append(each.warehouse_id)
    users = scope.session.scalars(select(User).where(User.disabled_at.is_(None)).order_by(User.name, User.id))
    return [PlacedRow(user.id, user.name, user.team, tuple(own.get(user.id, ()))) for user in users]
