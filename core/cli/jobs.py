"""`jobs`: running, listing and retrying work that has no user."""

import signal
from typing import Annotated, NoReturn

import typer

from core.base.i18n import N_, _
from core.cli.frame import AsJson, answer, opened
from core.jobs.models import JOB_STATE_LABELS, Job
from core.jobs.queries import JobRow, jobs
from core.jobs.runner import Runner, carry_out, held
from core.jobs.service import retry_job, run_job_now
from core.notify.postman import Postman
from core.ops import background  # noqa: F401 - fills the registry
from core.ops.watch import noting, watching
from core.security.actor import SYSTEM

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
JobName = Annotated[str, typer.Argument(metavar="NAME", help=N_("The name of the job, as “jobs list” shows it."))]
JobId = Annotated[int, typer.Argument(metavar="ID", help=N_("The number of the run."))]


@app.command(name="run", help=N_("Carry out jobs until stopped, where the app does not."))
def run_jobs() -> None:
    """Run jobs and send notices in the foreground; Ctrl-C or a termination signal ends it after the job at hand."""
    signal.signal(signal.SIGTERM, _interrupt)
    with opened() as store, watching(store):
        runner, postman = Runner(store), Postman(store)
        runner.start()
        postman.start()
        try:
            runner.wait()
        except KeyboardInterrupt:
            runner.stop()
            postman.stop()


@app.command(name="list", help=N_("Show every job, how it ended last and when it is due."))
def list_jobs(as_json: AsJson = False) -> None:
    """All declared jobs."""
    with opened() as store, store.viewing(SYSTEM) as view:
        rows = jobs(view)
    answer(
        {"ok": True, "jobs": [_facts(row) for row in rows]},
        [f"{row.name:32} {_state(row):12} {_next(row):18} {_(row.sentence)}" for row in rows],
        as_json=as_json,
    )


@app.command(name="now", help=N_("Let a job be carried out now."))
def now(name: JobName, as_json: AsJson = False) -> None:
    """Plan a job for this moment."""
    with opened() as store:
        store.run(SYSTEM, run_job_now, None, name)
    answer({"ok": True, "job": name}, [_("{name} will be carried out now.").format(name=name)], as_json=as_json)


@app.command(name="retry", help=N_("Try a failed run again."))
def retry(job_id: JobId, as_json: AsJson = False) -> None:
    """Plan a failed run again."""
    with opened() as store:
        store.run(SYSTEM, retry_job, None, job_id)
    answer({"ok": True, "id": job_id}, [_("Run {id} will be tried again.").format(id=job_id)], as_json=as_json)


@app.command(name="carry-out", hidden=True)
def carry_out_one(job_id: JobId) -> None:
    """What the runner calls in a child process for a job that takes long."""
    with opened() as store:
        with store.viewing(SYSTEM) as view:
            taken = view.session.get_one(Job, job_id)
            name, facts = taken.name, taken.facts
        with held(store, job_id), noting(store):
            carry_out(store, (job_id, name, facts))


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _state(row: JobRow) -> str:
    return _(JOB_STATE_LABELS[row.last_state]) if row.last_state else "-"


def _next(row: JobRow) -> str:
    return f"{row.next_at:%Y-%m-%d %H:%M}" if row.next_at else "-"


def _facts(row: JobRow) -> dict[str, object]:
    return {
        "name": row.name,
        "recurs": row.recurs,
        "last_state": row.last_state.value if row.last_state else None,
        "last_ended_at": row.last_ended_at,
        "last_error": row.last_error,
        "failed_id": row.failed_id,
        "next_at": row.next_at,
        "is_running": row.is_running,
    }
