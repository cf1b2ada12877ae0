"""What stock refuses."""

from core.base.errors import AppError
from core.base.i18n import N_, _


class ShortOfGoods(AppError):
    """Goods are short; where it is known, it says when more comes and what may be taken instead."""

    expected = N_("{expected} are expected on {expected_on}.")
    instead = N_("Available instead: {instead}.")

    @property
    def sentence(self) -> str:
        """What is short, and what there is to do about it."""
        said = [super().sentence]
        if self.facts.get("expected_on"):
            said.append(_(self.expected).format(**self.shown))
        if self.facts.get("instead"):
            said.append(_(self.instead).format(**self.shown))
        return " ".join(said)


class NotEnoughStock(ShortOfGoods):
    """More is asked than is available."""

    message = N_("Only {available} of {sku} {name} available in {warehouse}, {asked} asked. Reduce it or receive more.")


class NotEnoughThen(AppError):
    """An entry of the past would have left less than nothing on the shelf since then."""

    message = N_(
        "Only {available} of {sku} {name} in {warehouse} could have gone then, {asked} asked: what moved since needs "
        "the rest. Reduce it, or choose a later date."
    )


class NothingToDo(AppError):
    """A document without lines, or an adjustment that changes nothing."""

    message = N_("Nothing would change. Enter at least one product whose quantity changes.")


class WarehouseNotEmpty(AppError):
    """A warehouse with goods cannot be closed."""

    message = N_("{warehouse} still holds {count} products. Issue them before closing it.")


class WarehouseClosed(AppError):
    """Nothing moves in or out of a closed warehouse."""

    message = N_("{warehouse} is closed. Choose another warehouse, or have it opened again.")


class AlreadyReversed(AppError):
    """A document can be reversed once, and a reversal cannot."""

    message = N_("{number} was already reversed or is itself a reversal. Enter a new document instead.")


class NotEnoughPromised(ShortOfGoods):
    """A part of the line waits for goods and cannot be shipped yet."""

    message = N_("Only {promised} are promised to this line so far, {asked} asked. Ship less, or wait for the goods.")

    @property
    def line_id(self) -> int:
        """The line of the document that waits."""
        return int(str(self.facts["line_id"]))


class LotMissing(AppError):
    """Tracked goods move with their lot or serial number."""

    message = N_("{sku} is tracked: say which lot or serial numbers these are before the goods move.")


class NotTracked(AppError):
    """A lot is named of goods that have none."""

    message = N_("{sku} is not tracked by lot. Leave the lot out, or have the product tracked first.")


class LotUnknown(AppError):
    """Goods that leave are of a lot that came in once."""

    message = N_("No lot {lot} of {sku} has ever come in. Check the number on the label.")


class LotDiffers(AppError):
    """A known lot comes with other dates."""

    message = N_("Lot {lot} of {sku} is known with other dates. Check the label, or correct the dates of the lot.")


class SerialTwice(AppError):
    """A serial number is one piece, and is here once."""

    message = N_("Serial number {lot} of {sku} is on the shelf already or was entered twice. Scan another one.")


class NotOnePiece(AppError):
    """A serial number stands for one piece."""

    message = N_("Serial number {lot} of {sku} is one piece, {asked} were entered. Enter one number for each piece.")


class DatesOutOfOrder(AppError):
    """Dates that cannot be those of one lot."""

    message = N_("The dates of lot {lot} contradict each other: made first, expired last. Check the label.")


class LotExpired(AppError):
    """Expired goods leave only when somebody who may confirms it."""

    message = N_("Lot {lot} of {sku} expired on {expiry_on}. Choose another lot, or confirm that it is to go.")


class LotBlocked(AppError):
    """Blocked goods do not leave."""

    message = N_("Lot {lot} of {sku} is blocked. Choose another lot, or have it released.")


class ReturnedToSupplier(AppError):
    """A receipt whose goods went back stays while the return does."""

    message = N_("Goods of {number} went back to the supplier with {by}. Reverse {by} first.")


class MoreThanReceived(AppError):
    """No more goes back to a supplier than came with a receipt and is still to go back."""

    message = N_("{sku} {name}: of {number} at most {left} can go back, {asked} entered. Enter at most that.")


class NotAGoodsReceipt(AppError):
    """Only what came with a receipt that stands goes back to its supplier."""

    message = N_("{number} is no goods receipt that stands. Choose the receipt that the goods came with.")
