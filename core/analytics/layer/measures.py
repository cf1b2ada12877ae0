"""Measures as data: what can be asked, in one sentence each, and which sums it is made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.analytics.errors import UnknownMeasure
from core.base.exact import AMOUNT_PLACES, QUANTITY_PLACES, RATE_PLACES, round_to
from core.base.i18n import N_
from core.security.permissions import P


class Unit(StrEnum):
    """What a measure counts."""

    MONEY = "money"
    QUANTITY = "quantity"
    COUNT = "count"
    RATE = "rate"


PLACES = {Unit.MONEY: AMOUNT_PLACES, Unit.QUANTITY: QUANTITY_PLACES, Unit.COUNT: 0, Unit.RATE: RATE_PLACES}
STORED_PLACES = {"quantity": QUANTITY_PLACES, "orders": 0, "customers": 0, "lines": 0}


class Additive(StrEnum):
    """Sums that every sales table holds and that may be added up from anywhere."""

    QUANTITY = "quantity"
    NET = "net"
    TAX = "tax"
    GROSS = "gross"
    DISCOUNT = "discount"
    RETURNED = "returned"
    LINES = "lines"
    SOLD = "sold"  # net before returns: net + returned


class Distinct(StrEnum):
    """Counts of different things: never added up, always counted for the very group asked for."""

    ORDERS = "orders"
    CUSTOMERS = "customers"


Component = Additive | Distinct


@dataclass(frozen=True)
class Measure:
    """One figure: a sum or count, or the ratio of two. `behind` is what each document adds to it."""

    name: str
    label: str
    sentence: str
    unit: Unit
    numerator: Component
    denominator: Component | None = None
    behind: Additive | Distinct = Additive.NET
    needs: P | None = None

    @property
    def components(self) -> tuple[Component, ...]:
        """The sums it needs."""
        return (self.numerator,) if self.denominator is None else (self.numerator, self.denominator)

    def figure(self, numerator: int | None, denominator: int | None) -> Decimal | None:
        """The exact figure of whole smallest units; None for a ratio without a denominator."""
        upper = exact(self.numerator, numerator)
        if self.denominator is None:
            return upper
        lower = exact(self.denominator, denominator)
        return None if lower == 0 else round_to(upper / lower, PLACES[self.unit])


def exact(component: Component, units: int | None) -> Decimal:
    """A sum of smallest units as the number it stands for."""
    return Decimal(units or 0).scaleb(-STORED_PLACES.get(component.value, AMOUNT_PLACES))


def registry(*measures: Measure) -> dict[str, Measure]:
    """Measures by their names."""
    return {measure.name: measure for measure in measures}


MEASURES = registry(
    Measure(
        "net_sales",
        N_("Net sales"),
        N_(
            "Orders confirmed, on hold or completed, by order date, less goods returned and goodwill, by their dates; "
            "without tax."
        ),
        Unit.MONEY,
        Additive.NET,
    ),
    Measure(
        "gross_sales",
        N_("Sales with tax"),
        N_("Net sales plus tax, less what was returned."),
        Unit.MONEY,
        Additive.GROSS,
        behind=Additive.GROSS,
    ),
    Measure(
        "tax",
        N_("Tax"),
        N_("Tax on net sales, less the tax of returns."),
        Unit.MONEY,
        Additive.TAX,
        behind=Additive.TAX,
    ),
    Measure(
        "quantity",
        N_("Quantity"),
        N_("Quantity ordered less quantity returned."),
        Unit.QUANTITY,
        Additive.QUANTITY,
        behind=Additive.QUANTITY,
    ),
    Measure(
        "orders",
        N_("Orders"),
        N_("Number of orders; returns are not counted."),
        Unit.COUNT,
        Distinct.ORDERS,
        behind=Distinct.ORDERS,
    ),
    Measure(
        "customers",
        N_("Customers"),
        N_("Number of different customers who ordered."),
        Unit.COUNT,
        Distinct.CUSTOMERS,
        behind=Distinct.ORDERS,
    ),
    Measure(
        "average_order",
        N_("Average order"),
        N_("Net sales divided by the number of orders."),
        Unit.MONEY,
        Additive.NET,
        Distinct.ORDERS,
    ),
    Measure(
        "discount",
        N_("Discounts"),
        N_("Discounts given on order lines; returns give none back."),
        Unit.MONEY,
        Additive.DISCOUNT,
        behind=Additive.DISCOUNT,
    ),
    Measure(
        "returns",
        N_("Returns"),
        N_("Net amount of goods returned and of goodwill, by its date."),
        Unit.MONEY,
        Additive.RETURNED,
        behind=Additive.RETURNED,
    ),
    Measure(
        "return_rate",
        N_("Return rate"),
        N_("Net amount returned divided by net sales before returns, of the same period."),
        Unit.RATE,
        Additive.RETURNED,
        Additive.SOLD,
        behind=Additive.RETURNED,
    ),
    Measure(
        "lines",
        N_("Order lines"),
        N_("Number of order lines; lines of returns are not counted."),
        Unit.COUNT,
        Additive.LINES,
        behind=Additive.LINES,
    ),
)


def get_measures(names: Iterable[str]) -> tuple[Measure, ...]:
    """The measures of these names; `UnknownMeasure` for one that does not exist."""
    found = []
    for name in names:
        if name not in MEASURES:
            raise UnknownMeasure(name=name, valid=", ".join(MEASURES))
        found.append(MEASURES[name])
    return tuple(found)
