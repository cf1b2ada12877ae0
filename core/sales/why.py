"""Why an order stands where it stands: for each axis one sentence with the quantities and amounts behind it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.base.exact import ZERO
from core.base.i18n import N_
from core.sales.models import BusinessState, PaymentState, Progress
from core.sales.rules import LineProgress, derive_axes

Fact = Decimal | int | str


class Axis(StrEnum):
    """What is looked at; each is independent of the others."""

    BUSINESS = "business"
    PAYMENT = "payment"
    SHIPMENT = "shipment"
    RETURN = "return"
    STATEMENT = "statement"


AXIS_LABELS = {
    Axis.BUSINESS: N_("Agreement"),
    Axis.PAYMENT: N_("Payment"),
    Axis.SHIPMENT: N_("Goods"),
    Axis.RETURN: N_("Returns"),
    Axis.STATEMENT: N_("Statements"),
}


@dataclass(frozen=True)
class Because:
    """The state of one axis and its sentence, whose braces the facts fill; `more` sentences may follow."""

    axis: Axis
    state: BusinessState | PaymentState | Progress
    message: str
    facts: Mapping[str, Fact]
    more: tuple[str, ...] = ()


UNCONFIRMED = {BusinessState.DRAFT, BusinessState.CANCELLED, BusinessState.EXPIRED}
_BUSINESS = {
    BusinessState.DRAFT: N_("Nobody confirmed it yet, so nothing is reserved or owed."),
    BusinessState.CONFIRMED: N_("Agreed: {ordered} units in {lines} lines for {gross}; {left} units are still to go."),
    BusinessState.ON_HOLD: N_("Stopped for the time being, with {left} units to go; what is reserved stays reserved."),
    BusinessState.COMPLETED: N_("Closed: {shipped} of {ordered} units have left, and {paid} of {gross} came in."),
    BusinessState.CANCELLED: N_("Called off: {reason}"),
    BusinessState.EXPIRED: N_("Its time ran out before anything happened."),
}
_PAYMENT = {
    PaymentState.NONE: N_("Nothing of {gross} came in; {unpaid} are open."),
    PaymentState.PARTIAL: N_("{paid} of {gross} came in; {unpaid} are open."),
    PaymentState.FULL: N_("{paid} came in, exactly what the order comes to."),
    PaymentState.OVER: N_("{paid} came in for an order of {gross}: {over} too much."),
}
_PAYMENT_LESS_RETURNS = {
    PaymentState.NONE: N_("Nothing came in; {credit} of {gross} came back, so {unpaid} are open."),
    PaymentState.PARTIAL: N_("{paid} of {gross} came in and {credit} came back; {unpaid} are open."),
    PaymentState.FULL: N_("{paid} came in and {credit} came back, together exactly what the order comes to."),
    PaymentState.OVER: N_("{paid} came in and {credit} came back, for an order of {gross}: {over} too much."),
}
_PAYMENT_LESS_GOODWILL = {
    PaymentState.NONE: N_(
        "Nothing came in; {credit} of {gross} was credited, {let_off} of it as goodwill; {unpaid} are open."
    ),
    PaymentState.PARTIAL: N_(
        "{paid} of {gross} came in and {credit} was credited, {let_off} of it as goodwill; {unpaid} are open."
    ),
    PaymentState.FULL: N_(
        "{paid} came in and {credit} was credited, {let_off} of it as goodwill; together exactly what the order "
        "comes to."
    ),
    PaymentState.OVER: N_(
        "{paid} came in and {credit} was credited, {let_off} of it as goodwill, for an order of {gross}: {over} "
        "too much."
    ),
}
_SHIPMENT = {
    Progress.NONE: N_("None of {ordered} units has left."),
    Progress.PARTIAL: N_("{shipped} of {ordered} units have left; {left} are still to go."),
    Progress.FULL: N_("All {ordered} units have left."),
}
_RETURN = {
    Progress.NONE: N_("None of the {shipped} units that left came back."),
    Progress.PARTIAL: N_("{returned} of the {shipped} units that left came back."),
    Progress.FULL: N_("All {shipped} units that left came back."),
}
_STATEMENT = {
    Progress.NONE: N_("No statement of account names it."),
    Progress.PARTIAL: N_("A part of it stands on a statement of account."),
    Progress.FULL: N_("All of it stands on a statement of account."),
}


def _off(closed: Decimal, on_top: Decimal) -> Iterator[str]:
    if closed:
        yield N_("{closed} more were ordered and closed within the tolerance: they are neither reserved nor owed.")
    if on_top:
        yield N_("{on_top} of them left on top of what was ordered, within the tolerance, and are billed.")


def reasons(
    business: BusinessState,
    lines: Iterable[LineProgress],
    gross: Decimal,
    paid: Decimal,
    *,
    credit: Decimal = ZERO,
    let_off: Decimal = ZERO,
    reason: str = "",
    statement: Progress = Progress.NONE,
    closed: Decimal = ZERO,
    on_top: Decimal = ZERO,
) -> tuple[Because, ...]:
    """The five axes with their reasons. They follow from sums, so the order of events makes no difference.

    `credit` is what the returns of the order are worth: so much less is owed, and `let_off` of it is goodwill,
    for which nothing came back. `closed` units stayed behind
    and `on_top` left beyond what was ordered, within the tolerance.
    """
    lines = list(lines)
    ordered = sum((line.quantity for line in lines), ZERO)
    shipped = sum((line.shipped for line in lines), ZERO)
    axes = derive_axes(lines, gross, paid, credit)
    facts: dict[str, Fact] = {
        "ordered": ordered,
        "shipped": shipped,
        "returned": sum((line.returned for line in lines), ZERO),
        "left": max(ordered - shipped, ZERO),
        "lines": len(lines),
        "gross": gross,
        "paid": paid,
        "credit": credit,
        "let_off": let_off,
        "unpaid": max(gross - credit - paid, ZERO),
        "over": max(paid + credit - gross, ZERO),
        "reason": reason,
        "closed": closed,
        "on_top": on_top,
    }
    is_owed = business not in UNCONFIRMED
    payment = axes.payment if is_owed or paid else PaymentState.NONE
    sentences = _PAYMENT_LESS_GOODWILL if let_off else _PAYMENT_LESS_RETURNS if credit else _PAYMENT
    money = sentences[payment] if is_owed or paid else N_("Nothing is owed for an order that is not confirmed.")
    if is_owed and gross == ZERO and paid == ZERO:
        money = N_("It is free of charge, so nothing is owed.")
    back = _RETURN[axes.return_] if shipped else N_("Nothing has left, so nothing can come back.")
    return (
        Because(Axis.BUSINESS, business, _BUSINESS[business], facts),
        Because(Axis.PAYMENT, payment, money, facts),
        Because(Axis.SHIPMENT, axes.shipment, _SHIPMENT[axes.shipment], facts, tuple(_off(closed, on_top))),
        Because(Axis.RETURN, axes.return_, back, facts),
        Because(Axis.STATEMENT, statement, _STATEMENT[statement], facts),
    )
