"""Pure rules of orders: amounts of a line, the flow, and the axes derived from what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.base.exact import ZERO, Rounding, round_to
from core.base.flow import Flow
from core.base.i18n import N_
from core.base.tax import Tax, Taxable, TaxPolicy, TaxRounding, tax_document
from core.customers.models import CustomerKind
from core.sales.models import BUSINESS_STATE_LABELS, BusinessState, PaymentState, Progress

ORDER_FLOW = Flow(
    "business_state",
    BUSINESS_STATE_LABELS,
    ("edit", N_("Edit"), {BusinessState.DRAFT}, BusinessState.DRAFT),
    ("confirm", N_("Confirm"), {BusinessState.DRAFT}, BusinessState.CONFIRMED),
    ("pay", N_("Record payment"), {BusinessState.CONFIRMED}, BusinessState.CONFIRMED),
    ("ship", N_("Ship"), {BusinessState.CONFIRMED}, BusinessState.CONFIRMED),
    ("amend", N_("Amend"), {BusinessState.CONFIRMED}, BusinessState.CONFIRMED),
    ("hold", N_("Put on hold"), {BusinessState.CONFIRMED}, BusinessState.ON_HOLD),
    ("resume", N_("Resume"), {BusinessState.ON_HOLD, BusinessState.COMPLETED}, BusinessState.CONFIRMED),
    ("complete", N_("Complete"), {BusinessState.CONFIRMED}, BusinessState.COMPLETED),
    (
        "cancel",
        N_("Cancel order"),
        {BusinessState.DRAFT, BusinessState.CONFIRMED, BusinessState.ON_HOLD},
        BusinessState.CANCELLED,
    ),
    ("reopen", N_("Reopen"), {BusinessState.CANCELLED}, BusinessState.DRAFT),
)


@dataclass(frozen=True)
class Amounts:
    """Money of a line or document; net + tax = gross, always."""

    net: Decimal
    tax: Decimal
    gross: Decimal

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.net + other.net, self.tax + other.tax, self.gross + other.gross)


NOTHING = Amounts(ZERO, ZERO, ZERO)


def usual_price(kind: CustomerKind, retail: Decimal, wholesale: Decimal) -> Decimal:
    """What this kind of customer pays unless a price is entered: companies wholesale, where there is such a price."""
    return wholesale if kind == CustomerKind.COMPANY and wholesale else retail


def line_amounts(
    quantity: Decimal,
    unit_price: Decimal,
    discount: Decimal,
    tax_rate: Decimal,
    *,
    prices_include_tax: bool,
    rounding: Rounding = Rounding.HALF_UP,
) -> Amounts:
    """Money of a line. With prices that include tax, gross is the anchor and tax is what remains of it."""
    entered = round_to(quantity * unit_price, rounding=rounding) - discount
    if prices_include_tax:
        net = round_to(entered / (1 + tax_rate), rounding=rounding)
        return Amounts(net, entered - net, entered)
    tax = round_to(entered * tax_rate, rounding=rounding)
    return Amounts(entered, tax, entered + tax)


def document_amounts(
    lines: Sequence[tuple[Decimal, Decimal]], *, prices_include_tax: bool, rounding: Rounding = Rounding.HALF_UP
) -> list[Amounts]:
    """Money of lines (amount as entered after discount, tax rate) whose tax is rounded once for the document."""
    policy = TaxPolicy(prices_include_tax, TaxRounding.DOCUMENT, rounding)
    document = tax_document([Taxable(amount, (Tax("", rate),)) for amount, rate in lines], policy)
    return [Amounts(line.net, line.tax, line.gross) for line in document.lines]


@dataclass(frozen=True)
class LineProgress:
    """What happened to a line so far."""

    quantity: Decimal
    shipped: Decimal
    returned: Decimal


@dataclass(frozen=True)
class Axes:
    """The states of an order that follow from quantities and money alone."""

    payment: PaymentState
    shipment: Progress
    return_: Progress
    statement: Progress


def derive_axes(lines: Iterable[LineProgress], gross: Decimal, paid: Decimal, returned: Decimal = ZERO) -> Axes:
    """The axes of an order; they depend on sums only, so the order of events does not matter.

    What came back is not owed any more: `returned` is its gross amount.
    """
    lines = list(lines)
    ordered = sum((line.quantity for line in lines), ZERO)
    shipped = sum((line.shipped for line in lines), ZERO)
    came_back = sum((line.returned for line in lines), ZERO)
    return Axes(
        payment=payment_state(gross - returned, paid),
        shipment=progress(shipped, ordered),
        return_=progress(came_back, shipped),
        statement=Progress.NONE,
    )


def payment_state(owed: Decimal, paid: Decimal) -> PaymentState:
    """How much of what is owed is paid; a free order, and one that came back whole, needs no payment."""
    if paid > owed:
        return PaymentState.OVER
    if paid == owed:
        return PaymentState.FULL
    return PaymentState.PARTIAL if paid > 0 else PaymentState.NONE


def progress(part: Decimal, whole: Decimal) -> Progress:
    """None, some or all of a quantity."""
    if part <= 0:
        return Progress.NONE
    return Progress.FULL if part >= whole else Progress.PARTIAL
