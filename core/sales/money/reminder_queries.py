"""Reads of reminders: the schedule, who is to be reminded today, who was, and who is left alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from core.base.exact import ZERO
from core.customers.models import Customer
from core.receivables.models import CustomerAccount
from core.receivables.reminder_models import Reminder, ReminderLevel, ReminderPart, ReminderPause
from core.receivables.reminder_rules import USUAL, Level, next_level
from core.receivables.service import Document
from core.sales.money.ageing import OwedRow, open_claims
from core.security.models import User
from core.security.permissions import P
from core.work.command import Scope, query
from core.work.store import View
from core.work.unit import UnitOfWork

PAGE = 50
Place = tuple[Document, date]
"""A part of a document that is due on a day."""


@dataclass(frozen=True)
class LevelRow:
    """A level of the schedule, with the version that an edit of it must name; 0 while nobody changed it."""

    level: Level
    version: int


@dataclass(frozen=True)
class LatePart:
    """What is overdue of one document; `level` is what is due for it today, None where nothing is."""

    document: Document
    number: str
    due_on: date
    amount: Decimal
    days_late: int
    reminded: int
    level: int | None


@dataclass(frozen=True)
class RemindRow:
    """A customer to remind today. `balance` is money that belongs to no document yet."""

    customer_id: int
    customer: str
    phone: str
    level: int
    amount: Decimal
    since: date
    balance: Decimal
    parts: tuple[LatePart, ...]

    @property
    def days_late(self) -> int:
        """For how long the oldest part has been due."""
        return max(part.days_late for part in self.parts)


@dataclass(frozen=True)
class ReminderRow:
    """A reminder that went out."""

    id: int
    level: int
    amount: Decimal
    reminded_on: date
    created_by: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class PauseRow:
    """Who, or what, is not reminded until when, and why; `document` is empty for all of a customer's."""

    id: int
    customer_id: int
    customer: str
    document: str
    last_on: date
    reason: str
    created_by: str
    ended_at: datetime | None


@query(P.PAYMENT_READ)
def reminder_levels(scope: Scope) -> list[LevelRow]:
    """The levels of the schedule, as they are usual where nobody changed them."""
    return levels_of(scope)


def levels_of(scope: Scope) -> list[LevelRow]:
    """The same, for commands and queries that asked for their own permission."""
    kept = {each.level: each for each in scope.session.scalars(select(ReminderLevel))}
    return [
        LevelRow(Level(found.level, found.days, found.text_zh, found.text_en), found.version)
        if (found := kept.get(usual.level))
        else LevelRow(usual, 0)
        for usual in USUAL
    ]


@query(P.PAYMENT_READ)
def to_remind(scope: View, customer_id: int | None = None) -> list[RemindRow]:
    """Customers of whom something is due for a reminder today, who owes the most first.

    Who is left alone is not among them, nor whose free balance would pay it all.
    """
    return due_reminders(scope, customer_id)


def due_reminders(scope: View | UnitOfWork, customer_id: int | None = None) -> list[RemindRow]:
    """The same, for commands that asked for their own permission."""
    late = {
        owner: parts
        for owner, claims in open_claims(scope, scope.today, customer_id).items()
        if (parts := [part for part in claims.parts if part.days_late > 0])
    }
    if not late:
        return []
    schedule = [row.level for row in levels_of(scope)]
    oldest = min(part.due_on for parts in late.values() for part in parts)
    reminded = _reminded(scope, oldest, customer_id)
    paused = _paused(scope, customer_id)
    rows = []
    for owner, name, phone, balance in _owners(scope, sorted(late)):
        mine = [
            each
            for each in _parts(scope.today, late[owner], reminded, schedule)
            if not paused & {(owner, None), (owner, each.document)}
        ]
        wanted = [each.level for each in mine if each.level is not None]
        amount = sum((each.amount for each in mine), ZERO)
        if wanted and balance < amount:
            since = min(each.due_on for each in mine)
            rows.append(RemindRow(owner, name, phone, max(wanted), amount, since, balance, tuple(mine)))
    return sorted(rows, key=lambda row: (-row.amount, row.customer, row.customer_id))


