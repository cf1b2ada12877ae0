"""Why a row was not booked: kinds as data, each with its sentence."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from core.base.exact import ZERO
from core.base.i18n import N_, _


class Kind(NamedTuple):
    """A kind of problem: its short name for the receipt, and its sentence."""

    label: str
    sentence: str


KINDS: dict[str, Kind] = {
    "missing": Kind(N_("Empty cell"), N_("The cell is empty, but this column is needed.")),
    "too_long": Kind(N_("Text too long"), N_("The text has {length} characters; at most {limit} fit.")),
    "not_a_number": Kind(N_("Not a number"), N_("“{text}” is not a number. Write it like 1234.56.")),
    "formula": Kind(
        N_("Formula"), N_("“{text}” is a formula; formulas are not calculated. Save the file with values instead.")
    ),
    "too_many_digits": Kind(
        N_("Too many digits"), N_("“{text}” has {digits} digits; more than 15 cannot be kept exactly.")
    ),
    "too_many_decimals": Kind(N_("Too many decimals"), N_("“{text}” has more than {limit} decimals.")),
    "too_large": Kind(N_("Number too large"), N_("“{text}” is larger than an order line can be ({limit}).")),
    "not_a_date": Kind(N_("Not a date"), N_("“{text}” is not a date. Write it like 2024-12-31 or 2024-12-31 18:30.")),
    "no_such_date": Kind(N_("Date does not exist"), N_("“{text}” does not exist in the calendar.")),
    "date_out_of_range": Kind(
        N_("Date out of range"), N_("“{text}” lies outside the years that can be booked, {first} to {last}.")
    ),
    "not_a_rate": Kind(N_("Not a rate"), N_("“{text}” is not a discount rate. Write it like 0.2 or 20%.")),
    "short_row": Kind(N_("Row with missing cells"), N_("The row has {cells} cells, the header has {columns}.")),
    "long_row": Kind(
        N_("Row with extra cells"),
        N_("The row has {cells} cells, the header has {columns}; perhaps a text with a comma lacks its quotes."),
    ),
    "zero_quantity": Kind(N_("Quantity zero"), N_("The quantity is zero.")),
    "no_price": Kind(N_("No price"), N_("Neither a price nor an amount is given.")),
    "negative_cost": Kind(N_("Negative cost"), N_("The goods would have cost less than nothing.")),
    "negative_price": Kind(N_("Negative price"), N_("The price is negative, which is no sale of goods.")),
    "wrong_sign": Kind(N_("Signs differ"), N_("Quantity and amount have different signs.")),
    "negative_discount": Kind(N_("Negative discount"), N_("The discount is negative or larger than the line.")),
    "negative_quantity": Kind(
        N_("Negative quantity"),
        N_("The quantity is negative in an order. A return needs an order number of its own that starts with C."),
    ),
    "two_customers": Kind(N_("Two customers"), N_("Order {number} names two customers: {first} and {second}.")),
    "unknown_warehouse": Kind(
        N_("Unknown warehouse"), N_("There is no open warehouse “{text}”. Open it first or correct the name.")
    ),
    "order_incomplete": Kind(
        N_("Other line unreadable"),
        N_("Line {line} of order {number} cannot be booked, so the whole order is left out. Correct that line."),
    ),
    "order_changed": Kind(
        N_("Changed since imported"),
        N_("Order {number} was imported before with other contents. Reverse that import first, or correct it by hand."),
    ),
    "kit_empty": Kind(
        N_("Kit without parts"),
        N_("{sku} is a kit and nothing is known to be in it. Enter its parts with the product, then import again."),
    ),
    "kit_not_divided": Kind(
        N_("So many kits do not divide"),
        N_("{quantity} of the kit {sku} make no exact quantity of {part}. Order a multiple of {step}."),
    ),
    "cannot_reserve": Kind(N_("Not enough stock"), "{reason}"),
    "stock_adjustment": Kind(
        N_("Stock adjustment, not a sale"),
        N_("No price and no buyer: a stock adjustment, not a sale. Correct the stock with an adjustment instead."),
    ),
    "bad_debt": Kind(
        N_("Bad-debt adjustment, not a sale"),
        N_("A bad-debt adjustment is no sale, so it was left out of sales."),
    ),
    "cancelled_order": Kind(
        N_("Cancelled order, not a sale"), N_("The order has the status “{text}”, so nothing was sold.")
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that is not booked: where it stands, why, and the money that it carries."""

    line: int
    column: str
    kind: str
    facts: dict[str, str] = field(default_factory=dict)
    amount: Decimal = ZERO

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, in the language of this context."""
        return _(KINDS[self.kind].sentence).format(**self.facts)


class Bad(NamedTuple):
    """A cell that cannot be read."""

    kind: str
    facts: dict[str, str]
