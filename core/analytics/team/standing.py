"""Who is where against the target: everybody for who may see the team, else oneself and the team's total."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select

from core.analytics.layer.answer import today_of
from core.analytics.layer.dimensions import add_months
from core.analytics.mirror.mirror import Mirror
from core.analytics.team.reached import by_month, reached, sees
from core.base.exact import AMOUNT_PLACES, ZERO
from core.security.models import User
from core.security.permissions import P
from core.team.calendar import is_announced
from core.team.models import COUNTED, Metric
from core.team.queries import sellers, targets
from core.team.rules import Fair, Pace, fair_indexes, next_month, paced, planned, split
from core.work.command import Scope

ONE_DAY = timedelta(days=1)
A_YEAR = 12


@dataclass(frozen=True)
class Standing:
    """One person, or the whole company without one: the three targets, the pace, and last year's figure."""

    user_id: int | None
    name: str
    stretch: Decimal
    challenge: Decimal
    pace: Pace
    before: Decimal
    fair: Decimal | None


@dataclass(frozen=True)
class Line:
    """The company on one day: what was reached by its evening, and what the target asked for."""

    day: date
    reached: Decimal | None
    planned: Decimal


@dataclass(frozen=True)
class TeamStanding:
    """A period of a metric. `announced` says whether the days off of its years are known."""

    metric: Metric
    since: date
    until: date
    company: Standing
    people: tuple[Standing, ...]
    lines: tuple[Line, ...]
    announced: bool


def standing(
    mirror: Mirror, scope: Scope, metric: Metric, since: date, until: date, category_id: int | None = None
) -> TeamStanding:
    """The months from `since` up to but without `until`; refuses who may not see the metric."""
    actor = scope.actor
    rows = targets(scope, metric, since, until, category_id=category_id)
    daily = reached(mirror, actor, metric, since, until, category_id)
    before = by_month(mirror, actor, metric, add_months(since, -A_YEAR), add_months(until, -A_YEAR), category_id)
    past: dict[int, Decimal] = defaultdict(lambda: ZERO)
    for (user_id, _month), amount in before.items():
        past[user_id] += amount
    today = today_of(mirror)
    total: dict[date, Decimal] = defaultdict(lambda: ZERO)
    for each in daily.values():
        for day, amount in each.items():
            total[day] += amount
    wanted = {row.user_id for row in rows if row.user_id} | {row.id for row in sellers(scope)} | set(daily) - {0}
    names = {row.id: row.name for row in scope.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))}
    everybody = sorted({*daily, *past} - {0})
    fair = fair_indexes([Fair(each, sum(daily.get(each, {}).values(), ZERO), past[each]) for each in everybody])

    def of(user_id: int | None, name: str, days: Mapping[date, Decimal], last_year: Decimal) -> Standing:
        levels = {row.month: row.levels for row in rows if row.user_id == user_id}
        pace = paced(days, {month: each.base for month, each in levels.items()}, since, until, today)
        return Standing(
            user_id=user_id,
            name=name,
            stretch=sum((each.stretch for each in levels.values()), ZERO),
            challenge=sum((each.challenge for each in levels.values()), ZERO),
            pace=pace,
            before=last_year,
            fair=None if user_id is None else fair.get(user_id),
        )

    company = of(None, "", total, sum(past.values(), ZERO))
    people = [
        of(user_id, names.get(user_id, ""), daily.get(user_id, {}), past[user_id])
        for user_id in wanted
        if sees(actor, user_id)
    ]
    asked = {row.month: row.levels.base for row in rows if row.user_id is None}
    return TeamStanding(
        metric=metric,
        since=since,
        until=until,
        company=company,
        people=tuple(sorted(people, key=lambda row: (-row.pace.reached, row.name))),
        lines=tuple(_lines(total, asked, since, until, today)),
        announced=all(is_announced(year) for year in range(since.year, (until - ONE_DAY).year + 1)),
    )


def proposed(
    mirror: Mirror, scope: Scope, metric: Metric, total: Decimal, year: int, category_id: int | None = None
) -> dict[tuple[date, int], Decimal]:
    """A year's total over its months and everybody who sells, by the year before: exact to the last cent.

    Months by what the company reached in each, people by what each reached in all of it.
    """
    scope.actor.require(P.TARGET_PLAN)
    months = [date(year, month, 1) for month in range(1, A_YEAR + 1)]
    before = by_month(mirror, scope.actor, metric, date(year - 1, 1, 1), date(year, 1, 1), category_id)
    people = {row.id: ZERO for row in sellers(scope)}
    weights = [ZERO] * A_YEAR
    for (user_id, month), amount in before.items():
        weights[month.month - 1] += amount
        if user_id in people:
            people[user_id] += amount
    is_whole = metric in COUNTED or total == total.to_integral_value()
    parts = split(total, weights, people, 0 if is_whole else AMOUNT_PLACES) if people else {}
    return {(month, user_id): part[place] for user_id, part in parts.items() for place, month in enumerate(months)}


def _lines(
    total: Mapping[date, Decimal], asked: Mapping[date, Decimal], since: date, until: date, today: date
) -> list[Line]:
    """Every day of a quarter or less, every month's last day of more."""
    days = [since + timedelta(days=n) for n in range((until - since).days)]
    if len(days) > 100:
        days = [day for day in days if next_month(day.replace(day=1)) - ONE_DAY == day or day == today]
    found, so_far, at = [], ZERO, since
    for day in days:
        while at <= day:
            so_far += total.get(at, ZERO)
            at += ONE_DAY
        found.append(Line(day, so_far if day <= today else None, planned(asked, day + ONE_DAY)))
    return found
