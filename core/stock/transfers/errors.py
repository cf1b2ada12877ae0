"""What transfers refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class SameWarehouse(AppError):
    """Goods are carried to another warehouse, not to where they are."""

    message = N_("Source and destination are the same warehouse. Choose two different ones.")


class TransferNotThere(AppError):
    """A step that a transfer cannot take in its state."""

    message = N_("{number} is “{state}”, so this is not possible now. Reload it to see how far it is.")
    texts = ("state",)


class MoreThanOnTheWay(AppError):
    """More arrives or is lost than is on the way."""

    message = N_("{sku} {name}: {left} of {number} are on the way, {asked} entered. Enter at most that.")


class MoreOfLotsThanLeaves(AppError):
    """The lots that are named are more than what is to leave."""

    message = N_("{sku} {name}: {quantity} are to leave, but the lots named add up to {named}. Correct one of them.")


class NotInTransfer(AppError):
    """A product that a transfer does not carry."""

    message = N_("{number} does not carry {sku} {name}. Enter it on a transfer of its own.")


class ArrivesBeforeItLeft(AppError):
    """Goods cannot arrive before they left."""

    message = N_("{number} left on {left}. Choose that day or a later one.")


class NothingToUndo(AppError):
    """A transfer of which no step stands."""

    message = N_("{number} has no step that could be undone.")


class LossWithoutOwner(AppError):
    """Lost goods belong to somebody's account."""

    message = N_("Say who answers for the loss: the carrier, one of the two warehouses, or somebody by name.")
