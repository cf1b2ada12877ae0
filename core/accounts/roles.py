"""The roles of the company: what each may do, making and changing them, and who has them."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.accounts.role_errors import FixedRole, NothingToTakeBack, OwnRoleOnly, RoleInUse, RoleNameTaken, WiderThanOwn
from core.accounts.role_rules import refuse_beyond, role_name_of
from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.base.merge import refuse_changed
from core.security.models import User, UserRole
from core.security.permissions import EVERYONE, OUTSIDE, P, Role
from core.security.role_models import RoleRecord
from core.security.roles import RoleName, in_order
from core.security.sees import Reach
from core.security.shows import Sight
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

AS_IT_COMES: dict[str, Any] = {"name": "", "permissions": None, "customers": "all", "warehouses": "all"}
AS_IT_COMES |= {"phone": "open", "address": "open"}


@dataclass(frozen=True)
class RoleRow:
    """A role as administrators see it. `is_as_shipped`: it may do what the product says."""

    id: int
    code: str
    label: str
    base: str
    permissions: frozenset[P]
    customers: Reach
    warehouses: Reach
    phone: Sight
    address: Sight
    is_own: bool
    is_fixed: bool
    is_as_shipped: bool
    is_archived: bool
    can_take_back: bool
    people: tuple[str, ...]
    version: int


@command(P.USER_EDIT, recent=True)
def add_role(uow: UnitOfWork, name: str, *, like: str) -> int:
    """Make a role of one's own that may do what another one may; refuses a name that is taken."""
    model = _role_with(uow, like)
    wanted = role_name_of(name)
    _refuse_taken(uow, wanted)
    refuse_beyond(uow.actor, model.granted)
    role = uow.add(
        RoleRecord(
            code=f"own-{secrets.token_hex(6)}",
            name=wanted,
            base=model.base,
            permissions=_words(model.granted),
            customers=model.customers,
            warehouses=model.warehouses,
            phone=model.phone,
            address=model.address,
            created_at=uow.now,
            version=1,
        )
    )
    uow.audit("role.added", role, name=wanted, like=model.label)
    return role.id


@command(P.USER_EDIT, recent=True)
def change_role(
    uow: UnitOfWork,
    role_id: int,
    *,
    name: str | None = None,
    permissions: Collection[P] | None = None,
    customers: Reach | None = None,
    warehouses: Reach | None = None,
    phone: Sight | None = None,
    address: Sight | None = None,
    version: int | None = None,
) -> int:
    """Change what is given; it holds at once for everybody who has the role.

    The administrator's role stays as it is, nobody gives what they do not hold themselves, and nothing changes where
    the role is no longer the `version` that was seen.
    """
    role = _get_role(uow, role_id)
    refuse_changed(role.name or N_("The role"), {"version": role.version}, _seen(version))
    if role.code == Role.ADMINISTRATOR:
        raise FixedRole
    before = _state(role)
    if name is not None and role_name_of(name) != role.name:
        _refuse_taken(uow, role_name_of(name), role.id)
        role.name = role_name_of(name)
    if permissions is not None:
        wanted = (frozenset(permissions) | EVERYONE) - OUTSIDE
        if wanted != role.granted:
            refuse_beyond(uow.actor, wanted - role.granted)
            role.permissions = _words(wanted)
    if warehouses == Reach.TEAM:
        raise InvalidInput(field=N_("Warehouses"), reason=N_("a role sees one's own warehouses or all of them."))
    role.customers, role.warehouses = customers or role.customers, warehouses or role.warehouses
    role.phone, role.address = phone or role.phone, address or role.address
    _refuse_wider(uow, role, before)
    _keep(uow, role, before)
    return role.id


@command(P.USER_EDIT, recent=True)
def take_back_role_change(uow: UnitOfWork, role_id: int, *, version: int | None = None) -> int:
    """Let a role be what it was before its last change; once more, and the change is there again."""
    role = _get_role(uow, role_id)
    refuse_changed(role.name or N_("The role"), {"version": role.version}, _seen(version))
    if role.former is None:
        raise NothingToTakeBack
    _restore(uow, role, role.former)
    return role.id


@command(P.USER_EDIT, recent=True)
def reset_role(uow: UnitOfWork, role_id: int, *, version: int | None = None) -> int:
    """Let a role of the product do again what the product says, now and in versions to come."""
    role = _get_role(uow, role_id)
    refuse_changed(role.name or N_("The role"), {"version": role.version}, _seen(version))
    if role.is_own:
        raise NotFound(what=N_("A role of the product"))
    _restore(uow, role, AS_IT_COMES)
    return role.id


@command(P.USER_EDIT, recent=True)
def archive_role(uow: UnitOfWork, role_id: int) -> int:
    """Put a role of one's own away; refuses while somebody has it."""
    role = _get_role(uow, role_id)
    if not role.is_own:
        raise OwnRoleOnly
    people = uow.session.scalar(select(func.count()).select_from(UserRole).where(UserRole.role == role.code)) or 0
    if people:
        raise RoleInUse(people=people)
    role.archived_at = uow.now
    uow.audit("role.archived", role, name=role.name)
    return role.id


