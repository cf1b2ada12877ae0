"""What is special about one customer, each trait with the figures it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.base.i18n import N_

MORE = Decimal("1.5")
"""So many times as much as all customers is special."""

FEWEST_ORDERS = 3
LONG_ENOUGH_DAYS = 365


class Trait(StrEnum):
    """What is told of a customer."""

    BASKET = "basket"
    RHYTHM = "rhythm"
    OFFERS = "offers"
    RETURNS = "returns"
    CHANNEL = "channel"
    SEASON = "season"
    PAYMENT = "payment"


TRAIT_LABELS = {
    Trait.BASKET: N_("Basket"),
    Trait.RHYTHM: N_("Purchase rhythm"),
    Trait.OFFERS: N_("Price sensitivity"),
    Trait.RETURNS: N_("Return habit"),
    Trait.CHANNEL: N_("Channel"),
    Trait.SEASON: N_("Season"),
    Trait.PAYMENT: N_("Payment delay"),
}
DEFINITIONS = {
    Trait.BASKET: N_("Net sales ÷ orders of the last two years, beside that of all customers."),
    Trait.RHYTHM: N_("The middle pause between days with orders of the last two years; needs three such days."),
    Trait.OFFERS: N_("Share of net sales in lines sold at a discount, beside that of all customers."),
    Trait.RETURNS: N_("Net amount returned ÷ net sales before returns, beside that of all customers."),
    Trait.CHANNEL: N_("The channel with most orders and its share of them."),
    Trait.SEASON: N_("The quarter of the year in which most is bought; needs orders over a whole year."),
    Trait.PAYMENT: N_(
        "Days from an order to the money for it, each payment with its weight, beside that of all customers. "
        "Only money that is in counts."
    ),
}


class Stands(StrEnum):
    """How a figure stands to that of all customers."""

    MORE = "more"
    LESS = "less"
    USUAL = "usual"


def stands(own: Decimal | None, of_all: Decimal | None) -> Stands:
    """Whether this is at least one and a half times as much as usual, at most two thirds, or about as usual."""
    if own is None or of_all is None or of_all <= 0:
        return Stands.USUAL
    if own >= of_all * MORE:
        return Stands.MORE
    return Stands.LESS if own * MORE <= of_all else Stands.USUAL


@dataclass(frozen=True)
class Paid:
    """A part of an order's money that came in so many days after the order."""

    days: int
    amount: Decimal


def payment_days(paid: Sequence[Paid]) -> Decimal | None:
    """The mean days until the money came, each amount with its weight; None without money."""
    total = sum((each.amount for each in paid), Decimal(0))
    if total <= 0:
        return None
    return sum((each.days * each.amount for each in paid), Decimal(0)) / total


def strongest_quarter(by_month: dict[int, Decimal], first: date, today: date) -> tuple[int, Decimal] | None:
    """The quarter (1 to 4) in which most is bought and its share; None within the first year."""
    total = sum(by_month.values(), Decimal(0))
    if (today - first).days < LONG_ENOUGH_DAYS or total <= 0:
        return None
    quarters = {
        quarter: sum((by_month.get(month, Decimal(0)) for month in range(3 * quarter - 2, 3 * quarter + 1)), Decimal(0))
        for quarter in range(1, 5)
    }
    best = max(quarters, key=lambda quarter: (quarters[quarter], -quarter))
    return best, quarters[best] / total
