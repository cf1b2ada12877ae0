"""Who belongs to which segment, and what each segment weighs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from core.analytics.customers.among import Among, is_chosen
from core.analytics.customers.facts import money_of
from core.analytics.customers.rules.segments import Scores, Segment
from core.analytics.customers.scored import SCORED, parameters_of
from core.analytics.layer.answer import today_of
from core.analytics.mirror.mirror import Mirror
from core.security.actor import Actor
from core.security.permissions import P


@dataclass(frozen=True)
class SegmentRow:
    """One segment: its customers, their orders and net sales of the window, and its shares of both."""

    segment: Segment
    customers: int
    orders: int
    net: Decimal
    share_of_customers: Decimal
    share_of_net: Decimal | None


@dataclass(frozen=True)
class Member:
    """One customer of a segment with the scores and figures behind them."""

    customer_id: int
    code: str
    name: str
    segment: Segment
    scores: Scores | None
    first_on: date
    last_on: date
    orders: int
    net: Decimal


@dataclass(frozen=True)
class MapCell:
    """Customers with these scores of recency and frequency, and what they bought."""

    recency: int
    frequency: int
    customers: int
    net: Decimal


def segments_on(duck: duckdb.DuckDBPyConnection, today: date) -> list[tuple[int, str]]:
    """The segment of every customer who ever ordered, for the mirror's dimension: customer and segment."""
    text = f"SELECT customer_id, segment FROM ({SCORED}) ORDER BY customer_id"  # noqa: S608 - our own words
    return duck.execute(text, parameters_of(today)).fetchall()


def segments(mirror: Mirror, actor: Actor, *, chosen: Among | None = None) -> list[SegmentRow]:
    """Every segment with what it weighs, the most valuable first; empty ones too. Refuses who may not analyse."""
    actor.require(P.SALES_ANALYSE)
    today = today_of(mirror)
    found = mirror.remembered_a_while(("segments", today, chosen), lambda duck: _segments(duck, today, chosen))
    customers, net = sum(row[1] for row in found.values()), sum(row[3] for row in found.values())
    rows = []
    for segment in Segment:
        _name, count, orders, amount = found.get(segment.value, (segment, 0, 0, 0))
        rows.append(
            SegmentRow(
                segment=segment,
                customers=count,
                orders=orders,
                net=money_of(amount),
                share_of_customers=Decimal(count) / customers if customers else Decimal(0),
                share_of_net=Decimal(amount) / net if net > 0 else None,
            )
        )
    return rows


def members(
    mirror: Mirror,
    actor: Actor,
    segment: Segment | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
    chosen: Among | None = None,
) -> list[Member]:
    """The customers of a segment, or of all, who bought most first. Refuses who may not analyse sales."""
    actor.require(P.SALES_ANALYSE)
    today = today_of(mirror)
    return mirror.remembered_a_while(
        ("members", today, segment, limit, offset, chosen),
        lambda duck: _members(duck, today, segment, limit, offset, chosen),
    )


def rfm_map(mirror: Mirror, actor: Actor, *, chosen: Among | None = None) -> list[MapCell]:
    """How many customers lie at each recency and frequency, and what they bought. Refuses who may not analyse."""
    actor.require(P.SALES_ANALYSE)
    today = today_of(mirror)

    def found(duck: duckdb.DuckDBPyConnection) -> list[MapCell]:
        text = (
            f"SELECT recency, frequency, count(*), sum(net)::BIGINT FROM ({SCORED}) WHERE recency IS NOT NULL "  # noqa: S608
            f"AND {is_chosen(duck, chosen)} GROUP BY ALL ORDER BY ALL"
        )
        return [
            MapCell(recency, frequency, customers, money_of(net))
            for recency, frequency, customers, net in duck.execute(text, parameters_of(today)).fetchall()
        ]

    return mirror.remembered_a_while(("rfm map", today, chosen), found)


def _segments(
    duck: duckdb.DuckDBPyConnection, today: date, chosen: Among | None
) -> dict[str, tuple[str, int, int, int]]:
    text = (
        f"SELECT segment, count(*), sum(orders)::BIGINT, sum(net)::BIGINT FROM ({SCORED}) "  # noqa: S608
        f"WHERE {is_chosen(duck, chosen)} GROUP BY segment"
    )
    return {row[0]: row for row in duck.execute(text, parameters_of(today)).fetchall()}


def _members(
    duck: duckdb.DuckDBPyConnection,
    today: date,
    segment: Segment | None,
    limit: int | None,
    offset: int,
    chosen: Among | None,
) -> list[Member]:
    text = (
        f"SELECT s.customer_id, c.code, c.name, s.* EXCLUDE (customer_id) FROM ({SCORED}) s "  # noqa: S608
        "JOIN dim_customer c ON c.id = s.customer_id "
        f"WHERE ($4 = '' OR segment = $4) AND {is_chosen(duck, chosen)} "
        "ORDER BY net DESC, s.customer_id LIMIT $5 OFFSET $6"
    )
    rows = duck.execute(text, [*parameters_of(today), segment or "", limit, offset]).fetchall()
    return [
        Member(
            customer_id=customer_id,
            code=code,
            name=name,
            segment=Segment(found),
            scores=None if recency is None else Scores(recency, frequency, money),
            first_on=first_on,
            last_on=last_on,
            orders=orders,
            net=money_of(net),
        )
        for customer_id, code, name, recency, frequency, money, orders, net, last_on, first_on, found in rows
    ]
