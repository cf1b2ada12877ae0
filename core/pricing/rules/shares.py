"""What goes back for a part of a line: its exact share of what was paid, to the cent."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from core.base.errors import AppError
from core.base.exact import AMOUNT_PLACES, ZERO
from core.base.i18n import N_


class MoreThanBought(AppError):
    """Only what was bought goes back."""

    message = N_("{asked} cannot be returned: of {bought}, {returned} went back already.")


@dataclass(frozen=True)
class Share:
    """Money of a part of a line; net + tax = gross."""

    net: Decimal
    tax: Decimal
    gross: Decimal


NOTHING = Share(ZERO, ZERO, ZERO)


def refund_share(whole: Share, bought: Decimal, returned: Decimal, returning: Decimal) -> Share:
    """What goes back for `returning` of a line, of which `returned` went back before.

    Each part is the share of all that went back so far, rounded down to the cent, less what went back
    before: so no refund is ever ahead of the goods, and the last unit takes the remainder. Whatever the parts,
    together they are the line. Refuses more than was bought.
    """
    if returning < 0 or returned < 0 or returned + returning > bought:
        raise MoreThanBought(asked=returning, bought=bought, returned=returned)
    before, after = _so_far(whole, bought, returned), _so_far(whole, bought, returned + returning)
    return Share(after.net - before.net, after.tax - before.tax, after.gross - before.gross)


def _so_far(whole: Share, bought: Decimal, returned: Decimal) -> Share:
    if returned == 0:
        return NOTHING
    if returned == bought:
        return whole
    gross = _down(whole.gross, Fraction(returned) / Fraction(bought))
    # Tax follows the money, not the pieces: so no part has more tax than money.
    tax = _down(whole.tax, Fraction(gross) / Fraction(whole.gross)) if whole.gross else ZERO
    return Share(gross - tax, tax, gross)


def _down(amount: Decimal, ratio: Fraction) -> Decimal:
    return Decimal(floor(Fraction(amount) * 10**AMOUNT_PLACES * ratio)).scaleb(-AMOUNT_PLACES)
