"""Refusals about suppliers."""

from core.base.errors import AppError
from core.base.i18n import N_


class SupplierCodeTaken(AppError):
    """Two suppliers cannot share a code."""

    message = N_("The code {code} already belongs to {name}. Choose another code, or leave it empty to get one.")


class SupplierUsed(AppError):
    """A supplier whom goods came from stays on record."""

    message = N_("{name} stands on receipts or drafts and stays on record. Take it out of use instead.")


class SupplierRetired(AppError):
    """Nothing new is received from a supplier that is out of use."""

    message = N_("{name} is out of use. Choose another supplier, or take this one into use again.")
