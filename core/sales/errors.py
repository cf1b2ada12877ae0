"""What sales refuse."""

from core.base.errors import AppError
from core.base.i18n import N_
from core.stock.errors import NotEnoughPromised


class EmptyOrder(AppError):
    """An order without lines cannot be confirmed."""

    message = N_("{number} has no lines. Add at least one product before confirming it.")


class BelowFloor(AppError):
    """The price is under the lowest selling price."""

    message = N_("{sku} may not be sold below {lowest}; {price} was entered. Raise the price or ask a manager.")


class PriceNotApproved(AppError):
    """A price below the lowest rests on an approval that was used, taken back or is over."""

    message = N_("{number} has a price that is not approved any more. Ask for it again, or raise the price.")


class NothingToAsk(AppError):
    """What is asked for needs nobody's approval."""

    message = N_("{price} for {sku} needs no approval. Enter the price on its line.")


class AlreadyAnswered(AppError):
    """Somebody else answered the request."""

    message = N_("This request on {number} was answered or asked anew meanwhile. Reload the page to see it.")


class OffersChanged(AppError):
    """Nobody has seen what the order comes to now."""

    message = N_(
        "The promotions of {number} are not what they were when it was drawn up: it came to {before} and comes to "
        "{after} now. Apply the promotions again, look at it, and confirm it then."
    )


class GiftLine(AppError):
    """What a promotion gives is not edited by hand."""

    message = N_("{sku} comes with the promotion {promotion} and follows it. Remove the line to do without it.")


class PartOfKit(AppError):
    """A kit changes as a whole."""

    message = N_("{sku} is a part of the kit {kit} here and changes with it. Change or remove the kit instead.")


class NotSubstitute(AppError):
    """Only what is kept as a substitute takes the place of a product by one press."""

    message = N_("{other} is not among the substitutes of {sku}. Add it on the card of {sku}, or change the lines.")


class TooMuch(AppError):
    """More of a line is to be shipped than remains of it and its tolerance allows."""

    message = N_(
        "Line {line}, {sku}: {ordered} ordered and {shipped} shipped before, so at most {allowed} may leave now; "
        "{asked} asked. Reduce the quantity, or amend the order first."
    )


class NotClosable(AppError):
    """More of a line would stay behind than its tolerance allows to close."""

    message = N_(
        "Line {line}, {sku}: {ordered} ordered and {shipped} shipped with this, so {left} would stay behind; at most "
        "{allowed} may be closed. Ship more, leave the line open, or amend the order."
    )


class KitNotWhole(AppError):
    """Kits are closed, and exceeded, in whole kits: nobody pays for half a kit."""

    message = N_(
        "The kit {kit} is closed or exceeded in whole kits only: {sets} of it hold {needed} of {sku}, and {shipped} "
        "ship with this in all. Ship the parts of whole kits, or leave the rest open."
    )


class WaitsForGoods(NotEnoughPromised):
    """Less is reserved for a line than is to be shipped of it."""

    message = N_(
        "Line {line}, {sku}: only {promised} are reserved so far, {asked} asked. Ship less, or wait for the goods."
    )


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


class NothingTooMuch(AppError):
    """Only money beyond what is owed can become the balance."""

    message = N_("{number} is not overpaid: {paid} is paid. Reload the page to see what is owed.")


class NobodyToCall(AppError):
    """A lot that no customer has."""

    message = N_("No customer has goods of lot {lot}: nothing of it was shipped, or all of it came back.")
