"""kill -9 while jobs are carried out: each leaves its trace exactly once, whoever died, however many worked."""

import multiprocessing
from collections.abc import Hashable, Iterator
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.clock import FixedClock
from core.base.settings import Settings
from core.jobs import runner
from core.jobs.models import Job, JobState
from core.jobs.queue import LEASE, enqueue, plan_missing, take_due
from core.jobs.registry import JOBS, job
from core.jobs.rhythm import minutes
from core.jobs.runner import JOB_RUNNER, held, run_next
from core.notify.events import BOOKS_DIFFER
from core.notify.models import Notice
from core.notify.tell import tell
from core.security.actor import SYSTEM
from core.work.store import Store
from core.work.unit import UnitOfWork
from tests.killing import kill_at_work
from tests.moments import NOON

FORK = multiprocessing.get_context("fork")
PLANNED = 40
KILLS = {"sqlite": 8, "postgresql": 5}


@pytest.fixture(autouse=True)
def _only_these() -> Iterator[None]:
    declared = dict(JOBS)
    JOBS.clear()

    @job("test.tally", "Leave a trace and a notice")
    def tally(uow: UnitOfWork, word: int) -> None:
        tell(uow, BOOKS_DIFFER, str(word), {"count": word, "first": ""})
        uow.audit("tally", None, word=word)

    @job("test.hourly", "Leave a trace every hour", every=minutes(60))
    def hourly(uow: UnitOfWork) -> None:
        uow.audit("hourly", None)

    yield
    JOBS.clear()
    JOBS.update(declared)


def planned(settings: Settings) -> None:
    """All jobs, and that which recurs."""
    store = Store(settings, FixedClock(NOON - timedelta(hours=1)))
    with store.working(SYSTEM) as uow:
        for word in range(PLANNED):
            enqueue(uow, "test.tally", word=word)
    store.run(JOB_RUNNER, plan_missing)
    store.engine.dispose()


def work(settings: Settings, moment: datetime, parent: Connection) -> None:
    """Carry out what is due, and say after each job how many are done."""
    store = Store(settings, FixedClock(moment))
    while run_next(store):
        with store.viewing(SYSTEM) as view:
            parent.send(view.session.scalar(select(func.count()).where(Job.state == JobState.DONE)))
    store.engine.dispose()


def assert_each_once(settings: Settings) -> None:
    """Every trace and every notice is there, once, and every run is done."""
    store = Store(settings, FixedClock(NOON + timedelta(days=1)))
    with store.viewing(SYSTEM) as view:
        traces = view.session.scalars(select(AuditEntry.facts).where(AuditEntry.tag == "tally")).all()
        assert sorted(each["word"] for each in traces) == list(range(PLANNED))
        assert view.session.scalar(select(func.count()).select_from(Notice)) == PLANNED
        states = view.session.scalars(select(Job.state).where(Job.name == "test.tally")).all()
        assert set(states) == {JobState.DONE}
        waiting = select(func.count()).where(Job.name == "test.hourly", Job.state == JobState.WAITING)
        assert view.session.scalar(waiting) == 1
        done = select(func.count()).where(Job.name == "test.hourly", Job.state == JobState.DONE)
        hours = view.session.scalar(select(func.count()).where(AuditEntry.tag == "hourly"))
        assert hours == view.session.scalar(done)
    store.engine.dispose()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_jobs_survive_processes_killed_at_random_moments(database: str, request: pytest.FixtureRequest) -> None:
    settings = request.getfixturevalue(f"{'sqlite' if database == 'sqlite' else 'postgres'}_settings")
    planned(settings)
    turn: Synchronized[int] = FORK.Value("i", 0)

    def after_the_one_before(parent: Connection) -> None:
        with turn.get_lock():
            turn.value += 1
        work(settings, NOON + turn.value * (LEASE + timedelta(seconds=1)), parent)

    done: set[Hashable] = kill_at_work(after_the_one_before, KILLS[database], most=4)
    assert len(done) >= KILLS[database]
    ours, theirs = FORK.Pipe(duplex=False)
    work(settings, NOON + (turn.value + 1) * (LEASE + timedelta(seconds=1)), theirs)
    ours.close()
    assert_each_once(settings)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_processes_beside_each_other_never_do_the_same_job(database: str, request: pytest.FixtureRequest) -> None:
    settings = request.getfixturevalue(f"{'sqlite' if database == 'sqlite' else 'postgres'}_settings")
    planned(settings)
    pipes = [FORK.Pipe(duplex=False) for _ in range(3)]
    beside = [FORK.Process(target=work, args=(settings, NOON, theirs)) for _ours, theirs in pipes]
    for each in beside:
        each.start()
    for each in beside:
        each.join(60)
    assert [each.exitcode for each in beside] == [0, 0, 0]
    assert_each_once(settings)


def test_whoever_does_a_long_job_keeps_its_lease(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = any_store.clock
    assert isinstance(clock, FixedClock)
    with any_store.working(SYSTEM) as uow:
        enqueue(uow, "test.tally", word=1)
    taken = any_store.run(JOB_RUNNER, take_due)
    assert taken is not None
    monkeypatch.setattr(runner, "RENEWED_EVERY", timedelta(milliseconds=5))
    clock.moment += LEASE - timedelta(seconds=1)
    renewed = multiprocessing.Event()

    def noticed(uow: UnitOfWork, job_id: int) -> None:
        plain(uow, job_id)
        renewed.set()

    plain = runner.renew
    monkeypatch.setattr(runner, "renew", noticed)
    with held(any_store, taken[0]):
        assert renewed.wait(10)
    clock.moment += timedelta(seconds=2)
    assert not run_next(any_store)
