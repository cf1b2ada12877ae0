"""Random questions about sales, goods due and money, and their answers counted line by line."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.analytics.customers.rules.segments import RULE_OF
from core.analytics.layer.ask import Answer, Ask, Compare
from core.analytics.layer.calendar import promotion_shift, spring_festival
from core.analytics.layer.dimensions import DIMENSIONS
from core.analytics.layer.due import DUE, DUE_MEASURES
from core.analytics.layer.measures import MEASURES, dimensions_of
from core.analytics.layer.money import MONEY, MONEY_MEASURES
from core.analytics.layer.sales import SALES, SALES_MEASURES
from core.work.store import Store
from tests.analytics.lines import days_of, plain_due, plain_lines, plain_payments
from tests.analytics.plain import Groups, figure, grouped, labels
from tests.analytics.test_customers import plain_customers

Lines = Sequence[dict[str, Any]]
Both = dict[tuple[Any, ...], tuple[tuple[Decimal | None, ...], tuple[Decimal | None, ...]]]
ONE_DAY = timedelta(days=1)
TODAY = date(2026, 3, 18)


def facts(store: Store) -> list[dict[str, Any]]:
    """All lines of orders, returns, goods due and payments, with what their customers are divided by."""
    customers = plain_customers(store)
    nobody = {"segment": None, "cohort": 0, "recency": 0, "frequency": 0}
    divided = {key: {**each, "segment": RULE_OF[each["segment"]].name} for key, each in customers.items()}
    lines = [*plain_lines(store), *plain_due(store), *plain_payments(store)]
    return [{**line, **divided.get(line["customer_id"], nobody)} for line in lines]


def by_group(found: Answer) -> Groups:
    """The rows of an answer by their labels."""
    width = len(found.columns) - len(found.totals)
    return {row[:width]: row[width:] for row in found.rows}  # type: ignore[misc]


def with_before(found: Answer) -> Both:
    """The rows of an answer by their labels, with those compared with."""
    width = len(found.columns) - len(found.totals)
    return {
        row[:width]: (row[width:], before)  # type: ignore[misc]
        for row, before in zip(found.rows, found.before, strict=True)
    }


def a_question(chance: random.Random, lines: Lines) -> Ask:
    """Any question that the registries allow, mostly with filters that match something."""
    since, until = a_period(chance)
    measures = tuple(chance.sample([*SALES_MEASURES, *DUE_MEASURES, *MONEY_MEASURES], chance.randint(1, 4)))
    common = [
        name for name in DIMENSIONS if all(DIMENSIONS[name] in dimensions_of(MEASURES[each]) for each in measures)
    ]
    lines = [line for line in lines if all(name in line for name in common)]
    filters: dict[str, tuple[Any, ...]] = {}
    excluded: dict[str, tuple[Any, ...]] = {}
    for name in chance.sample(common, chance.choice([0, 0, 1, 1, 2])):
        chosen = excluded if chance.random() < 0.3 else filters
        some = chance.choices(lines, k=chance.randint(1, 3)) if lines else []
        chosen[name] = tuple({label for line in some for label in labels(line, name)})
    return Ask(
        measures=measures,
        by=tuple(chance.sample(common, chance.choice([0, 1, 1, 2, 3]))),
        where=filters,
        exclude=excluded,
        since=chance.choice([since, None]),
        until=chance.choice([until, None]),
    )


def a_period(chance: random.Random) -> tuple[date, date]:
    """Some days, often whole months, now and then until after today."""
    since = date(2024, 11, 1) + timedelta(days=chance.randrange(480))
    until = since + timedelta(days=chance.randrange(1, 300))
    if chance.random() < 0.5:
        since, until = since.replace(day=1), until.replace(day=1)
    return since, until if until > since else since + ONE_DAY


def compared(chance: random.Random, ask: Ask) -> Ask:
    """The same question with a period, compared with another one in any way there is."""
    since, until = a_period(chance)
    other = a_period(chance)
    compare = chance.choice(list(Compare))
    days = other if compare is Compare.CUSTOM else None
    return replace(ask, since=since, until=until, compare=compare, compared=days, to_date=chance.random() < 0.5)


def matching(ask: Ask, lines: Lines) -> list[dict[str, Any]]:
    """The lines that a question is about."""
    families = {family for name in ask.measures for family in MEASURES[name].families}
    return [
        line
        for line in lines
        if {0: MONEY, 2: DUE}.get(line["sign"], SALES) in families
        and (ask.since is None or line["day"] >= ask.since)
        and (ask.until is None or line["day"] < ask.until)
        and all(labels(line, name) & set(values) for name, values in ask.where.items())
        and not any(labels(line, name) & set(values) for name, values in ask.exclude.items())
    ]


def before_of(ask: Ask, lines: Lines) -> list[dict[str, Any]]:
    """The lines of the period compared with, each on the day of this period that it is held against."""
    assert ask.since is not None
    assert ask.until is not None
    months, days = _back(ask)
    since, until = _earlier(ask, months, days)
    if ask.to_date and ask.since <= TODAY < ask.until - ONE_DAY:
        until = min(until, months_later(TODAY, -months) - timedelta(days=days) + ONE_DAY)
    shifted = [
        {
            **line,
            **days_of(months_later(line["day"], months) + timedelta(days=days)),
            "weekday": line["weekday"],
        }
        for line in lines
        if since <= line["day"] < until
    ]
    return matching(replace(ask, since=None, until=None), shifted)


def both(ask: Ask, lines: Lines) -> Both:
    """Each group's figures now and before; nothing there is nought."""
    now, then = matching(ask, lines), before_of(ask, lines)
    groups, earlier = grouped(ask.measures, ask.by, now), grouped(ask.measures, ask.by, then)
    nothing = tuple(figure(name, []) for name in ask.measures)
    return {key: (groups.get(key, nothing), earlier.get(key, nothing)) for key in groups.keys() | earlier.keys()}


