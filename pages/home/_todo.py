"""One list on the first screen of what waits for whoever is signed in: answers, calls, alerts and notices."""

from datetime import date

import streamlit as st

from core.analytics.alerts.queries import alerts, count_alerts
from core.care.lists import close_follow_up
from core.care.queries import my_follow_ups
from core.notify.inbox import my_notices
from core.notify.ranking import ToDo, in_order
from core.sales.asked import asked_for
from core.security.actor import Actor
from core.work.command import may
from core.work.store import View
from pages._shared.preferring import shows
from pages._shared.screen import link, reading, show_messages
from pages._shared.text import N_, _, ngettext
from pages.customers._tasks import show_task
from pages.home._inbox import show_notice
from pages.reports._alerts_list import show_alert_line
from pages.sales._approvals import show_asked

SHOWN, ALERTS = 6, 3
ANSWER, CALL, ALERT, NOTICE = "answer", "call", "alert", "notice"
# These stand in the list themselves, with what can be done about them; their notices would be the same again.
STANDS_ITSELF = {"price_asked", "exception_asked", "follow_up_due", "alert_raised"}
RANKED = N_("What is late or due today comes first, then the rest; each by the money at risk.")


@st.fragment(key="home.todo")
def show_todo(actor: Actor) -> None:
    """The most pressing first; nothing where nothing waits."""
    show_messages()
    with reading() as view:
        todos = in_order(_todos(view, actor), view.today)
        more_alerts = count_alerts(view) if may(actor, alerts) and shows("alerts") else 0
    if not todos:
        return
    is_whole = bool(st.session_state.get("home.todo.all"))
    with st.container(border=True, gap="small", key="home.todo.box"):
        counted = ngettext("{count} thing to do", "{count} things to do", len(todos)).format(count=len(todos))
        st.markdown(f"**{counted}**", help=_(RANKED))
        for todo in todos if is_whole else todos[:SHOWN]:
            SHOWS[todo.kind](todo.about)
        with st.container(horizontal=True, vertical_alignment="center"):
            if len(todos) > SHOWN:
                st.toggle(_("Show all"), key="home.todo.all")
            if more_alerts > ALERTS:
                words = ngettext("{count} open alert", "{count} open alerts", more_alerts)
                link("reports/alerts", words.format(count=more_alerts))
            if any(todo.kind == CALL for todo in todos):
                link("customers/calls")
            if any(todo.kind == NOTICE for todo in todos):
                link("home/notices")


def _todos(view: View, actor: Actor) -> list[ToDo]:
    today: date = view.today
    found: list[ToDo] = []
    if may(actor, asked_for):
        found += [ToDo(ANSWER, row, row.gross_amount, min(today, row.asked_at.date())) for row in asked_for(view)]
    if may(actor, my_follow_ups):
        found += [ToDo(CALL, row, None, row.due_on) for row in my_follow_ups(view)]
    if may(actor, alerts) and shows("alerts"):
        found += [ToDo(ALERT, row, row.effect) for row in alerts(view, limit=ALERTS)]
    found += [
        ToDo(NOTICE, row, row.amount, row.due_on)
        for row in my_notices(view, only_open=True)
        if row.event.name not in STANDS_ITSELF
    ]
    return found


SHOWS = {
    ANSWER: show_asked,
    CALL: lambda task: show_task(task, close_follow_up),
    ALERT: show_alert_line,
    NOTICE: show_notice,
}
