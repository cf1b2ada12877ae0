"""What valuation refuses."""

from core.base.errors import AppError
from core.base.i18n import N_


class PeriodClosed(AppError):
    """Nothing may be dated into a closed period."""

    message = N_("The books are closed through {through}. Choose a later date, or have the period reopened.")


class InTheFuture(AppError):
    """What has not happened yet cannot be booked."""

    message = N_("{on} lies in the future. Choose today or an earlier date.")


class NotNewestClose(AppError):
    """Periods are reopened from the newest back."""

    message = N_("Only the newest closed period can be reopened. Reopen the later ones first.")


class CannotReopenOpening(AppError):
    """The close that the opening balance stands on cannot be reopened."""

    message = N_("Costs are kept since {through}; there is nothing before it that could be reopened.")


class PeriodNotOver(AppError):
    """A period is closed after it ended, and each only once."""

    message = N_("A period is closed once, when it is over. Choose a day before today that is not closed yet.")


class NotAReceipt(AppError):
    """A cost can only be added to goods that came in at a price."""

    message = N_("{sku}: this move is no goods receipt, or it was undone. Choose receipts of goods that came in.")


class AdjustmentReversed(AppError):
    """An adjustment can be taken back once, and its opposite cannot."""

    message = N_("{number} was already taken back or is itself the opposite of another. Enter a new one instead.")


class NothingOfIt(AppError):
    """A cost that is spread over nothing, or a change that changes nothing."""

    message = N_("Nothing would change. Choose at least one receipt or product, and an amount that is not zero.")


class NeverMoved(AppError):
    """Goods that never came in have no cost to change."""

    message = N_(
        "{sku} {name} never came in or went out, so there is nothing to revalue. Change the purchase price of the "
        "product: it counts when goods come in."
    )


class SameMethod(AppError):
    """A method change that changes nothing."""

    message = N_("This is how these products are valued already.")
