"""What returns and exchanges refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class NothingToReturn(AppError):
    """A return without quantities."""

    message = N_("Enter how many of at least one product of {number} come back.")


class NotThatMany(AppError):
    """More is to come back than the customer has and is not announced already."""

    message = N_("Only {left} of {sku} can come back, {asked} asked: more was not shipped, or is already on a return.")


class UnknownReason(AppError):
    """A reason that is not in the list."""

    message = N_("“{reason}” is not among the reasons. Choose one of the list, or have it added.")


class NeverDelivered(AppError):
    """Nothing of the order has left yet."""

    message = N_("Nothing of {number} has been shipped, so nothing can come back. Cancel the order instead.")


class GoodsStay(AppError):
    """What is claimed does not come back, so it cannot be taken in and sorted."""

    message = N_("{number} is a claim: its goods do not come back. Accept or decline it.")


class OnlyMoney(AppError):
    """Goodwill has no goods that could come, be sorted or go."""

    message = N_("{number} is goodwill: it is about money alone, no goods belong to it. Take it back instead.")


class NoGoodwill(AppError):
    """Only goodwill is taken back as such."""

    message = N_("{number} is no goodwill: goods belong to it. Undo it step by step.")


class TooMuchGoodwill(AppError):
    """More is to be let off than was charged for what the customer has."""

    message = N_(
        "At most {left} can be let off on {number}, {asked} asked: that is what was charged for the goods delivered, "
        "less what was credited for them before."
    )


class TooMuchForAccount(AppError):
    """More is to be let off than the customer's deliveries came to."""

    message = N_(
        "At most {left} can be let off for {customer}, {asked} asked: that is what the latest {orders} delivered "
        "orders came to, less what was credited before."
    )


class GoodwillGiven(AppError):
    """What goodwill was given on must stay as it was charged."""

    message = N_("Goodwill of {amount} was given on {what}. Take the goodwill back first.")


class NoClaim(AppError):
    """Only a claim is credited without its goods."""

    message = N_("{number} is no claim: its goods come back. Take them in and inspect them.")


class NotSoManyHere(AppError):
    """More is said to be here than is credited."""

    message = N_("{sku}: {here} are said to be here, but only {quantity} are accepted. Enter at most these.")


class AbovePaidPrice(AppError):
    """The agreed price is more than what the customer was charged for it."""

    message = N_("{sku}: at most {share} can be credited for {quantity}, {asked} asked. Lower the price.")


class NoSuchLine(AppError):
    """The line belongs to another return."""

    message = N_("This line does not belong to {number}. Reload the page.")


class TooManyArrived(AppError):
    """More arrived than was announced."""

    message = N_("Only {left} of {sku} were announced, {asked} arrived. Enter the announced ones; request the others.")


class NothingArrived(AppError):
    """A receipt without quantities."""

    message = N_("Nothing of {number} arrived. Enter how many there are, or cancel the return.")


class SplitDoesNotAddUp(AppError):
    """What was decided about the goods is not what arrived."""

    message = N_(
        "{sku}: {split} are accounted for, but {quantity} arrived. Restock, second quality and scrap must add up."
    )


class CameWithImport(AppError):
    """A return of an import has its goods on the shelf already and is undone with its import."""

    message = N_("{number} came with an import; its goods are on the shelf already. Reverse the import instead.")


class AlreadyInspected(AppError):
    """Goods that were sorted, or money that went back, come first."""

    message = N_("{number} has refunds of {amount}. Undo them first.")


class NothingToRefund(AppError):
    """The customer has paid no more than what is kept."""

    message = N_(
        "At most {left} can be given back for {number}: {paid} of the order is paid, {owed} is owed for what was kept, "
        "and {refunded} of the return is already given back."
    )


class RefundUndone(AppError):
    """A refund can be undone once."""

    message = N_("This refund of {number} was already undone. Reload the page to see the current state.")


class BalanceSpent(AppError):
    """The balance that came of a return has been used since."""

    message = N_("The balance from {number} has been used since. Free it from what it pays before undoing this.")


class BelongsToReturn(AppError):
    """A refund is undone with its return."""

    message = N_("This money was given back for {number}. Undo the refund there.")


class GoesAgain(AppError):
    """Part of the goods is already delivered again."""

    message = N_("Goods of {number} are delivered again. Undo that first.")


class NothingToRedeliver(AppError):
    """Only what came back can be delivered again."""

    message = N_("Only {left} of {sku} came back and can be delivered again, {asked} asked.")


class NothingLeftToRedeliver(AppError):
    """All that came back is on its way again, or nothing was entered."""

    message = N_("Nothing of return {number} is left to be delivered again, or no quantity was entered.")


class OrderDoesNotGoOn(AppError):
    """Goods that came back leave with their order, which has to be open for that."""

    message = N_(
        "Order {order} is “{state}”, so goods of its return {number} cannot be delivered again. "
        "Let the order go on first."
    )
    texts = ("state",)


class OnItsWayAgain(AppError):
    """What was to be delivered again has left."""

    message = N_("The goods of {number} have left again. Undo the shipment first.")


class NothingInExchange(AppError):
    """An exchange needs goods to send."""

    message = N_("Choose at least one product that goes out in exchange, or request a return.")


class PartOfExchange(AppError):
    """A leg of an exchange is cancelled from the exchange, where it is explained."""

    message = N_(
        "{number} is one half of exchange {exchange}. Cancel it there, where you see what becomes of the other."
    )


class ExchangeNotArrived(AppError):
    """The credit of an exchange exists when its goods have come back."""

    message = N_("The goods of {number} have not come back yet. Receive them before settling the exchange.")


class ExchangeSettled(AppError):
    """A settled exchange is undone refund by refund."""

    message = N_("{number} is settled already. Reload the page to see how.")


class ReasonTaken(AppError):
    """Two reasons of one name could not be told apart."""

    message = N_("There is already a reason “{name}”. Choose other words, or use that one again.")
