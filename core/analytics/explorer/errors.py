"""Refusals of exploring, of kept views and of their links."""

from core.base.errors import AppError
from core.base.i18n import N_


class ViewGone(AppError):
    """A view that was deleted, or that belongs to somebody else."""

    message = N_("This view does not exist any more, or it belongs to somebody else. Choose another one.")


class NameTaken(AppError):
    """Two views of one list cannot have the same name."""

    message = N_("There is a view named {name} already. Choose another name, or save your changes into that view.")


class ViewNotDeleted(AppError):
    """Only a deleted view can be brought back."""

    message = N_("The view {name} is not deleted.")


class TooManyPins(AppError):
    """A home has room for so many cards."""

    message = N_("Your home shows {most} views already. Take one down first.")


class ViewLinkInvalid(AppError):
    """A link that was changed, has expired or was revoked; which of these is nobody's business."""

    message = N_("This link does not work: it is incomplete, has expired or was withdrawn. Ask whoever sent it.")


class ViewLinkEnded(AppError):
    """A link is withdrawn once."""

    message = N_("This link has been withdrawn already.")


class NobodyHere(AppError):
    """Views, pins and links belong to people, not to the system."""

    message = N_("Views belong to people. Sign in first.")
