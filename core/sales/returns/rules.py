"""Pure rules of returns: their flow, and the exact share of a line that comes back."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from core.base.exact import AMOUNT_PLACES, ZERO, Rounding, allocate, round_ratio
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

GOODWILL_FLOW = Flow(
    "state",
    RETURN_DOCUMENT_LABELS,
    (
        "undo_goodwill",
        N_("Take the goodwill back"),
        {ReturnState.INSPECTED, ReturnState.SETTLED},
        ReturnState.CANCELLED,
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


def share_left(
    line: Amounts, quantity: Decimal, counted: Amounts, returned: Decimal, back: Decimal, rounding: Rounding
) -> Amounts:
    """What `back` units are worth of a line on which goodwill was given: their part of what is left to credit.

    `counted` holds the goodwill. In whatever parts the rest comes back, the parts add up to what is left.
    """
    left = _less(line, counted)
    gross, net = max(left.gross, ZERO), max(left.net, ZERO)
    if returned + back < quantity:
        ratio = Fraction(back) / Fraction(quantity - returned)
        gross = round_ratio(Fraction(gross) * ratio, rounding=rounding)
        net = round_ratio(Fraction(net) * ratio, rounding=rounding)
    net = min(net, gross)
    return Amounts(net, gross - net, gross)


def part_of(counted: Amounts, returned: Decimal, again: Decimal, rounding: Rounding) -> Amounts:
    """What was counted for `again` of the units that came back, where goodwill was given on the line."""
    ratio = Fraction(again) / Fraction(returned)
    gross = round_ratio(Fraction(counted.gross) * ratio, rounding=rounding)
    net = min(round_ratio(Fraction(counted.net) * ratio, rounding=rounding), gross)
    return Amounts(net, gross - net, gross)


def split_goodwill(amount: Decimal, left: Sequence[Amounts]) -> list[Amounts]:
    """Split what is let off over lines by what is left of each: gross and net each by the largest remainder.

    The tax of each line goes with it. `amount` is at most what is left of all of them.
    """
    parts = allocate(amount, [each.gross for each in left])
    exact = [
        Fraction(each.net) * Fraction(part) / Fraction(each.gross) if each.gross else Fraction(0)
        for each, part in zip(left, parts, strict=True)
    ]
    nets = _rounded_parts(round_ratio(sum(exact, Fraction(0))), exact)
    return [Amounts(net, part - net, part) for net, part in zip(nets, parts, strict=True)]


def refundable(credit: Decimal, refunded: Decimal, paid: Decimal, owed: Decimal) -> Decimal:
    """How much of a return's credit can be given back: what was paid beyond what is owed for the rest."""
    return max(min(credit - refunded, paid - owed), ZERO)


def _rounded_parts(total: Decimal, exact: Sequence[Fraction]) -> list[Decimal]:
    """Exact parts as whole cents that add up to the total: those with the largest remainder get one more."""
    cents = [each * 10**AMOUNT_PLACES for each in exact]
    whole = [each.numerator // each.denominator for each in cents]
    left = int(total.scaleb(AMOUNT_PLACES)) - sum(whole)
    by_remainder = sorted(range(len(whole)), key=lambda i: (whole[i] - cents[i], i))
    for i in by_remainder[:left]:
        whole[i] += 1
    return [Decimal(each).scaleb(-AMOUNT_PLACES) for each in whole]


def _less(whole: Amounts, part: Amounts) -> Amounts:
    return Amounts(whole.net - part.net, whole.tax - part.tax, whole.gross - part.gross)
