"""Refusals of alerts."""

from core.base.errors import AppError
from core.base.i18n import N_


class NotYourRule(AppError):
    """A rule is changed by its owner or by who manages alerts."""

    message = N_("The rule {rule} belongs to {owner}. Ask them, or somebody who manages alerts.")


class RuleRemoved(AppError):
    """What was removed is restored first."""

    message = N_("The rule {rule} was removed. Restore it first.")


class RuleInUse(AppError):
    """Only what was removed can be restored."""

    message = N_("The rule {rule} is in use already.")


class AlreadyPaused(AppError):
    """A rule rests or does not."""

    message = N_("The rule {rule} is paused already.")


class NotPaused(AppError):
    """Only what rests can go on."""

    message = N_("The rule {rule} is not paused.")


class AlertClosed(AppError):
    """A closed alert is reopened first."""

    message = N_("This alert is closed. Reopen it first.")


class AlertOpen(AppError):
    """Only what was seen or closed can be reopened."""

    message = N_("This alert is open.")


class AlertSeen(AppError):
    """Somebody sees to it already."""

    message = N_("Somebody sees to this alert already.")


class NothingToPropose(AppError):
    """A rule within its budget stays as it is."""

    message = N_("The rule {rule} raised no more than its {budget} alerts of a month. It stays as it is.")


class OwnerGone(AppError):
    """A rule runs with the rights of somebody who may sign in."""

    message = N_("The owner of the rule cannot sign in any more. Give the rule to somebody else.")
