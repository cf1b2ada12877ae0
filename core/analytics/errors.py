"""Refusals of analytics."""

from core.base.errors import AppError
from core.base.i18n import N_


class MirrorNotReady(AppError):
    """The mirror is being built for the first time, or again."""

    message = N_("The figures are being prepared from the orders. Try again in a few seconds.")


class DiskFull(AppError):
    """There is no room to write the mirror."""

    message = N_(
        "The disk is full, so the figures cannot be brought up to date. Free some space on it; they then follow by "
        "themselves."
    )


class StoreOutOfReach(AppError):
    """The database does not answer."""

    message = N_(
        "The database does not answer, so the figures cannot be brought up to date. They follow by themselves once it "
        "does."
    )


class NotRefreshed(AppError):
    """The mirror could not follow the store, for whatever reason."""

    message = N_(
        "The figures could not be brought up to date. This is tried again by itself; if it stays so, the log of the "
        "server says why."
    )


class FiguresDiffered(AppError):
    """The mirror was compared with the store and is not the same."""

    message = N_("The figures differ from the documents and are being prepared again. Do not rely on them until then.")


class UnknownMeasure(AppError):
    """A measure that is not in the registry."""

    message = N_("There is no measure {name}. Choose one of: {valid}.")


class UnknownDimension(AppError):
    """A dimension that is not in the registry."""

    message = N_("There is no dimension {name}. Choose one of: {valid}.")


class UnknownLabel(AppError):
    """A filter names something that does not exist."""

    texts = ("dimension",)
    message = N_("There is no {dimension} named {label}. Check the spelling.")


class NoSuchOrder(AppError):
    """An answer is to be sorted by something it does not contain."""

    message = N_("The answer cannot be sorted by {name}; sort by one of its columns: {valid}.")


class ComparisonNeedsPeriod(AppError):
    """A comparison without a first or last day has nothing to compare with."""

    message = N_("A comparison needs a period. Give its first day (since) and the day after its last (until).")


class NothingEarlier(AppError):
    """The calendar does not go back so far."""

    message = N_("There is no earlier period to compare {since} to {until} with. Choose a later or a shorter period.")


class EmptyPeriod(AppError):
    """The period ends before it begins."""

    message = N_("The period ends ({until}) before it begins ({since}). Exchange the two days.")


class NotInFamily(AppError):
    """A measure is asked by a dimension that its facts do not have."""

    texts = ("measure", "dimension")
    message = N_("{measure} cannot be shown or filtered by {dimension}. It can be by: {valid}.")


class OneKindOfDays(AppError):
    """Balances are asked for along two axes of days, or by something that is no stretch of days."""

    message = N_(
        "What was in stock can be shown along one kind of days (day, week, month, quarter or year) and filtered by one "
        "such stretch. Leave the others out."
    )


class AgeAtOneDay(AppError):
    """The age of goods is that at the end of one day."""

    message = N_("The age of goods is shown at the end of the period, of whole products. Leave days and SKUs out.")


class AgeHasNoDocuments(AppError):
    """Nobody notes which goods of a product leave."""

    message = N_("There are no documents behind an age: what is here counts as what came in last.")
