"""Alerts on the screens: a rule is tried, saved and evaluated; its alert is judged, closed and opened again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.analytics.alerts.evaluation import evaluate_due
from core.analytics.alerts.looking import evidence, watchable
from core.analytics.alerts.models import AlertState, Condition, Direction
from core.analytics.alerts.queries import alert_rule, alert_rules, alerts
from core.analytics.alerts.service import RuleEntry, save_alert_rule
from core.analytics.layer.measures import MEASURES
from core.analytics.mirror.mirror import Mirror
from core.security.actor import SYSTEM
from core.security.models import User
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.mirror import close_mirror, mirror
from pages.reports._sales_board import BOARD as SALES
from pages.reports._stock_board import BOARD as STOCK
from tests.analytics.test_alerts import LOW, Street
from tests.pages.app import open_app, visit
from tests.services.test_alerts import evaluated, somebody

YESTERDAY = date(2026, 3, 17)
NEW = "alerts.form.new"


@pytest.fixture
def street(store: Store) -> Iterator[Street]:
    street = Street(store)
    for n, net in enumerate((60, 300, 300, 40, 300)):
        street.sell(street.shop, YESTERDAY - timedelta(days=n), net)
    yield street
    close_mirror()


def opened(store: Store, role: Role = Role.MANAGER, **query: str):
    app = open_app(store, role)
    mirror().wait_until_fresh()
    app = visit(app, "reports/alerts", **query)
    assert not app.exception
    return app


def words(app) -> str:
    return "\n".join(each.value for each in app.markdown)


def evaluate(store: Store) -> None:
    with Mirror(store, "test") as mine:
        mine.refresh_now()
        evaluate_due(store, mine)


def test_a_rule_is_tried_on_the_past_saved_evaluated_and_its_alert_answered(store: Store, street: Street) -> None:
    app = opened(store, rule="new")
    app.segmented_control(key=f"{NEW}.condition").set_value(Condition.THRESHOLD).run()
    app.selectbox(key=f"{NEW}.by.net_sales").set_value("channel").run()
    app.multiselect(key=f"{NEW}.filters.net_sales").set_value(["channel"]).run()
    app.multiselect(key=f"{NEW}.values.channel").set_value([str(street.shop)]).run()
    app.number_input(key=f"{NEW}.bound.threshold.False").set_value(100.0).run()
    app.number_input(key=f"{NEW}.least").set_value(10.0).run()
    assert not app.exception
    listed = app.dataframe[0].value
    assert listed[["value", "figure", "effect", "periods"]].values.tolist()[:2] == [
        ["Shop", "¥60.00", 40.0, 1],
        ["Shop", "¥40.00", 60.0, 1],
    ]
    app.button(key=f"{NEW}.more.add").click().run()
    app.selectbox(key=f"{NEW}.more.0.measure").set_value("orders").run()
    app.number_input(key=f"{NEW}.more.0.bound.threshold.False").set_value(5.0).run()
    app.button(key=f"{NEW}.more.add").click().run()
    app.button(key=f"{NEW}.more.1.remove").click().run()
    app.text_input(key=f"{NEW}.name").set_value("Quiet shop")
    app.text_area(key=f"{NEW}.runbook").set_value("Call the shop")
    app.button(key=f"{NEW}.save").click().run()
    assert not app.exception
    assert (
        "Net sales · for each Channel · each day · falls below ¥100.00 · and Orders falls below 5 · from ¥10.00 on"
        in words(app)
    )
    with store.viewing(SYSTEM) as view:
        rule = alert_rules(view)[0]
    assert (rule.name, rule.watched.kept, rule.watched.bound) == ("Quiet shop", {"channel": (str(street.shop),)}, 100)

    evaluate(store)
    app.segmented_control(key="alerts.view").set_value("alerts").run()
    assert "1 cause to look at, ¥40 in money · 1 new since yesterday" in words(app).replace("\\", "")
    assert "Net sales ¥60.00 (at least ¥100.00) · 17 Mar 2026" in words(app).replace("\\", "")
    with store.viewing(SYSTEM) as view:
        alert = alerts(view)[0]
    for button in ("thumb_up", "person", "check"):
        app.button(key=f"alert.{button}.{alert.id}").click().run()
        assert not app.exception
    with store.viewing(SYSTEM) as view:
        row = alerts(view, closed=True)[0]
        assert (row.state, row.is_useful, row.seen_by) == (AlertState.CLOSED, True, "Manager")
    app.toggle(key="alerts.with_closed").set_value(True).run()
    app.button(key=f"alert.undo.{alert.id}").click().run()
    home = visit(app, "home/home")
    assert "1 thing to do" in words(home)
    assert "Quiet shop · Shop" in words(home)


def test_rules_are_edited_paused_snoozed_removed_and_restored(store: Store, street: Street) -> None:
    app = opened(store)
    mo = somebody(store, "mo", Role.MANAGER)
    rule = store.run(mo, save_alert_rule, None, RuleEntry("Quiet", LOW, budget=1))
    app.segmented_control(key="alerts.view").set_value("rules").run()
    app.button(key=f"rule.edit.{rule}").click().run()
    app.number_input(key=f"alerts.form.{rule}.1.bound.threshold.False").set_value(250.0).run()
    app.button(key=f"alerts.form.{rule}.1.save").click().run()
    assert not app.exception
    for button in ("pause", "play_arrow", "delete"):
        app.button(key=f"rule.{button}.{rule}").click().run()
        assert not app.exception
    app.toggle(key="alerts.with_removed").set_value(True).run()
    app.button(key=f"rule.undo.{rule}").click().run()
    app.button(key=f"rule.snooze.do.{rule}").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        row = alert_rules(view)[0]
    assert (row.watched.bound, row.snoozed_until, row.owner) == (250, YESTERDAY + timedelta(days=8), "Mo")
    app.button(key=f"rule.wake.{rule}").click().run()
    with store.viewing(SYSTEM) as view:
        assert alert_rules(view)[0].snoozed_until is None


def test_a_rule_that_cannot_be_evaluated_says_why_and_one_beyond_its_budget_is_made_stricter(
    store: Store, street: Street
) -> None:
    app = opened(store)
    mo, gone = somebody(store, "mo", Role.MANAGER), somebody(store, "gone", Role.SALES)
    store.run(gone, save_alert_rule, None, RuleEntry("Left alone", LOW))
    loud = store.run(mo, save_alert_rule, None, RuleEntry("Loud", LOW, budget=1))
    with store.working(SYSTEM) as uow:
        uow.session.get_one(User, gone.id).disabled_at = uow.now
        uow.audit("test.lived", None)
    evaluate(store)
    evaluated(store, loud, YESTERDAY - timedelta(days=2), ("8", 10), ("9", 30))
    app.segmented_control(key="alerts.view").set_value("rules").run()
    assert [each.value for each in app.warning] == [
        "The owner of the rule cannot sign in any more. Give the rule to somebody else."
    ]
    app.button(key=f"rule.tune.{loud}").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        assert alert_rule(view, loud).watched.minimum_effect == Decimal(71)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_board_behind_a_figure_can_be_filtered_by_all_that_a_rule_can(measure: str) -> None:
    watched = replace(LOW, measure=measure, by="")
    path = evidence(watched, YESTERDAY, YESTERDAY, "").partition("?")[0]
    board = {"reports/sales": SALES, "reports/stock": STOCK}[path]
    assert set(watchable(measure)) <= set(board.dimensions())


def test_every_condition_and_figure_can_be_tried_and_a_salesperson_sees_no_margin(store: Store, street: Street) -> None:
    app = opened(store, Role.SALES, rule="new")
    assert "margin" not in app.selectbox(key=f"{NEW}.measure").options
    assert f"{NEW}.owner" not in [each.key for each in app.selectbox]
    for measure in ("return_rate", "orders"):
        app.selectbox(key=f"{NEW}.measure").set_value(measure).run()
        for condition in Condition:
            app.segmented_control(key=f"{NEW}.condition").set_value(condition).run()
            assert not app.exception
    app.segmented_control(key=f"{NEW}.condition").set_value(Condition.CHANGE).run()
    app.selectbox(key=f"{NEW}.side.change").set_value(Direction.EITHER).run()
    app.button(key=f"{NEW}.save").click().run()
    assert not app.exception
    with store.viewing(SYSTEM) as view:
        row = alert_rules(view)[0]
    assert (row.watched.measure, row.watched.is_part, row.watched.bound) == ("orders", True, Decimal("0.2"))
    assert row.name.startswith("Orders · each day · changes by more than 20%")