@query(P.PAYMENT_READ)
def reminders_of(scope: Scope, customer_id: int) -> list[ReminderRow]:
    """The reminders a customer got, newest first."""
    found = scope.session.execute(
        select(Reminder, func.coalesce(User.name, ""))
        .outerjoin(User, User.id == Reminder.created_by)
        .where(Reminder.customer_id == customer_id)
        .order_by(Reminder.id.desc())
        .limit(PAGE)
    ).all()
    numbers: dict[int, list[str]] = defaultdict(list)
    for reminder_id, number in scope.session.execute(
        select(ReminderPart.reminder_id, ReminderPart.document_number)
        .where(ReminderPart.reminder_id.in_([each.id for each, _ in found]))
        .order_by(ReminderPart.id)
    ):
        numbers[reminder_id].append(number)
    return [
        ReminderRow(each.id, each.level, each.amount, each.reminded_on, by, tuple(dict.fromkeys(numbers[each.id])))
        for each, by in found
    ]


@query(P.PAYMENT_READ)
def pauses(scope: Scope, customer_id: int | None = None) -> list[PauseRow]:
    """Who is left alone today, by the day until which; of one customer also what is over, newest first."""
    chosen = (
        select(ReminderPause, Customer.name, func.coalesce(User.name, ""))
        .join(Customer, Customer.id == ReminderPause.customer_id)
        .outerjoin(User, User.id == ReminderPause.created_by)
    )
    if customer_id is None:
        chosen = chosen.where(ReminderPause.ended_at.is_(None), ReminderPause.last_on >= scope.today)
        chosen = chosen.order_by(ReminderPause.last_on, ReminderPause.id)
    else:
        chosen = chosen.where(ReminderPause.customer_id == customer_id).order_by(ReminderPause.id.desc()).limit(PAGE)
    return [
        PauseRow(
            each.id,
            each.customer_id,
            name,
            each.document_number,
            each.last_on,
            each.reason,
            by,
            each.ended_at,
        )
        for each, name, by in scope.session.execute(chosen)
    ]


def _parts(
    today: date, late: Iterable[OwedRow], reminded: dict[Place, tuple[int, date]], schedule: list[Level]
) -> list[LatePart]:
    """The overdue parts of a customer, one for each document and due day, first due first."""
    sums: dict[tuple[date, Document, str], Decimal] = defaultdict(lambda: ZERO)
    for each in late:
        sums[each.due_on, each.document, each.number] += each.open
    parts = []
    for (due_on, document, number), amount in sorted(sums.items()):
        before, on = reminded.get((document, due_on), (0, None))
        days = (today - due_on).days
        level = next_level(days, before, None if on is None else (today - on).days, schedule)
        parts.append(LatePart(document, number, due_on, amount, days, before, level))
    return parts


def _reminded(scope: Scope, oldest: date, customer_id: int | None) -> dict[Place, tuple[int, date]]:
    """The highest level that went out for what was due since a day, and when it did."""
    wanted = (
        select(ReminderPart.document_type, ReminderPart.document_id, ReminderPart.due_on, ReminderPart.level)
        .add_columns(Reminder.reminded_on)
        .join(Reminder, Reminder.id == ReminderPart.reminder_id)
        .where(ReminderPart.due_on >= oldest)
    )
    if customer_id is not None:
        wanted = wanted.where(Reminder.customer_id == customer_id)
    found: dict[Place, tuple[int, date]] = {}
    for kind, document_id, due_on, level, on in scope.session.execute(wanted):
        place = ((kind, document_id), due_on)
        found[place] = max(found.get(place, (0, on)), (level, on))
    return found


def _paused(scope: Scope, customer_id: int | None) -> set[tuple[int, Document | None]]:
    wanted = select(ReminderPause.customer_id, ReminderPause.document_type, ReminderPause.document_id).where(
        ReminderPause.ended_at.is_(None), ReminderPause.last_on >= scope.today
    )
    if customer_id is not None:
        wanted = wanted.where(ReminderPause.customer_id == customer_id)
    return {
        (owner, None if kind is None or document_id is None else (kind, document_id))
        for owner, kind, document_id in scope.session.execute(wanted)
    }


def _owners(scope: Scope, ids: list[int]) -> Iterable[tuple[int, str, str, Decimal]]:
    for start in range(0, len(ids), 500):
        for owner, name, phone, balance in scope.session.execute(
            select(Customer.id, Customer.name, Customer.phone, CustomerAccount.balance)
            .outerjoin(CustomerAccount, CustomerAccount.customer_id == Customer.id)
            .where(Customer.id.in_(ids[start : start + 500]))
            .order_by(Customer.id)
        ):
            yield owner, name, phone, balance or ZERO
