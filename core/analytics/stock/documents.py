"""The documents behind a figure of stock: what moved goods or changed their cost."""

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, and_, cast, func, literal_column, select

from core.analytics.errors import AgeHasNoDocuments
from core.analytics.layer.ask import Period
from core.analytics.layer.compose import conditions
from core.analytics.layer.dimensions import LOT_AGE
from core.analytics.layer.terms import ZERO
from core.analytics.mirror.codes import origin
from core.analytics.mirror.tables import dim_customer, fact_order
from core.analytics.stock.books import Of, Stocked
from core.analytics.stock.buckets import days_asked

if TYPE_CHECKING:
    from core.analytics.layer.found import Behind

ORDER, RETURN = origin("sales_order"), origin("sales_return")
Found = tuple[int, int, str, date, str | None, int]


def documents_of_stock(behind: "Behind") -> tuple[list[Found], int, int]:
    """One page of (origin, document, number, last day, customer, units), how many there are, and their sum.

    A balance is the sum of all that happened up to its day. Costs are shown where they arose, also of goods whose
    value warehouses share.
    """
    component = behind.measure.behind
    if any(each.dimension.name == LOT_AGE for each in behind.filters):
        raise AgeHasNoDocuments
    assert isinstance(component, Stocked)  # noqa: S101 - the family has no others
    table = component.book.days
    since, until = days_asked(behind.period, behind.filters, date.min, behind.want.today)
    kept = [table.c.day < until] + ([table.c.day >= since] if component.of is Of.FLOW else [])
    filters = tuple(each for each in behind.filters if not each.dimension.is_of_days)
    amount = cast(func.coalesce(func.sum(component.change(table)), ZERO), BigInteger)
    each = (
        select(table.c.origin, table.c.document_id, func.max(table.c.day).label("day"), amount.label("amount"))
        .where(*kept, *conditions(component.family, table, Period(None, None), filters))
        .group_by(table.c.origin, table.c.document_id)
        .having(amount != ZERO)
        .subquery()
    )
    whole = select(func.count(), cast(func.coalesce(func.sum(each.c.amount), ZERO), BigInteger)).select_from(each)
    count, total = behind.fetched(whole)[0]
    shown = fact_order.alias("shown")
    page = (
        select(
            each.c.origin,
            each.c.document_id,
            func.coalesce(shown.c.number, literal_column("''")),
            each.c.day,
            dim_customer.c.name,
            each.c.amount,
        )
        .outerjoin(
            shown,
            and_(
                each.c.origin.in_((ORDER, RETURN)),
                shown.c.kind == each.c.origin - ORDER,
                shown.c.document_id == each.c.document_id,
            ),
        )
        .outerjoin(dim_customer, dim_customer.c.id == shown.c.customer_id)
        .order_by(each.c.day.desc(), each.c.origin, each.c.document_id.desc())
        .limit(behind.limit)
        .offset(behind.offset)
    )
    return [tuple(row) for row in behind.fetched(page)], int(count), int(total)
