"""The family of sales: orders by their day, less returns by theirs; its sums and its measures."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, distinct, func, literal_column

from core.analytics.layer.compose import Want
from core.analytics.layer.dimensions import Dimension, Grain
from core.analytics.layer.terms import ZERO, Component, Family, Measure, Unit, registry
from core.analytics.mirror.tables import (
    agg_customer,
    agg_customer_month,
    agg_day,
    agg_product,
    agg_region,
    agg_rep,
    fact_order,
    fact_sales,
)
from core.base.exact import BEYOND_PLACES, PRICE_PLACES, QUANTITY_PLACES
from core.base.i18n import N_
from core.security.permissions import P

PRODUCT = "product"
_MOST_BITS = 500_000_000
_FEW, _MANY = 100, 5_000
_OF_FEW = {"weekday", "hour", "channel", "warehouse", "region", "sales_rep", "customer_kind", "segment", "customer_tag"}
SALES = Family(
    "sales",
    N_("Sales"),
    (agg_customer, agg_product, agg_region, agg_rep, agg_day, agg_customer_month, fact_order, fact_sales),
    {
        name: name
        for name in (
            "day",
            "hour",
            "variant_id",
            "product_id",
            "category_id",
            "channel_id",
            "warehouse_id",
            "customer_id",
            "region_id",
            "sales_rep_id",
        )
    },
    needs=P.SALES_ANALYSE,
    reads=P.ORDER_READ,
)


@dataclass(frozen=True)
class Orders(Component):
    """Different orders: added up where a table counts them, as all it is grouped by belongs to whole orders.

    Of single products they add up as well: one line of each product on an order counts it.
    """

    def knows(self, table: Table) -> bool:
        """Tables of lines count documents; others must have counted orders."""
        return any(name in table.c for name in ("orders", "document_id", "product_orders"))

    def adds_up_over(self, by: Sequence[Dimension]) -> bool:
        """An order has one of whatever belongs to whole orders, and may have several products."""
        return all(each.is_of_days or each.route(SALES, fact_order) is not None for each in by)

    def can_sum(self, want: Want, table: Table) -> bool:
        """One that only counts orders of products must be asked for products."""
        return "orders" in table.c or "document_id" in table.c or _tells_products_apart(want)

    def counted(self, want: Want, table: Table) -> ColumnElement[int]:
        """Of single products, the lines that stand for their orders."""
        if "orders" not in table.c and "product_orders" in table.c and _tells_products_apart(want):
            return func.sum(table.c.product_orders)
        return self.summed(table)

    def summed(self, table: Table) -> ColumnElement[int]:
        """Never the number of lines."""
        if "orders" in table.c:
            return func.sum(table.c.orders)
        return func.count(distinct(table.c.document_id)).filter(table.c.kind == ZERO)


@dataclass(frozen=True)
class Customers(Component):
    """Different customers who ordered: never added up, counted for the very group asked for."""

    @property
    def adds_up(self) -> bool:
        """Who orders in two months is one customer."""
        return False

    def adds_up_over(self, by: Sequence[Dimension]) -> bool:  # noqa: ARG002 - as it is asked of all
        """Who orders in two groups is one customer."""
        return False

    def knows(self, table: Table) -> bool:
        """Tables of documents do, and the one with a row for each customer."""
        return "document_id" in table.c or table is agg_customer

    def counted(self, want: Want, table: Table) -> ColumnElement[int]:
        """In few groups each customer is a bit, which is as exact and takes a third of the time."""
        if table is agg_customer or not 0 < _groups(want) * want.customers < _MOST_BITS:
            return self.summed(table)
        above: ColumnElement[int] = literal_column(str(want.customers))
        bits = func.bitstring_agg(table.c.customer_id, ZERO, above)
        return func.bit_count(bits.filter(table.c.kind == ZERO))

    def summed(self, table: Table) -> ColumnElement[int]:
        """Whoever only brought goods back is not counted."""
        if table is agg_customer:
            return func.count(distinct(table.c.customer_id)).filter(table.c.orders > ZERO)
        return func.count(distinct(table.c.customer_id)).filter(table.c.kind == ZERO)


NET, TAX, GROSS, DISCOUNT, RETURNED = (
    Component(SALES, name, columns=(name,)) for name in ("net", "tax", "gross", "discount", "returned")
)
QUANTITY = Component(SALES, "quantity", QUANTITY_PLACES, ("quantity",))
LINES = Component(SALES, "lines", 0, ("lines",))
SOLD = Component(SALES, "sold", columns=("net", "returned"))
ORDERS = Orders(SALES, "orders", 0)
CUSTOMERS = Customers(SALES, "customers", 0)


def _groups(want: Want) -> int:
    """About how many rows the answer has at most."""
    groups = 1
    for each in want.by:
        if each.grain is None:
            groups *= _FEW if each.name in _OF_FEW else _MANY
        else:
            since, until = want.period.since, want.period.until or want.today
            groups *= (until - since).days // (1 if each.grain is Grain.DAY else 7) + 2 if since else _MANY
    return groups


def _tells_products_apart(want: Want) -> bool:
    """Whether each row is of one product, and all or nothing of it on an order counts."""
    filtered = [each for each in want.filters if not each.negated and each.dimension.name == PRODUCT]
    of_lines = any(each.routes[0].key == "variant_id" for each in want.dimensions)
    return not of_lines and (
        any(each.name == PRODUCT for each in want.by) or any(len(each.values) == 1 for each in filtered)
    )


@dataclass(frozen=True)
class Margin(Component):
    """What is left of sales whose cost is known; amounts have 2 decimals and costs 4."""

    def summed(self, table: Table) -> ColumnElement[int]:
        """Amounts in the decimals of costs, less costs."""
        return func.sum(table.c.costed_net * _HUNDRED - table.c.cost)


@dataclass(frozen=True)
class Uncosted(Component):
    """Sales whose cost nobody knows."""

    def summed(self, table: Table) -> ColumnElement[int]:
        """All sales less those whose cost is known."""
        return func.sum(table.c.net - table.c.costed_net)


@dataclass(frozen=True)
class Unrounded(Component):
    """Net sales as files said them before each line was rounded to cents."""

    def summed(self, table: Table) -> ColumnElement[int]:
        """Whole cents in the decimals of what is beyond them, and that."""
        return func.sum(table.c.net) * _BEYOND + func.sum(table.c.beyond)


_HUNDRED: ColumnElement[int] = literal_column("100")
_BEYOND: ColumnElement[int] = literal_column("10000")
COST = Component(SALES, "cost", PRICE_PLACES, ("cost",))
COSTED = Component(SALES, "costed_net", columns=("costed_net",))
MARGIN = Margin(SALES, "margin", PRICE_PLACES, ("cost", "costed_net"))
UNROUNDED = Unrounded(SALES, "unrounded", BEYOND_PLACES, ("net", "beyond"))
UNCOSTED = Uncosted(SALES, "uncosted", columns=("net", "costed_net"))

SALES_MEASURES = registry(
    Measure(
        "net_sales",
        N_("Net sales"),
        N_(
            "Orders confirmed, on hold or completed, by order date, less goods returned and goodwill, by their dates; "
            "without tax. The sum of lines in whole cents, as they were billed."
        ),
        Unit.MONEY,
        NET,
    ),
    Measure(
        "net_sales_unrounded",
        N_("Net sales, rounded once"),
        N_(
            "Net sales with imported lines as exact as their files say them, added up and rounded once; without "
            "imports the same as net sales."
        ),
        Unit.MONEY,
        UNROUNDED,
    ),
    Measure(
        "gross_sales",
        N_("Sales with tax"),
        N_("Net sales plus tax, less what was returned."),
        Unit.MONEY,
        GROSS,
    ),
    Measure("tax", N_("Tax"), N_("Tax on net sales, less the tax of returns."), Unit.MONEY, TAX),
    Measure("quantity", N_("Quantity"), N_("Quantity ordered less quantity returned."), Unit.QUANTITY, QUANTITY),
    Measure("orders", N_("Orders"), N_("Number of orders; returns are not counted."), Unit.COUNT, ORDERS),
    Measure(
        "customers",
        N_("Customers"),
        N_("Number of different customers who ordered."),
        Unit.COUNT,
        CUSTOMERS,
        behind=ORDERS,
    ),
    Measure(
        "average_order",
        N_("Average order"),
        N_("Net sales divided by the number of orders; nothing where there is no order."),
        Unit.MONEY,
        NET,
        ORDERS,
    ),
    Measure(
        "discount",
        N_("Discounts"),
        N_("Discounts given on order lines; returns give none back."),
        Unit.MONEY,
        DISCOUNT,
    ),
    Measure(
        "returns", N_("Returns"), N_("Net amount of goods returned and of goodwill, by its date."), Unit.MONEY, RETURNED
    ),
    Measure(
        "return_rate",
        N_("Return rate"),
        N_("Net returned divided by net sales before returns, of the same period; nothing where nothing was sold."),
        Unit.RATE,
        RETURNED,
        SOLD,
    ),
    Measure(
        "lines",
        N_("Order lines"),
        N_("Number of order lines; lines of returns are not counted."),
        Unit.COUNT,
        LINES,
    ),
    Measure(
        "cost",
        N_("Cost"),
        N_(
            "What the goods of net sales cost: what was shipped, less what came back, as the stock's books say, with "
            "freight and prices that became known later in a period still open; the rest as known when the order was "
            "confirmed, or as the imported file says."
        ),
        Unit.MONEY,
        COST,
        needs=P.COST_READ,
    ),
    Measure(
        "margin",
        N_("Margin"),
        N_("Net sales of lines whose cost is known, less that cost."),
        Unit.MONEY,
        MARGIN,
        needs=P.COST_READ,
    ),
    Measure(
        "margin_rate",
        N_("Margin rate"),
        N_("Margin divided by net sales of lines whose cost is known; nothing where there are none."),
        Unit.RATE,
        MARGIN,
        COSTED,
        needs=P.COST_READ,
    ),
    Measure(
        "uncosted_share",
        N_("Share without cost"),
        N_("Net sales of lines whose cost nobody knows, divided by net sales; nothing where nothing was sold."),
        Unit.RATE,
        UNCOSTED,
        NET,
        needs=P.COST_READ,
    ),
)
