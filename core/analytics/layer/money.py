"""The family of money: what was received, by the day it came in; and what it is held against."""

from sqlalchemy import BigInteger, cast, func, select

from core.analytics.layer.compose import conditions
from core.analytics.layer.found import Behind, DocumentKind, DocumentRow, Documents
from core.analytics.layer.sales import GROSS
from core.analytics.layer.terms import ZERO, Component, Family, Measure, Unit, exact, registry
from core.analytics.mirror.tables import dim_customer, fact_collected
from core.base.i18n import N_
from core.security.permissions import P

MONEY = Family(
    "money",
    N_("Money received"),
    (fact_collected,),
    {name: name for name in ("day", "customer_id", "channel_id", "warehouse_id", "region_id", "sales_rep_id")},
    needs=P.PAYMENT_READ,
    reads=P.PAYMENT_READ,
)
COLLECTED = Component(MONEY, "collected", columns=("collected",))

MONEY_MEASURES = registry(
    Measure(
        "collected",
        N_("Collected"),
        N_("Money received less money given back, by the day it came; by the orders it settles, else by the customer."),
        Unit.MONEY,
        COLLECTED,
    ),
    Measure(
        "collection_rate",
        N_("Collection rate"),
        N_("Money collected divided by sales with tax of the same period; nothing where nothing was sold."),
        Unit.RATE,
        COLLECTED,
        GROSS,
    ),
)


def payments_behind(behind: Behind) -> Documents:
    """The payments that add up to a figure, the newest first."""
    table = fact_collected
    amount = cast(func.sum(table.c.collected), BigInteger)
    named = (func.any_value(table.c[name]).label(name) for name in ("number", "day", "customer_id"))
    each = (
        select(table.c.payment_id, *named, amount.label("amount"))
        .where(*conditions(MONEY, table, behind.period, behind.filters))
        .group_by(table.c.payment_id)
        .having(amount != ZERO)
        .subquery()
    )
    whole = select(func.count(), cast(func.coalesce(func.sum(each.c.amount), ZERO), BigInteger)).select_from(each)
    count, total = behind.fetched(whole)[0]
    page = (
        select(each.c.payment_id, each.c.number, each.c.day, dim_customer.c.name, each.c.amount)
        .outerjoin(dim_customer, dim_customer.c.id == each.c.customer_id)
        .order_by(each.c.day.desc(), each.c.payment_id.desc())
        .limit(behind.limit)
        .offset(behind.offset)
    )
    rows = tuple(
        DocumentRow(DocumentKind.PAYMENT, payment_id, number, day, customer, exact(COLLECTED, units))
        for payment_id, number, day, customer, units in behind.fetched(page)
    )
    return Documents(rows, count, exact(COLLECTED, total))
