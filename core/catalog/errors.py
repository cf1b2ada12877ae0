"""Refusals of the catalogue."""

from core.base.errors import AppError
from core.base.i18n import N_
from core.catalog.models import ProductKind


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


class ProductInKit(AppError):
    """A kit holds it."""

    message = N_("{sku} {name} is a part of the kit {kit}. Take it out of that kit first.")


class CategoryTaken(AppError):
    """Sisters need different names."""

    message = N_("There is already a category {name} at this place. Choose another name.")


class CategoryLoop(AppError):
    """A tree has no loops."""

    message = N_("{name} cannot be moved below itself or one of its own subcategories. Choose another place.")


class CategoryInUse(AppError):
    """What holds products or subcategories stays."""

    message = N_("{name} still holds products or subcategories. Move them to another category first.")


class NothingTyped(AppError):
    """Nothing stands in the line."""

    message = N_("Nothing was typed. Enter a code, pinyin or barcode and, if it is not one, the quantity.")


class TooManyLines(AppError):
    """More lines are pasted than should be looked up at once."""

    message = N_("{count} lines are more than can be taken at once. Paste at most {most} at a time.")


class UnknownProduct(AppError):
    """No product on sale matches what was typed."""

    message = N_("No product on sale matches “{typed}”. Check the code, or add the product first.")


class ProductRetired(AppError):
    """A retired product is not sold any more."""

    message = N_("{sku} {name} is retired. Choose another product or ask for it to be reactivated.")


class SeveralProducts(AppError):
    """What was typed may mean more than one product."""

    message = N_("“{typed}” may mean {count} products, such as {codes}. Enter the whole code.")


class UnreadableLine(AppError):
    """A pasted row without code, or whose quantity or price is no number."""

    message = N_("“{line}” was not understood. A pasted row is code, quantity and, if needed, price.")


class NotStocked(AppError):
    """A service has no stock."""

    message = N_("{sku} {name} is a service and is not kept in stock. Remove it from the document.")


class KitNotStocked(AppError):
    """A kit has no stock of its own."""

    message = N_("{sku} {name} is a kit and is not kept in stock itself. Enter its parts instead.")


def not_stocked(sku: str, name: str, kind: ProductKind) -> AppError:
    """Why this cannot stand on a document of stock."""
    return (KitNotStocked if kind is ProductKind.KIT else NotStocked)(sku=sku, name=name)


class UnknownUnit(AppError):
    """The product is not counted in this unit."""

    message = N_("“{unit}” is not a unit here. Use one of {units}.")


class UnitsDiffer(AppError):
    """Kilograms are no hours."""

    message = N_("{source} cannot be converted into {target}: they measure different things. Choose another unit.")


class UnitTwice(AppError):
    """Two units of a product must differ in name and size."""

    message = N_("Another unit of this product has the name or the size of “{unit}”. Leave one of them out.")


class UnitTooFine(AppError):
    """A piece that cannot be kept exactly would be lost by rounding."""

    message = N_(
        "One {unit} is {ratio} of {base}, which cannot be kept exactly. Make the smallest unit the stock unit "
        "of this product and state the larger ones in it."
    )


class DoesNotDivide(AppError):
    """The quantity has no exact form in the stock unit."""

    message = N_("{quantity} {unit} is no exact quantity in {base}. Enter a quantity in {base}.")


class NoKit(AppError):
    """Only a kit has parts."""

    message = N_("{sku} {name} is not a kit and has no parts. Add a new product of the kind kit.")


class KitStaysKit(AppError):
    """Stock and orders know a product as what it began as."""

    message = N_(
        "{sku} {name} cannot become a kit, or stop being one: stock and orders know it as it is. "
        "Add a new product instead."
    )


class KitInKit(AppError):
    """Kits hold products, not kits."""

    message = N_("{sku} is a kit itself and cannot be a part of {kit}. Enter what it holds instead.")


class PartTwice(AppError):
    """Each part stands once."""

    message = N_("{sku} stands twice among the parts. Enter it once, with the whole quantity.")


class KitOfServices(AppError):
    """Something of a kit has to be goods."""

    message = N_("{sku} would hold services only. Put at least one product that is kept in stock into it.")


class KitWithoutParts(AppError):
    """Nothing is known to be in the kit."""

    message = N_("{sku} {name} has no parts yet. Enter on its own screen what one of it holds, then sell it.")


class KitDoesNotDivide(AppError):
    """So many kits are no exact quantity of a part."""

    message = N_("{quantity} of {sku} is no exact quantity of its part {part}. Enter a multiple of {step}.")


class NoSubstitute(AppError):
    """A product takes the place of another one, and only goods do."""

    message = N_("{sku} cannot be a substitute here: choose another product that is kept in stock.")
