"""Lists of customers that are kept, and handed to who calls them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound, reason_given
from core.base.i18n import N_
from core.base.search import one_line
from core.care.errors import (
    FollowUpClosed,
    FollowUpOpen,
    NobodyListed,
    NobodyToCallThem,
    NothingHandedOver,
    NotYours,
)
from core.care.models import CustomerList, CustomerListMember, FollowUp, FollowUpState, Outcome
from core.customers.models import Customer
from core.notify.events import FOLLOW_UP_DUE
from core.notify.tell import settle
from core.security.models import User
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

NAME_LENGTH, SUBJECT_LENGTH, NOTE_LENGTH = 80, 200, 500
MOST_MEMBERS = 10_000
_TASK = N_("The task")
_LIST = N_("The customer list")


@dataclass(frozen=True)
class MemberEntry:
    """A customer to keep on a list, with the money that matters."""

    customer_id: int
    amount: Decimal = Decimal(0)


@command(P.CARE_PLAN)
def keep_list(
    uow: UnitOfWork, name: str, members: Sequence[MemberEntry], *, rule: str, facts: dict[str, Any] | None = None
) -> int:
    """Keep the customers that meet a rule now; later the rule may give others, the list stays.

    Refuses an empty list, one of more than 10,000, and customers that do not exist.
    """
    name = one_line(name)
    if not name or len(name) > NAME_LENGTH:
        raise InvalidInput(field=N_("List name"), reason=N_("enter 1 to 80 characters."))
    amounts = {each.customer_id: each.amount for each in members}
    if not amounts:
        raise NobodyListed(name=name)
    if len(amounts) > MOST_MEMBERS:
        raise InvalidInput(field=N_("Customers"), reason=N_("a list holds at most 10,000; choose a narrower rule."))
    known = set()
    ids = sorted(amounts)
    for start in range(0, len(ids), 500):
        known |= set(uow.session.scalars(select(Customer.id).where(Customer.id.in_(ids[start : start + 500]))))
    if known != set(ids):
        raise NotFound(what=N_("The customer"))
    kept = uow.add(
        CustomerList(name=name, rule=rule, rule_facts=facts or {}, created_at=uow.now, created_by=uow.actor.id)
    )
    uow.write(
        CustomerListMember,
        [{"list_id": kept.id, "customer_id": each, "amount": amounts[each]} for each in ids],
    )
    uow.audit("customer_list.kept", kept, name=name, customers=len(ids))
    return kept.id


@command(P.CARE_PLAN)
def archive_list(uow: UnitOfWork, list_id: int) -> None:
    """Put a list away; its tasks stay. `restore_list` brings it back."""
    kept = _list(uow, list_id)
    kept.archived_at = kept.archived_at or uow.now
    uow.audit("customer_list.archived", kept, name=kept.name)


@command(P.CARE_PLAN)
def restore_list(uow: UnitOfWork, list_id: int) -> None:
    """Bring back a list that was put away."""
    kept = _list(uow, list_id)
    kept.archived_at = None
    uow.audit("customer_list.restored", kept, name=kept.name)


@command(P.CARE_PLAN)
def hand_over(uow: UnitOfWork, list_id: int, *, subject: str, due_on: date, owner_id: int | None = None) -> int:
    """Make a task of every customer on a list who has no open one; how many.

    Without an owner, each customer's own owner calls. Refuses a day in the past, customers without an owner where
    none is given, an owner who is gone, and a list on which nobody is left to call.
    """
    kept = _list(uow, list_id)
    subject = one_line(reason_given(subject))[:SUBJECT_LENGTH]
    if due_on < uow.today:
        raise InvalidInput(field=N_("Due"), reason=N_("the day has passed; enter today or later."))
    if owner_id is not None:
        owner = uow.session.get(User, owner_id)
        if owner is None or owner.disabled_at is not None:
            raise NotFound(what=N_("The owner"))
    busy = select(FollowUp.customer_id).where(FollowUp.state == FollowUpState.OPEN)
    rows = uow.session.execute(
        select(Customer.id, Customer.owner_id)
        .join(CustomerListMember, CustomerListMember.customer_id == Customer.id)
        .where(CustomerListMember.list_id == list_id, Customer.id.not_in(busy))
        .order_by(CustomerListMember.amount.desc(), Customer.id)
    ).all()
    if not rows:
        raise NothingHandedOver(name=kept.name)
    orphans = sum(row.owner_id is None for row in rows)
    if owner_id is None and orphans:
        raise NobodyToCallThem(count=orphans)
    uow.write(
        FollowUp,
        [
            {
                "customer_id": row.id,
                "list_id": list_id,
                "owner_id": owner_id or row.owner_id,
                "subject": subject,
                "due_on": due_on,
                "state": FollowUpState.OPEN,
                "outcome": None,
                "note": "",
                "created_at": uow.now,
                "created_by": uow.actor.id,
                "closed_at": None,
                "closed_by": None,
            }
            for row in rows
        ],
    )
    uow.audit("follow_up.handed_over", kept, name=kept.name, tasks=len(rows))
    return len(rows)


@command(P.CARE_PLAN)
def take_back(uow: UnitOfWork, list_id: int) -> int:
    """Take back the tasks of a list that are still open; how many. Refuses where none is."""
    kept = _list(uow, list_id)
    rows = uow.session.scalars(
        select(FollowUp).where(FollowUp.list_id == list_id, FollowUp.state == FollowUpState.OPEN).with_for_update()
    ).all()
    if not rows:
        raise NothingHandedOver(name=kept.name)
    for row in rows:
        row.state, row.closed_at, row.closed_by = FollowUpState.TAKEN_BACK, uow.now, uow.actor.id
    settle(uow, FOLLOW_UP_DUE, *(row.id for row in rows))
    uow.audit("follow_up.taken_back", kept, name=kept.name, tasks=len(rows))
    return len(rows)


@command(P.CARE_HANDLE)
def close_follow_up(uow: UnitOfWork, follow_up_id: int, *, outcome: Outcome, note: str = "") -> int:
    """Say what came of a call. Refuses a task that is closed, and one of somebody else."""
    task = _task(uow, follow_up_id)
    if task.state != FollowUpState.OPEN:
        raise FollowUpClosed
    task.state, task.outcome, task.note = FollowUpState.DONE, outcome, one_line(note)[:NOTE_LENGTH]
    task.closed_at, task.closed_by = uow.now, uow.actor.id
    settle(uow, FOLLOW_UP_DUE, task.id)
    uow.audit("follow_up.closed", task, outcome=outcome)
    return task.id


@command(P.CARE_HANDLE)
def reopen_follow_up(uow: UnitOfWork, follow_up_id: int) -> int:
    """Undo a closed task: it is open again and has no outcome. Refuses an open one, and one of somebody else."""
    task = _task(uow, follow_up_id)
    if task.state == FollowUpState.OPEN:
        raise FollowUpOpen
    task.state, task.outcome, task.closed_at, task.closed_by = FollowUpState.OPEN, None, None, None
    uow.audit("follow_up.reopened", task)
    return task.id


def _list(uow: UnitOfWork, list_id: int) -> CustomerList:
    kept = uow.session.get(CustomerList, list_id, with_for_update=True)
    if kept is None:
        raise NotFound(what=_LIST)
    return kept


def _task(uow: UnitOfWork, follow_up_id: int) -> FollowUp:
    task = uow.session.get(FollowUp, follow_up_id, with_for_update=True)
    if task is None:
        raise NotFound(what=_TASK)
    if task.owner_id != uow.actor.id and not uow.actor.may(P.CARE_PLAN):
        owner = uow.session.get_one(User, task.owner_id)
        raise NotYours(owner=owner.name)
    return task
