"""Pure rules of kits on orders: how many of each part, and how the price of the kit is shared over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from core.base.exact import PRICE_PLACES, Rounding, allocate, round_to
from core.sales.rules import Amounts, document_amounts

PRICE_STEP = Decimal(1).scaleb(-PRICE_PLACES)


@dataclass(frozen=True)
class Shared:
    """The terms of one line of a kit: `quantity × unit_price`, rounded, less `discount` is its share of the kit."""

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    amounts: Amounts


@dataclass(frozen=True)
class Weighed:
    """A part of a kit: how many there are, what they weigh in the kit's price, and their tax."""

    quantity: Decimal
    weight: Decimal
    tax_rate: Decimal


def share_price(
    whole: Decimal,
    discount: Decimal,
    parts: Sequence[Weighed],
    *,
    prices_include_tax: bool,
    rounding: Rounding = Rounding.HALF_UP,
) -> list[Shared]:
    """Share what the kits cost (`whole`, less `discount`) over their parts by weight, to the cent.

    The shares add up to the price of the kits; the tax of parts of one rate is rounded once, as on one line.
    Parts that weigh nothing altogether share alike.
    """
    shares = allocate(whole, [part.weight for part in parts])
    prices = [
        (share / part.quantity).quantize(PRICE_STEP, rounding=ROUND_CEILING)
        for share, part in zip(shares, parts, strict=True)
    ]
    return share_discount(
        whole - discount,
        [(part.quantity, price, part.tax_rate) for part, price in zip(parts, prices, strict=True)],
        prices_include_tax=prices_include_tax,
        rounding=rounding,
    )


def share_discount(
    left: Decimal,
    parts: Sequence[tuple[Decimal, Decimal, Decimal]],
    *,
    prices_include_tax: bool,
    rounding: Rounding = Rounding.HALF_UP,
) -> list[Shared]:
    """Let parts (quantity, unit price, tax rate) come to what is left of the kits' price; the prices stay."""
    full = [round_to(quantity * price, rounding=rounding) for quantity, price, _rate in parts]
    charged = allocate(left, full)
    amounts = document_amounts(
        [(share, rate) for share, (_quantity, _price, rate) in zip(charged, parts, strict=True)],
        prices_include_tax=prices_include_tax,
        rounding=rounding,
    )
    return [
        Shared(quantity, price, whole - share, amount)
        for (quantity, price, _rate), whole, share, amount in zip(parts, full, charged, amounts, strict=True)
    ]