def months_later(day: date, months: int) -> date:
    """The same day of another month, or its last one."""
    first = date(day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1, 1)
    last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - ONE_DAY
    return first.replace(day=min(day.day, last.day))


def _back(ask: Ask) -> tuple[int, int]:
    """How many months and days lie between a period and the one compared with."""
    assert ask.since is not None
    assert ask.until is not None
    match ask.compare:
        case Compare.SAME_PERIOD_LAST_YEAR:
            return 12, 0
        case Compare.SAME_WEEKDAYS:
            return 0, 364
        case Compare.CUSTOM:
            assert ask.compared is not None
            first = ask.compared[0]
            if ask.since.day == first.day == 1:
                return (ask.since.year - first.year) * 12 + ask.since.month - first.month, 0
            return 0, (ask.since - first).days
        case Compare.PROMOTION_DAYS:
            return 0, promotion_shift(ask.since, ask.until).days
        case Compare.SPRING_FESTIVAL:
            middle = ask.since + (ask.until - ask.since) / 2
            near = min((spring_festival(middle.year + n) for n in (-1, 0, 1)), key=lambda day: abs(day - middle))
            return 0, (near - spring_festival(near.year - 1)).days
    if ask.since.day == 1 and ask.until.day == 1:
        return (ask.until.year - ask.since.year) * 12 + ask.until.month - ask.since.month, 0
    return 0, (ask.until - ask.since).days


def _earlier(ask: Ask, months: int, days: int) -> tuple[date, date]:
    if ask.compared is not None:
        return ask.compared
    since, until = (months_later(day, -months) - timedelta(days=days) for day in (ask.since, ask.until) if day)
    return since, until


def by_labels(rows: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Rows without those that are nought throughout, for sums whose rows of nothing may be left out."""
    return {key: figures for key, figures in rows.items() if any(any(part) for part in figures)}
