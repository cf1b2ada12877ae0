"""Refusals of exports."""

from core.base.errors import AppError
from core.base.i18n import N_


class TooManyColumns(AppError):
    """A pivot is wider than a sheet."""

    message = N_("A sheet holds {most} columns, and this table has {count}. Put fewer values across the top.")


class NothingToExport(AppError):
    """There is no table behind what is shown."""

    message = N_("There is nothing here to export. Choose a longer period, or take a filter away.")


class OneTableOnly(AppError):
    """A text file has no sheets."""

    message = N_("A CSV file holds one table. Choose one of them, or an Excel file for all.")
