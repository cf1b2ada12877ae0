"""Dimensions as data: what answers can be grouped and filtered by."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import FromClause, Integer, String, Table, column, values

from core.analytics.errors import UnknownDimension
from core.analytics.layer.terms import AGE_LABELS, Family, Measure
from core.analytics.mirror.tables import (
    dim_brand,
    dim_category,
    dim_channel,
    dim_customer,
    dim_customer_kind,
    dim_customer_tag,
    dim_customer_word,
    dim_product,
    dim_product_tag,
    dim_region,
    dim_segment,
    dim_segment_name,
    dim_tag,
    dim_user,
    dim_variant,
    dim_warehouse,
)
from core.base.i18n import N_

MONDAY, SUNDAY = 1, 7
DAY = "day"
COHORT = "cohort"
_DECEMBER = 12


class Grain(StrEnum):
    """How long a bucket of days is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def is_months(self) -> bool:
        """Whether buckets are whole months."""
        return self in (Grain.MONTH, Grain.QUARTER, Grain.YEAR)

    def start(self, day: date) -> date:
        """The first day of the bucket a day is in."""
        match self:
            case Grain.DAY:
                return day
            case Grain.WEEK:
                return day - timedelta(days=day.weekday())
            case Grain.MONTH:
                return day.replace(day=1)
            case Grain.QUARTER:
                return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
            case Grain.YEAR:
                return day.replace(month=1, day=1)

    def next(self, start: date) -> date:
        """The first day of the bucket after the one that starts here."""
        match self:
            case Grain.DAY:
                return start + timedelta(days=1)
            case Grain.WEEK:
                return start + timedelta(days=7)
            case Grain.MONTH:
                return add_months(start, 1)
            case Grain.QUARTER:
                return add_months(start, 3)
            case Grain.YEAR:
                return add_months(start, 12)


class Part(StrEnum):
    """A number taken from a moment, such as its hour."""

    HOUR = "hour"
    WEEKDAY = "weekday"


@dataclass(frozen=True)
class Hop:
    """From ids to others: rows of a table found by `key` lead to its `column`.

    One that finds several rows for an id makes a dimension overlap: a fact counts for each of them.
    """

    table: Table
    column: str
    key: str = "id"
    is_many: bool = False


@dataclass(frozen=True)
class Route:
    """A key that facts hold, and the hops from there to the dimension's own id."""

    key: str
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True)
class Dimension:
    """One way to group and filter. `routes` go from any key to its id, the shortest first.

    A family of facts says which keys it has. Labels of a dimension that `is_worded` are texts of ours, to be
    translated when shown. `only` names the measures that know it; none: all of its families.
    """

    name: str
    label: str
    sentence: str
    routes: tuple[Route, ...]
    grain: Grain | None = None
    part: Part | None = None
    labels: FromClause | None = None
    is_worded: bool = False
    only: tuple[str, ...] = ()

    @property
    def is_ordered(self) -> bool:
        """Whether its values have an order of their own, as days have."""
        return self.labels is None

    @property
    def overlaps(self) -> bool:
        """Whether one fact may stand in several rows, which then add up to more than the total."""
        return any(hop.is_many for route in self.routes for hop in route.hops)

    @property
    def is_of_days(self) -> bool:
        """Whether it is found from the day alone."""
        return self.routes[0].key == DAY

    def belongs_to(self, family: Family) -> bool:
        """Whether a family holds any key it can be found from."""
        return any(route.key in family.columns for route in self.routes)

    def suits(self, measure: Measure) -> bool:
        """Whether a measure can be grouped and filtered by it."""
        if self.only and measure.name not in self.only:
            return False
        return all(self.belongs_to(family) for family in measure.families)

    def route(self, family: Family, table: Table) -> tuple[str, tuple[Hop, ...]] | None:
        """The column of a family's table to start from, and the hops; None where the table cannot tell."""
        for route in self.routes:
            column = family.columns.get(route.key)
            if column is not None and column in table.c:
                return column, route.hops
        return None


LOT_AGE = "lot_age"
# 0 is what has no age: goods of which there are none or fewer, and what they are worth.
_AGES = values(column("id", Integer), column("name", String), name="lot_ages").data(list(enumerate(AGE_LABELS, 1)))
_OF_PRODUCT = Hop(dim_product, "category_id")


def _from(key: str, *hops: Hop) -> tuple[Route, ...]:
    return (Route(key, hops),)


def _category(name: str, label: str, sentence: str, level: int | None = None) -> Dimension:
    """Found from the category a fact holds, or from its product's."""
    hops = () if level is None else (Hop(dim_category, f"level_{level}"),)
    routes = (Route("category_id", hops), Route("product_id", (_OF_PRODUCT, *hops)))
    return Dimension(name, label, sentence, routes, labels=dim_category)


def _of_customer(name: str, label: str, sentence: str) -> Dimension:
    """A number that the mirror keeps of each customer."""
    return Dimension(name, label, sentence, _from("customer_id", Hop(dim_segment, name, "customer_id")))


