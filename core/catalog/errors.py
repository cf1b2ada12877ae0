"""Refusals of the catalogue."""

from core.base.errors import AppError
from core.base.i18n import N_


class SkuTaken(AppError):
    """Two products cannot share a code."""

    message = N_("The code {sku} already belongs to {name}. Choose another code.")


class BarcodeTaken(AppError):
    """A scanner must find one product."""

    message = N_("The barcode {code} already belongs to {sku} {name}. Remove it there first, or leave it out here.")


class RetailBelowLowest(AppError):
    """The ordinary price would break the product's own floor."""

    message = N_("The retail price {retail} is below the lowest price {lowest}. Raise it or lower the lowest price.")


class ProductHasHistory(AppError):
    """What documents refer to stays."""

    message = N_(
        "{sku} {name} cannot be deleted: orders, returns or stock movements refer to it. "
        "Retire it instead; it then no longer appears in order entry."
    )


class CategoryTaken(AppError):
    """Sisters need different names."""

    message = N_("There is already a category {name} at this place. Choose another name.")


class CategoryLoop(AppError):
    """A tree has no loops."""

    message = N_("{name} cannot be moved below itself or one of its own subcategories. Choose another place.")


class CategoryInUse(AppError):
    """What holds products or subcategories stays."""

    message = N_("{name} still holds products or subcategories. Move them to another category first.")
