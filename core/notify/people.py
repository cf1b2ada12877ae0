"""Who holds a permission at this moment, and in which language to write to them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.base.i18n import DEFAULT_LANGUAGE
from core.security.actor import permissions_of
from core.security.models import User, UserRole
from core.security.permissions import P, Role


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    id: int
    name: str
    language: str


def holders(session: Session, permission: P, among: Collection[int] | None = None) -> list[Person]:
    """Everybody who may sign in and holds the permission, or those of them who are named."""
    wanted = (
        select(User.id, User.name, User.language, UserRole.role)
        .join(UserRole, UserRole.user_id == User.id)
        .where(User.disabled_at.is_(None))
        .order_by(User.id)
    )
    if among is not None:
        wanted = wanted.where(User.id.in_(among))
    people: dict[int, Person] = {}
    roles: dict[int, set[Role]] = defaultdict(set)
    for user_id, name, language, role in session.execute(wanted):
        people[user_id] = Person(user_id, name, language or DEFAULT_LANGUAGE)
        roles[user_id].add(role)
    return [each for each in people.values() if permission in permissions_of(frozenset(roles[each.id]))]
