"""Terms of a customer: when it pays, how much it may owe, and what it owes besides goods."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from core.base.errors import InvalidInput, NotFound, StaleVersion, reason_given
from core.base.exact import AMOUNT_PLACES, RATE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.customers.models import Customer
from core.receivables.account import account_changed
from core.receivables.errors import ChargeCancelled, ChargePaid, OnStatement
from core.receivables.models import AccountCharge, CreditStage, CustomerAccount, Instalment, TermsKind
from core.receivables.rules import due_date
from core.receivables.service import CHARGE, Document, checked_amount
from core.receivables.statement_models import Statement, StatementLine
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork, plain

LONGEST_DAYS = 3_650
MOST_INSTALMENTS = 60


@dataclass(frozen=True)
class TermsEntry:
    """Terms as typed. `credit_limit` and `overdue_days` are None where nothing is checked."""

    kind: TermsKind = TermsKind.ON_SHIPMENT
    days: int = 0
    deposit_rate: Decimal = ZERO
    credit_limit: Decimal | None = None
    overdue_days: int | None = None
    stage: CreditStage = CreditStage.CONFIRM


@command(P.CREDIT_EDIT)
def set_terms(uow: UnitOfWork, customer_id: int, entry: TermsEntry, *, version: int) -> int:
    """Agree on terms with a customer; they hold from the next step of every order.

    Refuses when somebody else changed them since `version` was read, and what cannot be terms.
    """
    _checked(entry)
    account_changed(uow, get_customer_id(uow, customer_id))
    account = uow.session.get(CustomerAccount, customer_id, populate_existing=True)
    if account is None:
        raise NotFound(what=N_("The customer"))
    if account.terms_version != version:
        raise StaleVersion(what=N_("What was agreed with the customer"))
    before = _listed(account)
    account.terms = entry.kind
    account.terms_days = 0 if entry.kind in (TermsKind.PREPAID, TermsKind.ON_SHIPMENT) else entry.days
    account.deposit_rate = entry.deposit_rate if entry.kind == TermsKind.DEPOSIT else ZERO
    account.credit_limit = entry.credit_limit
    account.overdue_days = entry.overdue_days
    account.credit_stage = entry.stage
    account.terms_version = version + 1
    after = _listed(account)
    changed = {name: plain([before[name], after[name]]) for name in before if before[name] != after[name]}
    uow.record("customer.terms_set", Customer.__tablename__, customer_id, {"changed": changed})
    return customer_id


@command(P.PAYMENT_RECORD)
def add_charge(uow: UnitOfWork, customer_id: int, *, amount: Decimal, note: str, charged_on: date | None = None) -> int:
    """Something a customer owes besides goods; it is due by the terms and stands on the next statement."""
    checked_amount(amount)
    note = reason_given(note)
    charged_on = charged_on or uow.today
    if charged_on > uow.today:
        raise InvalidInput(field=N_("Day"), reason=N_("the day lies in the future; enter today or earlier."))
    account = account_changed(uow, get_customer_id(uow, customer_id), receivable=amount)
    charge = uow.add(
        AccountCharge(
            number=uow.number("CH"),
            customer_id=customer_id,
            amount=amount,
            charged_on=charged_on,
            due_on=due_date(account.terms, charged_on),
            note=note[:200],
            created_at=uow.now,
            created_by=uow.actor.id,
        )
    )
    uow.audit("charge.added", charge, number=charge.number, amount=amount, note=note)
    return charge.id


@command(P.PAYMENT_RECORD)
def cancel_charge(uow: UnitOfWork, charge_id: int, *, reason: str) -> None:
    """A charge was none; refused while money is on it or it stands on a statement."""
    reason = reason_given(reason)
    charge = uow.session.get(AccountCharge, charge_id, with_for_update=True, populate_existing=True)
    if charge is None:
        raise NotFound(what=N_("The charge"))
    if charge.cancelled_at is not None:
        raise ChargeCancelled(number=charge.number)
    if charge.paid_amount:
        raise ChargePaid(number=charge.number, amount=charge.paid_amount)
    statement = uow.session.scalar(
        select(Statement.number)
        .join(StatementLine, StatementLine.statement_id == Statement.id)
        .where(StatementLine.document_type == CHARGE, StatementLine.document_id == charge_id, StatementLine.is_live)
    )
    if statement is not None:
        raise OnStatement(number=charge.number, statement=statement)
    charge.cancelled_at = uow.now
    account_changed(uow, charge.customer_id, receivable=-charge.amount)
    uow.audit("charge.cancelled", charge, number=charge.number, reason=reason)


@dataclass(frozen=True)
class InstalmentEntry:
    """A part that is expected on a day, as typed."""

    planned_on: date
    amount: Decimal
    note: str = ""


def replace_plan(
    uow: UnitOfWork, customer_id: int, document: Document | None, entries: tuple[InstalmentEntry, ...]
) -> None:
    """Put these instalments in the place of those there were; the caller records it."""
    if len(entries) > MOST_INSTALMENTS:
        raise InvalidInput(field=N_("Receipt plan"), reason=N_("has too many instalments; enter 60 at most."))
    for entry in entries:
        checked_amount(entry.amount)
    kind, document_id = document or (None, None)
    for old in uow.session.scalars(
        select(Instalment).where(
            Instalment.customer_id == customer_id, Instalment.document_id.is_not_distinct_from(document_id)
        )
    ):
        uow.session.delete(old)
    for entry in sorted(entries, key=lambda each: each.planned_on):
        uow.session.add(
            Instalment(
                customer_id=customer_id,
                document_type=kind,
                document_id=document_id,
                planned_on=entry.planned_on,
                amount=entry.amount,
                note=entry.note.strip()[:200],
                planned_since=uow.today,
            )
        )


def get_customer_id(uow: UnitOfWork, customer_id: int) -> int:
    """The id of a customer that there is; `NotFound` otherwise."""
    found = uow.session.scalar(select(Customer.id).where(Customer.id == customer_id))
    if found is None:
        raise NotFound(what=N_("The customer"))
    return found


def _checked(entry: TermsEntry) -> None:
    if not 0 <= entry.days <= LONGEST_DAYS:
        raise InvalidInput(field=N_("Number of days"), reason=N_("enter 0 to 3650 days."))
    if entry.overdue_days is not None and not 0 <= entry.overdue_days <= LONGEST_DAYS:
        raise InvalidInput(field=N_("Overdue days"), reason=N_("enter 0 to 3650 days."))
    if not (fits(entry.deposit_rate, RATE_PLACES) and ZERO <= entry.deposit_rate <= 1):
        raise InvalidInput(field=N_("Deposit"), reason=N_("enter a share between 0 and 100 %."))
    if entry.kind == TermsKind.DEPOSIT and entry.deposit_rate == ZERO:
        raise InvalidInput(field=N_("Deposit"), reason=N_("enter a share above 0 %."))
    limit = entry.credit_limit
    if limit is not None and (not fits(limit, AMOUNT_PLACES) or limit < ZERO):
        raise InvalidInput(field=N_("Credit limit"), reason=N_("enter 0 or more, with at most 2 decimals."))


def _listed(account: CustomerAccount) -> dict[str, object]:
    names = ("terms", "terms_days", "deposit_rate", "credit_limit", "overdue_days", "credit_stage")
    return {name: getattr(account, name) for name in names}
