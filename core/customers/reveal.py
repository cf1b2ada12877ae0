"""Showing one customer's phones and addresses to who sees them masked: with a purpose, and on record."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from core.audit.models import AuditEntry
from core.base.errors import AppError, InvalidInput, NotFound
from core.base.i18n import N_
from core.customers.models import Customer
from core.customers.service import get_customer
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

TAG = "customer.revealed"
LONGEST_PURPOSE = 200
SHOWN_FOR = timedelta(minutes=5)


class NotRevealed(AppError):
    """Nobody looks without saying why."""

    message = N_("Say what you need the phone and address for; they are then shown for five minutes.")


@dataclass(frozen=True)
class Revealed:
    """Names with numbers, and addresses, as lines to read."""

    numbers: tuple[str, ...]
    places: tuple[str, ...]


@command(P.CUSTOMER_REVEAL, recent=True)
def reveal_customer(uow: UnitOfWork, customer_id: int, *, purpose: str) -> int:
    """Record that somebody looks at phones and addresses that are masked for them, and what for."""
    purpose = " ".join(purpose.split())
    if not purpose:
        raise NotRevealed
    if len(purpose) > LONGEST_PURPOSE:
        raise InvalidInput(field=N_("Purpose"), reason=N_("enter up to 200 letters."))
    customer = get_customer(uow, customer_id)
    uow.record(TAG, Customer.__tablename__, customer.id, {"purpose": purpose})
    return customer.id


@query(P.CUSTOMER_REVEAL)
def revealed_customer(scope: Scope, customer_id: int) -> Revealed:
    """Phones and addresses in full, for five minutes after one said what for; `NotRevealed` otherwise."""
    mine = select(AuditEntry.id).where(
        AuditEntry.tag == TAG,
        AuditEntry.subject_type == Customer.__tablename__,
        AuditEntry.subject_id == customer_id,
        AuditEntry.actor_id == scope.actor.id,
        AuditEntry.at > scope.now - SHOWN_FOR,
    )
    if scope.session.scalar(mine.limit(1)) is None:
        raise NotRevealed
    wanted = select(Customer).where(Customer.id == customer_id)
    customer = scope.session.scalars(
        wanted.options(selectinload(Customer.contacts), selectinload(Customer.addresses))
    ).one_or_none()
    if customer is None:
        raise NotFound(what=N_("The customer"))
    people = ((each.name, each.phone, each.email) for each in customer.contacts)
    numbers = [*([customer.phone] if customer.phone else []), *(" ".join(filter(None, each)) for each in people)]
    places = (
        " ".join(filter(None, (each.region, each.street, each.recipient, each.phone))) for each in customer.addresses
    )
    return Revealed(tuple(numbers), tuple(places))
