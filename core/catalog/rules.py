"""What a product must be like, and the forms it is entered in."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from core.base.errors import InvalidInput
from core.base.exact import PRICE_PLACES, QUANTITY_PLACES, RATE_PLACES, ZERO, fits
from core.base.i18n import N_
from core.base.search import folded, one_line
from core.catalog.errors import RetailBelowLowest
from core.catalog.models import ProductKind
from core.fields.rules import Values

LENGTHS = {"sku": 64, "name": 200, "brand": 80, "model": 80, "specification": 120, "unit": 20, "note": 2000}
_TEXTS = ("sku", "name", "brand", "unit", "model", "specification")
TAG_LENGTH = 40
BARCODE_LENGTH = 64
CATEGORY_LENGTH = 80
MOST_BARCODES = 20
HIGHEST_PRICE = Decimal(10_000_000_000)
FIELD_LABELS = {
    "sku": N_("Code"),
    "name": N_("Product name"),
    "brand": N_("Brand"),
    "model": N_("Model"),
    "specification": N_("Specification"),
    "weight": N_("Weight (kg)"),
    "unit": N_("Unit"),
    "note": N_("Note"),
    "tax_rate": N_("Tax rate"),
    "purchase_price": N_("Purchase price"),
    "retail_price": N_("Retail price"),
    "wholesale_price": N_("Wholesale price"),
    "lowest_price": N_("Lowest price"),
}


@dataclass(frozen=True)
class ProductEntry:
    """A product as it is typed into the form. Without a purchase price or custom values, those on record stay."""

    sku: str
    name: str
    category_id: int | None = None
    brand: str = ""
    kind: ProductKind = ProductKind.STOCKED
    unit: str = ""
    tax_rate: Decimal = ZERO
    purchase_price: Decimal | None = None
    retail_price: Decimal = ZERO
    wholesale_price: Decimal = ZERO
    lowest_price: Decimal = ZERO
    barcodes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    model: str = ""
    specification: str = ""
    weight: Decimal | None = None
    custom: Values | None = None


@dataclass(frozen=True)
class ProductDraft:
    """A product as a file names it: enough to create it where it is missing."""

    sku: str
    name: str
    category: tuple[str, ...] = ()
    brand: str = ""
    kind: ProductKind = ProductKind.STOCKED
    unit: str = ""
    retail_price: Decimal = ZERO
    purchase_price: Decimal = ZERO
    tax_rate: Decimal = ZERO


def checked(entry: ProductEntry) -> ProductEntry:
    """The entry as it will be kept: trimmed, exact; refuses what is missing, too long or negative."""
    texts: dict[str, Any] = {name: text_within(getattr(entry, name), name) for name in _TEXTS}
    for name in ("sku", "name"):
        if not texts[name]:
            raise InvalidInput(field=FIELD_LABELS[name], reason=N_("must not be empty. Enter it and try again."))
    for name in ("retail_price", "wholesale_price", "lowest_price", "purchase_price"):
        _check_number(name, getattr(entry, name), PRICE_PLACES)
    _check_number("tax_rate", entry.tax_rate, RATE_PLACES)
    _check_number("weight", entry.weight, QUANTITY_PLACES)
    if entry.tax_rate > 1:
        raise InvalidInput(field=FIELD_LABELS["tax_rate"], reason=N_("must lie between 0 % and 100 %."))
    if entry.retail_price < entry.lowest_price:
        raise RetailBelowLowest(retail=entry.retail_price, lowest=entry.lowest_price)
    return replace(
        entry,
        **texts,
        note=entry.note.replace("\0", "").strip()[: LENGTHS["note"]],
        barcodes=barcodes_of(entry.barcodes),
        tags=tags_of(entry.tags),
    )


def text_within(typed: str, name: str) -> str:
    """One trimmed line; `InvalidInput` where it is too long for its field."""
    text = one_line(typed)
    if len(text) > LENGTHS[name]:
        raise InvalidInput(field=FIELD_LABELS[name], reason=N_("is too long."))
    return text


def barcodes_of(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Barcodes without blanks and doubles, letters in capitals as scanners send them."""
    codes = tuple(dict.fromkeys(code for code in (barcode_of(each) for each in typed) if code))
    if len(codes) > MOST_BARCODES:
        raise InvalidInput(field=N_("Barcodes"), reason=N_("are too many for one product."))
    if any(len(code) > BARCODE_LENGTH for code in codes):
        raise InvalidInput(field=N_("Barcodes"), reason=N_("A barcode is too long."))
    return codes


def barcode_of(typed: str) -> str:
    """The form in which a barcode is kept and looked up."""
    return one_line(typed).replace(" ", "").upper()


def tags_of(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Tags without blanks and doubles; two spellings that differ in case are one tag."""
    tags = {folded(each): one_line(each)[:TAG_LENGTH].strip() for each in reversed(typed) if one_line(each)}
    return tuple(sorted(tags.values()))


def category_name(typed: str) -> str:
    """One trimmed line that is not empty."""
    name = one_line(typed)
    if not name:
        raise InvalidInput(field=N_("Category"), reason=N_("must not be empty. Enter it and try again."))
    if len(name) > CATEGORY_LENGTH:
        raise InvalidInput(field=N_("Category"), reason=N_("is too long."))
    return name


def _check_number(name: str, number: Decimal | None, places: int) -> None:
    if number is None:
        return
    if not number.is_finite() or number < 0:
        raise InvalidInput(field=FIELD_LABELS[name], reason=N_("must not be negative."))
    if number > HIGHEST_PRICE:
        raise InvalidInput(field=FIELD_LABELS[name], reason=N_("is too large. Enter a smaller number."))
    if not fits(number, places):
        raise InvalidInput(
            field=FIELD_LABELS[name],
            reason=N_("has too many decimals; use at most four.")
            if places == PRICE_PLACES
            else N_("has too many decimals."),
        )
