"""What receivables refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class AlreadyReversed(AppError):
    """A payment can be reversed once, and a reversal cannot."""

    message = N_("Payment {number} was already reversed or is itself a reversal. Record a new payment instead.")
