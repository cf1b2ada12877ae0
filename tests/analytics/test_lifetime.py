"""What customers are worth, from the orders in the books."""

import random
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from core.analytics.customers.facts import bought_since, past_of_customers
from core.analytics.customers.lifetime import lifetime
from core.analytics.customers.rules.errors import OnlyOnce, TooFewRepeaters
from core.analytics.mirror.mirror import Mirror
from core.customers.models import Customer
from core.customers.rules import walk_in_code
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.permissions import Role
from core.work.store import Store
from tests.analytics.buying import Till
from tests.analytics.lines import plain_lines
from tests.analytics.shop import Shop
from tests.builders import a_product

TODAY = date(2026, 3, 18)
START = date(2025, 3, 1)


def a_past(store: Store, customers: int, *, once: bool = False) -> None:
    """Customers whose pauses and amounts differ and of whom some leave; the same ones every time."""
    chance = random.Random(9)  # noqa: S311 - a history, no secret
    with store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        for customer in till.customers(customers):
            pause, amount = chance.gammavariate(1.4, 40) + 2, chance.randrange(10, 400)
            leaving = chance.betavariate(1, 5)
            on = START + timedelta(days=chance.randrange(200))
            while on < TODAY:
                till.sell(customer, on, [thing], Decimal(amount) + chance.randrange(1, 9))
                if once or chance.random() < leaving:
                    break
                on += timedelta(days=1 + int(chance.expovariate(1 / pause)))
        uow.audit("test.lived", None)


def test_the_past_of_customers_is_that_of_the_documents(any_store: Store, any_mirror: Mirror) -> None:
    Shop(any_store, seed=5).open().live(120)
    any_mirror.refresh_now()
    lines = plain_lines(any_store)
    with any_mirror.reading() as duck:
        past = past_of_customers(duck, TODAY)
        made, net = bought_since(duck, past.customer, date(2025, 12, 1), TODAY)
    expected = {}
    for each in {line["customer_id"] for line in lines}:
        own = [line for line in lines if line["customer_id"] == each and line["day"] < TODAY]
        days = sorted({line["day"] for line in own if line["sign"] == 1})
        if not days:
            continue
        sold = {day: sum(line["net"] for line in own if line["day"] == day and line["sign"] == 1) for day in days}
        kept = max(sum(line["net"] for line in own), Decimal(0)) / sum(sold.values())
        again = [sold[day] for day in days[1:]]
        late = [line for line in own if line["day"] >= date(2025, 12, 1)]
        expected[each] = (
            len(again),
            (days[-1] - days[0]).days / 7,
            (TODAY - timedelta(days=1) - days[0]).days / 7,
            float(sum(again) / len(again) * kept * 100) if again else 0.0,
            len({line["day"] for line in late if line["sign"] == 1}),
            float(sum(line["net"] for line in late) * 100),
        )
    assert past.customer.tolist() == sorted(expected)
    columns = (past.repeats, past.last, past.observed, past.mean, made, net)
    for at, each in enumerate(past.customer.tolist()):
        assert [float(column[at]) for column in columns] == pytest.approx(list(expected[each]), rel=1e-9)


def test_worth_is_told_with_an_interval_a_back_test_and_for_the_customers_who_bought_thrice(
    any_store: Store, any_mirror: Mirror
) -> None:
    a_past(any_store, 160)
    any_mirror.refresh_now()
    found = lifetime(any_mirror, SYSTEM)
    assert (found.customers, found.until) == (160, TODAY)
    assert found.low < found.total < found.high
    assert found.total == round(Decimal(float(found.worth.amount.sum())) / 100, 2)
    rows = found.most_worth(200)
    assert len(rows) == int(np.sum(found.past.repeats >= 2))
    assert [row.amount for row in rows] == sorted((row.amount for row in rows), reverse=True)
    assert all(row.low <= row.amount <= row.high and row.expected_low <= row.expected_high for row in rows)
    assert found.of_customer(rows[0].customer_id) == rows[0]
    once = int(found.past.customer[found.past.repeats == 0][0])
    assert found.of_customer(once) is None
    assert found.of_customer(10**9) is None

    assert found.back_test is not None
    assert found.back_test.until == TODAY
    assert sum(row.customers for row in found.back_test.by_repeats) == found.back_test.customers
    assert sum(part.actual for part in found.back_test.parts) == pytest.approx(1)
    assert found.back_test.parts[0].lift > 1.5
    assert lifetime(any_mirror, SYSTEM, months=24).total > found.total
    assert lifetime(any_mirror, SYSTEM, yearly=Decimal("0.3")).total < found.total


def test_an_order_of_today_keeps_the_fit_and_one_of_yesterday_makes_a_new_one(store: Store, mirror: Mirror) -> None:
    a_past(store, 120)
    mirror.refresh_now()
    first = lifetime(mirror, SYSTEM)
    for on, is_same in ((TODAY, True), (TODAY - timedelta(days=1), False)):
        with store.working(SYSTEM) as uow:
            till = Till.__new__(Till)
            till.uow, till.warehouse_id, till.channel_id = uow, 1, 1
            till.sell(int(first.past.customer[0]), on, [a_product(uow)])
            uow.audit("test.lived", None)
        mirror.refresh_now()
        assert (lifetime(mirror, SYSTEM) is first) == is_same


@pytest.mark.parametrize(("once", "customers", "refusal"), [(True, 50, OnlyOnce), (False, 20, TooFewRepeaters)])
def test_data_that_cannot_tell_give_a_sentence(
    store: Store, mirror: Mirror, once: bool, customers: int, refusal: type[Exception]
) -> None:
    a_past(store, customers, once=once)
    mirror.refresh_now()
    with pytest.raises(refusal):
        lifetime(mirror, SYSTEM)


def test_sales_over_the_counter_are_nobodys(store: Store, mirror: Mirror) -> None:
    with store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        nobody = uow.add(Customer(code=walk_in_code(till.channel_id), name="Counter", created_at=uow.now)).id
        (somebody,) = till.customers(1)
        for customer in (nobody, somebody):
            till.sell(customer, TODAY - timedelta(days=3), [thing])
        uow.audit("test.lived", None)
    mirror.refresh_now()
    with mirror.reading() as duck:
        assert past_of_customers(duck, TODAY).customer.tolist() == [somebody]


def test_who_may_not_analyse_sales_learns_nothing_of_what_customers_are_worth(mirror: Mirror) -> None:
    buyer = Actor(1, "bo", frozenset({Role.BUYER}), permissions_of(frozenset({Role.BUYER})))
    with pytest.raises(NotAllowed):
        lifetime(mirror, buyer)
