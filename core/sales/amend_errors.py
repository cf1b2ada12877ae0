"""What amendments and templates refuse."""

from core.base.errors import AppError
from core.base.i18n import N_


class NotAmendable(AppError):
    """Only a confirmed order is amended."""

    message = N_("{number} is “{state}” and cannot be amended. {remedy}")
    texts = ("state", "remedy")


class AmendmentOpen(AppError):
    """An order has at most one open amendment."""

    message = N_("{number} already has an open amendment, {amendment}. Accept, change or decline that one.")


class NothingAmended(AppError):
    """An amendment has to change something."""

    message = N_("Nothing of {number} would change. Change a quantity, price, discount, product or the note.")


class NothingLeft(AppError):
    """An order keeps at least one line."""

    message = N_("Nothing would be left on {number}. Cancel the order instead.")


class BelowShipped(AppError):
    """What has left cannot be taken off the order."""

    message = N_("{shipped} of {sku} have been shipped, so {asked} is too few. Undo the shipment or enter a return.")


class PriceSettled(AppError):
    """A return refunds its exact share of the line, so the line keeps its price."""

    message = N_("{returned} of {sku} came back at its price. Leave price and discount, or add the product once more.")


class KitNotAmended(AppError):
    """The price of a kit is one for all its parts."""

    message = N_(
        "{sku} is a part of the kit {kit}, which changes as a whole. Change the quantity, price or discount of the "
        "kit itself, or set it to zero."
    )


class KitInPlace(AppError):
    """A kit is several lines, so it does not take the place of one."""

    message = N_("{sku} is a kit and cannot take the place of a line. Take the line off and add the kit.")


class KitSettled(AppError):
    """A return refunds its exact share of the kit, so the kit keeps its terms."""

    message = N_(
        "{returned} of {sku}, a part of the kit {kit}, came back at its share of the price. Leave the kit as it is, "
        "or add it once more."
    )


class LineInUse(AppError):
    """A return refers to the line."""

    message = N_("A return refers to the line of {sku}. Leave the line, with a smaller quantity.")


class NothingToCopy(AppError):
    """All products of what is to be copied are retired."""

    message = N_("None of these products is for sale any more. Choose others in a new order.")


class TemplateExists(AppError):
    """Names of a customer's lists are told apart."""

    message = N_("{customer} already has a list “{name}”. Choose another name, or edit that list.")


class EmptyTemplate(AppError):
    """A list names at least one product."""

    message = N_("“{name}” has no products. Add at least one.")


class TemplateRetired(AppError):
    """A list out of use is not applied."""

    message = N_("“{name}” is out of use. Use it again first, or choose another list.")


class ListOfOther(AppError):
    """A list belongs to one customer."""

    message = N_("“{name}” is a list of another customer. Choose one of this customer's lists.")
