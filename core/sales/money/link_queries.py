"""Reads around the links of statements: what a link shows, whether it works, and what was answered."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from core.accounts.tokens import hash_of
from core.receivables.link_models import StatementAnswer, StatementLink, StatementObjection
from core.receivables.statement_models import StatementLine, StatementState
from core.sales.money.statement_links import is_live
from core.sales.money.statement_queries import StatementCard, card_of_statement
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class LinkRow:
    """The link of a statement."""

    created_at: datetime
    created_by: str
    expires_at: datetime
    withdrawn_at: datetime | None
    works: bool


@dataclass(frozen=True)
class ObjectionRow:
    """A line that the customer does not accept."""

    line_number: int
    document: str
    words: str


@dataclass(frozen=True)
class AnswerRow:
    """What a customer answered through the link."""

    answered_at: datetime
    name: str
    is_agreed: bool
    objections: tuple[ObjectionRow, ...]


@dataclass(frozen=True)
class LinkedCard:
    """All that whoever holds a link may see."""

    statement: StatementCard
    expires_at: datetime
    answer: AnswerRow | None

    @property
    def is_open(self) -> bool:
        """Whether the statement waits for an answer."""
        return self.statement.row.state == StatementState.SENT


@query(P.STATEMENT_ANSWER)
def linked_statement(scope: Scope, token: str) -> LinkedCard | None:
    """What this token opens; None where it is wrong, expired or withdrawn, or its statement was cancelled."""
    link = scope.session.scalars(select(StatementLink).where(StatementLink.token_hash == hash_of(token))).one_or_none()
    if link is None or not is_live(link, scope.now):
        return None
    card = card_of_statement(scope, link.statement_id)
    if card.row.state == StatementState.CANCELLED:
        return None
    answers = _answers(scope, link.statement_id)
    return LinkedCard(card, link.expires_at, answers[0] if answers else None)


@query(P.PAYMENT_READ)
def link_of_statement(scope: Scope, statement_id: int) -> LinkRow | None:
    """The link of a statement; None where none was made."""
    found = scope.session.execute(
        select(StatementLink, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == StatementLink.created_by)
        .where(StatementLink.statement_id == statement_id)
    ).first()
    if found is None:
        return None
    link, name = found
    return LinkRow(link.created_at, name, link.expires_at, link.withdrawn_at, is_live(link, scope.now))


@query(P.PAYMENT_READ)
def answers_of_statement(scope: Scope, statement_id: int) -> list[AnswerRow]:
    """What the customer answered through the link, newest first."""
    return _answers(scope, statement_id)


def _answers(scope: Scope, statement_id: int) -> list[AnswerRow]:
    objections: dict[int, list[ObjectionRow]] = defaultdict(list)
    for answer_id, *facts in scope.session.execute(
        select(StatementObjection.answer_id, StatementLine.line_number, StatementLine.document_number)
        .add_columns(StatementObjection.words)
        .join(StatementLine, StatementLine.id == StatementObjection.line_id)
        .where(StatementLine.statement_id == statement_id)
        .order_by(StatementObjection.answer_id, StatementLine.line_number)
    ):
        objections[answer_id].append(ObjectionRow(*facts))
    answers = scope.session.scalars(
        select(StatementAnswer).where(StatementAnswer.statement_id == statement_id).order_by(StatementAnswer.id.desc())
    )
    return [AnswerRow(each.answered_at, each.name, each.is_agreed, tuple(objections[each.id])) for each in answers]
