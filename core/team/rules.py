"""How far somebody is, where it will land and how fair that is: pure rules over days and amounts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import sqrt
from statistics import stdev

from scipy.stats import t as students  # type: ignore[import-untyped]

from core.base.exact import AMOUNT_PLACES, RATE_PLACES, ZERO, allocate, round_to
from core.base.i18n import N_
from core.team.calendar import ONE_DAY, is_working_day, working_days

FEWEST_DAYS = 5
CERTAINTY = 0.8

ATTAINMENT = N_("What was reached divided by the target.")
PACE = N_(
    "What was reached on whole days, divided by the target's part for the working days that are over: 100 % is on "
    "schedule. Days off are those of the public calendar, weekends worked for them are working days."
)
LANDING = N_(
    "What was reached, plus the mean of a working day so far for every working day left; today counts with what it "
    "brought or the mean, whichever is more. The interval holds with 80 % certainty and needs 5 working days."
)
NEEDED = N_("What is missing divided by the working days left, today among them.")
FAIR = N_(
    "Growth on one's own figure of the same months last year, beside the team's growth: 100 grew like the team. "
    "Nobody is compared with a larger territory."
)
DISCOUNT_RATE = N_("Discounts divided by what the goods would have cost at list price.")


@dataclass(frozen=True)
class Pace:
    """Where somebody stands in a period, on a day of it."""

    reached: Decimal
    target: Decimal
    days: int
    days_over: int
    days_left: int
    attainment: Decimal | None
    pace: Decimal | None
    expected: Decimal
    gap: Decimal
    needed_a_day: Decimal | None
    landing: Decimal | None
    low: Decimal | None
    high: Decimal | None


def ratio(upper: Decimal, lower: Decimal) -> Decimal | None:
    """A part of a whole, to four places; None of nothing."""
    return None if lower == 0 else round_to(upper / lower, RATE_PLACES)


def planned(targets: Mapping[date, Decimal], day: date) -> Decimal:
    """What months' targets ask for before a day: of a month that is not over, the part of its working days."""
    asked = ZERO
    for month, target in targets.items():
        days = working_days(month, next_month(month))
        over = sum(each < day for each in days)
        asked += target * over / len(days) if days else ZERO
    return round_to(asked)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def paced(
    daily: Mapping[date, Decimal], targets: Mapping[date, Decimal], since: date, until: date, today: date
) -> Pace:
    """Attainment, pace, what a day needs and where it lands, from the amounts of each day and the months' targets.

    What comes in on days off counts for the working day after them. `until` is exclusive; a period that is over
    has landed where it is, one that has not begun has no pace.
    """
    days = working_days(since, until)
    over = [day for day in days if day < today]
    left = len(days) - len(over)
    reached = sum((amount for day, amount in daily.items() if since <= day < until), ZERO)
    whole = sum((amount for day, amount in daily.items() if since <= day < min(until, today)), ZERO)
    target, expected = sum(targets.values(), ZERO), planned(targets, min(today, until))
    gap = max(ZERO, target - reached)
    landing: Decimal | None = reached
    low = high = None
    if today < until:
        landing, low, high = _landed(daily, since, days, over, whole, reached, today)
    return Pace(
        reached=reached,
        target=target,
        days=len(days),
        days_over=len(over),
        days_left=left,
        attainment=ratio(reached, target),
        pace=ratio(whole, expected),
        expected=expected,
        gap=gap,
        needed_a_day=round_to(gap / left) if left and today < until else None,
        landing=landing,
        low=low,
        high=high,
    )


def by_working_day(daily: Mapping[date, Decimal], since: date, until: date) -> dict[date, Decimal]:
    """Amounts by working day; those of days off go to the working day after, or the last there is."""
    days = working_days(since, until)
    if not days:
        return {}
    found = dict.fromkeys(days, ZERO)
    for day, amount in daily.items():
        if since <= day < until:
            at = day
            while at < days[-1] and not is_working_day(at):
                at += ONE_DAY
            found[min(at, days[-1])] += amount
    return found


def _landed(
    daily: Mapping[date, Decimal],
    since: date,
    days: Sequence[date],
    over: Sequence[date],
    whole: Decimal,
    reached: Decimal,
    today: date,
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    if not over:
        return None, None, None
    mean = whole / len(over)
    left = len(days) - len(over)
    later = left - (1 if today in days else 0)
    so_far = reached - whole
    landing = round_to(whole + (max(so_far, mean) if today in days else so_far) + mean * later)
    if len(over) < FEWEST_DAYS:
        return landing, None, None
    amounts = [float(amount) for amount in by_working_day(daily, since, today).values()]
    spread = stdev(amounts) * sqrt(left + left * left / len(over))
    reach = Decimal(str(float(students.ppf((1 + CERTAINTY) / 2, len(over) - 1)) * spread))
    return landing, round_to(max(reached, landing - reach)), round_to(landing + reach)


@dataclass(frozen=True)
class Fair:
    """One person's figure, now and in the same months last year."""

    user_id: int
    now: Decimal
    before: Decimal


def fair_indexes(people: Sequence[Fair]) -> dict[int, Decimal | None]:
    """Each one's growth beside that of the team, 100 like the team; None without a year before.

    The team are those who have one: newcomers neither help nor harm the others.
    """
    known = [each for each in people if each.before > 0]
    now, before = sum((each.now for each in known), ZERO), sum((each.before for each in known), ZERO)
    return {
        each.user_id: round_to(100 * each.now * before / (each.before * now), 1)
        if each.before > 0 and now > 0
        else None
        for each in people
    }


def split(
    total: Decimal, months: Sequence[Decimal], people: Mapping[int, Decimal], places: int = AMOUNT_PLACES
) -> dict[int, list[Decimal]]:
    """A total over months and people by last year's weights; months, people and all add up to it exactly.

    Equal parts where last year holds nothing. A weight below nought counts as nought.
    """
    weights = [max(ZERO, weight) for weight in people.values()]
    by_month = allocate(total, [max(ZERO, weight) for weight in months], places)
    parts = [allocate(month, weights, places) for month in by_month]
    return {user_id: [part[place] for part in parts] for place, user_id in enumerate(people)}
