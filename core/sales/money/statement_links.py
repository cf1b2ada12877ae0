"""Links of statements: making and withdrawing them, and what a customer answers through one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import delete, func, select

from core.accounts.tokens import hash_of
from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.customers.models import Customer
from core.notify.events import STATEMENT_CONFIRMED, STATEMENT_DISPUTED, Event
from core.notify.tell import once, tell
from core.receivables.errors import AlreadyAnswered, LinkInvalid, NoLink, NotSent, TooManyTries
from core.receivables.link_models import LinkAttempt, StatementAnswer, StatementLink, StatementObjection
from core.receivables.statement_models import Statement, StatementLine, StatementState
from core.sales.money.statements import taken
from core.security.permissions import P
from core.work.command import Scope, command, query
from core.work.unit import UnitOfWork

LONGEST_DAYS = 180
LONGEST_NAME, LONGEST_WORDS = 80, 300
SHORTEST_TOKEN = 32
WINDOW = timedelta(minutes=15)
MOST_TRIES = 30
MOST_TOLD = 200


@command(P.STATEMENT_EDIT)
def make_statement_link(uow: UnitOfWork, statement_id: int, token: str, *, days: int = 30) -> int:
    """Let whoever holds this token see and answer a sent statement for so many days; an earlier link ends."""
    if len(token) < SHORTEST_TOKEN:
        raise InvalidInput(field=N_("Link"), reason=N_("the token is too short to be safe; make the link again."))
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(field=N_("Valid for days"), reason=N_("enter 1 to 180 days."))
    statement = _locked(uow, statement_id)
    if statement.state != StatementState.SENT:
        raise NotSent(number=statement.number)
    link = _link_of(uow, statement_id)
    if link is None:
        link = StatementLink(statement_id=statement_id)
        uow.session.add(link)
    link.token_hash, link.withdrawn_at = hash_of(token), None
    link.created_at, link.created_by = uow.now, uow.actor.id
    link.expires_at = uow.now + timedelta(days=days)
    uow.session.flush()
    uow.audit("statement.link_made", statement, number=statement.number, days=days)
    return link.id


@command(P.STATEMENT_EDIT)
def withdraw_statement_link(uow: UnitOfWork, statement_id: int) -> None:
    """End the link of a statement at once; `NoLink` where none works."""
    statement = _locked(uow, statement_id)
    link = _link_of(uow, statement_id)
    if link is None or not is_live(link, uow.now):
        raise NoLink(number=statement.number)
    link.withdrawn_at = uow.now
    uow.audit("statement.link_withdrawn", statement, number=statement.number)


@command(P.STATEMENT_ANSWER)
def agree_by_link(uow: UnitOfWork, token: str, *, name: str) -> int:
    """The customer confirms the whole statement of this link, under a name."""
    name = _named(name)
    statement = _answerable(uow, token)
    taken(uow, statement.id, "confirm")
    statement.answered_at, statement.remark = uow.now, name
    answer = uow.add(StatementAnswer(statement_id=statement.id, answered_at=uow.now, name=name, is_agreed=True))
    _tell(uow, STATEMENT_CONFIRMED, statement, name=name, amount=statement.closing_amount)
    uow.audit("statement.confirmed", statement, number=statement.number, by=name)
    return answer.id


@command(P.STATEMENT_ANSWER)
def object_by_link(uow: UnitOfWork, token: str, *, name: str, objections: Mapping[int, str]) -> int:
    """The customer disputes lines of the statement of this link, each with a word, under a name."""
    name = _named(name)
    said = {number: words for number, each in objections.items() if (words := cleaned(each))}
    if not said:
        raise InvalidInput(field=N_("Disputed lines"), reason=N_("say of at least one line what is wrong with it."))
    if any(len(words) > LONGEST_WORDS for words in said.values()):
        raise InvalidInput(field=N_("What is wrong?"), reason=N_("write at most 300 characters for each line."))
    statement = _answerable(uow, token)
    lines = {
        line.line_number: line
        for line in uow.session.scalars(select(StatementLine).where(StatementLine.statement_id == statement.id))
    }
    if not said.keys() <= lines.keys():
        raise NotFound(what=N_("The line"))
    taken(uow, statement.id, "dispute")
    listed = {lines[number].document_number: words for number, words in sorted(said.items())}
    remark = "; ".join(f"{document}: {words}" for document, words in listed.items())
    statement.answered_at, statement.remark = uow.now, f"{name} – {remark}"[:500]
    answer = uow.add(StatementAnswer(statement_id=statement.id, answered_at=uow.now, name=name, is_agreed=False))
    rows = [{"answer_id": answer.id, "line_id": lines[n].id, "words": words} for n, words in sorted(said.items())]
    uow.write(StatementObjection, rows)
    _tell(uow, STATEMENT_DISPUTED, statement, name=name, words=remark[:MOST_TOLD])
    uow.audit("statement.disputed", statement, number=statement.number, by=name, lines=listed)
    return answer.id


@command(P.STATEMENT_ANSWER)
def count_try(uow: UnitOfWork, source: str) -> None:
    """Count one try of this source, too small an event for the audit; `TooManyTries` after 30 in a quarter hour."""
    uow.session.execute(delete(LinkAttempt).where(LinkAttempt.at <= uow.now - WINDOW))
    if tries_of(uow, source) >= MOST_TRIES:
        raise TooManyTries
    uow.session.add(LinkAttempt(source=source[:64], at=uow.now))


@query(P.STATEMENT_ANSWER)
def tries_of(scope: Scope, source: str) -> int:
    """How often this source tried in the last quarter of an hour."""
    counted = select(func.count()).where(LinkAttempt.source == source[:64], LinkAttempt.at > scope.now - WINDOW)
    return int(scope.session.scalars(counted).one())


def is_live(link: StatementLink, now: datetime) -> bool:
    """Whether the link works at this moment."""
    return link.withdrawn_at is None and link.expires_at > now


def cleaned(words: str) -> str:
    """What somebody from outside typed, in one line of signs that can be shown."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in words).split())


