"""Refusals of policies of cover, and of evening out stock."""

from core.base.errors import AppError
from core.base.i18n import N_


class NothingToBalance(AppError):
    """A balancing without lines moves nothing."""

    message = N_("There is nothing to even out.")


class GiverShort(AppError):
    """A warehouse gives only what it does not need itself."""

    message = N_(
        "{warehouse} could give {most} of {sku} {name} without running short itself, and {asked} was asked. "
        "Stock has changed meanwhile: reload the plan."
    )


class BalancingUndone(AppError):
    """A balancing is undone once."""

    message = N_("These transfers were taken back already.")


class BalancingHasLeft(AppError):
    """What has left is no draft any more."""

    message = N_("None of these transfers is still a draft: take each one back by itself.")
