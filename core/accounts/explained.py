"""What a user can see, and why: rights with the roles that give them, rows, fields, and one record."""

from dataclasses import dataclass

from sqlalchemy import func, select

from core.accounts.role_rules import Conflict, conflicts_of
from core.base.errors import NotFound
from core.base.i18n import DEFAULT_LANGUAGE, N_
from core.customers.models import Customer
from core.db.model import Base
from core.security.models import User
from core.security.permissions import P
from core.security.roles import acting, held_by
from core.security.sees import Reach
from core.security.shows import Sight
from core.work.command import Scope, query


@dataclass(frozen=True)
class Right:
    """A permission, and the roles that give it."""

    permission: P
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Reached:
    """How far one role reaches and how much of the fields it shows."""

    role: str
    customers: Reach
    warehouses: Reach
    phone: Sight
    address: Sight


@dataclass(frozen=True)
class Explained:
    """All that somebody may do and see. `owners` and `warehouses` are names; None: all of them."""

    rights: tuple[Right, ...]
    reached: tuple[Reached, ...]
    owners: tuple[str, ...] | None
    warehouses: tuple[str, ...] | None
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class CustomerSeen:
    """Whether somebody sees a customer, and whose it is."""

    name: str
    owner: str
    is_seen: bool


@query(P.USER_EDIT)
def explained(scope: Scope, user_id: int) -> Explained:
    """What a user may do and see at this moment, and which role is the reason."""
    user, held = _user(scope, user_id), held_by(scope.session, user_id)
    actor = acting(scope.session, user, held, DEFAULT_LANGUAGE)
    return Explained(
        rights=tuple(
            Right(each, tuple(role.label for role in held if each in role.granted))
            for each in P
            if each in actor.permissions
        ),
        reached=tuple(Reached(role.label, role.customers, role.warehouses, role.phone, role.address) for role in held),
        owners=_names(scope, "app_user", actor.sees.owners),
        warehouses=_names(scope, "warehouse", actor.sees.warehouses),
        conflicts=tuple(conflicts_of(actor.permissions)),
    )


@query(P.USER_EDIT)
def customer_seen(scope: Scope, user_id: int, code: str) -> CustomerSeen:
    """Whether a user sees the customer of this code; `NotFound` where there is none."""
    user = _user(scope, user_id)
    actor = acting(scope.session, user, held_by(scope.session, user_id), DEFAULT_LANGUAGE)
    found = scope.session.execute(
        select(Customer.name, Customer.owner_id, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == Customer.owner_id)
        .where(func.lower(Customer.code) == code.strip().lower())
    ).one_or_none()
    if found is None:
        raise NotFound(what=N_("The customer"))
    name, owner_id, owner = found
    return CustomerSeen(name, owner, actor.sees.owners is None or owner_id in actor.sees.owners)


def _user(scope: Scope, user_id: int) -> User:
    user = scope.session.get(User, user_id)
    if user is None:
        raise NotFound(what=N_("This user"))
    return user


def _names(scope: Scope, table: str, ids: frozenset[int] | None) -> tuple[str, ...] | None:
    if ids is None:
        return None
    named = Base.metadata.tables[table].c
    return tuple(scope.session.scalars(select(named.name).where(named.id.in_(ids)).order_by(named.name)))
