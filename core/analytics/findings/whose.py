"""Whose figures somebody gets: all of the company's, or their own."""

from sqlalchemy import select

from core.customers.models import Customer
from core.security.actor import Actor
from core.security.permissions import P
from core.work.command import Scope


def whose(actor: Actor) -> int | None:
    """The person whose sales are shown: oneself, for who sells and may not see the team; None is everybody."""
    if actor.may(P.SALES_ANALYSE) and not actor.may(P.TEAM_READ):
        return actor.id if actor.id is not None else 0
    return None


def customers_of(scope: Scope, owner_id: int) -> set[int]:
    """The customers that somebody looks after."""
    return set(scope.session.scalars(select(Customer.id).where(Customer.owner_id == owner_id)))
