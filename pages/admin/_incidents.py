"""The inbox of errors: by fingerprint, with the number that people were told, the trace, and what to do about it."""

import platform
import sys

import streamlit as st

from core.ops.incidents import (
    IncidentRow,
    ReportRow,
    find_incident,
    incidents,
    mark_incident_seen,
    mute_incident,
    reopen_incident,
    reports,
)
from core.ops.watch_models import INCIDENT_STATE_LABELS, IncidentState
from pages._shared.company import store
from pages._shared.formats import moment
from pages._shared.screen import act, reading
from pages._shared.tables import chosen_row, moment_column, table, text_column
from pages._shared.text import _, escaped, ngettext


def show_inbox() -> None:
    """Every error in the states asked for; the chosen one with each time that it was met."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        states = st.pills(
            _("State"),
            list(IncidentState),
            selection_mode="multi",
            default=[IncidentState.NEW],
            format_func=lambda each: _(INCIDENT_STATE_LABELS[each]),
            key="mon.states",
        )
        number = st.text_input(_("Number somebody was told"), key="mon.number", width=260, placeholder="7K3M-9QXA")
    with reading() as view:
        rows = incidents(view, list(IncidentState) if number.strip() else states or list(IncidentState))
        found = find_incident(view, number) if number.strip() else None
    if number.strip():
        rows = [row for row in rows if row.id == found]
        if not rows:
            st.warning(_("No error has this number. It is written down within some seconds; the log has it at once."))
            return
    if not rows:
        st.success(_("No errors here."), icon=":material/check_circle:")
        return
    chosen = chosen_incident(rows)
    if chosen is not None:
        show_incident(chosen, number)
    else:
        st.caption(_("Choose an error for what people saw and for its trace."))


def chosen_incident(rows: list[IncidentRow]) -> IncidentRow | None:
    """The error that was picked; the only one needs no picking."""
    frame = table(rows, ["message", "count", "people", "last_at", "first_at"])
    frame.insert(0, "kind", [row.kind for row in rows])
    frame.insert(1, "state", [_(INCIDENT_STATE_LABELS[row.state]) for row in rows])
    frame.insert(2, "place", [row.place for row in rows])
    picked = st.dataframe(
        frame,
        key="mon.incidents",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "kind": text_column(_("Error"), width=150),
            "state": text_column(_("State"), width=100),
            "place": text_column(_("Where in the program"), width=230),
            "message": text_column(_("What it says"), width="medium"),
            "count": st.column_config.NumberColumn(_("Times"), alignment="right", width=70),
            "people": st.column_config.NumberColumn(_("People met it"), alignment="right", width=70),
            "last_at": moment_column(_("Last met")),
            "first_at": moment_column(_("First met")),
        },
    )
    found: IncidentRow | None = chosen_row(picked, rows)
    return rows[0] if len(rows) == 1 else found


def show_incident(row: IncidentRow, number: str) -> None:
    """One error: what can be done about it, and each time that it was met."""
    with reading() as view:
        met = reports(view, row.id)
    st.markdown(f"**{escaped(row.kind)}** · {escaped(row.place)}")
    times = ngettext("Met once", "Met {count} times", row.count).format(count=row.count)
    people = ngettext("by one person", "by {count} people", row.people).format(count=row.people) if row.people else ""
    st.caption(" ".join(filter(None, [times, people])))
    with st.container(horizontal=True):
        if row.state != IncidentState.SEEN and st.button(
            _("Mark as seen"), key="mon.seen", icon=":material/done:", type="primary"
        ):
            act(mark_incident_seen, row.id, done=_("Seen. It is new again when it comes back."))
        if row.state != IncidentState.MUTED and st.button(
            _("Mute"), key="mon.mute", icon=":material/notifications_off:", help=_("Only counted from here on.")
        ):
            act(mute_incident, row.id, done=_("Muted: it is only counted from here on."))
        if row.state != IncidentState.NEW and st.button(_("Put back"), key="mon.reopen", icon=":material/undo:"):
            act(reopen_incident, row.id, done=_("Back among the new ones."))
    show_reports(met, number)


def show_reports(met: list[ReportRow], number: str) -> None:
    """Each time that an error was met; the latest, the one of this number or the chosen one with its trace."""
    signs = "".join(sign for sign in number.upper() if sign.isalnum())
    wanted = next((place for place, each in enumerate(met) if each.number.replace("-", "") == signs), 0)
    numbers = [each.number for each in met]
    chosen = st.selectbox(
        _("Met with this number"),
        numbers,
        index=wanted,
        format_func=lambda each: _label(met[numbers.index(each)]),
        key=f"mon.report.{numbers[wanted]}",
    )
    report = met[numbers.index(chosen)]
    facts = {
        _("Met by"): report.user or "–",
        _("On the screen"): report.met_in or "–",
        _("Process"): report.process,
    }
    st.markdown(" · ".join(f"{name}: **{escaped(word)}**" for name, word in facts.items()))
    if report.saw:
        st.caption(_("What they saw"))
        st.info(escaped(report.saw))
    st.code(report.trace, language="text", height=320)
    st.download_button(
        _("Download for a report"),
        bundle(report),
        file_name=f"error-{report.number}.txt",
        mime="text/plain",
        key="mon.bundle",
        icon=":material/download:",
        help=_("The trace with the versions of the program and the database, without passwords and personal facts."),
    )


def bundle(report: ReportRow) -> str:
    """What a developer needs to look into it, and nothing that identifies anybody."""
    settings = store().settings
    facts = {
        "number": report.number,
        "at": report.at.isoformat(),
        "met in": report.met_in,
        "shown": report.saw,
        "database": store().engine.name,
        "python": platform.python_version(),
        "streamlit": st.__version__,
        "system": sys.platform,
        "hosted": settings.hosted,
        "time zone": settings.timezone,
    }
    return "\n".join(f"{name}: {fact}" for name, fact in facts.items()) + f"\n\n{report.trace}"


def _label(report: ReportRow) -> str:
    return " · ".join(filter(None, [report.number, moment(report.at), report.user]))
