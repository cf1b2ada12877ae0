"""Work without a user is done once, tried again when it fails, and survives whoever carries it out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.errors import NotFound
from core.jobs.models import Job, JobState
from core.jobs.queries import jobs
from core.jobs.queue import LEASE, enqueue, fail, finish, plan_missing, renew, take_due
from core.jobs.registry import JOBS, job
from core.jobs.rhythm import daily, minutes
from core.jobs.runner import JOB_RUNNER, carry_out, run_next
from core.jobs.service import retry_job, run_job_now
from core.security.actor import SYSTEM
from core.security.permissions import P
from core.work.command import command
from core.work.store import Store
from core.work.unit import UnitOfWork

TALLY = "test.tally"


@command(P.SYSTEM_OPERATE)
def write_tally(uow: UnitOfWork, word: str) -> None:
    """A use case that leaves exactly one trace."""
    uow.audit("tally", None, word=word)


@pytest.fixture
def _tally() -> Iterator[None]:
    @job(TALLY, "Leave a trace", retries=2)
    def tally(uow: UnitOfWork, word: str) -> None:
        write_tally(uow, word)
        if word == "bad":
            raise ValueError("not today")

    yield
    del JOBS[TALLY]


@pytest.fixture
def _hourly() -> Iterator[None]:
    declared = dict(JOBS)
    JOBS.clear()

    @job("test.hourly", "Leave a trace every hour", every=minutes(60))
    def hourly(uow: UnitOfWork) -> None:
        write_tally(uow, "hourly")

    yield
    JOBS.clear()
    JOBS.update(declared)


def words(store: Store) -> list[str]:
    """What the jobs of this test left behind."""
    with store.viewing(SYSTEM) as view:
        facts = view.session.scalars(select(AuditEntry.facts).where(AuditEntry.tag == "tally").order_by(AuditEntry.id))
        return [each["word"] for each in facts]


def plan(store: Store, word: str, key: str | None = None) -> None:
    """Plan the job of this test."""
    with store.working(SYSTEM) as uow:
        enqueue(uow, TALLY, key=key, word=word)


def states(store: Store) -> list[tuple[str, JobState, int]]:
    """Every run: name, state, attempts."""
    with store.viewing(SYSTEM) as view:
        return [(each.name, each.state, each.attempts) for each in view.session.scalars(select(Job).order_by(Job.id))]


@pytest.mark.usefixtures("_tally")
def test_a_planned_job_is_carried_out_once(any_store: Store) -> None:
    plan(any_store, "one")
    assert run_next(any_store)
    assert not run_next(any_store)
    assert words(any_store) == ["one"]
    assert states(any_store) == [(TALLY, JobState.DONE, 1)]


@pytest.mark.usefixtures("_tally")
def test_planning_with_a_key_that_was_used_plans_nothing(any_store: Store) -> None:
    plan(any_store, "one", key="k")
    plan(any_store, "two", key="k")
    run_next(any_store)
    assert not run_next(any_store)
    assert words(any_store) == ["one"]


@pytest.mark.usefixtures("_tally")
def test_a_job_is_planned_with_its_cause_or_not_at_all(any_store: Store) -> None:
    def planned_and_lost() -> None:
        with any_store.working(SYSTEM) as uow:
            enqueue(uow, TALLY, word="never")
            raise KeyError

    with pytest.raises(KeyError):
        planned_and_lost()
    assert states(any_store) == []


@pytest.mark.usefixtures("_tally")
def test_a_failing_job_leaves_nothing_is_tried_again_later_and_then_waits_for_somebody(
    any_store: Store, clock: FixedClock
) -> None:
    plan(any_store, "bad")
    for attempt, pause in ((1, 30), (2, 60)):
        assert run_next(any_store)
        assert states(any_store) == [(TALLY, JobState.WAITING, attempt)]
        clock.moment += timedelta(seconds=pause - 1)
        assert not run_next(any_store)
        clock.moment += timedelta(seconds=1)
    assert run_next(any_store)
    assert states(any_store) == [(TALLY, JobState.FAILED, 3)]
    assert words(any_store) == []
    with any_store.viewing(SYSTEM) as view:
        row = next(row for row in jobs(view) if row.name == TALLY)
    assert (row.last_state, row.last_error) == (JobState.FAILED, "ValueError: not today")
    assert row.failed_id is not None
    any_store.run(SYSTEM, retry_job, None, row.failed_id)
    assert states(any_store) == [(TALLY, JobState.WAITING, 0)]


@pytest.mark.usefixtures("_tally")
def test_a_job_whose_runner_died_is_begun_again_and_the_dead_one_cannot_end_it(
    any_store: Store, clock: FixedClock
) -> None:
    plan(any_store, "one")
    lost = any_store.run(JOB_RUNNER, take_due)
    assert lost is not None
    assert not run_next(any_store)
    clock.moment += LEASE + timedelta(seconds=1)
    assert run_next(any_store)
    carry_out(any_store, lost)
    assert words(any_store) == ["one"]
    assert states(any_store) == [(TALLY, JobState.DONE, 2)]


@pytest.mark.usefixtures("_tally")
def test_a_renewed_lease_keeps_others_away(any_store: Store, clock: FixedClock) -> None:
    plan(any_store, "one")
    taken = any_store.run(JOB_RUNNER, take_due)
    assert taken is not None
    clock.moment += LEASE - timedelta(seconds=1)
    any_store.run(JOB_RUNNER, renew, None, taken[0])
    clock.moment += timedelta(seconds=2)
    assert not run_next(any_store)


@pytest.mark.usefixtures("_hourly")
def test_a_recurring_job_is_planned_once_and_plans_its_next_run_whether_it_succeeds_or_fails(
    any_store: Store, clock: FixedClock
) -> None:
    def due() -> list[datetime]:
        with any_store.viewing(SYSTEM) as view:
            waiting = select(Job.due_at).where(Job.name == "test.hourly", Job.state == JobState.WAITING)
            return list(view.session.scalars(waiting))

    any_store.run(JOB_RUNNER, plan_missing)
    any_store.run(JOB_RUNNER, plan_missing)
    assert due() == [datetime(2026, 3, 18, 5, tzinfo=UTC)]
    clock.moment = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)
    assert run_next(any_store)
    assert due() == [datetime(2026, 3, 18, 10, tzinfo=UTC)]
    clock.moment = datetime(2026, 3, 18, 10, 1, tzinfo=UTC)
    with any_store.working(JOB_RUNNER) as uow:
        taken = take_due(uow)
        assert taken is not None
        uow.session.get_one(Job, taken[0]).attempts = 99
        uow.session.flush()
        fail(uow, taken[0], "broken")
    assert due() == [datetime(2026, 3, 18, 11, tzinfo=UTC)]


@pytest.mark.usefixtures("_tally")
def test_finishing_twice_is_noticed(store: Store) -> None:
    plan(store, "one")
    taken = store.run(JOB_RUNNER, take_due)
    assert taken is not None
    assert store.run(JOB_RUNNER, finish, None, taken[0]) is True
    assert store.run(JOB_RUNNER, finish, None, taken[0]) is False


@pytest.mark.usefixtures("_tally")
def test_an_operator_runs_a_job_now_and_only_one_that_exists(store: Store, clock: FixedClock) -> None:
    store.run(SYSTEM, run_job_now, None, "jobs.forget_old")
    assert run_next(store)
    with pytest.raises(NotFound, match="The job was not found"):
        store.run(SYSTEM, run_job_now, None, "no.such")
    with pytest.raises(NotFound, match="The failed job was not found"):
        store.run(SYSTEM, retry_job, None, 1)


def test_old_runs_are_forgotten_and_failed_ones_are_kept(store: Store, clock: FixedClock) -> None:
    with store.working(SYSTEM) as uow:
        for state, days in ((JobState.DONE, 31), (JobState.DONE, 29), (JobState.FAILED, 31)):
            ended = uow.now - timedelta(days=days)
            uow.add(Job(name="old", facts={}, state=state, due_at=ended, created_at=ended, ended_at=ended))
    store.run(SYSTEM, run_job_now, None, "jobs.forget_old")
    run_next(store)
    with store.viewing(SYSTEM) as view:
        assert view.session.scalar(select(func.count()).where(Job.name == "old")) == 2


def test_a_daily_time_is_the_companys(clock: FixedClock) -> None:
    three = daily("03:00")
    shanghai = "Asia/Shanghai"
    assert three.after(datetime(2026, 3, 17, 18, 59, tzinfo=UTC), shanghai) == datetime(2026, 3, 17, 19, tzinfo=UTC)
    assert three.after(datetime(2026, 3, 17, 19, 0, tzinfo=UTC), shanghai) == datetime(2026, 3, 18, 19, tzinfo=UTC)
    # In Berlin 03:00 is 02:00 UTC in winter, 01:00 UTC in summer.
    assert three.after(datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Berlin") == datetime(2026, 3, 29, 1, tzinfo=UTC)
