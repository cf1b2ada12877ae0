"""Refusals about notices and their channels."""

from core.base.errors import AppError
from core.base.i18n import N_


class NoMailServer(AppError):
    """Mails have no way out."""

    message = N_("No mail server is set up. Enter it below “Mail server” first.")


class SecretLost(AppError):
    """What is stored was encrypted with a key that is not here."""

    message = N_(
        "The stored address or password cannot be read: the key file notices.secret is not the one it was stored with. "
        "Bring that file back, or enter the address again."
    )


class NotDelivered(AppError):
    """A test did not get through."""

    message = N_("The test was not delivered. {problem} {answer}")
    texts = ("problem",)


class NothingToRetry(AppError):
    """Only what failed is tried again."""

    message = N_("This message did not fail; there is nothing to try again.")
