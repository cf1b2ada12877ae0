"""The rights of a user at this moment, from the roles that the database holds."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.security.actor import Actor
from core.security.models import User, UserRole, UserWarehouse
from core.security.permissions import P
from core.security.role_models import RoleRecord
from core.security.sees import EVERYTHING, Reach, Sees, widest
from core.security.shows import ALL_FIELDS, Shows, widest_sight


@dataclass(frozen=True)
class RoleName:
    """A role to choose or to show; `label` is a marked text."""

    code: str
    label: str


def held_by(session: Session, user_id: int) -> list[RoleRecord]:
    """The roles of a user, in their order."""
    held = select(UserRole.role).where(UserRole.user_id == user_id)
    return in_order(session.scalars(select(RoleRecord).where(RoleRecord.code.in_(held))))


def in_order(roles: Iterable[RoleRecord]) -> list[RoleRecord]:
    """Roles as lists show them."""
    return sorted(roles, key=lambda role: role.place)


def acting(
    session: Session,
    user: User,
    roles: Iterable[RoleRecord],
    language: str,
    source: str = "screen",
    sign_in_id: int | None = None,
) -> Actor:
    """A user with the rights that these roles give together."""
    held = in_order(roles)
    return Actor(
        user.id,
        user.name,
        frozenset(role.code for role in held),
        frozenset[P]().union(*(role.granted for role in held)),
        language,
        source,
        sign_in_id,
        titles=tuple(role.label for role in held),
        sees=_sees(session, user, held),
        shows=_shows(held),
    )


def _shows(held: list[RoleRecord]) -> Shows:
    """What fields these roles show together."""
    shown = Shows(widest_sight(role.phone for role in held), widest_sight(role.address for role in held))
    return shown if shown.is_limited else ALL_FIELDS


def _sees(session: Session, user: User, held: list[RoleRecord]) -> Sees:
    """What rows these roles show together; who is not limited costs no look into the database."""
    customers, warehouses = widest(role.customers for role in held), widest(role.warehouses for role in held)
    owners = own = None
    if customers != Reach.ALL:
        owners = frozenset({user.id})
        if customers == Reach.TEAM and user.team:
            owners |= frozenset(session.scalars(select(User.id).where(User.team == user.team)))
    if warehouses != Reach.ALL:
        mine = select(UserWarehouse.warehouse_id).where(UserWarehouse.user_id == user.id)
        own = frozenset(session.scalars(mine))
    return EVERYTHING if owners is None and own is None else Sees(owners, own)


def sees_all(roles: Collection[RoleRecord]) -> bool:
    """Whether these roles together show every row."""
    return widest(role.customers for role in roles) == widest(role.warehouses for role in roles) == Reach.ALL


def all_roles(session: Session) -> list[RoleRecord]:
    """Every role that can be given, in their order."""
    return in_order(session.scalars(select(RoleRecord).where(RoleRecord.archived_at.is_(None))))


def roles_with(session: Session, permission: P) -> list[RoleRecord]:
    """The roles that hold a permission."""
    return [role for role in in_order(session.scalars(select(RoleRecord))) if permission in role.granted]
