"""The way from a figure to the orders and returns behind it, whose sum is the figure."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from sqlalchemy import BigInteger, ColumnElement, Table, case, cast, func, literal_column, select

from core.analytics.layer.answer import filters_of, known_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import conditions, plan, rendered, summed
from core.analytics.layer.measures import Additive, Distinct, Measure, exact, get_measures
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import RETURN, dim_customer, fact_order, fact_sales
from core.security.actor import Actor
from core.security.permissions import P


@dataclass(frozen=True)
class DocumentRow:
    """One order or return and what it adds to the figure."""

    is_return: bool
    document_id: int
    number: str
    day: date
    customer: str | None
    amount: Decimal


@dataclass(frozen=True)
class Documents:
    """One page of the documents behind a figure, newest first; how many there are, and their sum."""

    rows: tuple[DocumentRow, ...]
    count: int
    total: Decimal


def documents_behind(mirror: Mirror, actor: Actor, ask: Ask, limit: int = 50, offset: int = 0) -> Documents:
    """The documents behind the first measure of a question, in its period and under its filters.

    To open one bar, ask with the bar's key in `where`. A ratio or a number of customers shows the
    documents of its numerator. Refuses who may not analyse sales or read orders.
    """
    actor.require(P.SALES_ANALYSE)
    actor.require(P.ORDER_READ)
    measure = get_measures(ask.measures)[0]
    if measure.needs is not None:
        actor.require(measure.needs)
    with mirror.reading() as duck:
        return _found(mirror, duck, ask, measure, limit, offset)


def _found(
    mirror: Mirror, duck: duckdb.DuckDBPyConnection, ask: Ask, measure: Measure, limit: int, offset: int
) -> Documents:
    filters = filters_of(duck, ask)
    period = Period(ask.since, ask.until).checked()
    chosen = plan(period, [Additive.NET], (), filters, known_of(mirror, duck), (fact_order, fact_sales))
    table = chosen.tables()[0]
    amount = cast(func.coalesce(_added(measure, table), literal_column("0")), BigInteger)
    each = (
        select(table.c.kind, table.c.document_id, amount.label("amount"))
        .where(*conditions(table, period, filters))
        .group_by(table.c.kind, table.c.document_id)
        .having(amount != literal_column("0"))
        .subquery()
    )
    whole = select(func.count(), cast(func.coalesce(func.sum(each.c.amount), 0), BigInteger)).select_from(each)
    count, total = _fetched(duck, whole)[0]
    shown = fact_order.alias("shown")
    page = (
        select(each.c.kind, each.c.document_id, shown.c.number, shown.c.day, dim_customer.c.name, each.c.amount)
        .join(shown, (shown.c.kind == each.c.kind) & (shown.c.document_id == each.c.document_id))
        .outerjoin(dim_customer, dim_customer.c.id == shown.c.customer_id)
        .order_by(shown.c.day.desc(), each.c.kind, each.c.document_id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = tuple(
        DocumentRow(kind == RETURN, document_id, number, day, customer, exact(measure.behind, units))
        for kind, document_id, number, day, customer, units in _fetched(duck, page)
    )
    return Documents(rows, count, exact(measure.behind, total))


def _added(measure: Measure, table: Table) -> ColumnElement[int]:
    if isinstance(measure.behind, Distinct):
        return func.max(case((table.c.kind == RETURN, 0), else_=1))
    return summed(measure.behind, table)


def _fetched(duck: duckdb.DuckDBPyConnection, statement: Any) -> list[tuple[Any, ...]]:
    text, parameters = rendered(statement)
    return duck.execute(text, parameters).fetchall()
