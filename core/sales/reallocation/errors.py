"""What taking goods from other orders refuses."""

from core.base.errors import AppError
from core.base.i18n import N_


class NothingToTake(AppError):
    """No quantity was entered."""

    message = N_("Enter how much each order is to give to {number}.")


class LacksLess(AppError):
    """Goods came, or the order changed, since the proposal was made."""

    message = N_(
        "{number} lacks {lacks} of {sku} by now, {asked} were to come from others. Look at the proposal again."
    )


class CannotYield(AppError):
    """An order shipped, was paid, or changed since the proposal was made."""

    message = N_(
        "{number} can give {left} of {sku} by now, {asked} asked. It changed meanwhile: look at the proposal again."
    )


class YieldsForOther(AppError):
    """What spoke for taking goods from an order is not true any more."""

    message = N_("What spoke for taking goods from {number} is no longer so. Look at the proposal again.")


class OrderOfSomebodyElse(AppError):
    """Who sells takes goods from orders of their own alone."""

    message = N_("{number} belongs to {owner}. Ask a manager to take goods from it, or take them from your own orders.")
