"""What a merchant makes of the rows of an order file: sales, returns, services, and what is no sale."""

import re
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from core.base.exact import COST_PLACES, PRICE_PLACES, ZERO, round_to
from core.base.search import folded
from core.catalog.models import ProductKind

SERVICE_CODES = {
    folded(code): meaning
    for code, meaning in {
        "POST": "postage",
        "DOT": "postage of the web shop",
        "C2": "carriage",
        "M": "manual entry",
        "D": "discount",
        "S": "samples",
        "B": "bad-debt adjustment",
        "BANK CHARGES": "bank charges",
        "AMAZONFEE": "fee of a platform",
        "CRUK": "commission for charity",
        "POSTAGE": "postage",
        "SHIPPING": "postage",
        "FREIGHT": "freight",
        "运费": "postage",
        "邮费": "postage",
    }.items()
}
"""Codes that stand for no goods."""

SERVICE_PREFIXES = ("gift_",)
"""Beginnings of such codes: gift vouchers are money, not goods."""

BAD_DEBT_CODES = {folded("B")}
CANCELLED_STATUSES = {
    *("cancelled", "canceled", "closed", "void", "voided", "refunded"),
    *("已取消", "取消", "交易关闭", "已关闭", "已退款", "作废", "已作废"),
}
_RETURN_NUMBER = re.compile(r"[Cc]\W?\d")
_ADJUSTMENT_NUMBER = re.compile(r"[Aa]\d")


class Terms(NamedTuple):
    """Quantity and money of a row. `exact` is what the file says, `amount` what is booked, both with their sign.

    `unit_price` and `discount` are such that quantity × price, rounded, less discount is the amount.
    """

    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    amount: Decimal
    exact: Decimal
    is_return: bool
    is_free: bool
    key: str


def terms_of(quantity: Decimal, exact: Decimal, price: Decimal | None) -> Terms:
    """Book a row of this exact amount: rounded to the cent, at the price given or else implied."""
    size, worth = abs(quantity), abs(exact)
    amount = round_to(worth)
    unit_price = round_to(worth / size if price is None else price, PRICE_PLACES)
    if round_to(size * unit_price) < amount:
        unit_price = (amount / size).quantize(Decimal(1).scaleb(-PRICE_PLACES), rounding=ROUND_CEILING)
    discount = round_to(size * unit_price) - amount
    signed = -amount if exact < 0 else amount
    key = f"{quantity.normalize():f} {unit_price.normalize():f} {exact.normalize():f}"
    return Terms(quantity, unit_price, discount, signed, exact, quantity < 0, exact == 0, key)


def unit_cost_of(terms: Terms, unit: Decimal | None, line: Decimal | None, profit: Decimal | None) -> Decimal | None:
    """What a unit of a row cost: as said; or its share of what the line cost, or of what is booked less the profit."""
    if unit is not None:
        return round_to(unit, COST_PLACES)
    if line is None and profit is None:
        return None
    cost = abs(line) if line is not None else (terms.amount - (profit or ZERO)) * (-1 if terms.is_return else 1)
    return round_to(cost / abs(terms.quantity), COST_PLACES)


def kind_of(sku: str) -> ProductKind:
    """Whether a code stands for goods or for a service."""
    code = folded(sku)
    is_service = code in SERVICE_CODES or code.startswith(SERVICE_PREFIXES)
    return ProductKind.SERVICE if is_service else ProductKind.STOCKED


def is_cancelled(status: str) -> bool:
    """Whether an order of this status never became a sale."""
    return folded(status) in CANCELLED_STATUSES


def is_return_number(number: str) -> bool:
    """Whether the channel numbers its cancellations so: C and digits."""
    return _RETURN_NUMBER.match(number) is not None


def is_adjustment_number(number: str) -> bool:
    """Whether the channel numbers its adjustments so: A and digits."""
    return _ADJUSTMENT_NUMBER.match(number) is not None


def is_no_sale(terms: Terms, customer: str) -> bool:
    """Whether a row without money only corrects the stock: goods leave, or nobody bought them."""
    return terms.is_free and (terms.is_return or not customer)
