"""Pure rules of what will come in: how many days of sales are owed, and when open money is likely to be paid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from core.base.exact import ZERO, allocate, round_to
from core.receivables.rules import week_of

EARLIEST, LATEST = -12, 52
"""Weeks before and after the due day that a habit tells apart; what lies outside counts as these."""
FEWEST_PAYMENTS = 5
ONE = Decimal(1)
FAST, LIKELY, SLOW = Decimal("0.25"), Decimal("0.5"), Decimal("0.75")


def days_outstanding(receivable: Decimal, sales: Decimal, days: int) -> Decimal | None:
    """Receivable / net credit sales × days; None where nothing was sold on credit."""
    return round_to(receivable * days / sales, 1) if sales > ZERO else None


def weeks_late(days: int) -> int:
    """In which week after the due day money comes that is so many days late; before it, a negative one."""
    return min(max(days // 7, EARLIEST), LATEST)


@dataclass(frozen=True)
class Habit:
    """How late a customer pays: money paid and money still open, by weeks after the due day."""

    paid: Mapping[int, Decimal] = field(default_factory=dict)
    still_open: Mapping[int, Decimal] = field(default_factory=dict)
    payments: int = 0

    @property
    def is_known(self) -> bool:
        """Whether there are payments enough to speak of a habit."""
        return self.payments >= FEWEST_PAYMENTS


WHEN_DUE = Habit({0: ONE}, {}, FEWEST_PAYMENTS)
"""What is assumed where nobody has a habit yet: money comes in the week that begins with its due day."""


def together(habits: Iterable[Habit]) -> Habit:
    """The habit of all of these as if they were one customer."""
    paid: dict[int, Decimal] = defaultdict(lambda: ZERO)
    still_open: dict[int, Decimal] = defaultdict(lambda: ZERO)
    payments = 0
    for habit in habits:
        payments += habit.payments
        for sums, more in ((paid, habit.paid), (still_open, habit.still_open)):
            for week, amount in more.items():
                sums[week] += amount
    return Habit(paid, still_open, payments)


def chances(habit: Habit, since: int) -> dict[int, Decimal]:
    """How likely money that is open at `since` weeks late comes in each week from then on.

    The estimator of Kaplan and Meier, by amount: of what reached a week unpaid, the share that was paid in it.
    Money that is still open counts as unpaid as far as it got. What is missing to one comes later or never.
    """
    found: dict[int, Decimal] = {}
    left = ONE
    at_risk = sum(
        (amount for sums in (habit.paid, habit.still_open) for week, amount in sums.items() if week >= since), ZERO
    )
    for week in range(since, LATEST + 1):
        paid = habit.paid.get(week, ZERO)
        if paid > ZERO:
            found[week] = left * paid / at_risk
            left -= found[week]
        at_risk -= paid + habit.still_open.get(week, ZERO)
    return found


@dataclass(frozen=True)
class Owed:
    """Money of one customer that is open and was or will be due on a day."""

    customer_id: int
    due_on: date
    amount: Decimal


@dataclass(frozen=True)
class Split:
    """An amount of money in four ways: as expected, and if everybody pays fast, as they mostly do, or slowly."""

    expected: Decimal = ZERO
    fast: Decimal = ZERO
    likely: Decimal = ZERO
    slow: Decimal = ZERO

    def __add__(self, other: "Split") -> "Split":
        return Split(
            self.expected + other.expected, self.fast + other.fast, self.likely + other.likely, self.slow + other.slow
        )


@dataclass(frozen=True)
class Forecast:
    """What comes in by weeks from Monday, and what comes later or never; each way adds up to what is outstanding."""

    weeks: tuple[tuple[date, Split], ...]
    later: Split
    outstanding: Decimal

    def within(self, weeks: int) -> Split:
        """What comes in the first so many weeks."""
        return sum((split for _, split in self.weeks[:weeks]), Split())


def forecast(owed: Iterable[Owed], habits: Mapping[int, Habit], today: date, weeks: int) -> Forecast:
    """When open money is likely to come, by the habit of each customer, or of all where it has none yet.

    Expected is every amount shared out by its chances; fast, likely and slow put it whole into the week by which
    a quarter, half and three quarters of such money came.
    """
    everybody = together(habits.values())
    usual = everybody if everybody.is_known else WHEN_DUE
    first = week_of(today)
    sums: dict[tuple[int, date], Decimal] = defaultdict(lambda: ZERO)
    for each in owed:
        sums[each.customer_id, each.due_on] += each.amount
    known: dict[tuple[int, int], dict[int, Decimal]] = {}
    placed: dict[int, Split] = defaultdict(Split)
    for (customer_id, due_on), amount in sums.items():
        since = weeks_late((today - due_on).days)
        key = customer_id, since
        if key not in known:
            habit = habits.get(customer_id, Habit())
            known[key] = chances(habit if habit.is_known else usual, since)
        for week, split in _placed(amount, due_on, known[key], today, first).items():
            placed[week if week < weeks else weeks] += split
    rows = tuple((first + timedelta(weeks=n), placed[n]) for n in range(weeks))
    return Forecast(rows, placed[weeks], sum(sums.values(), ZERO))


NEVER = 10_000


def _placed(amount: Decimal, due_on: date, likely: Mapping[int, Decimal], today: date, first: date) -> dict[int, Split]:
    """An amount by weeks from now; what may never come stands at `NEVER`."""
    places = [_week(due_on, week, today, first) for week in likely] + [NEVER]
    shares = [*likely.values(), max(ONE - sum(likely.values(), ZERO), ZERO)]
    found: dict[int, Split] = defaultdict(Split)
    for place, part in zip(places, allocate(amount, shares), strict=True):
        found[place] += Split(expected=part)
    for name, wanted in (("fast", FAST), ("likely", LIKELY), ("slow", SLOW)):
        found[_reached(places, shares, wanted)] += Split(**{name: amount})
    return found


def _week(due_on: date, week: int, today: date, first: date) -> int:
    """How many weeks from now the middle of a week after the due day lies; this week at the earliest."""
    day = max(due_on + timedelta(days=7 * week + 3), today)
    return (week_of(day) - first).days // 7


def _reached(places: list[int], shares: list[Decimal], wanted: Decimal) -> int:
    total = ZERO
    for place, share in zip(places, shares, strict=True):
        total += share
        if total >= wanted:
            return place
    return NEVER
