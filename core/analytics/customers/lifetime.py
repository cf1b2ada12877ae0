"""What customers are worth: both models fitted to the company's own orders, with intervals and a back-test."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import numpy as np

from core.analytics.customers.among import Among
from core.analytics.customers.daily import remembered_for_the_day
from core.analytics.customers.facts import PastOfCustomers, bought_since, money_of, past_of_customers
from core.analytics.customers.rules import spending as spends
from core.analytics.customers.rules.errors import TooShortHistory
from core.analytics.customers.rules.holdout import ByRepeats, Part, by_repeats, parts
from core.analytics.customers.rules.purchases import (
    Habit,
    Histories,
    Numbers,
    Places,
    chance_active,
    expected_purchases,
    fit,
)
from core.analytics.customers.rules.spending import Spending, expected_amount
from core.analytics.customers.rules.worth import WEEKS_A_YEAR, Worth, likely_purchases, worth
from core.analytics.mirror.mirror import Mirror
from core.base.errors import AppError
from core.base.i18n import N_
from core.security.actor import Actor
from core.security.permissions import P

DEFINITION = N_(
    "What customers are expected to bring in the next {months} months, discounted at {rate} a year: purchases to come "
    "(BG/NBD) times what they spend (Gamma-Gamma), both fitted to all orders until yesterday, net of returns and tax. "
    "Several orders on a day count once. The interval (90 %, delta method) says how surely the expectation is known."
)
FEWEST_PURCHASES = 3
"""Of a customer with fewer, no single figure is given."""

LEAST_DAYS = 112
"""A history shorter than this is not cut in two for a back-test."""

LONGEST_HOLDOUT = 182


@dataclass(frozen=True)
class BackTest:
    """The prediction of the last weeks, made from what was known before them, and what came."""

    since: date
    until: date
    customers: int
    predicted: float
    actual: float
    by_repeats: tuple[ByRepeats, ...]
    parts: tuple[Part, ...]
    money_parts: tuple[Part, ...]


@dataclass(frozen=True)
class CustomerWorth:
    """One customer: how likely still buying, purchases expected (nine of ten between two counts), worth."""

    customer_id: int
    purchases: int
    active: float
    expected: float
    expected_low: int
    expected_high: int
    amount: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Lifetime:
    """The fitted models and what all customers are worth over a horizon."""

    until: date
    months: int
    yearly: Decimal
    habit: Habit
    spending: Spending
    customers: int
    repeaters: int
    total: Decimal
    low: Decimal
    high: Decimal
    back_test: BackTest | None
    back_test_refusal: AppError | None
    past: PastOfCustomers
    active: Numbers
    worth: Worth

    def of_all(self, chosen: Among | None = None) -> tuple[int, Decimal, Decimal, Decimal]:
        """How many customers these are, what they are worth together, and the interval of that."""
        if chosen is None:
            return self.customers, self.total, self.low, self.high
        kept = chosen.holds(self.past.customer)
        return int(kept.sum()), *(money_of(each) for each in self.worth.together(kept))  # type: ignore[return-value]

    def most_worth(self, count: int, chosen: Among | None = None) -> list[CustomerWorth]:
        """The customers worth most, of those who bought at least three times."""
        enough = np.flatnonzero(self.past.repeats + 1 >= FEWEST_PURCHASES)
        if chosen is not None:
            enough = enough[chosen.holds(self.past.customer[enough])]
        first = enough[np.lexsort((self.past.customer[enough], -self.worth.amount[enough]))][:count]
        return [self._row(int(each)) for each in first]

    def amounts(self) -> dict[int, Decimal]:
        """What each customer is worth who bought at least three times."""
        enough = np.flatnonzero(self.past.repeats + 1 >= FEWEST_PURCHASES)
        return {int(self.past.customer[at]): money_of(self.worth.amount[at]) for at in enough}

    def of_customer(self, customer_id: int) -> CustomerWorth | None:
        """One customer's figures; None for who bought fewer than three times or is not known."""
        at = int(np.searchsorted(self.past.customer, customer_id))
        if at == len(self.past.customer) or self.past.customer[at] != customer_id:
            return None
        return self._row(at) if self.past.repeats[at] + 1 >= FEWEST_PURCHASES else None

    def _row(self, at: int) -> CustomerWorth:
        low, high = self.worth.interval(at)
        repeats, last, observed = (float(each[at]) for each in (self.past.repeats, self.past.last, self.past.observed))
        least, most = likely_purchases(self.habit, int(repeats), last, observed, _weeks(self.months))
        return CustomerWorth(
            customer_id=int(self.past.customer[at]),
            purchases=int(repeats) + 1,
            active=float(self.active[at]),
            expected=float(self.worth.purchases[at]),
            expected_low=least,
            expected_high=most,
            amount=money_of(self.worth.amount[at]),
            low=money_of(low),
            high=money_of(high),
        )


