"""Targets and the team on the screens: a year split, planned, met, taken back; a salesperson sees himself."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from core.sales.models import SalesOrder
from core.security.actor import SYSTEM, Actor
from core.security.permissions import Role
from core.team.models import Metric
from core.team.plans import plan_targets
from core.team.queries import plans, targets
from core.work.store import Store
from pages._shared.mirror import close_mirror, mirror
from tests.analytics.buying import Till
from tests.builders import a_product
from tests.pages.app import open_app, visit
from tests.services.test_team import a_seller, level

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


@pytest.fixture
def team(store: Store) -> Iterator[tuple[Actor, Actor]]:
    """Li and Wu sold 1000 and 500 last March, and 600 and 120 this one until the 17th."""
    li, wu = a_seller(store, "li"), a_seller(store, "wu")
    with store.working(SYSTEM) as uow:
        till, thing = Till(uow), a_product(uow)
        buyer = till.customers(1)[0]
        sales = ((li, date(2025, 3, 20), 1000), (wu, date(2025, 3, 20), 500))
        for seller, day, net in (*sales, (li, date(2026, 3, 3), 600), (wu, date(2026, 3, 17), 120)):
            uow.session.get_one(SalesOrder, till.sell(buyer, day, [thing], net)).sales_rep_id = seller.id
        uow.audit("test.lived", None)
    yield li, wu
    close_mirror()


def opened(store: Store, path: str, role: Role = Role.MANAGER):
    app = open_app(store, role)
    mirror().wait_until_fresh()
    app = visit(app, path)
    assert not app.exception
    return app


def test_a_year_is_split_saved_with_a_reason_and_taken_back(store: Store, team: tuple[Actor, Actor]) -> None:
    app = opened(store, "reports/targets")
    scope = "targets.net_sales.None.2026.None"
    app.number_input(key=f"{scope}.total").set_value(1500.0)
    app.button(key=f"{scope}.split.go").click().run()
    app.text_input(key=f"{scope}.reason").set_value("As last year")
    app.button(key=f"{scope}.go").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        rows = targets(view, Metric.NET_SALES, date(2026, 1, 1), date(2027, 1, 1))
        assert {(row.month, row.user_id): row.levels for row in rows} == {
            (MARCH, team[0].id): level(1000, 1100, 1250),
            (MARCH, team[1].id): level(500, 550, 625),
            (MARCH, None): level(1500, 1650, 1875),
        }
    app.button(key="targets.back").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert targets(view, Metric.NET_SALES, MARCH, APRIL) == []
        assert [row.withdrawn_at is None for row in plans(view, Metric.NET_SALES)] == [False]


def test_a_pasted_table_stands_in_the_tables_and_bad_lines_are_named(store: Store, team: tuple[Actor, Actor]) -> None:
    app = opened(store, "reports/targets")
    scope = "targets.net_sales.None.2026.None"
    app.text_area(key=f"{scope}.text").set_value("2026-03\tLi\t700\n2026-03\tXu\t5")
    app.button(key=f"{scope}.paste.go").click().run()
    assert [error.value for error in app.error] == ["Line 2\\: nobody who sells has this name."]
    app.text_area(key=f"{scope}.text").set_value("2026-03\tLi\t700\t800")
    app.button(key=f"{scope}.paste.go").click().run()
    app.text_input(key=f"{scope}.reason").set_value("From the sheet")
    app.button(key=f"{scope}.go").click().run()
    with store.viewing(SYSTEM) as view:
        found = {row.user_id: row.levels for row in targets(view, Metric.NET_SALES, MARCH, APRIL)}
    assert found == {team[0].id: level(700, 800, 800), None: level(700, 800, 800)}


def test_the_team_is_told_where_it_is_and_a_salesperson_sees_himself_alone(
    store: Store, team: tuple[Actor, Actor]
) -> None:
    cells = {(MARCH, team[0].id): level(600), (MARCH, team[1].id): level(600)}
    store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, cells, reason="Plan")
    app = opened(store, "reports/team")
    told = [(each.label, each.value, each.delta) for each in app.metric]
    assert told == [
        ("Attainment", "60%", "¥720 of ¥1.2K"),
        ("Pace", "110%", "12 of 22 working days over"),
        ("Lands at", "¥1.32K", told[2][2]),
        ("Needed a day", "¥48", "¥480 missing"),
    ]
    people = next(frame.value for frame in app.dataframe if "fair" in frame.value)
    assert people[["name", "reached", "attainment", "fair", "level"]].values.tolist() == [
        ["Li", 600.0, 1.0, 125.0, "Challenge"],
        ["Wu", 120.0, 0.2, 50.0, "–"],
    ]
    app.button(key="team.orders.who").click().run()
    assert not app.exception
    # The orders behind what was reached add up to it.
    assert (app.metric[-1].value, len(app.dataframe[-1].value)) == ("¥720.00", 2)
    close_mirror()
    mine = opened(store, "reports/team", Role.SALES)
    assert mine.dataframe[0].value["name"].tolist() == ["Sales"]
    assert mine.metric[0].value == "60%"
    assert Decimal(str(mine.dataframe[0].value["reached"].tolist()[0])) == 0
