"""Finding orders at a cost that does not grow with how many there are: which index leads to those wanted."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, literal_column, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.base.search import one_line, search_words
from core.customers.models import Customer
from core.customers.queries import found_by
from core.db.words import MOST_FOUND, begins
from core.sales.models import NOT_PAID, NOT_SHIPPED, TO_SHIP, BusinessState, PaymentState, Progress, SalesOrder
from core.security.shows import searchable
from core.work.command import Scope
from core.work.models import NumberSeries

SERIES = "SO"
LONGEST_SERIAL = 9
APART = 8
"""So many customers are looked at one by one; of more, the orders are taken together."""
FEW = 5_000
"""So many orders are sorted in no time; where there are more, the newest are soon met by reading backwards."""


@dataclass(frozen=True)
class OrderFilter:
    """Which orders to list; what is empty does not filter. `until` is exclusive.

    `to_ship`: those that are confirmed and have not left whole, what is to leave first before others.
    """

    text: str = ""
    business: tuple[BusinessState, ...] = ()
    payment: tuple[PaymentState, ...] = ()
    shipment: tuple[Progress, ...] = ()
    channel_id: int | None = None
    customer_id: int | None = None
    since: date | None = None
    until: date | None = None
    ids: tuple[int, ...] = ()
    to_ship: bool = False

    def turn(self, head: Any) -> tuple[ColumnElement[Any], ...]:
        """By what the orders stand in the list, of a table or select that has their heads."""
        if self.to_ship:
            return head.ship_by, head.id
        return head.ordered_on.desc(), head.id.desc()


@dataclass(frozen=True)
class Way:
    """An index that leads to orders in the turn of the list, and the conditions that go with it."""

    index: str
    conditions: tuple[ColumnElement[bool], ...] = ()


NEWEST = Way("ix_sales_order_ordered_on")
NOWHERE = Way("", (false(),))


def newest(scope: Scope, wanted: OrderFilter, limit: int, offset: int) -> Select[int]:
    """The ids of a page of the orders that pass the filter, in the turn of the list."""
    found = found_by(scope, wanted.text)
    ways = _by_states(wanted) if found is None else _by_text(scope, wanted, list(scope.session.scalars(found)))
    ordered = [_taken(way, wanted, limit + offset).order_by(*wanted.turn(SalesOrder)) for way in ways]
    page = _joined(ordered).c
    return select(page.id).order_by(*wanted.turn(page)).limit(limit).offset(offset)


def counted(scope: Scope, wanted: OrderFilter, most: int | None) -> int:
    """How many orders pass the filter, counted no further than `most`."""
    session = scope.session
    found = found_by(scope, wanted.text)
    if found is None:
        ways = _by_states(wanted)
    else:
        ways = [*_numbered(session, wanted.text), _of_customers(SalesOrder.customer_id.in_(found))]
    total = _count(session, [_taken(way, wanted, most) for way in ways])
    return total if most is None else min(total, most)


def _taken(way: Way, wanted: OrderFilter, most: int | None) -> Select[int, date, date | None]:
    heads = select(SalesOrder.id, SalesOrder.ordered_on, SalesOrder.ship_by)
    chosen = heads.where(*way.conditions, *_conditions(wanted)).limit(most)
    # SQLite keeps no statistics of how rare a state is, so the way is told; PostgreSQL knows.
    return chosen.with_hint(SalesOrder, f"INDEXED BY {way.index}", "sqlite") if way.index else chosen


def _count(session: Session, parts: list[Select[int, date, date | None]]) -> int:
    return session.scalar(select(func.count()).select_from(_joined(parts))) or 0


def _joined(parts: list[Select[int, date, date | None]]) -> Any:
    if len(parts) == 1:
        return parts[0].subquery()
    return union(*(select(part.subquery()) for part in parts)).subquery()


def _by_states(wanted: OrderFilter) -> list[Way]:
    """By what is rarest: a customer, what is still open, a channel, a state."""
    if wanted.ids:
        return [Way("", (SalesOrder.id.in_(wanted.ids),))]
    if wanted.to_ship:
        return [Way("ix_sales_order_to_ship", (literal_column(TO_SHIP),))]
    if wanted.customer_id is not None:
        return [Way("ix_sales_order_customer_id_ordered_on", (SalesOrder.customer_id == wanted.customer_id,))]
    in_business = [
        Way("ix_sales_order_business_state_ordered_on", (SalesOrder.business_state == state,))
        for state in wanted.business
    ]
    if in_business and not {BusinessState.COMPLETED, BusinessState.CANCELLED} & set(wanted.business):
        return in_business
    if wanted.shipment and Progress.FULL not in wanted.shipment:
        return _open("ix_sales_order_unshipped", SalesOrder.shipment_state, wanted.shipment, NOT_SHIPPED)
    if wanted.payment and PaymentState.FULL not in wanted.payment:
        return _open("ix_sales_order_unpaid", SalesOrder.payment_state, wanted.payment, NOT_PAID)
    if wanted.channel_id is not None:
        return [Way("ix_sales_order_channel_id_ordered_on", (SalesOrder.channel_id == wanted.channel_id,))]
    return in_business or [NEWEST]


def _open(index: str, column: InstrumentedAttribute[Any], states: tuple[Any, ...], condition: str) -> list[Way]:
    is_open: ColumnElement[bool] = literal_column(condition)
    return [Way(index, (column == state, is_open)) for state in states]


def _by_text(scope: Scope, wanted: OrderFilter, customer_ids: list[int]) -> list[Way]:
    """The orders with this number, and those of the customers whom the text finds."""
    session, words = scope.session, search_words(searchable(wanted.text, scope.actor.shows))
    numbered = _numbered(session, wanted.text)
    if len(customer_ids) <= APART:
        theirs = [_of_customers(SalesOrder.customer_id == each) for each in customer_ids]
        return [*numbered, *theirs] or [NOWHERE]
    together = _of_customers(SalesOrder.customer_id.in_(customer_ids))
    if len(customer_ids) < MOST_FOUND and _count(session, [_taken(together, OrderFilter(), FEW)]) < FEW:
        return [*numbered, together]
    is_theirs = select(Customer.id).where(
        Customer.id == SalesOrder.customer_id,
        *(Customer.search_text.contains(word, autoescape=True) for word in words),
    )
    return [*numbered, replace(NEWEST, conditions=(is_theirs.exists(),))]


def _of_customers(condition: ColumnElement[bool]) -> Way:
    return Way("ix_sales_order_customer_id_ordered_on", (condition,))


def _numbered(session: Session, text: str) -> list[Way]:
    """By the beginning of our number or the channel's, or by our number without prefix, year and zeros."""
    typed = one_line(text).upper()
    if not any(sign.isdecimal() for sign in typed):
        return []
    ours, theirs = SalesOrder.number, SalesOrder.channel_order_number
    beginnings = [(ours, typed), (ours, f"{SERIES}-{typed}"), (theirs, typed), (theirs, one_line(text))]
    found = [
        select(SalesOrder.id).where(begins(column, beginning)).order_by(column.desc()).limit(MOST_FOUND)
        for column, beginning in dict.fromkeys(beginnings)
    ]
    if typed.isdecimal() and len(typed) <= LONGEST_SERIAL:
        years = session.scalars(select(NumberSeries.year).where(NumberSeries.prefix == SERIES))
        found.append(select(SalesOrder.id).where(ours.in_([f"{SERIES}-{year}-{int(typed):05d}" for year in years])))
    return [Way("", (SalesOrder.id.in_(union(*(select(part.subquery()) for part in found))),))]


def _conditions(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    for column, states in (
        (SalesOrder.business_state, wanted.business),
        (SalesOrder.payment_state, wanted.payment),
        (SalesOrder.shipment_state, wanted.shipment),
    ):
        if states:
            conditions.append(column.in_(states))
    if wanted.channel_id is not None:
        conditions.append(SalesOrder.channel_id == wanted.channel_id)
    if wanted.customer_id is not None:
        conditions.append(SalesOrder.customer_id == wanted.customer_id)
    if wanted.since is not None:
        conditions.append(SalesOrder.ordered_on >= wanted.since)
    if wanted.until is not None:
        conditions.append(SalesOrder.ordered_on < wanted.until)
    if wanted.ids:
        conditions.append(SalesOrder.id.in_(wanted.ids))
    if wanted.to_ship:
        conditions += [SalesOrder.business_state == BusinessState.CONFIRMED]
        conditions += [SalesOrder.shipment_state != Progress.FULL]
    return conditions
