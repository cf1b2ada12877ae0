"""Refusals of tasks to get rid of goods."""

from core.base.errors import AppError
from core.base.i18n import N_


class AlreadyAssigned(AppError):
    """A product has one open task at most."""

    message = N_("{owner} is to get rid of {name} already, until {due}. Change that task instead.")


class ClearingClosed(AppError):
    """A task is closed once."""

    message = N_("This task is closed already. Reopen it to go on with it.")


class ClearingNotClosed(AppError):
    """Only a closed task can be reopened."""

    message = N_("This task is open.")


class NotYourGoods(AppError):
    """A task is closed by its owner or by who gives tasks out."""

    message = N_("This task belongs to {owner}. Ask them, or somebody who gives such tasks out.")
