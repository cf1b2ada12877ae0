"""What is waiting: tasks, lists, grades and proposals."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import aliased

from core.base.clock import business_day
from core.care.models import (
    CustomerGrade,
    CustomerList,
    CustomerListMember,
    FollowUp,
    FollowUpState,
    Grade,
    GradeProposal,
    Outcome,
    ProposalState,
)
from core.customers.models import Customer, CustomerTag
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query
from core.work.store import View

SOON_DAYS, ONE_DAY = 7, timedelta(days=1)


@dataclass(frozen=True)
class FollowUpRow:
    """A task: whom to call, why, until when, and what came of it."""

    id: int
    customer_id: int
    code: str
    customer: str
    phone: str
    owner: str
    subject: str
    due_on: date
    state: FollowUpState
    outcome: Outcome | None
    note: str
    list_name: str


@dataclass(frozen=True)
class ListRow:
    """A kept list: its rule, members, the money that mattered, and how its tasks stand."""

    id: int
    name: str
    rule: str
    rule_facts: dict[str, Any]
    created_at: datetime
    created_by: str
    members: int
    amount: Decimal
    open_tasks: int
    done_tasks: int
    ordered: int
    is_archived: bool


@dataclass(frozen=True)
class ListMemberRow:
    """A customer on a list, with the money that mattered then, and what came of the call."""

    customer_id: int
    code: str
    name: str
    amount: Decimal
    owner: str
    state: FollowUpState | None
    outcome: Outcome | None


@dataclass(frozen=True)
class GradeRow:
    """A grade, what it needs and brings, and how many customers have it."""

    id: int
    name: str
    rank: int
    least_net: Decimal | None
    least_orders: int | None
    least_margin: Decimal | None
    most_payment_days: int | None
    grace_days: int
    tag: str
    credit_limit: Decimal | None
    least_potential: Decimal | None
    service: str
    customers: int
    version: int


@dataclass(frozen=True)
class ProposalRow:
    """Another grade for a customer, with the figures it rests on; margins are left out for who may not see costs."""

    id: int
    customer_id: int
    customer: str
    from_grade: str
    to_grade: str
    is_better: bool
    figures: dict[str, Any]
    made_at: datetime


@query(P.CARE_HANDLE)
def my_follow_ups(scope: Scope, *, limit: int = 50) -> list[FollowUpRow]:
    """My open tasks that are due within a week or late, the latest first."""
    wanted = _tasks().where(
        FollowUp.owner_id == scope.actor.id,
        FollowUp.state == FollowUpState.OPEN,
        FollowUp.due_on <= scope.today + timedelta(days=SOON_DAYS),
    )
    rows = scope.session.execute(wanted.order_by(FollowUp.due_on, FollowUp.id).limit(limit))
    return [FollowUpRow(*row) for row in rows]


@query(P.CARE_HANDLE)
def follow_ups(
    scope: Scope, *, state: FollowUpState | None = FollowUpState.OPEN, customer_id: int | None = None, limit: int = 200
) -> list[FollowUpRow]:
    """Tasks of everybody for who plans, otherwise one's own; the earliest due first."""
    wanted = _tasks()
    if not scope.actor.may(P.CARE_PLAN):
        wanted = wanted.where(FollowUp.owner_id == scope.actor.id)
    if state is not None:
        wanted = wanted.where(FollowUp.state == state)
    if customer_id is not None:
        wanted = wanted.where(FollowUp.customer_id == customer_id)
    return [
        FollowUpRow(*row) for row in scope.session.execute(wanted.order_by(FollowUp.due_on, FollowUp.id).limit(limit))
    ]


@query(P.CARE_PLAN)
def customer_lists(scope: Scope, *, with_archived: bool = False) -> list[ListRow]:
    """Kept lists, the newest first, with how their tasks stand."""
    members = (
        select(
            CustomerListMember.list_id,
            func.count().label("members"),
            func.sum(CustomerListMember.amount).label("amount"),
        )
        .group_by(CustomerListMember.list_id)
        .subquery()
    )
    tasks = (
        select(
            FollowUp.list_id,
            func.sum(case((FollowUp.state == FollowUpState.OPEN, 1), else_=0)).label("waiting"),
            func.sum(case((FollowUp.state == FollowUpState.DONE, 1), else_=0)).label("done"),
            func.sum(case((FollowUp.outcome == Outcome.ORDERED, 1), else_=0)).label("ordered"),
        )
        .group_by(FollowUp.list_id)
        .subquery()
    )
    wanted = (
        select(
            CustomerList, User.name, members.c.members, members.c.amount, tasks.c.waiting, tasks.c.done, tasks.c.ordered
        )
        .join(members, members.c.list_id == CustomerList.id)
        .outerjoin(tasks, tasks.c.list_id == CustomerList.id)
        .outerjoin(User, User.id == CustomerList.created_by)
        .order_by(CustomerList.id.desc())
    )
    if not with_archived:
        wanted = wanted.where(CustomerList.archived_at.is_(None))
    return [
        ListRow(
            id=row[0].id,
            name=row[0].name,
            rule=row[0].rule,
            rule_facts=row[0].rule_facts,
            created_at=row[0].created_at,
            created_by=row[1] or "",
            members=row[2],
            amount=row[3],
            open_tasks=int(row[4] or 0),
            done_tasks=int(row[5] or 0),
            ordered=int(row[6] or 0),
            is_archived=row[0].archived_at is not None,
        )
        for row in scope.session.execute(wanted)
    ]


