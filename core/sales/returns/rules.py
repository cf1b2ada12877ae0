"""Pure rules of returns: their flow, and the exact share of a line that comes back."""

from decimal import Decimal
from fractions import Fraction

from core.base.exact import ZERO, Rounding, round_ratio
from core.base.flow import Flow
from core.base.i18n import N_
from core.sales.models import RETURN_DOCUMENT_LABELS, ReturnState
from core.sales.rules import Amounts

RETURN_FLOW = Flow(
    "state",
    RETURN_DOCUMENT_LABELS,
    ("receive", N_("Take the goods in"), {ReturnState.REQUESTED}, ReturnState.RECEIVED),
    ("decline", N_("Decline"), {ReturnState.REQUESTED}, ReturnState.DECLINED),
    ("cancel", N_("Cancel return"), {ReturnState.REQUESTED}, ReturnState.CANCELLED),
    ("reopen", N_("Request again"), {ReturnState.DECLINED, ReturnState.CANCELLED}, ReturnState.REQUESTED),
    ("undo_receipt", N_("Undo the receipt"), {ReturnState.RECEIVED}, ReturnState.REQUESTED),
    ("inspect", N_("Inspect"), {ReturnState.RECEIVED}, ReturnState.INSPECTED),
    (
        "undo_inspection",
        N_("Undo the inspection"),
        {ReturnState.INSPECTED, ReturnState.SETTLED},
        ReturnState.RECEIVED,
    ),
    ("accept", N_("Accept the claim"), {ReturnState.REQUESTED}, ReturnState.INSPECTED),
    (
        "undo_acceptance",
        N_("Undo the acceptance"),
        {ReturnState.INSPECTED, ReturnState.SETTLED},
        ReturnState.REQUESTED,
    ),
    ("settle", N_("Settle"), {ReturnState.INSPECTED}, ReturnState.SETTLED),
    ("reopen_money", N_("Undo the refund"), {ReturnState.SETTLED}, ReturnState.INSPECTED),
    (
        "redeliver",
        N_("Deliver again"),
        {ReturnState.RECEIVED, ReturnState.INSPECTED, ReturnState.SETTLED},
        ReturnState.SETTLED,
    ),
)

REDELIVERY_FLOW = Flow(
    "state",
    RETURN_DOCUMENT_LABELS,
    ("call_off", N_("Do not deliver again"), {ReturnState.SETTLED}, ReturnState.CANCELLED),
)


def share(
    line: Amounts, quantity: Decimal, counted: Amounts, returned: Decimal, back: Decimal, rounding: Rounding
) -> Amounts:
    """What `back` units of a line of `quantity` are worth, when `returned` units at `counted` came back before.

    The share is taken of all that came back so far, less what was counted of it: so the parts of a line
    always add up to it, and in whatever parts it comes back, so much of it is worth the same. A negative
    `back` is delivered once more and takes its part of `counted` away.
    """
    through = min(returned + back, quantity)
    if through == quantity:
        return _less(line, counted)
    ratio = Fraction(through) / Fraction(quantity)
    gross = round_ratio(Fraction(line.gross) * ratio, rounding=rounding) - counted.gross
    net = round_ratio(Fraction(line.net) * ratio, rounding=rounding) - counted.net
    if back < ZERO:
        gross = min(max(gross, -counted.gross), ZERO)
        net = min(max(net, gross, -counted.net), ZERO)
    else:
        gross = max(min(gross, line.gross - counted.gross), ZERO)
        net = max(min(net, gross, line.net - counted.net), ZERO)
    return Amounts(net, gross - net, gross)


def refundable(credit: Decimal, refunded: Decimal, paid: Decimal, owed: Decimal) -> Decimal:
    """How much of a return's credit can be given back: what was paid beyond what is owed for the rest."""
    return max(min(credit - refunded, paid - owed), ZERO)


def _less(whole: Amounts, part: Amounts) -> Amounts:
    return Amounts(whole.net - part.net, whole.tax - part.tax, whole.gross - part.gross)
