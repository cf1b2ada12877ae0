"""Refusals of planning the team's targets."""

from core.base.errors import AppError
from core.base.i18n import N_


class NothingPlanned(AppError):
    """A version without a change is none."""

    message = N_("These targets are in force already. Change a figure first.")


class PlanWithdrawn(AppError):
    """A version is taken back once."""

    message = N_("This version was taken back already.")


class NewerPlan(AppError):
    """Only the newest version can be taken back, so that undo goes the way it came."""

    message = N_("A newer version of these targets is in force. Take that one back first.")


class NoCategoryHere(AppError):
    """Money and new customers belong to no category."""

    message = N_("{metric} cannot be planned by category: it belongs to whole customers. Leave the category empty.")
    texts = ("metric",)


class LevelsOutOfOrder(AppError):
    """Stretch is not below target, challenge not below stretch."""

    message = N_("{month}: stretch must not be below the target, nor challenge below stretch.")


class UnreadableLine(AppError):
    """A pasted line has no month, person or amount that could be read."""

    message = N_("Line {line}: {reason}")
    texts = ("reason",)
