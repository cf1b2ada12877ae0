"""Alerts from the mirror: by value, with its owner's rights, tried on the past, and a job that may be killed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.analytics.alerts import evaluation
from core.analytics.alerts.errors import OwnerGone
from core.analytics.alerts.evaluation import evaluate_alerts, evaluate_due
from core.analytics.alerts.looking import evaluate, tried
from core.analytics.alerts.models import AlertEvaluation, Condition, Direction, Outcome
from core.analytics.alerts.queries import alert_rule, alerts
from core.analytics.alerts.rules import Further, Watched
from core.analytics.layer.ask import Compare
from core.analytics.layer.dimensions import Grain
from core.analytics.mirror.mirror import Mirror
from core.base.clock import FixedClock
from core.jobs.models import Job, JobState
from core.jobs.queue import LEASE, take_due
from core.jobs.runner import JOB_RUNNER, carry_out
from core.sales.models import SalesOrder
from core.security.actor import SYSTEM
from core.security.models import User
from core.security.permissions import Role
from core.work.store import Store
from tests.analytics.buying import Till
from tests.builders import a_channel, a_product
from tests.services.test_alerts import all_shown, in_short, saved, shown, somebody

YESTERDAY = date(2026, 3, 17)
ONE_DAY = timedelta(days=1)
LOW = Watched("net_sales", Grain.DAY, Condition.THRESHOLD, Direction.BELOW, Decimal(100), by="channel")


class Street:
    """Two channels: Shop sells 300 and Web 50 a day."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.working(SYSTEM) as uow:
            till = Till(uow)
            self.shop, self.web = till.channel_id, a_channel(uow, "Web")
            self.thing, self.buyer = a_product(uow), till.customers(1)[0]
            self.warehouse = till.warehouse_id
            uow.audit("test.lived", None)

    def sell(self, channel: int, day: date, net: int, rep: int | None = None) -> None:
        with self.store.working(SYSTEM) as uow:
            till = Till.__new__(Till)
            till.uow, till.channel_id, till.warehouse_id = uow, channel, self.warehouse
            order = uow.session.get_one(SalesOrder, till.sell(self.buyer, day, [self.thing], net))
            order.sales_rep_id = rep
            uow.audit("test.lived", None)


@pytest.fixture
def street(store: Store) -> Street:
    return Street(store)


def test_each_value_is_judged_by_itself_and_one_that_sold_nothing_that_day_too(street: Street, mirror: Mirror) -> None:
    street.sell(street.shop, YESTERDAY, 300)
    street.sell(street.web, YESTERDAY - ONE_DAY, 120)
    mirror.refresh_now()
    seen = evaluate(mirror, SYSTEM, LOW, YESTERDAY)
    assert (seen.values, [(each.name, each.effect) for each in seen.found]) == (2, [("Web", 100)])
    fell = replace(LOW, condition=Condition.CHANGE, compare=Compare.PREVIOUS_PERIOD, bound=Decimal("0.3"), is_part=True)
    seen = evaluate(mirror, SYSTEM, fell, YESTERDAY)
    assert [(each.name, each.verdict.figure, each.verdict.low, each.effect) for each in seen.found] == [
        ("Web", 0, 84, 120)
    ]
    whole = evaluate(mirror, SYSTEM, replace(LOW, by="", kept={"channel": (str(street.web),)}), YESTERDAY)
    assert [(each.key, each.effect) for each in whole.found] == [("", Decimal(100))]


def test_all_conditions_hold_or_one_is_enough(street: Street, mirror: Mirror) -> None:
    for channel, net in ((street.shop, 60), (street.web, 40), (street.web, 30)):
        street.sell(channel, YESTERDAY, net)
    street.sell(street.web, YESTERDAY - ONE_DAY, 90)
    street.sell(street.shop, YESTERDAY - 2 * ONE_DAY, 500)
    mirror.refresh_now()
    few = Further("orders", Condition.THRESHOLD, Direction.BELOW, Decimal(2))
    both = replace(LOW, more=(few,))
    assert [each.name for each in evaluate(mirror, SYSTEM, LOW, YESTERDAY).found] == ["Shop", "Web"]
    assert [(each.name, each.effect) for each in evaluate(mirror, SYSTEM, both, YESTERDAY).found] == [("Shop", 40)]
    assert [
        each.name for each in evaluate(mirror, SYSTEM, replace(both, minimum_effect=Decimal(41)), YESTERDAY).found
    ] == []
    one = replace(both, bound=Decimal(65), is_any=True)
    found = evaluate(mirror, SYSTEM, one, YESTERDAY).found
    assert [(each.name, each.part, each.verdict.figure) for each in found] == [("Shop", 1, 1)]
    much = replace(both, direction=Direction.ABOVE, bound=Decimal(50))
    days = [(each.first.name, each.first.period.day) for each in tried(mirror, SYSTEM, much).situations]
    assert days == [("Shop", 15), ("Web", 16), ("Shop", 17)]


def test_a_rule_of_a_salesperson_sees_what_he_sold_alone(street: Street, mirror: Mirror, store: Store) -> None:
    li, wu = somebody(store, "li", Role.SALES), somebody(store, "wu", Role.SALES)
    for rep, net in ((li, 60), (wu, 10)):
        street.sell(street.shop, YESTERDAY, net, rep.id)
    mirror.refresh_now()
    by_rep = replace(LOW, by="sales_rep")
    assert [each.name for each in evaluate(mirror, li, by_rep, YESTERDAY).found] == ["Li"]
    assert [each.name for each in evaluate(mirror, SYSTEM, by_rep, YESTERDAY).found] == ["Li", "Wu"]
    assert [line.name for line in tried(mirror, li, by_rep).lines] == ["Li"]


