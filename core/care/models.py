"""Grades and proposals, kept lists with their members, and tasks to follow up."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Rate, Word


class Grade(Base):
    """A grade, the best one first: what a customer needs for it (empty: nothing), and what it brings.

    Whoever has a grade has its tag, and with it the price lists that are meant for the tag.
    """

    __tablename__ = "grade"
    __table_args__ = (
        CheckConstraint("rank > 0", name="rank_positive"),
        CheckConstraint("grace_days >= 0", name="grace_not_negative"),
        CheckConstraint("credit_limit IS NULL OR credit_limit >= 0", name="limit_not_negative"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    rank: Mapped[int] = mapped_column(unique=True)
    least_net: Mapped[Amount | None]
    least_orders: Mapped[int | None]
    least_margin: Mapped[Rate | None]
    least_potential: Mapped[Amount | None]
    most_payment_days: Mapped[int | None]
    grace_days: Mapped[int] = mapped_column(default=90)
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("customer_tag.id"))
    credit_limit: Mapped[Amount | None]
    service: Mapped[str] = mapped_column(String(80), default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class CustomerGrade(Base):
    """The grade of a customer, since when, and since when the customer has been missing it."""

    __tablename__ = "customer_grade"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), primary_key=True, autoincrement=False)
    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), index=True)
    since: Mapped[date]
    missed_since: Mapped[date | None]


class ProposalState(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPLACED = "replaced"


PROPOSAL_STATE_LABELS = {
    ProposalState.OPEN: N_("Waits for an answer"),
    ProposalState.ACCEPTED: N_("Accepted"),
    ProposalState.DECLINED: N_("Declined"),
    ProposalState.REPLACED: N_("Proposed anew"),
}


class GradeProposal(Base):
    """Another grade for a customer, with the figures it rests on. Answered once."""

    __tablename__ = "grade_proposal"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        Index(
            "uq_grade_proposal_open",
            "customer_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    from_grade_id: Mapped[int | None] = mapped_column(ForeignKey("grade.id"))
    to_grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), index=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[ProposalState] = mapped_column(Word(ProposalState), default=ProposalState.OPEN, index=True)
    made_at: Mapped[Moment]
    answered_at: Mapped[Moment | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    answer: Mapped[str] = mapped_column(String(200), default="")


class CustomerList(Base):
    """Customers that met a rule when the list was kept."""

    __tablename__ = "customer_list"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str] = mapped_column(String(40))
    rule_facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    archived_at: Mapped[Moment | None]


class CustomerListMember(Base):
    """A customer on a list, with the money that mattered then."""

    __tablename__ = "customer_list_member"
    __table_args__ = (UniqueConstraint("list_id", "customer_id"),)

    id: Mapped[Id]
    list_id: Mapped[int] = mapped_column(ForeignKey("customer_list.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    amount: Mapped[Amount] = mapped_column(default=Decimal(0))


class FollowUpState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    TAKEN_BACK = "taken_back"


class Outcome(StrEnum):
    """What came of a call."""

    ORDERED = "ordered"
    INTERESTED = "interested"
    LATER = "later"
    NO_ANSWER = "no_answer"
    LOST = "lost"


OUTCOME_LABELS = {
    Outcome.ORDERED: N_("Has ordered"),
    Outcome.INTERESTED: N_("Interested, will order"),
    Outcome.LATER: N_("Not now"),
    Outcome.NO_ANSWER: N_("Nobody reached"),
    Outcome.LOST: N_("Buys elsewhere"),
}


class FollowUp(Base):
    """A customer to call, by whom and until when; and what came of it."""

    __tablename__ = "follow_up"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name="outcome_of_done"),
        Index(None, "owner_id", "state", "due_on"),
        Index(None, "customer_id", "state"),
    )

    id: Mapped[Id]
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("customer_list.id"), index=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"))
    subject: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    state: Mapped[FollowUpState] = mapped_column(Word(FollowUpState), default=FollowUpState.OPEN)
    outcome: Mapped[Outcome | None] = mapped_column(Word(Outcome))
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
