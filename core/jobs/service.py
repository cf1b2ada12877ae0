"""Commands about jobs: run one now, try a failed one again; and forgetting old runs."""

from datetime import timedelta

from sqlalchemy import delete

from core.base.errors import NotFound
from core.base.i18n import N_
from core.jobs.models import Job, JobState
from core.jobs.queue import enqueue
from core.jobs.registry import JOBS, job
from core.jobs.rhythm import daily
from core.notify.events import JOB_FAILED
from core.notify.tell import settle
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork

KEPT = timedelta(days=30)


@command(P.SYSTEM_OPERATE)
def run_job_now(uow: UnitOfWork, name: str) -> None:
    """Plan a job for this moment, beside its rhythm; `NotFound` for a name that is not declared."""
    if name not in JOBS:
        raise NotFound(what=N_("The job"))
    enqueue(uow, name)
    uow.audit("job.asked_for", None, job=name)


@command(P.SYSTEM_OPERATE)
def retry_job(uow: UnitOfWork, job_id: int) -> None:
    """Try a failed job again with a fresh count of attempts; `NotFound` where it did not fail."""
    failed = uow.session.get(Job, job_id, with_for_update=True)
    if failed is None or failed.state != JobState.FAILED:
        raise NotFound(what=N_("The failed job"))
    failed.state, failed.due_at, failed.attempts, failed.ended_at = JobState.WAITING, uow.now, 0, None
    settle(uow, JOB_FAILED, job_id)
    uow.audit("job.retried", None, job=failed.name, subject_id=job_id)


@job("jobs.forget_old", N_("Forget old runs"), every=daily("04:10"))
def forget_old_runs(uow: UnitOfWork) -> None:
    """Runs that are done and older than a month; failed ones stay until somebody has seen to them."""
    uow.session.execute(delete(Job).where(Job.state == JobState.DONE, Job.ended_at < uow.now - KEPT))
