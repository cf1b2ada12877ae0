"""Why a model says nothing."""

from core.base.errors import AppError
from core.base.i18n import N_


class OnlyOnce(AppError):
    """Without a second purchase nobody knows when the next one comes."""

    message = N_("No customer has bought twice yet. What customers are worth can be told once some come back.")


class TooFewRepeaters(AppError):
    """A model of so few customers would be a guess."""

    message = N_(
        "Only {found} customers came back, {needed} are needed before it can be told what customers are worth."
    )


class NoFit(AppError):
    """The purchases do not follow the model."""

    message = N_(
        "The purchases do not follow the model: no parameters fit them. "
        "Look at the cohorts instead, which show what customers really bought."
    )


class TooShortHistory(AppError):
    """There is no earlier part to predict the later one from."""

    message = N_("The orders reach back {found} days; {needed} are needed to try the prediction on the last of them.")
