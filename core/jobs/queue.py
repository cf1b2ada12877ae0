"""Planning jobs, taking the next one that is due, and writing down how it ended."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from core.db.upsert import upsert
from core.jobs.models import Job, JobState
from core.jobs.registry import JOBS, Declared
from core.notify.events import JOB_FAILED
from core.notify.tell import once, tell
from core.work.store import Store
from core.work.unit import UnitOfWork

LEASE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)
TOLD = 200


def enqueue(
    uow: UnitOfWork, name: str, *, due_at: datetime | None = None, key: str | None = None, **facts: Any
) -> None:
    """Plan a job in the transaction of its cause; with a `key` that was used before, nothing is planned."""
    planned = upsert(uow.session, Job).values(
        name=JOBS[name].name,
        key=key,
        facts=facts,
        state=JobState.WAITING,
        due_at=due_at or uow.now,
        attempts=0,
        error="",
        created_at=uow.now,
    )
    uow.session.execute(planned.on_conflict_do_nothing(index_elements=["key"]))


def plan_next(uow: UnitOfWork, declared: Declared) -> None:
    """Plan the next run of a recurring job, once however many processes do so."""
    if declared.rhythm is not None:
        due = declared.rhythm.after(uow.now, uow.settings.timezone)
        enqueue(uow, declared.name, due_at=due, key=f"{declared.name}@{due.isoformat()}")


def plan_missing(uow: UnitOfWork) -> None:
    """Plan every recurring job that is neither waiting nor running, as after an upgrade."""
    open_ones = set(
        uow.session.scalars(select(Job.name).where(Job.state.in_((JobState.WAITING, JobState.RUNNING))).distinct())
    )
    for declared in JOBS.values():
        if declared.name not in open_ones:
            plan_next(uow, declared)


def is_anything_due(store: Store) -> bool:
    """Whether there is something to take; reads only, so that waiting costs the writers nothing."""
    now = store.clock.now()
    with store.reader.connect() as connection:
        return connection.execute(select(Job.id).where(_due(now)).limit(1)).first() is not None


def take_due(uow: UnitOfWork) -> tuple[int, str, dict[str, Any]] | None:
    """The id, name and facts of the job that is due the longest, now leased to the caller; None where none is."""
    due = (select(Job).where(_due(uow.now), Job.name.in_(JOBS)).order_by(Job.due_at, Job.id).limit(1)).with_for_update(
        skip_locked=True
    )
    taken = uow.session.scalars(due).one_or_none()
    if taken is None:
        return None
    taken.state, taken.attempts = JobState.RUNNING, taken.attempts + 1
    taken.started_at, taken.leased_until = uow.now, uow.now + LEASE
    return taken.id, taken.name, taken.facts


def renew(uow: UnitOfWork, job_id: int) -> None:
    """Keep the lease of a job that takes long, as long as it runs."""
    running = uow.session.get(Job, job_id, with_for_update=True)
    if running is not None and running.state == JobState.RUNNING:
        running.leased_until = uow.now + LEASE


def finish(uow: UnitOfWork, job_id: int) -> bool:
    """Write down that a job is done and plan its next run; False where it had been taken by another runner."""
    running = uow.session.get(Job, job_id, with_for_update=True)
    if running is None or running.state != JobState.RUNNING:
        return False
    running.state, running.ended_at, running.error, running.leased_until = JobState.DONE, uow.now, "", None
    plan_next(uow, JOBS[running.name])
    return True


def fail(uow: UnitOfWork, job_id: int, why: str) -> None:
    """Write down why a job failed: tried again later, each time after a longer pause, until its retries are used."""
    running = uow.session.get(Job, job_id, with_for_update=True)
    if running is None or running.state != JobState.RUNNING:
        return
    declared = JOBS[running.name]
    running.error, running.leased_until = why[:1000], None
    if running.attempts <= declared.retries:
        pause = min(timedelta(seconds=15) * 2**running.attempts, LONGEST_PAUSE)
        running.state, running.due_at = JobState.WAITING, uow.now + pause
    else:
        running.state, running.ended_at = JobState.FAILED, uow.now
        facts = {"job": declared.sentence, "attempts": running.attempts, "error": running.error[:TOLD]}
        tell(uow, JOB_FAILED, once(uow, running.id), facts)
        plan_next(uow, declared)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        and_(Job.state == JobState.WAITING, Job.due_at <= now),
        and_(Job.state == JobState.RUNNING, Job.leased_until < now),
    )
