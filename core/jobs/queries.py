"""What an operator sees of the jobs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.jobs.models import Job, JobState
from core.jobs.registry import JOBS
from core.security.permissions import P
from core.work.command import Scope, query


@dataclass(frozen=True)
class JobRow:
    """A declared job: how its last run ended and when the next one is due."""

    name: str
    sentence: str
    recurs: bool
    last_state: JobState | None
    last_ended_at: datetime | None
    last_error: str
    failed_id: int | None
    next_at: datetime | None
    is_running: bool


@query(P.SYSTEM_OPERATE)
def jobs(scope: Scope) -> list[JobRow]:
    """Every declared job, in the order of its name."""
    last, upcoming = _newest_ended(scope), _upcoming(scope)
    rows = []
    for name, declared in sorted(JOBS.items()):
        ended, open_one = last.get(name), upcoming.get(name)
        rows.append(
            JobRow(
                name,
                declared.sentence,
                declared.rhythm is not None,
                ended.state if ended else None,
                ended.ended_at if ended else None,
                (open_one.error if open_one and open_one.error else "") or (ended.error if ended else ""),
                ended.id if ended and ended.state == JobState.FAILED else None,
                open_one.due_at if open_one else None,
                bool(open_one and open_one.state == JobState.RUNNING),
            )
        )
    return rows


def _newest_ended(scope: Scope) -> dict[str, Job]:
    newest = (
        select(func.max(Job.id)).where(Job.state.in_((JobState.DONE, JobState.FAILED))).group_by(Job.name)
    ).scalar_subquery()
    return {job.name: job for job in scope.session.scalars(select(Job).where(Job.id.in_(newest)))}


def _upcoming(scope: Scope) -> dict[str, Job]:
    other = aliased(Job)
    open_states = (JobState.WAITING, JobState.RUNNING)
    earliest = select(Job).where(
        Job.state.in_(open_states),
        ~select(other.id)
        .where(other.name == Job.name, other.state.in_(open_states), other.due_at < Job.due_at)
        .exists(),
    )
    return {job.name: job for job in scope.session.scalars(earliest)}