DIMENSIONS = {
    dimension.name: dimension
    for dimension in (
        Dimension("day", N_("Day"), N_("The business day."), _from(DAY), Grain.DAY),
        Dimension("week", N_("Week"), N_("The week, from Monday, named by its Monday."), _from(DAY), Grain.WEEK),
        Dimension("month", N_("Month"), N_("The calendar month."), _from(DAY), Grain.MONTH),
        Dimension("quarter", N_("Quarter"), N_("The calendar quarter."), _from(DAY), Grain.QUARTER),
        Dimension("year", N_("Year"), N_("The calendar year."), _from(DAY), Grain.YEAR),
        Dimension(
            "hour", N_("Hour"), N_("The hour of the day in the company's time zone."), _from("hour"), part=Part.HOUR
        ),
        Dimension(
            "weekday",
            N_("Weekday"),
            N_("The day of the week, 1 for Monday to 7 for Sunday."),
            _from(DAY),
            part=Part.WEEKDAY,
        ),
        Dimension(
            "product",
            N_("Product"),
            N_("The product, all its variants together."),
            _from("product_id"),
            labels=dim_product,
        ),
        Dimension("sku", N_("SKU"), N_("The variant that was sold."), _from("variant_id"), labels=dim_variant),
        _category("category", N_("Category"), N_("The category the product stands in today.")),
        _category("top_category", N_("Main category"), N_("The highest category above the product's."), 1),
        _category(
            "category_2",
            N_("Second level"),
            N_("The category on the second level above the product's, or its own where that stands higher."),
            2,
        ),
        _category(
            "category_3",
            N_("Third level"),
            N_("The category on the third level above the product's, or its own where that stands higher."),
            3,
        ),
        Dimension(
            "product_tag",
            N_("Product tag"),
            N_("A tag on the product. One with several counts in each, so rows may add up to more than the total."),
            _from("product_id", Hop(dim_product_tag, "tag_id", "product_id", is_many=True)),
            labels=dim_tag,
        ),
        Dimension(
            "brand",
            N_("Brand"),
            N_("The product's brand."),
            _from("product_id", Hop(dim_product, "brand_id")),
            labels=dim_brand,
        ),
        Dimension("customer", N_("Customer"), N_("Who bought."), _from("customer_id"), labels=dim_customer),
        Dimension(
            "customer_kind",
            N_("Kind of customer"),
            N_("Whether the customer is a company or a person."),
            _from("customer_id", Hop(dim_customer, "kind_id")),
            labels=dim_customer_kind,
            is_worded=True,
        ),
        Dimension(
            "customer_tag",
            N_("Customer tag"),
            N_("A tag on the customer. One with several counts in each, so rows may add up to more than the total."),
            _from("customer_id", Hop(dim_customer_tag, "tag_id", "customer_id", is_many=True)),
            labels=dim_customer_word,
        ),
        Dimension(
            "segment",
            N_("Segment"),
            N_("The segment the customer is in today, by how lately, how often and how much they bought."),
            _from("customer_id", Hop(dim_segment, "segment", "customer_id")),
            labels=dim_segment_name,
            is_worded=True,
        ),
        _of_customer("cohort", N_("First order in"), N_("The month of the customer's first order.")),
        _of_customer(
            "recency",
            N_("Recency"),
            N_("How lately the customer ordered, beside all who did in the last 12 months: 5 is lately."),
        ),
        _of_customer(
            "frequency",
            N_("Frequency"),
            N_("How often the customer ordered, beside all who did in the last 12 months: 5 is often."),
        ),
        Dimension(
            "region", N_("Region"), N_("The region written on the order."), _from("region_id"), labels=dim_region
        ),
        Dimension("channel", N_("Channel"), N_("Where the order came from."), _from("channel_id"), labels=dim_channel),
        Dimension(
            "warehouse", N_("Warehouse"), N_("The warehouse that ships."), _from("warehouse_id"), labels=dim_warehouse
        ),
        Dimension("sales_rep", N_("Sales rep"), N_("Who sold."), _from("sales_rep_id"), labels=dim_user),
        Dimension(
            LOT_AGE,
            N_("Age of lots"),
            N_(
                "How long ago goods were received, at the end of the period: what is here counts as what came in last. "
                "Warehouses share the ages of a product by quantity."
            ),
            _from(LOT_AGE),
            labels=_AGES,
            is_worded=True,
            only=("on_hand", "stock_value"),
        ),
    )
}


def get_dimensions(names: Iterable[str]) -> tuple[Dimension, ...]:
    """The dimensions of these names; `UnknownDimension` for one that does not exist."""
    found = []
    for name in names:
        if name not in DIMENSIONS:
            raise UnknownDimension(name=name, valid=", ".join(DIMENSIONS))
        found.append(DIMENSIONS[name])
    return tuple(found)


def written(dimension: Dimension, value: object) -> str | int | None:
    """A value of a row as a script reads it: 2026-03, 2026-Q1, a name, an hour; None for "none"."""
    if isinstance(value, date):
        match dimension.grain:
            case Grain.MONTH:
                return f"{value:%Y-%m}"
            case Grain.QUARTER:
                return f"{value.year}-Q{(value.month + 2) // 3}"
            case Grain.YEAR:
                return f"{value:%Y}"
        return value.isoformat()
    if dimension.name == COHORT and isinstance(value, int):
        return f"{value // 100}-{value % 100:02}" if value else None
    return value if isinstance(value, str | int) else None


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    total = day.year * 12 + day.month - 1 + months
    year, month = total // 12, total % 12 + 1
    for last in (day.day, 30, 29, 28):
        if last <= day.day:
            try:
                return date(year, month, last)
            except ValueError:
                continue
    raise ValueError(f"{day} has no day {months} months away")


def month_after(day: date) -> date:
    """The first of a month that is not before this day."""
    return day if day.day == 1 else Grain.MONTH.next(day.replace(day=1))
