"""What the mirror holds of people who sell: each metric by day, the mix of categories, discounts given."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.analytics.customers.scored import KNOWN
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.mirror.mirror import Mirror
from core.base.exact import AMOUNT_PLACES, ZERO
from core.care.queries import calls_by_day
from core.security.actor import SYSTEM, Actor
from core.security.permissions import P
from core.team.models import Metric
from core.team.rules import ratio

# By person and day; who sold is 0 where an order names nobody.
Daily = dict[int, dict[date, Decimal]]

_NEW = f"""
SELECT sales_rep_id, day, count(*) FROM (
    SELECT c.customer_id, c.first_day AS day, arg_min(f.sales_rep_id, f.document_id) AS sales_rep_id
    FROM agg_customer c JOIN fact_order f ON f.customer_id = c.customer_id AND f.day = c.first_day
    WHERE c.first_day >= $1 AND c.first_day < $2 AND f.day >= $1 AND f.day < $2 AND f.kind = 0 AND c.{KNOWN.strip()}
    GROUP BY ALL
) GROUP BY ALL
"""  # noqa: S608 - our own words
_DISCOUNTS = """
SELECT sales_rep_id, sum(discount)::BIGINT, sum({basis})::BIGINT
FROM fact_order WHERE kind = 0 AND day >= $1 AND day < $2 GROUP BY sales_rep_id
"""


@dataclass(frozen=True)
class DiscountRow:
    """What somebody gave away: discounts, what the goods would have cost without them, and the part."""

    user_id: int
    discount: Decimal
    listed: Decimal
    rate: Decimal | None


@dataclass(frozen=True)
class MixRow:
    """What somebody sold of a main category."""

    user_id: int
    category: str
    amount: Decimal
    category_id: int = 0


def reached(
    mirror: Mirror, actor: Actor, metric: Metric, since: date, until: date, category_id: int | None = None
) -> Daily:
    """A metric by who sold and day; refuses who may not see it."""
    actor.require(P.SALES_ANALYSE)
    found: Daily = defaultdict(dict)
    if metric == Metric.NEW_CUSTOMERS:
        with mirror.reading() as duck:
            for user_id, day, count in duck.execute(_NEW, [since, until]).fetchall():
                found[user_id or 0][day] = Decimal(count)
        return found
    if metric == Metric.FOLLOW_UPS:
        with mirror.store.viewing(SYSTEM) as view:
            return calls_by_day(view, since, until)
    asked = Ask((metric.value,), by=("sales_rep", "day"), where=_within(category_id), since=since, until=until)
    told = answer(mirror, actor, asked)
    for (user_id, day), amount in zip(told.keys, told.figures(metric.value), strict=True):
        if isinstance(day, date):
            found[int(user_id or 0)][day] = amount or ZERO  # type: ignore[arg-type]
    return found


def by_month(
    mirror: Mirror, actor: Actor, metric: Metric, since: date, until: date, category_id: int | None = None
) -> dict[tuple[int, date], Decimal]:
    """A metric by who sold and month."""
    found: dict[tuple[int, date], Decimal] = defaultdict(lambda: ZERO)
    for user_id, daily in reached(mirror, actor, metric, since, until, category_id).items():
        for day, amount in daily.items():
            found[user_id, day.replace(day=1)] += amount
    return dict(found)


def discounts(mirror: Mirror, actor: Actor, since: date, until: date) -> list[DiscountRow]:
    """Discounts of orders by who sold, the highest rate first; only one's own for who may not see the team."""
    actor.require(P.SALES_ANALYSE)
    basis = "gross" if mirror.store.settings.prices_include_tax else "net"
    with mirror.reading() as duck:
        rows = duck.execute(_DISCOUNTS.format(basis=basis), [since, until]).fetchall()
    found = []
    for user_id, given, paid in rows:
        if user_id and sees(actor, user_id):
            discount, listed = (Decimal(units or 0).scaleb(-AMOUNT_PLACES) for units in (given, (given or 0) + paid))
            found.append(DiscountRow(user_id, discount, listed, ratio(discount, listed)))
    return sorted(found, key=lambda row: (-(row.rate or ZERO), row.user_id))


def mix(mirror: Mirror, actor: Actor, metric: Metric, since: date, until: date) -> list[MixRow]:
    """Net sales, or margin, by who sold and main category; only one's own for who may not see the team."""
    measure = Metric.MARGIN.value if metric == Metric.MARGIN else Metric.NET_SALES.value
    told = answer(mirror, actor, Ask((measure,), by=("sales_rep", "top_category"), since=since, until=until))
    return [
        MixRow(int(user_id), str(row[1] or ""), amount or ZERO, int(category or 0))  # type: ignore[arg-type]
        for row, (user_id, category), amount in zip(told.rows, told.keys, told.figures(measure), strict=True)
        if user_id and sees(actor, int(user_id))  # type: ignore[arg-type]
    ]


def sees(actor: Actor, user_id: int) -> bool:
    """Whether somebody may see this person's figures: everybody's with the right to, else one's own."""
    return actor.may(P.TEAM_READ) or user_id == actor.id


def _within(category_id: int | None) -> dict[str, tuple[int, ...]]:
    return {} if category_id is None else {"top_category": (category_id,)}
