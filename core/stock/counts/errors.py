"""What stocktakes refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class NothingToCount(AppError):
    """A plan without products."""

    message = N_(
        "There is nothing to count in {warehouse} with this choice. Choose another warehouse or more products."
    )


class AlreadyBeingCounted(AppError):
    """A product is counted by one stocktake at a time."""

    message = N_("{count} of these products are being counted in {number}. Post or cancel it first.")


class NotInCount(AppError):
    """A product outside the plan."""

    message = N_("{sku} {name} is not part of this stocktake. Put it aside and plan another one for it.")


class CountedByAnother(AppError):
    """In one round a product is counted by one person."""

    message = N_("{sku} {name} was counted by {counter} already. Where it has to be counted again, ask for a recount.")


class SerialCounted(AppError):
    """A serial number is one piece and counts once, whoever scans it and wherever."""

    message = N_(
        "{sku} {name}: serial number {lot} was counted by {counter} in {number} already. It is one piece and "
        "counts once. If another piece bears the same number, put it aside."
    )


class LotOfSeveral(AppError):
    """A lot number that several products have."""

    message = N_("Several products have lot {lot}: {codes}. Type the code of the product, a space and the lot.")


class OtherStocktake(AppError):
    """A sheet comes back to the stocktake it was made for."""

    message = N_("This sheet belongs to stocktake {sheet}, and this is {number}. Open {sheet} to enter it.")


class WholeSheet(AppError):
    """The code at the head of a sheet is none of a line."""

    message = N_("This is the code of the whole sheet {number}, which is open here. Scan the code of a line.")


class SamePersonAgain(AppError):
    """A recount is made by somebody else."""

    message = N_("You counted {sku} {name} before, so somebody else has to count it again.")


class MovedMeanwhile(AppError):
    """What was counted first cannot be added to once goods went or came."""

    message = N_(
        "{sku} {name} went or came since you began counting it. Count all of it anew and enter the whole number."
    )


class BeforeTheCount(AppError):
    """A count belongs to the time of its stocktake."""

    message = N_("{number} was opened later than that. Enter a moment since then.")


class NothingCounted(AppError):
    """A stocktake without counts."""

    message = N_("Nothing was counted yet. Enter at least one quantity; 0 says that nothing is left.")


class NothingChosen(AppError):
    """Lines that cannot be recounted or accepted."""

    message = N_("None of these lines was counted with a difference. Choose lines that were.")


class OverTolerance(AppError):
    """A large difference is counted again or accepted with a reason."""

    message = N_(
        "{sku} {name}: {counted} counted, {expected} expected. That is over the tolerance: have it counted again, "
        "or accept it with a reason."
    )


class RecountMissing(AppError):
    """A recount that was asked for."""

    message = N_("{sku} {name} was to be counted again and was not yet. Have it counted.")


class SecondCountMissing(AppError):
    """Every line is to be counted twice."""

    message = N_("{sku} {name} was counted only once. A second person has to count it.")


class StockFrozen(AppError):
    """What is being counted does not move."""

    message = N_(
        "{sku} {name} is being counted in {number} and must not move until that is posted or cancelled. "
        "Try again afterwards."
    )


class NothingLate(AppError):
    """No entry reaches back behind the counts."""

    message = N_("Nothing was entered since that reaches back behind these counts. They stand as they are.")
