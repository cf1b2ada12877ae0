"""How the installation is: errors that people met, response times, database and disk, processes."""

from datetime import timedelta

import plotly.graph_objects as go
import streamlit as st

from core.ops.backups.queries import last_proven
from core.ops.monitoring import (
    MinuteRow,
    ProcessRow,
    Standing,
    TimingRow,
    processes,
    response_times,
    screens_by_minute,
    standing,
)
from pages._shared.charts import figure, plain_axis, show
from pages._shared.formats import local_time, moment
from pages._shared.probes import facts_of_this_process
from pages._shared.screen import link, open_screen, reading
from pages._shared.tables import moment_column, table, text_column, yes_no
from pages._shared.text import N_, _
from pages.admin._incidents import show_inbox
from pages.admin._sizes import behind, lasting, size

LOOK_AGAIN = timedelta(seconds=15)
LITTLE_ROOM = 0.1
SPANS = {
    "15 min": (N_("15 minutes"), timedelta(minutes=15)),
    "1 h": (N_("1 hour"), timedelta(hours=1)),
    "24 h": (N_("24 hours"), timedelta(hours=24)),
}
KINDS = {
    "screen": N_("Screen"),
    "query": N_("Query"),
    "figure": N_("Figure of analytics"),
    "command": N_("Command"),
}

open_screen(__file__)


@st.fragment(run_every=LOOK_AGAIN)
def show_standing() -> None:
    """The figures of this moment, looked at again every few seconds."""
    with reading() as view:
        found, times = standing(view), screens_by_minute(view, SPANS["15 min"][1])
        others, backup = processes(view), last_proven(view)
    warn(found, others)
    with st.container(horizontal=True):
        tile(_("New errors"), str(found.new_incidents))
        tile(_("Screens (95 of 100)"), lasting(max((each.p95 for each in times), default=None)))
        tile(_("Figures behind"), behind(facts_of_this_process().get("mirror_behind")))
        tile(_("Jobs overdue"), str(found.jobs_overdue))
        tile(_("Jobs failed"), str(found.jobs_failed))
        tile(_("Database"), size(found.database_bytes))
        tile(_("Disk free"), size(found.disk_free))
    words = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    parts = [words.get(found.database, found.database)]
    if found.connections is not None:
        parts.append(_("{count} connections").format(count=found.connections))
    parts.append(checked(found))
    if backup.proven_at is not None:
        parts.append(_("Last proven backup: {moment}").format(moment=moment(backup.proven_at)))
    st.caption(" · ".join(parts))
    link("admin/health", _("Self-check and background jobs"))


def tile(label: str, figure_shown: str) -> None:
    """One figure in a frame."""
    st.metric(label, figure_shown, border=True, width=172)


def checked(found: Standing) -> str:
    """When the books were checked, and how it ended."""
    if found.check_at is None:
        return _("The books were not checked yet.")
    if found.check_differences:
        said = _("{count} differences in the books on {moment}")
        return said.format(count=found.check_differences, moment=moment(found.check_at))
    return _("Everything added up on {moment}.").format(moment=moment(found.check_at))


def warn(found: Standing, others: list[ProcessRow]) -> None:
    """What somebody should do something about."""
    if found.disk_free < found.disk_size * LITTLE_ROOM:
        said = _("Only {free} of {size} are left on the disk. Make room before nothing can be saved any more.")
        st.error(said.format(free=size(found.disk_free), size=size(found.disk_size)), icon=":material/hard_drive:")
    if found.check_differences:
        st.error(checked(found), icon=":material/error:")
    if found.jobs_failed:
        st.warning(_("A background job failed for good; Health says why."), icon=":material/warning:")
    for each in others:
        if each.mirror_trouble and not each.is_quiet:
            st.warning(f"{each.name}: {_(each.mirror_trouble)}", icon=":material/sync_problem:")


def show_times() -> None:
    """What took long, of all processes together."""
    span = st.segmented_control(
        _("Time"), list(SPANS), default="1 h", required=True, format_func=lambda each: _(SPANS[each][0]), key="mon.span"
    )
    kinds = st.pills(
        _("Kind"), list(KINDS), selection_mode="multi", format_func=lambda each: _(KINDS[each]), key="mon.kinds"
    )
    back = SPANS[span][1]
    with reading() as view:
        rows, minutes = response_times(view, back), screens_by_minute(view, back)
    if len(minutes) > 1:
        show_minutes(minutes)
    shown = [row for row in rows if row.kind in (kinds or KINDS)]
    if not shown:
        st.info(_("Nothing was measured in this time yet; it is written down every minute."))
        return
    st.dataframe(
        times_of(shown),
        key="mon.times",
        hide_index=True,
        column_config={
            "name": text_column(_("Measured"), width="medium"),
            "kind": text_column(_("Kind"), width=90),
            "count": st.column_config.NumberColumn(_("Times"), alignment="right"),
            "mean": milliseconds(_("Mean")),
            "p95": milliseconds(_("95 of 100 within")),
            "longest": milliseconds(_("Longest")),
        },
    )
    st.caption(_("Milliseconds, slowest first. 95 of 100 were done within the time shown, which is at most 30 % high."))


def times_of(rows: list[TimingRow]) -> dict[str, list[object]]:
    """The columns of the table, in milliseconds."""
    return {
        "name": [row.name for row in rows],
        "kind": [_(KINDS.get(row.kind, row.kind)) for row in rows],
        "count": [row.count for row in rows],
        "mean": [row.mean * 1000 for row in rows],
        "p95": [row.p95 * 1000 for row in rows],
        "longest": [row.longest * 1000 for row in rows],
    }


def milliseconds(label: str) -> object:
    """A column of milliseconds, to the right."""
    return st.column_config.NumberColumn(label, format="%,.0f", alignment="right")


def show_minutes(minutes: list[MinuteRow]) -> None:
    """How long screens took, minute by minute."""
    at = [local_time(each.at) for each in minutes]
    line = go.Scatter(x=at, y=[each.p95 for each in minutes], mode="lines+markers", name=_("95 of 100 within"))
    chart = figure(line, height=220, xaxis=plain_axis(), yaxis={"ticksuffix": " s", "fixedrange": True})
    chart.update_yaxes(rangemode="tozero")
    st.caption(_("Screens by minute: 95 of 100 within"))
    show(chart, key="mon.minutes")


def show_processes() -> None:
    """Every process of the last day."""
    with reading() as view:
        rows = processes(view)
    if not rows:
        st.info(_("No process has said how it is yet; each does so every minute."))
        return
    frame = table(rows, ["name", "began_at", "seen_at", "sessions"])
    frame["memory"] = [size(row.memory) for row in rows]
    frame["behind"] = [behind(row.mirror_behind) for row in rows]
    frame["speaks"] = [yes_no(not row.is_quiet) for row in rows]
    st.dataframe(
        frame,
        key="mon.processes",
        hide_index=True,
        column_config={
            "name": text_column(_("Process")),
            "began_at": moment_column(_("Began")),
            "seen_at": moment_column(_("Last word")),
            "sessions": st.column_config.NumberColumn(_("Browsers"), alignment="right"),
            "memory": text_column(_("Memory")),
            "behind": text_column(_("Figures behind")),
            "speaks": text_column(_("Alive")),
        },
        placeholder="",
    )


show_standing()
inbox, times, running = st.tabs([_("Errors"), _("Response times"), _("Processes")])
with inbox:
    show_inbox()
with times:
    show_times()
with running:
    show_processes()
