"""Refusals about customers and channels."""

from core.base.errors import AppError
from core.base.i18n import N_


class CodeTaken(AppError):
    """Two customers cannot share a code."""

    message = N_("The code {code} already belongs to {name}. Choose another code, or leave it empty to get one.")


class ChannelTaken(AppError):
    """Two channels cannot share a name."""

    message = N_("There is already a channel {name}. Choose another name.")
