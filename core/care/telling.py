"""Telling people in the morning whom they are to call."""

from sqlalchemy import select

from core.base.i18n import N_
from core.care.models import FollowUp, FollowUpState
from core.customers.models import Customer
from core.jobs.registry import job
from core.jobs.rhythm import daily
from core.notify.events import FOLLOW_UP_DUE
from core.notify.tell import tell, unsettled
from core.work.unit import UnitOfWork

MOST = 500


@job("care.tell_due", N_("Tell people whom they are to call today"), every=daily("08:00"))
def tell_due(uow: UnitOfWork) -> None:
    """Each task that is due today or late, once, to who has it; never more than so many in one morning."""
    told = {int(key) for key in unsettled(uow.session, FOLLOW_UP_DUE)}
    due = uow.session.execute(
        select(FollowUp.id, FollowUp.owner_id, FollowUp.subject, FollowUp.due_on, Customer.name)
        .join(Customer, Customer.id == FollowUp.customer_id)
        .where(FollowUp.state == FollowUpState.OPEN, FollowUp.due_on <= uow.today)
        .order_by(FollowUp.due_on, FollowUp.id)
    )
    fresh = [row for row in due if row.id not in told][:MOST]
    for row in fresh:
        facts = {"customer": row.name, "day": row.due_on, "subject": row.subject}
        tell(uow, FOLLOW_UP_DUE, str(row.id), facts, to=[row.owner_id], due_on=row.due_on)
