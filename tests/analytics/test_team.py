"""The team through the mirror: exactly what its orders say; a seller sees himself and the total."""

from datetime import date
from decimal import Decimal

import pytest

from core.analytics.mirror.mirror import Mirror
from core.analytics.team.reached import discounts, mix
from core.analytics.team.standing import proposed, standing
from core.sales.models import OrderLine, SalesOrder
from core.security.actor import SYSTEM, Actor, NotAllowed
from core.team.models import Metric
from core.team.plans import plan_targets
from core.work.store import Store
from tests.analytics.buying import Till
from tests.builders import a_product
from tests.services.test_team import a_seller, level

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def two(any_store: Store) -> tuple[Actor, Actor]:
    """Li sold 1000 last March and 600 this one, Wu 100 and 120, nobody 30 this one; today is 18 March."""
    li, wu = a_seller(any_store, "li"), a_seller(any_store, "wu")
    with any_store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        first, second = till.customers(2)
        for seller, customer, day, net in (
            (li.id, first, date(2025, 3, 20), 1000),
            (wu.id, first, date(2025, 3, 20), 100),
            (li.id, first, date(2026, 3, 3), 400),
            (li.id, second, date(2026, 3, 18), 200),
            (wu.id, second, date(2026, 3, 18), 120),
            (None, first, date(2026, 3, 4), 30),
        ):
            order_id = till.sell(customer, day, [thing], net)
            uow.session.get_one(SalesOrder, order_id).sales_rep_id = seller
            if net == 120:
                line = uow.session.query(OrderLine).filter_by(order_id=order_id).one()
                line.unit_price, line.discount_amount = Decimal(160), Decimal(40)
                uow.session.get_one(SalesOrder, order_id).discount_amount = Decimal(40)
        uow.touch(SalesOrder, order_id)
        uow.audit("test.lived", None)
    return li, wu


def test_everybody_is_measured_by_own_targets_and_the_company_by_all_that_was_sold(
    any_store: Store, any_mirror: Mirror, two: tuple[Actor, Actor]
) -> None:
    li, wu = two
    cells = {(MARCH, li.id): level(1100, 1200, 1300), (MARCH, wu.id): level(110)}
    any_store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, cells, reason="Plan")
    any_mirror.refresh_now()
    with any_store.viewing(SYSTEM) as view:
        found = standing(any_mirror, view, Metric.NET_SALES, MARCH, APRIL)
        new = standing(any_mirror, view, Metric.NEW_CUSTOMERS, MARCH, APRIL)
    assert [(row.name, row.pace.reached, row.pace.target, row.fair) for row in found.people] == [
        ("Li", Decimal("600.00"), Decimal(1100), Decimal("91.7")),
        ("Wu", Decimal("120.00"), Decimal(110), Decimal("183.3")),
    ]
    pace = found.company.pace
    assert (pace.reached, pace.target, pace.attainment) == (Decimal("750.00"), Decimal(1210), Decimal("0.6198"))
    # 12 of 22 working days are over; 430 of the 660 they ask for is there, and today brought 320.
    assert (pace.days_over, pace.days, pace.expected, pace.pace) == (12, 22, Decimal("660.00"), Decimal("0.6515"))
    assert (pace.needed_a_day, pace.landing) == (Decimal("46.00"), Decimal("1072.50"))
    assert [(line.day.day, line.reached, line.planned) for line in found.lines if line.day.day in (4, 17, 18, 31)] == [
        (4, Decimal("430.00"), Decimal("165.00")),
        (17, Decimal("430.00"), Decimal("660.00")),
        (18, Decimal("750.00"), Decimal("715.00")),
        (31, None, Decimal("1210.00")),
    ]
    assert [(row.name, row.pace.reached) for row in new.people] == [("Li", Decimal(1)), ("Wu", Decimal(0))]
    assert (found.announced, found.company.before) == (True, Decimal("1100.00"))


def test_a_seller_sees_himself_and_the_total_alone(
    any_store: Store, any_mirror: Mirror, two: tuple[Actor, Actor]
) -> None:
    any_mirror.refresh_now()
    with any_store.viewing(two[1]) as view:
        found = standing(any_mirror, view, Metric.NET_SALES, MARCH, APRIL)
        assert [(row.name, row.pace.reached, row.fair) for row in found.people] == [
            ("Wu", Decimal("120.00"), Decimal("183.3"))
        ]
        assert found.company.pace.reached == Decimal("750.00")
        with pytest.raises(NotAllowed):
            standing(any_mirror, view, Metric.MARGIN, MARCH, APRIL)
        with pytest.raises(NotAllowed):
            proposed(any_mirror, view, Metric.NET_SALES, Decimal(1), 2026)
    own = [(row.user_id, row.discount, row.listed, row.rate) for row in discounts(any_mirror, two[1], MARCH, APRIL)]
    assert own == [(two[1].id, Decimal("40.00"), Decimal("160.00"), Decimal("0.2500"))]
    assert {row.user_id for row in mix(any_mirror, two[1], Metric.NET_SALES, MARCH, APRIL)} == {two[1].id}
    assert {row.user_id: row.amount for row in mix(any_mirror, SYSTEM, Metric.NET_SALES, MARCH, APRIL)} == {
        two[0].id: Decimal("600.00"),
        two[1].id: Decimal("120.00"),
    }


def test_a_years_total_is_split_by_the_year_before_and_adds_up(
    any_store: Store, any_mirror: Mirror, two: tuple[Actor, Actor]
) -> None:
    any_mirror.refresh_now()
    with any_store.viewing(SYSTEM) as view:
        found = proposed(any_mirror, view, Metric.NET_SALES, Decimal(1201), 2026)
    assert {cell: amount for cell, amount in found.items() if amount} == {
        (MARCH, two[0].id): Decimal(1092),
        (MARCH, two[1].id): Decimal(109),
    }
    assert sum(found.values()) == 1201
