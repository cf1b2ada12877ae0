"""What sales refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class EmptyOrder(AppError):
    """An order without lines cannot be confirmed."""

    message = N_("{number} has no lines. Add at least one product before confirming it.")


class BelowFloor(AppError):
    """The price is under the lowest selling price."""

    message = N_("{sku} may not be sold below {lowest}; {price} was entered. Raise the price or ask a manager.")


class OffersChanged(AppError):
    """Nobody has seen what the order comes to now."""

    message = N_(
        "The promotions of {number} are not what they were when it was drawn up: it came to {before} and comes to "
        "{after} now. Apply the promotions again, look at it, and confirm it then."
    )


class GiftLine(AppError):
    """What a promotion gives is not edited by hand."""

    message = N_("{sku} comes with the promotion {promotion} and follows it. Remove the line to do without it.")


class TooMuch(AppError):
    """More than what remains of a line is to be shipped."""

    message = N_("Only {left} of {sku} remain to be shipped, {asked} asked. Reduce the quantity.")


class NotComplete(AppError):
    """An order that is to leave as a whole, of which a part was to leave."""

    message = N_("{number} is to be shipped complete; {left} units would stay behind. Wait for them, or allow parts.")


class NothingToShip(AppError):
    """A shipment without quantities."""

    message = N_("Nothing of {number} is left to ship, or no quantity was entered.")


class AlreadyShipped(AppError):
    """Goods have left, so the order cannot be cancelled."""

    message = N_("Goods of {number} have been shipped. Undo the shipment first.")


class AlreadyPaid(AppError):
    """Money came in, so the order cannot be cancelled."""

    message = N_("{number} has payments of {amount}. Take them off it or refund them before cancelling it.")


class NotFinished(AppError):
    """Something is still open, so the order cannot be completed."""

    message = N_("{number} is not fully shipped and paid yet: {unshipped} units and {unpaid} are open.")


class ShipmentCancelled(AppError):
    """A shipment can be undone once."""

    message = N_("Shipment {number} was already undone. Reload the page to see the current state.")


class FromImport(AppError):
    """An order of an import batch is undone with its batch."""

    message = N_("{number} came with an import. Reverse the import batch instead.")


class NothingToSellFrom(AppError):
    """An order needs a channel and a warehouse."""

    message = N_("There is no channel or no open warehouse yet. Add one of each before entering orders.")


class AlreadyRefunded(AppError):
    """What was given back would be more than what came in."""

    message = N_("{amount} more than the other payments of {number} was already given back. Undo the refund first.")


class CameBack(AppError):
    """Goods of a shipment have come back, so it cannot be undone as if they had never left."""

    message = N_("Goods of {number} have come back or are about to. Undo or cancel the return first.")


class NobodyToCall(AppError):
    """A lot that no customer has."""

    message = N_("No customer has goods of lot {lot}: nothing of it was shipped, or all of it came back.")
