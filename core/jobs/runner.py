"""The runner: a thread that carries out what is due, one job at a time."""

import logging
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from core.base.child import start_child
from core.jobs.queue import LEASE, fail, finish, is_anything_due, plan_missing, renew, take_due
from core.jobs.registry import JOBS
from core.security.actor import Actor
from core.security.permissions import P, Role
from core.work.store import Store
from core.work.unit import UnitOfWork

log = logging.getLogger("salesbook")
JOB_RUNNER = Actor(None, "system", frozenset({Role.ADMINISTRATOR}), frozenset(P), source="job")
LOOK_EVERY = timedelta(seconds=1)
RENEWED_EVERY = LEASE / 3


class Lost(Exception):
    """Another runner has this job; what was done for it here is rolled back."""


class Runner:
    """Carries out jobs in a thread of its own until it is stopped."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Plan what recurs, and begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the job at hand; a long one goes on in its own process and is found done or taken again later."""
        self._stopped.set()
        self._thread.join(timeout=LOOK_EVERY.total_seconds() * 3)

    def wait(self) -> None:
        """Until it is stopped from elsewhere."""
        while self._thread.is_alive():
            self._thread.join(timeout=LOOK_EVERY.total_seconds())

    def _run(self) -> None:
        is_planned = False
        while not self._stopped.is_set():
            try:
                if not is_planned:
                    self._store.run(JOB_RUNNER, plan_missing)
                    is_planned = True
                if run_next(self._store):
                    continue
            except Exception:
                log.exception("the job runner could not reach its jobs and goes on")
            self._stopped.wait(LOOK_EVERY.total_seconds())


def run_next(store: Store) -> bool:
    """Carry out the job that is due the longest; False where nothing is due."""
    if not is_anything_due(store):
        return False
    taken = store.run(JOB_RUNNER, take_due)
    if taken is None:
        return False
    job_id, name, _ = taken
    if JOBS[name].is_long:
        _run_apart(store, job_id)
    else:
        carry_out(store, taken)
    return True


def carry_out(store: Store, taken: tuple[int, str, dict[str, object]]) -> None:
    """Do a job here and write down how it ended; a short one in one transaction with its end."""
    job_id, name, facts = taken
    declared = JOBS[name]
    try:
        if declared.is_long:
            declared.carry_out(store, None, facts)
            store.run(JOB_RUNNER, finish, None, job_id)
        else:
            store.run(JOB_RUNNER, _done_with_its_end, None, job_id, name, facts)
    except Lost:
        return
    except Exception as error:
        log.exception("the job %s failed", name)
        store.run(JOB_RUNNER, fail, None, job_id, f"{type(error).__name__}: {error}")


@contextmanager
def held(store: Store, job_id: int) -> Iterator[None]:
    """Keep the lease of a long job while the block runs.

    Whoever does the work keeps it, not whoever waits for it: where the waiting one dies, nobody begins the job a
    second time beside it, and where the working one dies, the lease ends.
    """
    is_over = threading.Event()

    def keep() -> None:
        while not is_over.wait(RENEWED_EVERY.total_seconds()):
            try:
                store.run(JOB_RUNNER, renew, None, job_id)
            except Exception:
                log.exception("the lease of job %s could not be renewed", job_id)

    keeper = threading.Thread(target=keep, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def _done_with_its_end(uow: UnitOfWork, job_id: int, name: str, facts: dict[str, object]) -> None:
    if not finish(uow, job_id):
        raise Lost
    with uow.within(name):
        JOBS[name].function(uow, **facts)


def _run_apart(store: Store, job_id: int) -> None:
    words = ["core", "jobs", "carry-out", str(job_id)]
    with start_child(store.settings, *words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as child:
        code = child.wait()
    if code != 0:
        store.run(JOB_RUNNER, fail, None, job_id, f"its process ended with {code}")
