"""Alerts in the store: one for one situation, once however often it is evaluated; who sees and changes what."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from core.analytics.alerts.errors import NotYourRule
from core.analytics.alerts.evaluation import Due, due_periods, record_evaluation
from core.analytics.alerts.inbox import acknowledge_alert, close_alert, judge_alert, reopen_alert
from core.analytics.alerts.looking import Seen
from core.analytics.alerts.models import AlertEvaluation, AlertState, Condition, Direction, Outcome
from core.analytics.alerts.queries import (
    AlertRow,
    alert_digest,
    alert_owners,
    alert_rule,
    alert_rules,
    alerts,
    count_alerts,
)
from core.analytics.alerts.rules import Found, Further, Verdict, Watched
from core.analytics.alerts.service import (
    RuleEntry,
    make_rule_stricter,
    pause_alert_rule,
    remove_alert_rule,
    restore_alert_rule,
    resume_alert_rule,
    save_alert_rule,
    snooze_alert_rule,
)
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import Grain
from core.base.clock import FixedClock
from core.base.errors import NotFound, StaleVersion
from core.jobs.models import Job
from core.security.actor import SYSTEM, Actor, NotAllowed, permissions_of
from core.security.models import User, UserRole
from core.security.permissions import Role
from core.work.store import Store

YESTERDAY = date(2026, 3, 17)
ONE_DAY = timedelta(days=1)
LOW = Watched("net_sales", Grain.DAY, Condition.THRESHOLD, Direction.BELOW, Decimal(100), by="warehouse")


def somebody(store: Store, name: str, role: Role) -> Actor:
    with store.working(SYSTEM) as uow:
        made = uow.add(
            User(username=name, name=name.title(), password_hash="", created_at=uow.now, password_changed_at=uow.now)
        ).id
        uow.add(UserRole(user_id=made, role=role))
        uow.audit("test.lived", None)
    return Actor(made, name.title(), frozenset({role}), permissions_of(frozenset({role})))


def saved(store: Store, actor: Actor, watched: Watched = LOW, name: str = "Quiet warehouse", **more) -> int:
    return store.run(actor, save_alert_rule, None, RuleEntry(name, watched, **more))


def evaluated(store: Store, rule_id: int, period: date, *found: tuple[str, int], revision: int | None = None) -> None:
    """One evaluation that found these figures below 100, each as far below in money."""
    with store.viewing(SYSTEM) as view:
        rule = alert_rule(view, rule_id)
        now = next((each.revision for each in due_periods(view, rule_id)), 1)
    made = tuple(
        Found(key, f"W{key}", period, Verdict(Decimal(n), Decimal(100), Decimal(100), None), Decimal(100 - n))
        for key, n in found
    )
    due = Due(rule_id, revision or now, rule.owner_id, rule.watched, period)
    store.run(SYSTEM, record_evaluation, None, due, Seen(3, made))


def shown(store: Store, actor: Actor = SYSTEM, *, closed: bool = False) -> list[AlertRow]:
    with store.viewing(actor) as view:
        return alerts(view, closed=closed)


def all_shown(store: Store, actor: Actor = SYSTEM) -> list[AlertRow]:
    """Also what follows from others."""
    return [each for row in shown(store, actor) for each in (row, *row.follows)]


def in_short(rows: list[AlertRow]) -> list[tuple[str, int, int, int, Decimal | None]]:
    return [(row.value_name, row.period.day, row.last_period.day, row.periods, row.effect) for row in rows]


def test_a_situation_is_one_alert_ranked_by_money_and_a_second_evaluation_raises_nothing(any_store: Store) -> None:
    mo = somebody(any_store, "mo", Role.MANAGER)
    rule = saved(any_store, mo, runbook="Call the warehouse")
    for _twice in range(2):
        evaluated(any_store, rule, YESTERDAY, ("1", 90), ("2", 40))
    assert in_short(shown(any_store)) == [("W2", 17, 17, 1, 60), ("W1", 17, 17, 1, 10)]
    evaluated(any_store, rule, YESTERDAY + ONE_DAY, ("1", 20), ("3", 99))
    evaluated(any_store, rule, YESTERDAY + 3 * ONE_DAY, ("1", 30))
    found = [("W1", 17, 18, 2, 90), ("W1", 20, 20, 1, 70), ("W2", 17, 17, 1, 60), ("W3", 18, 18, 1, 1)]
    assert in_short(shown(any_store)) == found
    assert [row.is_over for row in shown(any_store)] == [True, False, True, True]
    first = shown(any_store, mo)[0]
    assert (first.figure, first.expected, first.low, first.high) == (20, 100, 100, None)
    assert (first.rule, first.runbook, first.owner, first.state) == (
        "Quiet warehouse",
        "Call the warehouse",
        "Mo",
        AlertState.OPEN,
    )
    assert first.evidence == "reports/sales?period=custom&since=2026-03-17&until=2026-03-18&warehouse=1"
    with any_store.viewing(mo) as view:
        assert view.session.scalar(select(func.count()).select_from(AlertEvaluation)) == 3
        row = alert_rule(view, rule)
        assert (row.raised, row.evaluated_at, row.outcome) == (4, any_store.clock.now(), Outcome.DONE)
        assert count_alerts(view) == 4


def test_a_whole_and_its_parts_ring_once_and_by_themselves_again_when_the_whole_is_over(any_store: Store) -> None:
    mo = somebody(any_store, "mo", Role.MANAGER)
    each = saved(any_store, mo)
    whole = saved(any_store, mo, replace(LOW, by=""), "Quiet company")
    evaluated(any_store, each, YESTERDAY, ("1", 60), ("2", 70))
    evaluated(any_store, whole, YESTERDAY, ("", 10))
    found = shown(any_store, mo)
    assert [(row.rule, [part.value_name for part in row.follows]) for row in found] == [("Quiet company", ["W1", "W2"])]
    with any_store.viewing(mo) as view:
        digest = alert_digest(view)
        assert count_alerts(view) == 1
        assert [row.value_name for row in alerts(view, rule_id=each)] == ["W1", "W2"]
    assert (digest.causes, digest.new, digest.lasting, digest.over, digest.follows) == (1, 1, 0, 0, 2)
    assert (digest.amount, digest.most) == (90, found)
    evaluated(any_store, whole, YESTERDAY + ONE_DAY)
    evaluated(any_store, each, YESTERDAY + ONE_DAY, ("1", 60))
    found = shown(any_store, mo)
    assert [(row.rule, row.value_name, len(row.follows)) for row in found] == [
        ("Quiet company", "W", 1),
        ("Quiet warehouse", "W1", 0),
    ]


def test_a_rule_of_several_conditions_is_kept_and_seen_by_who_may_see_all_of_its_figures(any_store: Store) -> None:
    mo, li = somebody(any_store, "mo", Role.MANAGER), somebody(any_store, "li", Role.SALES)
    thin = Further("margin_rate", Condition.CHANGE, Direction.BELOW, Decimal("0.1"), True, Compare.PREVIOUS_PERIOD)
    watched = replace(
        LOW, more=(thin, Further("orders", Condition.THRESHOLD, Direction.BELOW, Decimal(5))), is_any=True
    )
    rule = saved(any_store, mo, watched)
    evaluated(any_store, rule, YESTERDAY, ("1", 60))
    with any_store.viewing(mo) as view:
        assert alert_rule(view, rule).watched == watched
    assert [row.value_name for row in shown(any_store, mo)] == ["W1"]
    assert shown(any_store, li) == []
    with any_store.viewing(li) as view:
        assert (alert_rules(view), count_alerts(view)) == ([], 0)
    with pytest.raises(NotFound):
        any_store.run(li, acknowledge_alert, None, shown(any_store, mo)[0].id)


def test_what_was_closed_stays_closed_while_it_lasts_and_can_be_opened_again(any_store: Store) -> None:
    mo = somebody(any_store, "mo", Role.MANAGER)
    rule = saved(any_store, mo)
    evaluated(any_store, rule, YESTERDAY, ("1", 90))
    alert = shown(any_store)[0].id
    any_store.run(mo, acknowledge_alert, None, alert)
    assert [(row.state, row.seen_by) for row in shown(any_store)] == [(AlertState.ACKNOWLEDGED, "Mo")]
    any_store.run(mo, close_alert, None, alert)
    evaluated(any_store, rule, YESTERDAY + ONE_DAY, ("1", 90))
    assert (shown(any_store), in_short(shown(any_store, closed=True))) == ([], [("W1", 17, 18, 2, 20)])
    any_store.run(mo, reopen_alert, None, alert)
    assert [(row.state, row.seen_by) for row in shown(any_store)] == [(AlertState.OPEN, "")]


def test_a_snoozed_rule_raises_nothing_new_and_a_paused_or_removed_one_rests(
    any_store: Store, clock: FixedClock
) -> None:
    mo = somebody(any_store, "mo", Role.MANAGER)
    rule = saved(any_store, mo)
    evaluated(any_store, rule, YESTERDAY, ("1", 90))
    any_store.run(mo, snooze_alert_rule, None, rule, YESTERDAY + 2 * ONE_DAY)
    clock.moment += ONE_DAY
    evaluated(any_store, rule, YESTERDAY + ONE_DAY, ("1", 80), ("2", 10))
    assert in_short(shown(any_store)) == [("W1", 17, 18, 2, 30)]
    with any_store.viewing(mo) as view:
        row = alert_rule(view, rule)
        assert (row.snoozed_until, row.outcome, row.raised) == (YESTERDAY + 2 * ONE_DAY, Outcome.SNOOZED, 1)
    clock.moment += ONE_DAY
    with any_store.viewing(mo) as view:
        assert alert_rule(view, rule).snoozed_until is None
    evaluated(any_store, rule, YESTERDAY + 2 * ONE_DAY, ("2", 10))
    assert in_short(shown(any_store)) == [("W2", 19, 19, 1, 90), ("W1", 17, 18, 2, 30)]

    any_store.run(mo, pause_alert_rule, None, rule)
    clock.moment += 5 * ONE_DAY
    assert due(any_store) == []
    any_store.run(mo, resume_alert_rule, None, rule)
    assert due(any_store) == [24]
    any_store.run(mo, remove_alert_rule, None, rule)
    assert due(any_store) == []
    with any_store.viewing(mo) as view:
        assert (alert_rules(view), [row.id for row in alert_rules(view, removed=True)]) == ([], [rule])
    assert len(shown(any_store)) == 2
    any_store.run(mo, restore_alert_rule, None, rule)
    clock.moment += 2 * ONE_DAY
    assert due(any_store) == [24, 25, 26]


def due(store: Store) -> list[int]:
    with store.viewing(SYSTEM) as view:
        return [each.period.day for each in due_periods(view)]


def test_what_was_missed_is_made_up_for_and_a_changed_rule_looks_at_the_newest_period_again(
    any_store: Store, clock: FixedClock
) -> None:
    mo = somebody(any_store, "mo", Role.MANAGER)
    rule = saved(any_store, mo)
    with any_store.viewing(SYSTEM) as view:
        planned = view.session.execute(select(Job.name, Job.facts)).all()
    assert planned == [("analytics.evaluate_alerts", {"rule_id": rule})]
    assert due(any_store) == [17]
    evaluated(any_store, rule, YESTERDAY, ("1", 90))
    assert due(any_store) == []
    clock.moment += 3 * ONE_DAY
    assert due(any_store) == [18, 19, 20]
    clock.moment += 7 * ONE_DAY
    assert due(any_store) == [21, 22, 23, 24, 25, 26, 27]
    words = {"rule_id": rule, "version": 1}
    any_store.run(mo, save_alert_rule, None, RuleEntry("Other name", LOW), **words)
    assert len(due(any_store)) == 7
    weekly = RuleEntry("Weekly", replace(LOW, grain=Grain.WEEK))
    with pytest.raises(StaleVersion):
        any_store.run(mo, save_alert_rule, None, weekly, **words)
    any_store.run(mo, save_alert_rule, None, weekly, rule_id=rule, version=2)
    assert due(any_store) == [16]
    evaluated(any_store, rule, date(2026, 3, 16), ("1", 90), revision=1)  # by a process that was slower
    assert len(shown(any_store)) == 1
    evaluated(any_store, rule, date(2026, 3, 16), ("1", 90))
    assert sorted((row.grain, row.period.day) for row in shown(any_store)) == [(Grain.DAY, 17), (Grain.WEEK, 16)]


def test_precision_comes_from_clicks_and_a_rule_beyond_its_budget_is_made_stricter(any_store: Store) -> None:
    mo = somebody(any_store, "mo", Role.MANAGER)
    rule = saved(any_store, mo, budget=2)
    evaluated(any_store, rule, YESTERDAY, ("1", 10), ("2", 40), ("3", 70), ("4", 90))
    marks = (True, False, True, None)
    for row, useful in zip(shown(any_store), marks, strict=True):
        any_store.run(mo, judge_alert, None, row.id, True)
        any_store.run(mo, judge_alert, None, row.id, useful)
    with any_store.viewing(mo) as view:
        row = alert_rule(view, rule)
    assert (row.raised_lately, row.useful, row.useless, row.precision) == (4, 2, 1, Decimal("0.6667"))
    assert row.proposed == Decimal(31)
    any_store.run(mo, make_rule_stricter, None, rule)
    with any_store.viewing(mo) as view:
        row = alert_rule(view, rule)
    assert (row.watched.minimum_effect, row.proposed) == (Decimal(31), None)


def test_one_sees_the_alerts_of_measures_and_people_one_may_see(any_store: Store) -> None:
    mo, li, wu = (
        somebody(any_store, name, role) for name, role in (("mo", Role.MANAGER), ("li", Role.SALES), ("wu", Role.SALES))
    )
    by_rep = replace(LOW, by="sales_rep")
    margin = saved(any_store, mo, replace(LOW, measure="margin"), "Margin")
    people = saved(any_store, mo, by_rep, "People")
    his = saved(any_store, li, by_rep, "Mine")
    whole = saved(any_store, mo, replace(LOW, by=""), "Whole")
    for rule, keys in ((margin, "1"), (people, f"{li.id} {wu.id} 0"), (his, f"{li.id}"), (whole, "")):
        evaluated(any_store, rule, YESTERDAY, *((key, 50) for key in keys.split() or [""]))
    assert sorted(row.rule for row in all_shown(any_store, mo)) == [
        "Margin",
        "Mine",
        "People",
        "People",
        "People",
        "Whole",
    ]
    assert sorted((row.rule, row.value_name) for row in all_shown(any_store, li)) == [
        ("Mine", f"W{li.id}"),
        ("People", f"W{li.id}"),
        ("Whole", "W"),
    ]
    assert sorted((row.rule, row.value_name) for row in all_shown(any_store, wu)) == [
        ("People", f"W{wu.id}"),
        ("Whole", "W"),
    ]
    with any_store.viewing(wu) as view:
        assert [row.name for row in alert_rules(view)] == ["Whole"]
        with pytest.raises(NotFound):
            alert_rule(view, his)
        with pytest.raises(NotAllowed):
            alert_owners(view)
    with any_store.viewing(mo) as view:
        assert [row.name for row in alert_owners(view)] == ["Li", "Mo", "Wu"]
    of_others = next(row.id for row in all_shown(any_store, mo) if row.value_name == f"W{wu.id}")
    for act in (acknowledge_alert, close_alert):
        with pytest.raises(NotFound):
            any_store.run(li, act, None, of_others)


def test_a_rule_has_the_rights_of_its_owner_and_is_changed_by_him_or_who_manages_alerts(any_store: Store) -> None:
    mo, li, wu = (
        somebody(any_store, name, role) for name, role in (("mo", Role.MANAGER), ("li", Role.SALES), ("wu", Role.SALES))
    )
    for watched in (
        replace(LOW, measure="margin"),
        replace(LOW, kept={"sales_rep": (str(wu.id),)}),
        replace(LOW, left_out={"sales_rep": (str(li.id),)}),
    ):
        with pytest.raises(NotAllowed):
            saved(any_store, li, watched)
        with pytest.raises(NotAllowed):
            saved(any_store, mo, watched, owner_id=li.id)
        saved(any_store, mo, watched)
    mine = saved(any_store, li, replace(LOW, kept={"sales_rep": (str(li.id),)}))
    with pytest.raises(NotAllowed):
        saved(any_store, li, owner_id=wu.id)
    for act in (pause_alert_rule, remove_alert_rule):
        with pytest.raises(NotYourRule):
            any_store.run(wu, act, None, mine)
    any_store.run(mo, pause_alert_rule, None, mine)
    given = saved(any_store, mo, owner_id=wu.id)
    any_store.run(wu, remove_alert_rule, None, given)