def test_a_trial_marks_when_the_rule_would_have_been_raised(street: Street, mirror: Mirror) -> None:
    for n, net in enumerate((300, 90, 80, 300, 70, 300)):
        street.sell(street.shop, YESTERDAY - n * ONE_DAY, net)
    mirror.refresh_now()
    trial = tried(mirror, SYSTEM, replace(LOW, bound=Decimal(95), direction=Direction.BELOW, minimum_effect=Decimal(6)))
    late = [each for each in trial.situations if each.first.period > YESTERDAY - 6 * ONE_DAY]
    assert [(each.first.period.day, each.periods, each.effect) for each in late] == [(13, 1, 25), (15, 1, 15)]
    assert (len(trial.periods), trial.periods[-1], trial.is_cut) == (365, YESTERDAY, False)
    verdicts = trial.verdicts[str(street.shop)]
    assert [day.day for day, each in verdicts.items() if each and each.is_out][-3:] == [13, 15, 16]
    unusual = replace(LOW, by="", condition=Condition.UNUSUAL, direction=Direction.EITHER, bound=Decimal(3))
    assert tried(mirror, SYSTEM, unusual).situations == ()  # too little to say what is usual


def test_other_families_and_names_that_are_no_numbers_can_be_watched(street: Street, mirror: Mirror) -> None:
    street.sell(street.shop, YESTERDAY, 300)
    mirror.refresh_now()
    above = replace(LOW, direction=Direction.ABOVE, bound=Decimal(0))
    seen = evaluate(mirror, SYSTEM, replace(above, by="region"), YESTERDAY)
    assert [(each.key, each.effect) for each in seen.found] == [("", Decimal(300))]
    for measure, by in (
        ("on_hand", "product"),
        ("stock_out_days", "warehouse"),
        ("collected", ""),
        ("orders", "brand"),
    ):
        assert (
            evaluate(mirror, SYSTEM, replace(above, measure=measure, by=by, bound=Decimal(10**6)), YESTERDAY).found
            == ()
        )
    for grain in (Grain.WEEK, Grain.MONTH):
        for condition in (Condition.UNUSUAL, Condition.THRESHOLD):
            assert tried(mirror, SYSTEM, replace(above, grain=grain, condition=condition, bound=Decimal(9999))).periods


def test_a_killed_evaluation_runs_again_and_raises_nothing_twice(
    street: Street, store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    mo = somebody(store, "mo", Role.MANAGER)
    street.sell(street.shop, YESTERDAY, 60)
    rules = [saved(store, mo, LOW, name) for name in ("One", "Two")]
    plain, done = evaluation.evaluate, []

    def killed(*places):
        if done:
            raise SystemExit  # as a kill: nothing is written down
        done.append(places)
        return plain(*places)

    monkeypatch.setattr(evaluation, "evaluate", killed)
    with pytest.raises(SystemExit):
        evaluate_alerts(store)
    assert [row.rule for row in shown(store)] == ["One"]
    monkeypatch.setattr(evaluation, "evaluate", plain)
    lost = store.run(JOB_RUNNER, take_due)
    clock.moment += LEASE + timedelta(seconds=1)
    again = store.run(JOB_RUNNER, take_due)
    assert lost is not None
    assert again is not None
    for taken in (again, lost):
        carry_out(store, taken)
    evaluate_alerts(store)
    assert sorted((row.rule, row.value_name, row.periods, row.effect) for row in all_shown(store)) == [
        ("One", "Shop", 1, 40),
        ("Two", "Shop", 1, 40),
    ]
    with store.viewing(SYSTEM) as view:
        seen = view.session.execute(select(AlertEvaluation.rule_id, AlertEvaluation.values_seen)).all()
        states = view.session.scalars(select(Job.state).order_by(Job.id)).all()
    assert sorted(seen) == [(rule, 1) for rule in rules]
    assert states[0] == JobState.DONE


def test_days_go_on_as_one_alert_and_what_one_rule_is_refused_stops_no_other(
    street: Street, store: Store, mirror: Mirror, clock: FixedClock
) -> None:
    mo, li = somebody(store, "mo", Role.MANAGER), somebody(store, "li", Role.SALES)
    street.sell(street.shop, YESTERDAY, 60)
    gone, good = saved(store, li, LOW, "Gone"), saved(store, mo, LOW, "Good")
    with store.working(SYSTEM) as uow:
        uow.session.get_one(User, li.id).disabled_at = uow.now
        uow.audit("test.lived", None)
    mirror.refresh_now()
    evaluate_due(store, mirror)
    street.sell(street.shop, YESTERDAY + ONE_DAY, 70)
    clock.moment += ONE_DAY
    mirror.refresh_now()
    evaluate_due(store, mirror)
    assert in_short(shown(store)) == [("Shop", 17, 18, 2, 70)]
    with store.viewing(SYSTEM) as view:
        assert alert_rule(view, good).outcome is Outcome.DONE
        refused = alert_rule(view, gone)
        assert (refused.outcome, alerts(view, rule_id=gone)) == (Outcome.REFUSED, [])
        assert refused.refusal is not None
        assert refused.refusal["message"].startswith("The owner of the rule cannot sign in")
    with pytest.raises(OwnerGone):
        saved(store, mo, LOW, "Late", owner_id=li.id)