def lifetime(mirror: Mirror, actor: Actor, *, months: int = 12, yearly: Decimal = Decimal("0.1")) -> Lifetime:
    """What customers are worth over so many months at a yearly discount rate, from all orders until yesterday.

    Refuses who may not analyse sales, and, with a sentence and no figures, data that cannot tell.
    """
    actor.require(P.SALES_ANALYSE)
    found = remembered_for_the_day(
        mirror, ("lifetime", months, yearly), lambda duck, today: _tried(duck, today, months, yearly)
    )
    if isinstance(found, AppError):
        raise found
    return found


def _tried(duck: duckdb.DuckDBPyConnection, today: date, months: int, yearly: Decimal) -> Lifetime | AppError:
    try:
        return _lifetime(duck, today, months, yearly)
    except AppError as refusal:
        return refusal


def _lifetime(duck: duckdb.DuckDBPyConnection, today: date, months: int, yearly: Decimal) -> Lifetime:
    past = past_of_customers(duck, today)
    habit, spending, histories, place = _fitted(past)
    value = worth(habit, spending, histories, place, past.mean, _weeks(months), float(yearly))
    total, low, high = value.together()
    tried: BackTest | None = None
    refusal: AppError | None = None
    try:
        tried = _back_test(duck, past, today)
    except AppError as said:
        refusal = said
    return Lifetime(
        until=today,
        months=months,
        yearly=yearly,
        habit=habit,
        spending=spending,
        customers=histories.customers,
        repeaters=histories.repeaters,
        total=money_of(total),
        low=money_of(low),
        high=money_of(high),
        back_test=tried,
        back_test_refusal=refusal,
        past=past,
        active=chance_active(habit.parameters, histories)[place],
        worth=value,
    )


def _fitted(past: PastOfCustomers) -> tuple[Habit, Spending, Histories, Places]:
    histories, place = Histories.grouped(past.repeats, past.last, past.observed)
    habit = fit(histories)
    spent = (past.repeats > 0) & (past.mean > 0)
    return habit, spends.fit(past.repeats[spent], past.mean[spent]), histories, place


def _back_test(duck: duckdb.DuckDBPyConnection, whole: PastOfCustomers, today: date) -> BackTest:
    """Fit to the earlier part of the history, and hold the later part (at most half a year) against it."""
    if whole.days < LEAST_DAYS:
        raise TooShortHistory(found=whole.days, needed=LEAST_DAYS)
    length = min(LONGEST_HOLDOUT, whole.days // 3)
    since = today - timedelta(days=length)
    past = past_of_customers(duck, since)
    habit, spending, histories, place = _fitted(past)
    predicted = expected_purchases(habit.parameters, histories, length / 7)[place]
    made, net = bought_since(duck, past.customer, since, today)
    money = predicted * expected_amount(spending.parameters, past.repeats, past.mean)
    return BackTest(
        since=since,
        until=today,
        customers=len(past.customer),
        predicted=float(predicted.sum()),
        actual=float(made.sum()),
        by_repeats=by_repeats(past.repeats, predicted, made),
        parts=parts(predicted, made),
        money_parts=parts(money, np.maximum(net, 0)),
    )


def _weeks(months: int) -> float:
    return WEEKS_A_YEAR * months / 12
