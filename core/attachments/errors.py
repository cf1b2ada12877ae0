"""What photos are refused for."""

from core.base.errors import AppError
from core.base.i18n import N_


class NoPhoto(AppError):
    """A file that is no picture, whatever its name says, or that is broken."""

    message = N_("“{name}” is no photo that can be read. Choose a JPEG, PNG or WebP picture.")


class PhotoTooHeavy(AppError):
    """A file that is larger than what is taken."""

    message = N_("“{name}” has {size} MB; at most {most} MB can be added. Make it smaller, or take another photo.")


class TooManyPixels(AppError):
    """A picture that would fill the memory once it is unpacked."""

    message = N_("“{name}” has {pixels} million pixels; at most {most} million can be read. Make it smaller.")


class TooManyPhotos(AppError):
    """More photos than one document keeps."""

    message = N_("{number} has {count} photos already; at most {most} are kept. Remove one, or add fewer.")


class PhotoThere(AppError):
    """The same picture a second time."""

    message = N_("“{name}” is among the photos of {number} already.")


class EvidenceKept(AppError):
    """Photos by which something was decided stay as long as the decision."""

    message = N_("{number} was decided with its photos, so they stay. Undo the decision first.")


class PhotoRemoved(AppError):
    """A photo is removed once."""

    message = N_("The photo “{name}” was removed already. Reload the page.")


class PhotoStands(AppError):
    """Only what was removed can be put back."""

    message = N_("The photo “{name}” is there already. Reload the page.")
