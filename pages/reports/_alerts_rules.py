"""The alert rules: what each watches, how well it does, and pausing, snoozing, removing and restoring it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st

from core.analytics.alerts.models import Outcome
from core.analytics.alerts.queries import RuleRow, alert_rules
from core.analytics.alerts.service import (
    make_rule_stricter,
    pause_alert_rule,
    remove_alert_rule,
    restore_alert_rule,
    resume_alert_rule,
    snooze_alert_rule,
)
from core.security.actor import Actor
from pages._shared.formats import day, moment, money, percent
from pages._shared.screen import act, act_in_callback, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped, ngettext
from pages.reports._alerts_way import way
from pages.reports._alerts_words import filters_told, refusal_told, rule_told


def show_rules(actor: Actor) -> None:
    """All rules that may be seen, and those that were removed."""
    way(_("New alert rule"), "alerts.new", "add_alert", rule="new")
    with reading() as view:
        rows = alert_rules(view)
        removed = alert_rules(view, removed=True) if st.session_state.get("alerts.with_removed") else []
        today = view.today
    if not rows:
        nothing_here(_("There are no rules yet. A rule watches a figure and says when it is out of the ordinary."))
    for row in rows:
        with st.container(border=True, gap="xsmall", key=f"rule.{row.id}"):
            _show_rule(actor, row)
            if row.is_mine:
                _show_steps(row, today)
    st.toggle(_("Show removed rules"), key="alerts.with_removed")
    for row in removed:
        with st.container(border=True, gap="xsmall", key=f"rule.{row.id}"):
            _show_rule(actor, row)
            if row.is_mine:
                _button(_("Restore"), "undo", row, restore_alert_rule, _("The rule is back."))


def _show_rule(actor: Actor, row: RuleRow) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{escaped(row.name)}**", width="content")
        if row.is_paused:
            st.badge(_("Paused"), color="gray", icon=":material/pause:")
        if row.snoozed_until is not None:
            st.badge(
                _("Snoozed until {day}").format(day=day(row.snoozed_until)), color="gray", icon=":material/snooze:"
            )
        st.markdown(f":gray[{escaped(row.owner)}]", width="content")
    st.markdown(escaped(rule_told(row.watched)))
    filters = filters_told(actor, row.watched)
    if filters:
        st.markdown(f":material/filter_alt: {filters}")
    if row.runbook:
        st.markdown(f":material/checklist: {escaped(row.runbook)}")
    st.markdown(f":gray[{escaped(_did(row))}]")
    if row.outcome is Outcome.REFUSED and row.refusal is not None:
        st.warning(escaped(refusal_told(row.refusal)), icon=":material/block:")


def _did(row: RuleRow) -> str:
    """How well a rule does."""
    lately = ngettext(
        "{count} alert in 30 days, {budget} at most", "{count} alerts in 30 days, {budget} at most", row.raised_lately
    )
    words = [lately.format(count=row.raised_lately, budget=row.budget)]
    if row.precision is None:
        words.append(_("not judged yet"))
    else:
        words.append(
            _("precision {precision}: {useful} useful, {useless} not").format(
                precision=percent(row.precision), useful=row.useful, useless=row.useless
            )
        )
    if row.evaluated_at is not None:
        words.append(_("evaluated {at}").format(at=moment(row.evaluated_at)))
    return " · ".join(words)


def _show_steps(row: RuleRow, today: Any) -> None:
    if row.proposed is not None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                ":material/notifications_paused: "
                + escaped(
                    _("More than {budget} alerts in 30 days. From {amount} on there would have been no more.").format(
                        budget=row.budget, amount=money(row.proposed)
                    )
                ),
                width="content",
            )
            _button(_("Raise the minimum effect"), "tune", row, make_rule_stricter, _("The rule is stricter now."))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        way(_("Edit"), f"rule.edit.{row.id}", "edit", rule=str(row.id))
        if row.is_paused:
            _button(_("Resume"), "play_arrow", row, resume_alert_rule, _("The rule goes on."))
        else:
            _button(_("Pause"), "pause", row, pause_alert_rule, _("The rule is paused."))
        if row.snoozed_until is not None:
            st.button(
                _("End the snooze"),
                key=f"rule.wake.{row.id}",
                icon=":material/alarm_on:",
                on_click=act_in_callback,
                args=(snooze_alert_rule, row.id, None),
                kwargs={"done": _("The rule raises alerts again.")},
            )
        else:
            with st.popover(_("Snooze"), icon=":material/snooze:", key=f"rule.snooze.{row.id}"):
                until = st.date_input(
                    _("Snooze until"), value=today + timedelta(days=7), min_value=today, key=f"rule.until.{row.id}"
                )
                if st.button(_("Snooze"), type="primary", key=f"rule.snooze.do.{row.id}"):
                    act(snooze_alert_rule, row.id, until, done=_("The rule raises nothing new until then."))
        _button(_("Remove"), "delete", row, remove_alert_rule, _("The rule is removed. It can be restored below."))


def _button(label: str, icon: str, row: RuleRow, command: Callable[..., Any], done: str) -> None:
    st.button(
        label,
        key=f"rule.{icon}.{row.id}",
        icon=f":material/{icon}:",
        on_click=act_in_callback,
        args=(command, row.id),
        kwargs={"done": done},
    )
