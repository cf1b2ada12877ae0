"""Pure rules of money owed: due dates, deposits, what covers what, ageing, instalments, the life of a statement."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from core.base.exact import AMOUNT_PLACES, ZERO, round_to
from core.base.flow import Flow
from core.base.i18n import N_
from core.receivables.models import CreditStage, TermsKind
from core.receivables.statement_models import STATEMENT_LABELS, StatementState

K = TypeVar("K")
CENT = Decimal(1).scaleb(-AMOUNT_PLACES)


@dataclass(frozen=True)
class Terms:
    """What was agreed with a customer: when money is due, and how much may be owed (None: as much as it gets)."""

    kind: TermsKind = TermsKind.ON_SHIPMENT
    days: int = 0
    deposit_rate: Decimal = ZERO
    credit_limit: Decimal | None = None
    overdue_days: int | None = None
    stage: CreditStage = CreditStage.CONFIRM

    def checks_at(self, stage: CreditStage) -> bool:
        """Whether credit is looked at in this step."""
        return self.stage in (stage, CreditStage.BOTH)


def due_date(terms: Terms, shipped_on: date) -> date:
    """By when goods that left on this day are to be paid."""
    if terms.kind == TermsKind.MONTH_END:
        end = shipped_on.replace(day=monthrange(shipped_on.year, shipped_on.month)[1])
        return end + timedelta(days=terms.days)
    if terms.kind in (TermsKind.NET, TermsKind.DEPOSIT):
        return shipped_on + timedelta(days=terms.days)
    return shipped_on


def needed_before(terms: Terms, gross: Decimal, shipped: Decimal) -> Decimal:
    """How much of an order must be paid before goods worth `shipped` in all may have left."""
    if shipped <= ZERO:
        return ZERO
    if terms.kind == TermsKind.PREPAID:
        return shipped
    if terms.kind == TermsKind.DEPOSIT:
        return round_to(gross * terms.deposit_rate)
    return ZERO


def covered(parts: Sequence[Decimal], money: Decimal) -> list[Decimal]:
    """What is left open of each part when money covers them from the first on."""
    open_parts = []
    for part in parts:
        taken = min(part, max(money, ZERO))
        money -= taken
        open_parts.append(part - taken)
    return open_parts


def oldest_first(money: Decimal, open_documents: Iterable[tuple[K, Decimal]]) -> dict[K, Decimal]:
    """Give money to documents in their order, to each no more than it has open."""
    given = {}
    for document, is_open in open_documents:
        part = min(money, is_open)
        if part > ZERO:
            given[document] = part
            money -= part
    return given


class Bucket(StrEnum):
    """How long money has been due."""

    NOT_DUE = "not_due"
    TO_30 = "to_30"
    TO_60 = "to_60"
    TO_90 = "to_90"
    OVER_90 = "over_90"


BUCKET_LABELS = {
    Bucket.NOT_DUE: N_("Not due"),
    Bucket.TO_30: N_("1–30 days"),
    Bucket.TO_60: N_("31–60 days"),
    Bucket.TO_90: N_("61–90 days"),
    Bucket.OVER_90: N_("Over 90 days"),
}
_ENDS = ((0, Bucket.NOT_DUE), (30, Bucket.TO_30), (60, Bucket.TO_60), (90, Bucket.TO_90))


def bucket_of(due_on: date, as_of: date) -> Bucket:
    """Where money belongs that was due on a day."""
    late = (as_of - due_on).days
    return next((bucket for end, bucket in _ENDS if late <= end), Bucket.OVER_90)


class PlanState(StrEnum):
    """How an instalment stands."""

    OPEN = "open"
    PARTLY = "partly"
    PAID = "paid"
    OVERDUE = "overdue"


PLAN_LABELS = {
    PlanState.OPEN: N_("Awaited"),
    PlanState.PARTLY: N_("Partly paid"),
    PlanState.PAID: N_("Paid"),
    PlanState.OVERDUE: N_("Overdue"),
}


def plan_state(amount: Decimal, is_open: Decimal, planned_on: date, today: date) -> PlanState:
    """The state of an instalment of which so much is open."""
    if is_open <= ZERO:
        return PlanState.PAID
    if planned_on < today:
        return PlanState.OVERDUE
    return PlanState.PARTLY if is_open < amount else PlanState.OPEN


def week_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


_S = StatementState
STATEMENT_FLOW = Flow(
    "state",
    STATEMENT_LABELS,
    ("send", N_("Mark as sent"), {_S.DRAFT, _S.DISPUTED}, _S.SENT),
    ("confirm", N_("Customer confirms"), {_S.SENT, _S.DISPUTED}, _S.CONFIRMED),
    ("dispute", N_("Customer disputes"), {_S.SENT}, _S.DISPUTED),
    ("settle", N_("Settle"), {_S.CONFIRMED}, _S.SETTLED),
    ("cancel", N_("Cancel statement"), {_S.DRAFT, _S.SENT, _S.CONFIRMED, _S.DISPUTED}, _S.CANCELLED),
)