@command(P.USER_EDIT, recent=True)
def restore_role(uow: UnitOfWork, role_id: int) -> int:
    """Bring a role back that was put away; refuses where its name went to another one."""
    role = _get_role(uow, role_id)
    _refuse_taken(uow, role.name, role.id)
    role.archived_at = None
    uow.audit("role.restored", role, name=role.name)
    return role.id


@query(P.USER_EDIT)
def roles(scope: Scope) -> Sequence[RoleRow]:
    """All roles with what they may do and who has them; those put away come last."""
    people: dict[str, list[str]] = {}
    held = select(UserRole.role, User.name).join(User, User.id == UserRole.user_id).order_by(User.name, User.id)
    for code, name in scope.session.execute(held.where(User.disabled_at.is_(None))):
        people.setdefault(code, []).append(name)
    found = in_order(scope.session.scalars(select(RoleRecord)))
    found.sort(key=lambda role: role.archived_at is not None)
    return [
        RoleRow(
            id=role.id,
            code=role.code,
            label=role.label,
            base=role.base,
            permissions=role.granted,
            customers=role.customers,
            warehouses=role.warehouses,
            phone=role.phone,
            address=role.address,
            is_own=role.is_own,
            is_fixed=role.code == Role.ADMINISTRATOR,
            is_as_shipped=not role.is_own and _state(role) == AS_IT_COMES,
            is_archived=role.archived_at is not None,
            can_take_back=role.former is not None,
            people=tuple(people.get(role.code, ())),
            version=role.version,
        )
        for role in found
    ]


@query(P.ACCOUNT_OWN)
def role_names(scope: Scope, *, archived: bool = False) -> Sequence[RoleName]:
    """The roles there are to give; or all that ever were, for showing their names."""
    found = in_order(scope.session.scalars(select(RoleRecord)))
    return [RoleName(role.code, role.label) for role in found if archived or role.archived_at is None]


def _keep(uow: UnitOfWork, role: RoleRecord, before: dict[str, Any]) -> None:
    """Remember what a role was, and say what it gained and lost."""
    after = _state(role)
    if after != before:
        role.former = before
    was, now = _granted(role, before), _granted(role, after)
    uow.audit("role.changed", role, name=role.label, given=_words(now - was), taken=_words(was - now))


def _restore(uow: UnitOfWork, role: RoleRecord, state: dict[str, Any]) -> None:
    before, held = _state(role), role.granted
    if state["name"] and state["name"] != role.name:
        _refuse_taken(uow, state["name"], role.id)
    role.name, role.permissions = state["name"], state["permissions"]
    role.customers = Reach(state.get("customers", Reach.ALL))
    role.warehouses = Reach(state.get("warehouses", Reach.ALL))
    role.phone, role.address = (Sight(state.get(name, Sight.OPEN)) for name in ("phone", "address"))
    refuse_beyond(uow.actor, role.granted - held)
    _refuse_wider(uow, role, before)
    _keep(uow, role, before)


def _refuse_wider(uow: UnitOfWork, role: RoleRecord, before: dict[str, Any]) -> None:
    """Whoever sees some rows only lets nobody see more of them than before."""
    if uow.actor.sees.is_limited and any(
        list(Reach).index(now) > list(Reach).index(Reach(before[name]))
        for name, now in (("customers", role.customers), ("warehouses", role.warehouses))
    ):
        raise WiderThanOwn
    if uow.actor.shows.is_limited and any(
        list(Sight).index(now) > list(Sight).index(Sight(before[name]))
        for name, now in (("phone", role.phone), ("address", role.address))
    ):
        raise WiderThanOwn


def _granted(role: RoleRecord, state: dict[str, Any]) -> frozenset[P]:
    return RoleRecord(code=role.code, base=role.base, permissions=state["permissions"]).granted


def _state(role: RoleRecord) -> dict[str, Any]:
    reach = {"customers": str(role.customers), "warehouses": str(role.warehouses)}
    reach |= {"phone": str(role.phone), "address": str(role.address)}
    return {"name": role.name, "permissions": role.permissions, **reach}


def _words(permissions: Collection[P]) -> list[str]:
    return sorted(each.value for each in permissions)


def _seen(version: int | None) -> dict[str, int] | None:
    return None if version is None else {"version": version}


def _get_role(uow: UnitOfWork, role_id: int) -> RoleRecord:
    role = uow.session.get(RoleRecord, role_id, with_for_update=True)
    if role is None:
        raise NotFound(what=N_("The role"))
    return role


def _role_with(uow: UnitOfWork, code: str) -> RoleRecord:
    role = uow.session.scalars(select(RoleRecord).where(RoleRecord.code == code)).one_or_none()
    if role is None:
        raise NotFound(what=N_("The role"))
    return role


def _refuse_taken(uow: UnitOfWork, name: str, but: int | None = None) -> None:
    others = uow.session.scalars(select(RoleRecord).where(RoleRecord.archived_at.is_(None)))
    if any(role.label.casefold() == name.casefold() and role.id != but for role in others):
        raise RoleNameTaken(name=name)
