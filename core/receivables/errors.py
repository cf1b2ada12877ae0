"""What receivables refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class AlreadyReversed(AppError):
    """A payment can be reversed once, and a reversal cannot."""

    message = N_("Payment {number} was already reversed or is itself a reversal. Record a new payment instead.")


class MoreThanFree(AppError):
    """More is to be given to documents than a payment has left."""

    message = N_("Only {free} of payment {number} are free, {asked} asked. Reduce the amounts.")


class MoreThanOpen(AppError):
    """A document is to be paid above what it has open."""

    message = N_("Only {open} of {number} are open, {asked} asked. The rest can stay on the customer's balance.")


class MoreThanPaid(AppError):
    """More is to be taken off a document than was paid for it."""

    message = N_("Only {paid} were paid for {number}, {asked} asked. Reduce the amount.")


class MoreThanBalance(AppError):
    """More is to be refunded than the balance holds."""

    message = N_("The balance of {customer} is {balance}, {asked} asked. Take money off an order first.")


class WrongCustomer(AppError):
    """Money of one customer cannot settle the document of another."""

    message = N_("{number} belongs to another customer than the money. Choose documents of the same customer.")


class MoneyGoneBack(AppError):
    """A payment whose money was refunded from the balance cannot be reversed."""

    message = N_("{amount} of payment {number} went back to the customer. Reverse that refund first.")


class OverLimit(AppError):
    """An order would take a customer beyond the credit limit."""

    message = N_(
        "{customer}: the credit limit is {limit}; owed and ordered are {exposure}, of which this order {amount}. "
        "{over} too much: take a payment, raise the limit, or ask for a one-time approval."
    )


class Overdue(AppError):
    """A customer owes money for longer than was agreed."""

    message = N_(
        "{customer}: {amount} are overdue since {since}, more than the {days} days agreed. "
        "Take a payment, or ask for a one-time approval."
    )


class NotPaidBefore(AppError):
    """Goods may not leave before the money is there."""

    message = N_(
        "{number}: {needed} must be paid before these goods leave, {paid} are. Take {missing} more "
        "(the free balance of {customer} is {balance}), ship less, or ask for a one-time approval."
    )


class ApprovalGone(AppError):
    """An approval that was used or has expired cannot be taken back."""

    message = N_("This approval was already used or has expired. There is nothing to take back.")


class OnStatement(AppError):
    """A document on a live statement stays as it is."""

    message = N_("{number} stands on statement {statement}. Cancel the statement first.")


class NothingToState(AppError):
    """A statement without lines and without anything owed."""

    message = N_("{customer} has no document up to {until} that is not on a statement, and owes nothing.")


class StatementOpen(AppError):
    """A statement is settled when its documents are paid."""

    message = N_("{amount} of the documents on {number} are not paid yet. Take or allocate a payment first.")


class ChargeCancelled(AppError):
    """A charge can be cancelled once."""

    message = N_("Charge {number} was already cancelled. Reload the page to see where it stands.")


class ChargePaid(AppError):
    """A charge with money on it cannot be cancelled."""

    message = N_("{amount} were paid for charge {number}. Take the payment off it first.")


class NotSent(AppError):
    """A link is for a statement that waits for the answer of the customer."""

    message = N_("{number} does not wait for an answer. Mark it as sent, then make the link.")


class NoLink(AppError):
    """There is no link that could be withdrawn."""

    message = N_("{number} has no link that works. There is nothing to withdraw.")


class LinkInvalid(AppError):
    """A link that is wrong, expired or withdrawn; all the same to who opens it."""

    message = N_("This link is not valid, or no longer. Please ask us for a new one.")


class AlreadyAnswered(AppError):
    """A statement is answered once each time it is sent."""

    message = N_("{number} was already answered. Please call us if something has changed.")


class TooManyTries(AppError):
    """Somebody tries too often in too short a time."""

    message = N_("Too many tries in a short time. Please try again in a quarter of an hour.")


class NothingToAllocate(AppError):
    """Money that is free and a document that is open must both be there."""

    message = N_("Payment {number} has nothing free, or no document of the customer is open. Nothing was changed.")


class NothingToRemind(AppError):
    """Nothing of a customer is due for a reminder, or it was reminded just now."""

    message = N_("Nothing of {customer} is due for a reminder today. Reload the page to see who is.")


class NoPause(AppError):
    """A pause of reminders that is over cannot be ended."""

    message = N_("Reminders are sent again already. Reload the page to see where it stands.")
