"""Tasks for one customer at a time."""

from datetime import date

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.i18n import N_
from core.base.search import one_line
from core.care.errors import AlreadyToCall
from core.care.lists import SUBJECT_LENGTH
from core.care.models import FollowUp, FollowUpState
from core.customers.models import Customer
from core.security.models import User
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.CARE_PLAN)
def add_follow_up(uow: UnitOfWork, customer_id: int, *, subject: str, due_on: date, owner_id: int | None = None) -> int:
    """Have a customer called: by the owner given, else by the customer's own, else by who asks.

    Refuses a day in the past, an owner who is gone, and a customer who is to be called already.
    """
    subject = one_line(reason_given(subject))[:SUBJECT_LENGTH]
    customer = uow.session.get(Customer, customer_id, with_for_update=True)
    if customer is None:
        raise NotFound(what=N_("The customer"))
    if due_on < uow.today:
        raise InvalidInput(field=N_("Due"), reason=N_("the day has passed; enter today or later."))
    caller = uow.session.get(User, owner_id or customer.owner_id or uow.actor.id or 0)
    if caller is None or caller.disabled_at is not None:
        raise NotFound(what=N_("The owner"))
    is_open = select(FollowUp.id).where(FollowUp.customer_id == customer_id, FollowUp.state == FollowUpState.OPEN)
    if uow.session.scalar(is_open.limit(1)) is not None:
        raise AlreadyToCall(customer=customer.name)
    task = uow.add(
        FollowUp(
            customer_id=customer_id,
            owner_id=caller.id,
            subject=subject,
            due_on=due_on,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    uow.audit("follow_up.added", task, name=customer.name, what=subject)
    return task.id
