"""The family of goods due: what was to leave by which day, and what had left by then."""

from sqlalchemy import BigInteger, cast, func, literal_column, select

from core.analytics.layer.compose import conditions
from core.analytics.layer.found import Behind, DocumentKind, DocumentRow, Documents
from core.analytics.layer.terms import ZERO, Component, Family, Measure, Unit, exact, registry
from core.analytics.mirror.tables import SALE, dim_customer, fact_order
from core.analytics.mirror.views import due_lines
from core.base.exact import QUANTITY_PLACES
from core.base.i18n import N_
from core.security.permissions import P

DUE = Family(
    "due",
    N_("Goods due to leave"),
    (due_lines,),
    {
        name: name
        for name in (
            "day",
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
    is_past=True,
)
ORDERED = Component(DUE, "due", QUANTITY_PLACES, ("due",))
IN_TIME = Component(DUE, "in_time", QUANTITY_PLACES, ("in_time",))

DUE_MEASURES = registry(
    Measure(
        "fill_rate",
        N_("Fill rate"),
        N_(
            "Of the quantity that was to be shipped by a day of the period that is over, the part that was shipped by "
            "that day: the one the customer wished for, else so many days after the order was confirmed. Nothing where "
            "none was to be shipped."
        ),
        Unit.RATE,
        IN_TIME,
        ORDERED,
    )
)


def orders_due(behind: Behind) -> Documents:
    """The orders that a quantity due or in time is of, those due last first."""
    table, component = due_lines, behind.measure.behind
    amount = cast(component.summed(table), BigInteger)
    period = behind.period.until_yesterday(behind.today)
    each = (
        select(table.c.document_id, func.any_value(table.c.day).label("day"), amount.label("amount"))
        .where(*conditions(DUE, table, period, behind.filters))
        .group_by(table.c.document_id)
        .having(amount != ZERO)
        .subquery()
    )
    whole = select(func.count(), cast(func.coalesce(func.sum(each.c.amount), ZERO), BigInteger)).select_from(each)
    count, total = behind.fetched(whole)[0]
    shown = fact_order.alias("shown")
    page = (
        select(each.c.document_id, shown.c.number, each.c.day, dim_customer.c.name, each.c.amount)
        .select_from(each)
        .join(shown, (shown.c.kind == literal_column(str(SALE))) & (shown.c.document_id == each.c.document_id))
        .outerjoin(dim_customer, dim_customer.c.id == shown.c.customer_id)
        .order_by(each.c.day.desc(), each.c.document_id.desc())
        .limit(behind.limit)
        .offset(behind.offset)
    )
    rows = tuple(
        DocumentRow(DocumentKind.ORDER, document_id, number, day, customer, exact(component, units))
        for document_id, number, day, customer, units in behind.fetched(page)
    )
    return Documents(rows, count, exact(component, total))