@query(P.CARE_PLAN)
def list_members(scope: Scope, list_id: int) -> list[ListMemberRow]:
    """Who is on a list, the most money first, with the newest task of the list for each."""
    newest = (
        select(FollowUp.customer_id, func.max(FollowUp.id).label("id"))
        .where(FollowUp.list_id == list_id)
        .group_by(FollowUp.customer_id)
        .subquery()
    )
    wanted = (
        select(
            Customer.id,
            Customer.code,
            Customer.name,
            CustomerListMember.amount,
            User.name,
            FollowUp.state,
            FollowUp.outcome,
        )
        .join(CustomerListMember, CustomerListMember.customer_id == Customer.id)
        .outerjoin(newest, newest.c.customer_id == Customer.id)
        .outerjoin(FollowUp, FollowUp.id == newest.c.id)
        .outerjoin(User, User.id == func.coalesce(FollowUp.owner_id, Customer.owner_id))
        .where(CustomerListMember.list_id == list_id)
        .order_by(CustomerListMember.amount.desc(), Customer.id)
    )
    return [ListMemberRow(*row[:4], row[4] or "", *row[5:]) for row in scope.session.execute(wanted)]


@query(P.CUSTOMER_READ)
def grades(scope: Scope) -> list[GradeRow]:
    """All grades, the best first."""
    count = select(CustomerGrade.grade_id, func.count().label("customers")).group_by(CustomerGrade.grade_id).subquery()
    wanted = (
        select(Grade, CustomerTag.name, count.c.customers)
        .outerjoin(CustomerTag, CustomerTag.id == Grade.tag_id)
        .outerjoin(count, count.c.grade_id == Grade.id)
        .order_by(Grade.rank)
    )
    return [
        GradeRow(
            id=grade.id,
            name=grade.name,
            rank=grade.rank,
            least_net=grade.least_net,
            least_orders=grade.least_orders,
            least_margin=grade.least_margin,
            most_payment_days=grade.most_payment_days,
            grace_days=grade.grace_days,
            tag=tag or "",
            credit_limit=grade.credit_limit,
            least_potential=grade.least_potential,
            service=grade.service,
            customers=customers or 0,
            version=grade.version,
        )
        for grade, tag, customers in scope.session.execute(wanted)
    ]


@query(P.CUSTOMER_READ)
def grade_of(scope: Scope, customer_id: int) -> tuple[str, date] | None:
    """The grade of a customer and since when; None without one."""
    found = scope.session.execute(
        select(Grade.name, CustomerGrade.since)
        .join(CustomerGrade, CustomerGrade.grade_id == Grade.id)
        .where(CustomerGrade.customer_id == customer_id)
    ).first()
    return None if found is None else (found[0], found[1])


@query(P.CUSTOMER_GRADE)
def proposals(scope: Scope, *, limit: int = 500) -> list[ProposalRow]:
    """Grades that wait for an answer: the largest customers first."""
    before, after = aliased(Grade), aliased(Grade)
    wanted = (
        select(GradeProposal, Customer.name, before.name, before.rank, after.name, after.rank)
        .join(Customer, Customer.id == GradeProposal.customer_id)
        .join(after, after.id == GradeProposal.to_grade_id)
        .outerjoin(before, before.id == GradeProposal.from_grade_id)
        .where(GradeProposal.state == ProposalState.OPEN)
        .order_by(after.rank, GradeProposal.id)
        .limit(limit)
    )
    return [
        ProposalRow(
            id=row[0].id,
            customer_id=row[0].customer_id,
            customer=row[1],
            from_grade=row[2] or "",
            to_grade=row[4],
            is_better=row[3] is None or row[5] < row[3],
            figures={
                name: figure
                for name, figure in row[0].figures.items()
                if name != "margin" or scope.actor.may(P.COST_READ)
            },
            made_at=row[0].made_at,
        )
        for row in scope.session.execute(wanted)
    ]


@query(P.SALES_ANALYSE)
def calls_by_day(scope: View, since: date, until: date) -> dict[int, dict[date, Decimal]]:
    """How many customers each has followed up with an outcome, by day; customers called twice on a day count once."""
    first, last = (datetime.combine(day, time(), UTC) for day in (since - ONE_DAY, until + ONE_DAY))
    rows = scope.session.execute(
        select(FollowUp.owner_id, FollowUp.customer_id, FollowUp.closed_at).where(
            FollowUp.state == FollowUpState.DONE, FollowUp.closed_at >= first, FollowUp.closed_at < last
        )
    )
    called = {(owner, customer, business_day(at, scope.settings.timezone)) for owner, customer, at in rows if at}
    found: dict[int, dict[date, Decimal]] = {}
    for owner, _customer, day in called:
        if since <= day < until:
            days = found.setdefault(owner, {})
            days[day] = days.get(day, Decimal(0)) + 1
    return found


def _tasks() -> Select[Any]:
    return (
        select(FollowUp.id, Customer.id, Customer.code, Customer.name, Customer.phone, User.name, FollowUp.subject)
        .add_columns(FollowUp.due_on, FollowUp.state, FollowUp.outcome, FollowUp.note)
        .add_columns(func.coalesce(CustomerList.name, ""))
        .join(Customer, Customer.id == FollowUp.customer_id)
        .join(User, User.id == FollowUp.owner_id)
        .outerjoin(CustomerList, CustomerList.id == FollowUp.list_id)
    )
