"""Grades of customers: their rules, proposals from what customers did, and a person's answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import selectinload

from core.base.errors import InvalidInput, NotFound, StaleVersion
from core.base.exact import AMOUNT_PLACES, RATE_PLACES, fits
from core.base.i18n import N_
from core.base.search import one_line
from core.care.errors import GradeInUse, ProposalAnswered
from core.care.models import CustomerGrade, Grade, GradeProposal, ProposalState
from core.care.rules import GradeRule, Measured, Standing, judged
from core.customers.models import Customer, CustomerTag
from core.receivables.account import account_changed
from core.receivables.models import CustomerAccount
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

NAME_LENGTH, SERVICE_LENGTH, ANSWER_LENGTH = 40, 80, 200
MOST_RANK, MOST_DAYS, MOST_ORDERS = 99, 3_650, 1_000_000
_GRADE = N_("The grade")


@dataclass(frozen=True)
class GradeEntry:
    """A grade as typed; None asks for nothing, or brings nothing."""

    name: str
    rank: int
    least_net: Decimal | None = None
    least_orders: int | None = None
    least_margin: Decimal | None = None
    most_payment_days: int | None = None
    grace_days: int = 90
    tag: str = ""
    credit_limit: Decimal | None = None
    least_potential: Decimal | None = None
    service: str = ""


@command(P.CUSTOMER_GRADE)
def save_grade(uow: UnitOfWork, entry: GradeEntry, *, grade_id: int | None = None, version: int | None = None) -> int:
    """Add a grade, or change one; it holds from the next proposals on.

    Refuses a name or rank that another grade has, figures that cannot be, and a change to what somebody else changed.
    """
    name = one_line(entry.name)
    _checked(entry, name)
    for column, wanted, field in ((Grade.name, name, N_("Grade name")), (Grade.rank, entry.rank, N_("Rank"))):
        taken = uow.session.scalar(select(Grade.id).where(column == wanted, Grade.id != (grade_id or 0)))
        if taken is not None:
            raise InvalidInput(field=field, reason=N_("another grade has it."))
    grade = Grade(name=name, rank=entry.rank) if grade_id is None else uow.session.get(Grade, grade_id)
    if grade is None:
        raise NotFound(what=_GRADE)
    if grade_id is not None and grade.version != version:
        raise StaleVersion(what=_GRADE)
    grade.name, grade.rank, grade.grace_days = name, entry.rank, entry.grace_days
    grade.least_net, grade.least_orders = entry.least_net, entry.least_orders
    grade.least_margin, grade.most_payment_days = entry.least_margin, entry.most_payment_days
    grade.credit_limit, grade.least_potential = entry.credit_limit, entry.least_potential
    grade.service = one_line(entry.service)
    grade.tag_id = _tag_id(uow, entry.tag)
    if grade_id is None:
        uow.add(grade)
    uow.audit("grade.saved", grade, name=name)
    return grade.id


@command(P.CUSTOMER_GRADE)
def remove_grade(uow: UnitOfWork, grade_id: int) -> None:
    """Remove a grade that no customer has; proposals of it go too. Refuses while customers have it."""
    grade = uow.session.get(Grade, grade_id)
    if grade is None:
        raise NotFound(what=_GRADE)
    count = uow.session.scalar(select(func.count()).where(CustomerGrade.grade_id == grade_id)) or 0
    if count:
        raise GradeInUse(count=count, grade=grade.name)
    for proposal in uow.session.scalars(
        select(GradeProposal).where((GradeProposal.to_grade_id == grade_id) | (GradeProposal.from_grade_id == grade_id))
    ):
        uow.session.delete(proposal)
    uow.session.flush()
    uow.audit("grade.removed", grade, name=grade.name)
    uow.session.delete(grade)


@command(P.CUSTOMER_GRADE)
def propose_grades(uow: UnitOfWork, measured: Sequence[Measured]) -> int:
    """Compare what customers did with the rules; how many proposals wait for an answer now.

    A better grade is proposed at once, a lower one after the days of grace. What was proposed before and does not
    hold any more is withdrawn.
    """
    rules = grade_rules(uow)
    standing = {row.customer_id: row for row in uow.session.scalars(select(CustomerGrade).with_for_update())}
    waiting = {
        row.customer_id: row
        for row in uow.session.scalars(
            select(GradeProposal).where(GradeProposal.state == ProposalState.OPEN).with_for_update()
        )
    }
    made = []
    for each in measured:
        has = standing.get(each.customer_id)
        said = judged(rules, each, None if has is None else Standing(has.grade_id, has.missed_since), uow.today)
        if has is not None and has.missed_since != said.missed_since:
            has.missed_since = said.missed_since
        old = waiting.get(each.customer_id)
        facts = each.facts()
        if old is not None and old.to_grade_id == said.propose and old.figures == facts:
            continue
        if old is not None:
            old.state, old.answered_at, old.answered_by = ProposalState.REPLACED, uow.now, uow.actor.id
        if said.propose is not None:
            made.append(
                {
                    "customer_id": each.customer_id,
                    "from_grade_id": None if has is None else has.grade_id,
                    "to_grade_id": said.propose,
                    "figures": facts,
                    "state": ProposalState.OPEN,
                    "made_at": uow.now,
                    "answered_at": None,
                    "answered_by": None,
                    "answer": "",
                }
            )
    uow.session.flush()
    uow.write(GradeProposal, made)
    uow.audit("grades.proposed", None, customers=len(measured), proposed=len(made))
    open_now = select(func.count()).where(GradeProposal.state == ProposalState.OPEN)
    return uow.session.scalar(open_now) or 0


@command(P.CUSTOMER_GRADE)
def answer_proposals(uow: UnitOfWork, proposal_ids: Sequence[int], *, accept: bool, answer: str = "") -> int:
    """Give customers the grades proposed, with their tags and credit limits, or decline; how many were answered.

    Refuses (`ProposalAnswered`) when one of them was answered meanwhile; a credit limit needs the right to set one.
    """
    rows = uow.session.scalars(
        select(GradeProposal)
        .where(GradeProposal.id.in_(list(proposal_ids)))
        .order_by(GradeProposal.customer_id)
        .with_for_update()
    ).all()
    if not rows or len(rows) != len(set(proposal_ids)) or any(row.state != ProposalState.OPEN for row in rows):
        raise ProposalAnswered
    grades = {grade.id: grade for grade in uow.session.scalars(select(Grade))}
    for row in rows:
        row.state = ProposalState.ACCEPTED if accept else ProposalState.DECLINED
        row.answered_at, row.answered_by, row.answer = uow.now, uow.actor.id, answer.strip()[:ANSWER_LENGTH]
        if accept:
            _give(uow, row.customer_id, grades[row.to_grade_id], {grade.tag_id for grade in grades.values()})
    uow.audit("grades.answered", None, customers=len(rows), accepted=accept)
    return len(rows)


def grade_rules(uow: UnitOfWork) -> list[GradeRule]:
    """The rules of all grades, the best first."""
    return [
        GradeRule(
            grade_id=grade.id,
            rank=grade.rank,
            least_net=grade.least_net,
            least_orders=grade.least_orders,
            least_margin=grade.least_margin,
            least_potential=grade.least_potential,
            most_payment_days=grade.most_payment_days,
            grace_days=grade.grace_days,
        )
        for grade in uow.session.scalars(select(Grade).order_by(Grade.rank))
    ]


def _give(uow: UnitOfWork, customer_id: int, grade: Grade, tags: set[int | None]) -> None:
    """The grade, its tag instead of those of other grades, and its credit limit."""
    has = uow.session.get(CustomerGrade, customer_id)
    if has is None:
        uow.add(CustomerGrade(customer_id=customer_id, grade_id=grade.id, since=uow.today))
    else:
        has.grade_id, has.since, has.missed_since = grade.id, uow.today, None
    customer = uow.session.get_one(
        Customer, customer_id, options=[selectinload(Customer.tags)], with_for_update=True, populate_existing=True
    )
    wanted = [tag for tag in customer.tags if tag.id not in tags]
    if grade.tag_id is not None:
        wanted.append(uow.session.get_one(CustomerTag, grade.tag_id))
    if {tag.id for tag in wanted} != {tag.id for tag in customer.tags}:
        customer.tags = wanted
        uow.touch(Customer, customer_id)
    if grade.credit_limit is not None:
        uow.actor.require(P.CREDIT_EDIT)
        account_changed(uow, customer_id)
        uow.session.execute(
            update(CustomerAccount)
            .where(CustomerAccount.customer_id == customer_id)
            .values(credit_limit=grade.credit_limit, terms_version=CustomerAccount.terms_version + 1)
        )


def _tag_id(uow: UnitOfWork, typed: str) -> int | None:
    name = one_line(typed)
    if not name:
        return None
    found = uow.session.scalar(select(CustomerTag).where(func.lower(CustomerTag.name) == name.lower()))
    return (found or uow.add(CustomerTag(name=name))).id


def _checked(entry: GradeEntry, name: str) -> None:
    refusals = (
        (not name or len(name) > NAME_LENGTH, N_("Grade name"), N_("enter 1 to 40 characters.")),
        (len(one_line(entry.tag)) > NAME_LENGTH, N_("Tag"), N_("enter at most 40 characters.")),
        (len(one_line(entry.service)) > SERVICE_LENGTH, N_("Service"), N_("enter at most 80 characters.")),
        (not 1 <= entry.rank <= MOST_RANK, N_("Rank"), N_("enter 1 to 99.")),
        (not 0 <= entry.grace_days <= MOST_DAYS, N_("Days of grace"), N_("enter 0 to 3650.")),
        (not 0 <= (entry.least_orders or 0) <= MOST_ORDERS, N_("Orders"), N_("enter a number from 0 on.")),
        (not 0 <= (entry.most_payment_days or 0) <= MOST_DAYS, N_("Days until paid"), N_("enter 0 to 3650.")),
    )
    for is_wrong, field, reason in refusals:
        if is_wrong:
            raise InvalidInput(field=field, reason=reason)
    for amount, places, field in (
        (entry.least_net, AMOUNT_PLACES, N_("Net sales")),
        (entry.credit_limit, AMOUNT_PLACES, N_("Credit limit")),
        (entry.least_potential, AMOUNT_PLACES, N_("Potential")),
        (entry.least_margin, RATE_PLACES, N_("Margin")),
    ):
        if amount is not None and (amount < 0 or not fits(amount, places)):
            raise InvalidInput(field=field, reason=N_("enter a number from 0 on, with few decimals."))
    if entry.least_margin is not None and entry.least_margin > 1:
        raise InvalidInput(field=N_("Margin"), reason=N_("enter at most 100 %."))
