"""What cannot be done with alerts and their rules is refused and changes nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.analytics.alerts.errors import AlertClosed, AlertSeen
from core.analytics.alerts.evaluation import Due, record_evaluation
from core.analytics.alerts.inbox import acknowledge_alert, close_alert, judge_alert, reopen_alert
from core.analytics.alerts.looking import Seen
from core.analytics.alerts.models import Condition, Direction
from core.analytics.alerts.rules import Further
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
from core.security.actor import VISITOR, NotAllowed
from core.security.permissions import Role
from core.work.store import Store
from tests.refusals import Calls, assert_each_refused, assert_none_forgotten
from tests.services.test_alerts import LOW, YESTERDAY, evaluated, saved, shown, somebody

CHANGE = replace(LOW, condition=Condition.CHANGE, compare=Compare.PREVIOUS_PERIOD)
FEW = Further("orders", Condition.THRESHOLD, Direction.BELOW, Decimal(5))


def test_what_cannot_be_done_with_rules_is_refused(store: Store) -> None:
    mo = somebody(store, "mo", Role.MANAGER)
    rule, gone, resting = (saved(store, mo, name=name) for name in ("In use", "Gone", "Resting"))
    store.run(mo, remove_alert_rule, None, gone)
    store.run(mo, pause_alert_rule, None, resting)
    evaluated(store, rule, YESTERDAY, ("1", 50))
    wrong = [
        replace(LOW, bound=Decimal("0.00001")),
        replace(LOW, bound=Decimal("NaN")),
        replace(LOW, grain=Grain.QUARTER),
        replace(LOW, by="weekday"),
        replace(LOW, by="month"),
        replace(LOW, by="nothing"),
        replace(LOW, measure="nothing"),
        replace(LOW, measure="stock_value", by="channel"),
        replace(LOW, kept={"day": ("2026-03-01",)}),
        replace(LOW, kept={"channel": ("x",)}),
        replace(LOW, kept={"channel": ()}),
        replace(LOW, left_out={"product": tuple(str(n) for n in range(51))}),
        replace(LOW, direction=Direction.EITHER),
        replace(LOW, compare=Compare.PREVIOUS_PERIOD),
        replace(LOW, is_part=True),
        replace(LOW, minimum_effect=Decimal(-1)),
        replace(LOW, minimum_effect=Decimal("0.001")),
        replace(LOW, condition=Condition.UNUSUAL, bound=Decimal(0)),
        replace(CHANGE, compare=None),
        replace(LOW, more=(FEW,) * 4),
        replace(LOW, more=(replace(FEW, bound=Decimal("NaN")),)),
        replace(LOW, more=(replace(FEW, measure="stock_value"),), by="channel"),
        replace(CHANGE, compare=Compare.CUSTOM),
        replace(CHANGE, bound=Decimal(-1)),
        replace(CHANGE, grain=Grain.MONTH, compare=Compare.SPRING_FESTIVAL),
    ]
    entries = [RuleEntry("Rule", watched, owner_id=mo.id) for watched in wrong]
    good = RuleEntry("Rule", LOW, owner_id=mo.id)
    entries += [
        replace(good, name=" "),
        replace(good, name="x" * 81),
        replace(good, runbook="x" * 1001),
        replace(good, budget=0),
        replace(good, owner_id=None),
        replace(good, owner_id=999),
    ]
    calls: Calls = [(save_alert_rule, (entry,), {}) for entry in entries]
    calls += [(save_alert_rule, (good,), {"rule_id": each, "version": 9}) for each in (rule, gone, 999)]
    for act in (pause_alert_rule, resume_alert_rule, remove_alert_rule, restore_alert_rule, make_rule_stricter):
        calls.append((act, (999,), {}))
    calls += [(act, (gone,), {}) for act in (pause_alert_rule, remove_alert_rule, make_rule_stricter)]
    calls += [(pause_alert_rule, (resting,), {}), (resume_alert_rule, (rule,), {}), (restore_alert_rule, (rule,), {})]
    calls += [(make_rule_stricter, (rule,), {}), (snooze_alert_rule, (rule, YESTERDAY), {})]
    alert = shown(store)[0].id
    calls += [(act, (999,), {}) for act in (acknowledge_alert, close_alert, reopen_alert)]
    calls += [(judge_alert, (999, True), {}), (reopen_alert, (alert,), {})]
    assert_each_refused(store, calls)
    assert_none_forgotten(calls, "core.analytics.alerts", but={record_evaluation})
    store.run(mo, acknowledge_alert, None, alert)
    with pytest.raises(AlertSeen):
        store.run(mo, acknowledge_alert, None, alert)
    store.run(mo, close_alert, None, alert)
    for act in (acknowledge_alert, close_alert):
        with pytest.raises(AlertClosed):
            store.run(mo, act, None, alert)


def test_nobody_evaluates_but_the_system(store: Store) -> None:
    mo = somebody(store, "mo", Role.MANAGER)
    due = Due(saved(store, mo), 1, mo.id or 0, LOW, YESTERDAY)
    for actor in (mo, VISITOR):
        with pytest.raises(NotAllowed):
            store.run(actor, record_evaluation, None, due, Seen(0, ()))
