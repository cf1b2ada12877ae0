"""Who holds a permission at this moment, and in which language to write to them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.base.i18n import DEFAULT_LANGUAGE
from core.security.models import User, UserRole
from core.security.permissions import P
from core.security.role_models import RoleRecord
from core.security.roles import sees_all


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    id: int
    name: str
    language: str


def holders(session: Session, permission: P, among: Collection[int] | None = None) -> list[Person]:
    """Everybody who may sign in and holds the permission, or those of them who are named.

    Who sees a part of the rows hears of nothing that is told to everybody: it may be about the others.
    """
    wanted = (
        select(User.id, User.name, User.language, RoleRecord)
        .join(UserRole, UserRole.user_id == User.id)
        .join(RoleRecord, RoleRecord.code == UserRole.role)
        .where(User.disabled_at.is_(None))
        .order_by(User.id)
    )
    if among is not None:
        wanted = wanted.where(User.id.in_(among))
    people: dict[int, Person] = {}
    roles: dict[int, list[RoleRecord]] = defaultdict(list)
    for user_id, name, language, role in session.execute(wanted):
        people[user_id] = Person(user_id, name, language or DEFAULT_LANGUAGE)
        roles[user_id].append(role)
    return [
        person
        for person in people.values()
        if any(permission in role.granted for role in roles[person.id])
        and (among is not None or sees_all(roles[person.id]))
    ]
