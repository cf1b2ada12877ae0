"""The state of the system: whether the books add up, and how work without a user goes."""

from datetime import timedelta

import streamlit as st

from core.jobs.models import JOB_STATE_LABELS
from core.jobs.queries import JobRow, jobs
from core.jobs.service import retry_job, run_job_now
from core.ops.nightly import CHECK_BOOKS, CheckRunRow, check_runs
from core.ops.registry import CHECKS
from core.ops.service import repair_differences
from pages._shared.formats import moment
from pages._shared.screen import act, open_screen, reading, show_messages
from pages._shared.tables import chosen_row, moment_column, table, text_column
from pages._shared.text import _, escaped, ngettext

LOOK_AGAIN = timedelta(seconds=2)

actor = open_screen(__file__)


def _state(row: JobRow) -> str:
    if row.is_running:
        return _("Running")
    return _(JOB_STATE_LABELS[row.last_state]) if row.last_state else _("Not yet run")


def show_books(run: CheckRunRow | None) -> None:
    """Whether everything added up the last time, and what did not."""
    if run is None:
        st.info(_("The books were not checked yet."), icon=":material/schedule:")
        return
    if run.difference_count == 0:
        st.success(_("Everything added up on {moment}.").format(moment=moment(run.at)), icon=":material/verified:")
        return
    found = ngettext("{count} figure did not add up", "{count} figures did not add up", run.difference_count)
    st.error(
        _("{found} on {moment}. Orders go on meanwhile; repair sets the figures to what the documents say.").format(
            found=found.format(count=run.difference_count), moment=moment(run.at)
        ),
        icon=":material/error:",
    )
    st.dataframe(
        {
            "check": [_sentence(each) for each in run.differences],
            "where": [_place(each) for each in run.differences],
            "column": [each["column"] for each in run.differences],
            "stored": [str(each["stored"]) for each in run.differences],
            "derived": [str(each["derived"]) for each in run.differences],
        },
        key="health.differences",
        hide_index=True,
        column_config={
            "check": text_column(_("What should be true"), width="large"),
            "where": text_column(_("Where")),
            "column": text_column(_("Figure")),
            "stored": text_column(_("Stored")),
            "derived": text_column(_("Right")),
        },
    )
    with st.popover(_("Repair…"), icon=":material/build:"):
        ask_to_repair(run.difference_count)


def _sentence(difference: dict[str, str]) -> str:
    name = difference["check"]
    return _(CHECKS[name].sentence)


def _place(difference: dict[str, str]) -> str:
    return f"{difference['table']} {difference['row_id'] or ''}".strip()


def ask_to_repair(count: int) -> None:
    """Say what a repair does before it is done."""
    st.markdown(
        ngettext(
            "{count} figure is set to what its documents add up to. Documents themselves are never changed, "
            "and each figure is recorded in the audit trail with its value before and after.",
            "{count} figures are set to what their documents add up to. Documents themselves are never changed, "
            "and each figure is recorded in the audit trail with its value before and after.",
            count,
        ).format(count=count)
    )
    if st.button(_("Repair"), key="health.repair.confirm", type="primary"):
        with st.spinner(_("Repairing…")):
            act(repair_differences, rerun=False)
        act(run_job_now, CHECK_BOOKS, done=_("Repaired. The books are being checked again."))


@st.fragment(run_every=LOOK_AGAIN)
def show_state() -> None:
    """Everything that changes by itself, looked at again every two seconds."""
    show_messages()
    with reading(used=False) as view:
        rows, runs = jobs(view), check_runs(view)
        now = view.now
    checking = next(row for row in rows if row.name == CHECK_BOOKS)
    is_checking = checking.is_running or (checking.next_at is not None and checking.next_at <= now)

    st.subheader(_("The books"), anchor=False)
    show_books(runs[0] if runs else None)
    if is_checking:
        st.progress(1.0, text=_("The books are being checked; this page shows the outcome by itself."))
    elif st.button(_("Check now"), key="health.check", icon=":material/fact_check:"):
        act(run_job_now, CHECK_BOOKS, done=_("The check begins."))
    if len(runs) > 1:
        with st.expander(_("Earlier checks")):
            show_earlier(runs[1:])

    st.subheader(_("Background jobs"), anchor=False)
    show_jobs(rows)


def show_earlier(runs: list[CheckRunRow]) -> None:
    """How the checks before ended."""
    frame = table(runs, ["at", "seconds"])
    frame["found"] = [each.difference_count for each in runs]
    st.dataframe(
        frame,
        key="health.earlier",
        hide_index=True,
        column_config={
            "at": moment_column(_("Checked at")),
            "seconds": st.column_config.NumberColumn(_("Seconds"), alignment="right"),
            "found": st.column_config.NumberColumn(_("Differences"), alignment="right"),
        },
    )


def show_jobs(rows: list[JobRow]) -> None:
    """Every job; the chosen one can be run now or tried again."""
    frame = table(rows, ["last_ended_at", "next_at", "last_error"])
    frame.insert(0, "job", [_(row.sentence) for row in rows])
    frame.insert(1, "state", [_state(row) for row in rows])
    picked = st.dataframe(
        frame,
        key="health.jobs",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "job": text_column(_("Job"), width=180),
            "state": text_column(_("State"), width=90),
            "last_ended_at": moment_column(_("Last run")),
            "next_at": moment_column(_("Next run")),
            "last_error": text_column(_("Problem"), width="medium"),
        },
        placeholder="",
    )
    chosen: JobRow | None = chosen_row(picked, rows)
    if chosen is None:
        st.caption(_("Choose a job to run it now or to try it again."))
        return
    if chosen.last_error:
        st.warning(escaped(chosen.last_error), icon=":material/warning:")
    with st.container(horizontal=True):
        if st.button(_("Run now"), key="health.run", icon=":material/play_arrow:"):
            act(run_job_now, chosen.name, done=_("The job begins."))
        if chosen.failed_id and st.button(_("Try again"), key="health.retry", icon=":material/replay:"):
            act(retry_job, chosen.failed_id, done=_("The job is tried again."))


show_state()
