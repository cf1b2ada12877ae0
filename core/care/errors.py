"""Refusals of looking after customers."""

from core.base.errors import AppError
from core.base.i18n import N_


class GradeInUse(AppError):
    """A grade that customers have cannot be removed."""

    message = N_("{count} customers have the grade {grade}. Give them another one first.")


class ProposalAnswered(AppError):
    """A proposal is answered once."""

    message = N_("Somebody has answered this proposal already. Reload the page to see how.")


class NobodyListed(AppError):
    """A list needs customers."""

    message = N_("The list {name} would be empty. Choose a rule that some customer meets.")


class NothingHandedOver(AppError):
    """Everybody on the list is being called already."""

    message = N_("Nobody on {name} is left to call: each has an open task already.")


class NobodyToCallThem(AppError):
    """A customer without an owner needs somebody who calls."""

    message = N_("{count} customers of the list have no owner. Choose who calls them.")


class AlreadyToCall(AppError):
    """A customer has one open task at a time."""

    message = N_("{customer} is to be called already. Close that task first.")


class FollowUpClosed(AppError):
    """A task is closed once."""

    message = N_("This task is closed already. Reopen it to change its outcome.")


class FollowUpOpen(AppError):
    """Only a closed task can be reopened."""

    message = N_("This task is open.")


class NotYours(AppError):
    """A task is worked on by its owner or by who plans."""

    message = N_("This task belongs to {owner}. Ask them, or somebody who plans the calls.")
