"""The alerts that were raised, by money: what was found, what to do, and one click for each answer."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import streamlit as st

from core.analytics.alerts.inbox import acknowledge_alert, close_alert, judge_alert, reopen_alert
from core.analytics.alerts.models import AlertState
from core.analytics.alerts.queries import AlertRow, Digest, alert_digest, alerts
from pages._shared.formats import compact_money, money
from pages._shared.screen import act_in_callback, link, reading
from pages._shared.tables import nothing_here
from pages._shared.text import _, escaped, ngettext
from pages.reports._alerts_words import alert_title, alert_told

SHOWN = 100


def show_alerts() -> None:
    """The open alerts, and below them those that were closed."""
    with reading() as view:
        rows = alerts(view, limit=SHOWN)
        closed = alerts(view, closed=True, limit=SHOWN) if st.session_state.get("alerts.with_closed") else []
        digest = alert_digest(view)
    if not rows:
        nothing_here(_("Nothing is out of the ordinary. Rules are evaluated every morning."))
    else:
        _show_digest(digest)
    for row in rows:
        show_alert(row)
    if len(rows) == SHOWN:
        st.caption(_("The first {count} by money.").format(count=SHOWN))
    st.toggle(_("Show closed alerts"), key="alerts.with_closed")
    for row in closed:
        show_alert(row)


def show_alert(row: AlertRow) -> None:
    """One alert with its answers."""
    with st.container(border=True, gap="xsmall", key=f"alert.{row.id}"):
        effect = "–" if row.effect is None else compact_money(row.effect)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(
                f"**{effect}**",
                width="content",
                help=_("What it means in money: {amount}").format(amount=money(row.effect)),
            )
            st.markdown(f"**{escaped(alert_title(row))}**", width="content")
            if row.state is AlertState.ACKNOWLEDGED:
                st.badge(_("{name} sees to it").format(name=row.seen_by or "–"), icon=":material/person:")
            if row.is_over:
                st.badge(_("As usual again"), color="green", icon=":material/check_circle:")
            if row.state is AlertState.CLOSED:
                st.badge(_("Alert closed"), color="gray")
        st.markdown(escaped(alert_told(row)))
        if row.runbook:
            st.markdown(f":material/checklist: {escaped(row.runbook)}")
        if row.follows:
            _show_follows(row)
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
            show_evidence(row)
            if row.state is AlertState.OPEN:
                _button(row, _("I see to it"), "person", acknowledge_alert, _("You see to the alert."))
            if row.state is not AlertState.CLOSED:
                _button(row, _("Close"), "check", close_alert, _("The alert is closed."))
            if row.state is not AlertState.OPEN:
                _button(row, _("Reopen"), "undo", reopen_alert, _("The alert is open again."))
            for useful, label, icon in ((True, _("Useful"), "thumb_up"), (False, _("Not useful"), "thumb_down")):
                is_chosen = row.is_useful is useful
                st.button(
                    label,
                    key=f"alert.{icon}.{row.id}",
                    icon=f":material/{icon}:",
                    type="primary" if is_chosen else "tertiary",
                    on_click=act_in_callback,
                    args=(judge_alert, row.id, None if is_chosen else useful),
                    kwargs={"done": _("Taken back.") if is_chosen else _("Thank you. The rule's precision counts it.")},
                )


def _show_digest(digest: Digest) -> None:
    """All alerts in two lines, to be read out or sent on."""
    causes = ngettext("{count} cause", "{count} causes", digest.causes).format(count=digest.causes)
    words = [
        _("{causes} to look at, {amount} in money").format(causes=causes, amount=compact_money(digest.amount)),
        *(
            told.format(count=count)
            for told, count in (
                (_("{count} new since yesterday"), digest.new),
                (_("{count} going on"), digest.lasting),
                (_("{count} as usual again"), digest.over),
                (_("{count} more alerts come from the same causes"), digest.follows),
            )
            if count
        ),
    ]
    lines = [f"{compact_money(row.effect)} {alert_title(row)}: {alert_told(row)}" for row in digest.most]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(escaped(" · ".join(words)), width="content")
        with st.popover(_("Digest"), icon=":material/summarize:", key="alerts.digest"):
            st.caption(_("In short, to send on."))
            st.code("\n".join([" · ".join(words), *lines]), language=None, wrap_lines=True)


def _show_follows(row: AlertRow) -> None:
    """What comes from the same cause, and so does not ring by itself."""
    heading = ngettext(
        "{count} more alert from the same cause", "{count} more alerts from the same cause", len(row.follows)
    ).format(count=len(row.follows))
    with st.expander(heading, key=f"alert.follows.{row.id}"):
        for each in row.follows:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(f"**{escaped(alert_title(each))}** {escaped(alert_told(each))}", width="stretch")
                show_evidence(each)


def show_evidence(row: AlertRow) -> None:
    """The way to the board that shows the figure, with its days and filters."""
    path, _mark, words = row.evidence.partition("?")
    link(path, _("Show the figures"), **parse_qs(words))


def show_alert_line(row: AlertRow) -> None:
    """On the first screen: an open alert in short, with the way to its figures."""
    with st.container(border=True, gap="xsmall", key=f"home.alert.{row.id}"):
        effect = "–" if row.effect is None else compact_money(row.effect)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(_("Alert"), icon=":material/notifications:", color="orange")
            st.markdown(f"**{effect}** {escaped(alert_title(row))}  \n:gray[{escaped(alert_told(row))}]")
            show_evidence(row)


def _button(row: AlertRow, label: str, icon: str, command: Callable[..., Any], done: str) -> None:
    st.button(
        label,
        key=f"alert.{icon}.{row.id}",
        icon=f":material/{icon}:",
        on_click=act_in_callback,
        args=(command, row.id),
        kwargs={"done": done},
    )
