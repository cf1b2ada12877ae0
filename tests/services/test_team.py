"""Targets in versions: the newest holds for its months, taking it back brings the one before."""

from datetime import date
from decimal import Decimal

import pytest

from core.base.errors import InvalidInput, NotFound, ReasonMissing, StaleVersion
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.team.errors import LevelsOutOfOrder, NewerPlan, NoCategoryHere, NothingPlanned, PlanWithdrawn
from core.team.models import Metric
from core.team.plans import Levels, plan_targets, withdraw_plan
from core.team.queries import plans, sellers, targets
from core.work.store import Store
from tests.refusals import assert_each_refused, assert_none_forgotten

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
AUGUST = date(2026, 8, 1)


def level(*amounts: int) -> Levels:
    given = [Decimal(amount) for amount in amounts]
    return Levels(*(given + [given[-1]] * (3 - len(given))))


def a_seller(store: Store, name: str) -> Actor:
    with store.working(SYSTEM) as uow:
        made = uow.add(
            User(username=name, name=name.title(), password_hash="", created_at=uow.now, password_changed_at=uow.now)
        ).id
        uow.add(UserRole(user_id=made, role=Role.SALES))
        uow.audit("test.lived", None)
    roles = frozenset({Role.SALES})
    return Actor(made, name.title(), roles, permissions_of(roles))


def held(store: Store, actor: Actor = SYSTEM, metric: Metric = Metric.NET_SALES) -> dict[tuple[int, int | None], int]:
    with store.viewing(actor) as view:
        return {(row.month.month, row.user_id): int(row.levels.base) for row in targets(view, metric, MAY, AUGUST)}


def test_a_plan_anew_replaces_only_the_months_it_changes_and_taking_it_back_undoes_it(any_store: Store) -> None:
    li, wu = a_seller(any_store, "li"), a_seller(any_store, "wu")
    first = {(MAY, li.id): level(100, 110, 130), (MAY, wu.id): level(50), (JUNE, li.id): level(200)}
    one = any_store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, first, reason="Year's plan")
    assert held(any_store) == {(5, li.id): 100, (5, wu.id): 50, (5, None): 150, (6, li.id): 200, (6, None): 200}

    again = {**first, (JUNE, li.id): level(120), (JUNE, None): level(500)}
    two = any_store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, again, reason="Li is away", seen=one)
    assert held(any_store) == {(5, li.id): 100, (5, wu.id): 50, (5, None): 150, (6, li.id): 120, (6, None): 500}
    with any_store.viewing(SYSTEM) as view:
        told = [(row.id, row.reason, row.first_month, row.last_month, row.total) for row in plans(view, "net_sales")]
        assert told == [
            (two, "Li is away", JUNE, JUNE, Decimal(120)),
            (one, "Year's plan", MAY, JUNE, Decimal(350)),
        ]

    with pytest.raises(NewerPlan):
        any_store.run(SYSTEM, withdraw_plan, None, one)
    any_store.run(SYSTEM, withdraw_plan, None, two)
    assert held(any_store)[6, li.id] == 200
    any_store.run(SYSTEM, withdraw_plan, None, one)
    assert held(any_store) == {}


def test_a_month_whose_targets_are_all_taken_away_has_none_any_more(any_store: Store) -> None:
    li = a_seller(any_store, "li")
    one = any_store.run(SYSTEM, plan_targets, None, Metric.ORDERS, {(MAY, li.id): level(9)}, reason="Plan")
    any_store.run(SYSTEM, plan_targets, None, Metric.ORDERS, {(MAY, li.id): Levels()}, reason="No more", seen=one)
    assert held(any_store, metric=Metric.ORDERS) == {}


def test_a_seller_sees_his_own_targets_and_the_companys_alone_and_plans_none(any_store: Store) -> None:
    li, wu = a_seller(any_store, "li"), a_seller(any_store, "wu")
    cells = {(MAY, li.id): level(100), (MAY, wu.id): level(50)}
    any_store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, cells, reason="Plan")
    assert held(any_store, li) == {(5, li.id): 100, (5, None): 150}
    with any_store.viewing(li) as view, pytest.raises(NotAllowed):
        targets(view, Metric.MARGIN, MAY, JUNE)
    with any_store.viewing(li) as view, pytest.raises(NotAllowed):
        plans(view, Metric.NET_SALES)
    with any_store.viewing(wu) as view:
        assert [row.name for row in sellers(view)] == ["Wu"]
    with any_store.working(SYSTEM) as uow:
        uow.session.get_one(User, li.id).disabled_at = uow.now
        uow.audit("test.lived", None)
    with any_store.viewing(SYSTEM) as view:
        assert [row.name for row in sellers(view)] == ["Wu"]
        assert [row.name for row in sellers(view, also={li.id})] == ["Li", "Wu"]
    with pytest.raises(NotAllowed):
        any_store.run(li, plan_targets, None, Metric.NET_SALES, cells, reason="Less")


def test_what_cannot_be_planned_is_refused_and_changes_nothing(any_store: Store) -> None:
    li = a_seller(any_store, "li")
    cells = {(MAY, li.id): level(100)}
    plan = any_store.run(SYSTEM, plan_targets, None, Metric.NET_SALES, cells, reason="Plan")
    gone = any_store.run(SYSTEM, plan_targets, None, Metric.MARGIN, cells, reason="Plan")
    any_store.run(SYSTEM, withdraw_plan, None, gone)
    more, words = {(MAY, li.id): level(101)}, {"reason": "More", "seen": plan}
    cases = [
        (NothingPlanned, (Metric.NET_SALES, cells), words),
        (NothingPlanned, (Metric.NET_SALES, {}), words),
        (StaleVersion, (Metric.NET_SALES, more), {"reason": "More"}),
        (ReasonMissing, (Metric.NET_SALES, more), {**words, "reason": " "}),
        (InvalidInput, (Metric.NET_SALES, more), {**words, "reason": "x" * 201}),
        (InvalidInput, (Metric.NET_SALES, {(date(2026, 5, 2), li.id): level(1)}), words),
        (InvalidInput, (Metric.NET_SALES, {(MAY, li.id): level(-1, 0)}), words),
        (InvalidInput, (Metric.ORDERS, {(MAY, li.id): Levels(*[Decimal("1.5")] * 3)}), {"reason": "Half"}),
        (
            InvalidInput,
            (
                Metric.NET_SALES,
                {(date(y, m, 1), li.id): level(1) for y in range(2026, 2030) for m in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)},
            ),
            words,
        ),
        (LevelsOutOfOrder, (Metric.NET_SALES, {(MAY, li.id): level(5, 4, 9)}), words),
        (NotFound, (Metric.NET_SALES, {(MAY, 999): level(5)}), words),
        (NotFound, (Metric.NET_SALES, more), {"reason": "More", "category_id": 999}),
        (NoCategoryHere, (Metric.COLLECTED, more), {"reason": "More", "category_id": 1}),
    ]
    for refusal, places, facts in cases:
        with pytest.raises(refusal):
            any_store.run(SYSTEM, plan_targets, None, *places, **facts)
    with pytest.raises(PlanWithdrawn):
        any_store.run(SYSTEM, withdraw_plan, None, gone)
    calls = [(plan_targets, places, facts) for _refusal, places, facts in cases]
    calls += [(withdraw_plan, (gone,), {}), (withdraw_plan, (999,), {})]
    assert_each_refused(any_store, calls)
    assert_none_forgotten(calls, "core.team", but=set())
