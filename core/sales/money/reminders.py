"""Reminding customers of what is overdue: marking it done, leaving somebody alone, and the schedule."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.exc import IntegrityError

from core.base.errors import InvalidInput, NotFound, StaleVersion, reason_given
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.account import account_changed
from core.receivables.errors import NoPause, NothingToRemind
from core.receivables.reminder_models import Reminder, ReminderLevel, ReminderPart, ReminderPause
from core.receivables.reminder_rules import Level, check_order, checked_text
from core.receivables.service import Document
from core.receivables.terms import get_customer_id
from core.sales.money.ageing import open_claims
from core.sales.money.reminder_queries import due_reminders, levels_of
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

LONGEST_PAUSE = timedelta(days=730)


@command(P.STATEMENT_EDIT)
def mark_reminded(uow: UnitOfWork, customer_id: int, *, amount: Decimal) -> int:
    """A letter went out about all that is overdue of a customer; `amount` is what it named.

    Each document moves on to the level that was due for it, which is never due again. Refused where nothing is
    due for a reminder, and where the customer paid or more fell due since the letter was written.
    """
    customer = uow.session.get(Customer, get_customer_id(uow, customer_id))
    if customer is None:
        raise NotFound(what=N_("The customer"))
    # Whoever reminds the same customer, or takes its money, waits until this is done.
    account_changed(uow, customer_id)
    found = due_reminders(uow, customer_id)
    if not found:
        raise NothingToRemind(customer=customer.name)
    [row] = found
    if row.amount != amount:
        raise StaleVersion(what=N_("What the customer owes"))
    reminder = uow.add(
        Reminder(
            customer_id=customer_id,
            level=row.level,
            amount=row.amount,
            reminded_on=uow.today,
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    due = [part for part in row.parts if part.level is not None]
    uow.write(
        ReminderPart,
        [
            {
                "reminder_id": reminder.id,
                "document_type": part.document[0],
                "document_id": part.document[1],
                "document_number": part.number,
                "due_on": part.due_on,
                "level": part.level,
                "amount": part.amount,
            }
            for part in due
        ],
    )
    documents = {part.number: part.level for part in due}
    uow.audit("customer.reminded", customer, level=row.level, amount=row.amount, documents=documents)
    return reminder.id


@command(P.STATEMENT_EDIT)
def pause_reminders(
    uow: UnitOfWork, customer_id: int, *, last_on: date, reason: str, document: Document | None = None
) -> int:
    """No reminders to a customer, or about one document that it owes, up to and including a day."""
    reason = reason_given(reason)
    customer = uow.session.get(Customer, get_customer_id(uow, customer_id))
    if customer is None:
        raise NotFound(what=N_("The customer"))
    if not uow.today <= last_on <= uow.today + LONGEST_PAUSE:
        raise InvalidInput(field=N_("Until"), reason=N_("choose today or a later day, within two years."))
    kind, document_id = document or (None, None)
    pause = uow.add(
        ReminderPause(
            customer_id=customer_id,
            document_type=kind,
            document_id=document_id,
            document_number=_number(uow, customer_id, document) if document else "",
            last_on=last_on,
            reason=reason[:200],
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    uow.audit(
        "customer.reminders_paused",
        customer,
        until=last_on,
        reason=pause.reason,
        document=pause.document_number,
    )
    return pause.id


@command(P.STATEMENT_EDIT)
def resume_reminders(uow: UnitOfWork, pause_id: int) -> None:
    """End a pause before its day; `NoPause` where it is over."""
    pause = uow.session.get(ReminderPause, pause_id, with_for_update=True, populate_existing=True)
    if pause is None:
        raise NotFound(what=N_("The pause"))
    if pause.ended_at is not None or pause.last_on < uow.today:
        raise NoPause
    pause.ended_at = uow.now
    customer = uow.session.get_one(Customer, pause.customer_id)
    uow.audit("customer.reminders_resumed", customer, document=pause.document_number)


@command(P.CREDIT_EDIT)
def set_reminder_level(uow: UnitOfWork, level: int, *, days: int, text_zh: str, text_en: str, version: int) -> int:
    """Say when a level is due and what its letter says; refused where levels would not follow each other."""
    rows = {row.level.level: row for row in levels_of(uow)}
    if level not in rows:
        raise NotFound(what=N_("The level"))
    wanted = Level(level, days, checked_text(text_zh), checked_text(text_en))
    check_order([wanted if each == level else row.level for each, row in sorted(rows.items())])
    kept = uow.session.get(ReminderLevel, level, with_for_update=True, populate_existing=True)
    if (kept.version if kept else 0) != version:
        raise StaleVersion(what=N_("The level"))
    if kept is None:
        kept = ReminderLevel(level=level, days=days, text_zh=wanted.text_zh, text_en=wanted.text_en)
        try:
            uow.add(kept)
        except IntegrityError as error:
            raise StaleVersion(what=N_("The level")) from error
    kept.days, kept.text_zh, kept.text_en = days, wanted.text_zh, wanted.text_en
    uow.record("reminder_level.set", ReminderLevel.__tablename__, level, {"days": days})
    return level


def _number(uow: UnitOfWork, customer_id: int, document: Document) -> str:
    """The number of a document that this customer owes; `NotFound` for any other one."""
    owed = open_claims(uow, uow.today, customer_id)[customer_id].parts
    for part in owed:
        if part.document == document:
            return part.number
    raise NotFound(what=N_("The document"))