def _tell(uow: UnitOfWork, event: Event, statement: Statement, **facts: str | Decimal) -> None:
    customer = uow.session.scalar(select(Customer.name).where(Customer.id == statement.customer_id))
    told = {**facts, "number": statement.number, "customer": customer}
    key, amount = once(uow, statement.id), abs(statement.closing_amount)
    tell(uow, event, key, told, query={"id": statement.id}, amount=amount)


def _named(typed: str) -> str:
    name = cleaned(typed)
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput(field=N_("Your name"), reason=N_("enter your name, with at most 80 characters."))
    return name


def _locked(uow: UnitOfWork, statement_id: int) -> Statement:
    statement = uow.session.get(Statement, statement_id, with_for_update=True, populate_existing=True)
    if statement is None:
        raise NotFound(what=N_("The statement"))
    return statement


def _link_of(uow: UnitOfWork, statement_id: int) -> StatementLink | None:
    return uow.session.scalars(
        select(StatementLink).where(StatementLink.statement_id == statement_id).with_for_update()
    ).one_or_none()


def _answerable(uow: UnitOfWork, token: str) -> Statement:
    """The statement that this token opens, locked; the link is looked at again once nobody else can end it."""
    found = uow.session.scalar(select(StatementLink.statement_id).where(StatementLink.token_hash == hash_of(token)))
    if found is None:
        raise LinkInvalid
    statement = _locked(uow, found)
    link = _link_of(uow, found)
    if link is None or link.token_hash != hash_of(token) or not is_live(link, uow.now):
        raise LinkInvalid
    if statement.state == StatementState.CANCELLED:
        raise LinkInvalid
    if statement.state != StatementState.SENT:
        raise AlreadyAnswered(number=statement.number)
    return statement
