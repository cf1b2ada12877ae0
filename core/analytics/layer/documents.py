"""The way from a figure to the documents behind it, whose sum is the figure."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import BigInteger, ColumnElement, Table, case, cast, func, literal_column, select

from core.analytics.layer.answer import allowed, filters_of, known_of, today_of
from core.analytics.layer.ask import Ask, Period
from core.analytics.layer.compose import conditions, plan
from core.analytics.layer.due import DUE, orders_due
from core.analytics.layer.found import Behind, DocumentKind, DocumentRow, Documents
from core.analytics.layer.money import MONEY, payments_behind
from core.analytics.layer.sales import NET, SALES, Orders
from core.analytics.layer.terms import Component, Family, exact
from core.analytics.mirror.codes import origin
from core.analytics.mirror.limited import seen_by
from core.analytics.mirror.mirror import Mirror
from core.analytics.mirror.tables import RETURN, dim_customer, fact_order, fact_sales
from core.analytics.stock.documents import ORDER as ORDER_ORIGIN
from core.analytics.stock.documents import RETURN as RETURN_ORIGIN
from core.analytics.stock.documents import documents_of_stock
from core.analytics.stock.family import STOCK
from core.security.actor import Actor

Finder = Callable[[Behind], Documents]


def documents_behind(mirror: Mirror, actor: Actor, ask: Ask, limit: int = 50, offset: int = 0) -> Documents:
    """The documents behind the first measure of a question, in its period and under its filters.

    To open one bar, ask with the bar's key in `where`. A ratio or a number of customers shows the
    documents of its numerator. Refuses who may not see the measure or read its documents.
    """
    measure = allowed(actor, ask)[0][0]
    family = measure.behind.family
    actor.require(family.reads)
    period = Period(ask.since, ask.until).checked()
    with seen_by(mirror, actor.sees).reading() as duck:
        filters, known, today = filters_of(duck, ask), known_of(mirror, duck), today_of(mirror)
        return FINDERS[family](Behind(duck, measure, period, filters, known, today, limit, offset))


def _orders_and_returns(behind: Behind) -> Documents:
    want = replace(behind.want, components=(NET,), sources=(fact_order, fact_sales))
    chosen = plan(0, want, behind.known)
    table = chosen.tables()[0]
    component = behind.measure.behind
    amount = cast(func.coalesce(_added(component, table), literal_column("0")), BigInteger)
    each = (
        select(table.c.kind, table.c.document_id, amount.label("amount"))
        .where(*conditions(SALES, table, behind.period, behind.filters))
        .group_by(table.c.kind, table.c.document_id)
        .having(amount != literal_column("0"))
        .subquery()
    )
    whole = select(func.count(), cast(func.coalesce(func.sum(each.c.amount), 0), BigInteger)).select_from(each)
    count, total = behind.fetched(whole)[0]
    shown = fact_order.alias("shown")
    page = (
        select(each.c.kind, each.c.document_id, shown.c.number, shown.c.day, dim_customer.c.name, each.c.amount)
        .join(shown, (shown.c.kind == each.c.kind) & (shown.c.document_id == each.c.document_id))
        .outerjoin(dim_customer, dim_customer.c.id == shown.c.customer_id)
        .order_by(shown.c.day.desc(), each.c.kind, each.c.document_id.desc())
        .limit(behind.limit)
        .offset(behind.offset)
    )
    rows = tuple(
        DocumentRow(
            DocumentKind.RETURN if kind == RETURN else DocumentKind.ORDER,
            document_id,
            number,
            day,
            customer,
            exact(component, units),
        )
        for kind, document_id, number, day, customer, units in behind.fetched(page)
    )
    return Documents(rows, count, exact(component, total))


def _added(component: Component, table: Table) -> ColumnElement[int]:
    if isinstance(component, Orders):
        return func.max(case((table.c.kind == RETURN, 0), else_=1))
    return component.summed(table)


def _stock(behind: Behind) -> Documents:
    component = behind.measure.behind
    found, count, total = documents_of_stock(behind)
    rows = tuple(
        DocumentRow(
            STOCK_KINDS.get(of, DocumentKind.OTHER), document_id, number, day, customer, exact(component, units)
        )
        for of, document_id, number, day, customer, units in found
    )
    return Documents(rows, count, exact(component, total))


STOCK_KINDS = {
    ORDER_ORIGIN: DocumentKind.ORDER,
    RETURN_ORIGIN: DocumentKind.RETURN,
    origin("stock_document"): DocumentKind.STOCK,
    origin("stock_transfer"): DocumentKind.TRANSFER,
    origin("stock_count"): DocumentKind.COUNT,
}
FINDERS: dict[Family, Finder] = {SALES: _orders_and_returns, DUE: orders_due, MONEY: payments_behind, STOCK: _stock}
"""How the documents behind a figure of each family are found."""
