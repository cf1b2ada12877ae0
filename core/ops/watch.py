"""The watch of one process: a thread that writes down errors at once, and times and its own state by the minute."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select

from core.base.timings import TIMINGS, Key, Timing, merge_into
from core.db.upsert import upsert
from core.jobs.runner import JOB_RUNNER
from core.ops.faults import FAULTS, FaultsOfTheLog, process_name
from core.ops.incidents import keep_faults
from core.ops.watch_models import AppProcess, MinuteOfTimings
from core.work.store import Store
from core.work.unit import UnitOfWork

# Its own troubles are logged and not noted: they would come back to it.
log = logging.getLogger("watch of salesbook")
MINUTE = timedelta(minutes=1)
KEPT_TIMINGS, KEPT_PROCESSES = timedelta(days=2), timedelta(days=1)
PAUSE_SECONDS = 5.0
LOGGERS = ("salesbook", "core")
Facts = Callable[[], dict[str, Any]]


def no_facts() -> dict[str, Any]:
    """Nothing beyond what every process knows of itself."""
    return {}


class Watch:
    """Keeps what this process met and measured; where the database cannot be reached it is kept in memory meanwhile."""

    def __init__(self, store: Store, facts: Facts = no_facts) -> None:
        self._store, self._facts = store, facts
        self._began = self._written = store.clock.now()
        self._unwritten: dict[Key, Timing] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._handler = FaultsOfTheLog(store.settings, store.clock.now)

    def start(self) -> None:
        """Begin, with a first word about this process."""
        self.listen()
        self._thread.start()

    def stop(self) -> None:
        """Write the rest and end."""
        self._stopped.set()
        FAULTS.arrived.set()
        self._thread.join(PAUSE_SECONDS)
        self.forget_listening()

    def listen(self) -> None:
        """Note what our code logs with a trace."""
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self._handler)

    def forget_listening(self) -> None:
        """Note it no longer."""
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self._handler)

    def keep_faults_now(self) -> bool:
        """Write down the errors that wait; False where that was not possible."""
        faults = FAULTS.take()
        try:
            if faults:
                self._store.run(JOB_RUNNER, keep_faults, None, faults)
        except Exception as error:
            FAULTS.give_back(faults)
            log.warning("%s errors wait to be written down: %s", len(faults), type(error).__name__)
            return False
        return True

    def keep_minute_now(self) -> None:
        """Write down what was measured since the last time, and how this process is."""
        merge_into(self._unwritten, TIMINGS.take().items())
        figures = written(self._unwritten)
        now = self._store.clock.now()
        try:
            facts = {"memory": memory_of_this_process(), **self._facts()}
            self._store.run(JOB_RUNNER, keep_minute, None, figures, began_at=self._began, facts=facts)
        except Exception as error:
            log.warning("the times of this minute wait to be written down: %s", type(error).__name__)
            return
        self._unwritten = {}
        self._written = now

    def _run(self) -> None:
        self.keep_minute_now()
        tried = self._store.clock.now()
        while not self._stopped.is_set():
            FAULTS.arrived.wait(PAUSE_SECONDS)
            self.keep_faults_now()
            now = self._store.clock.now()
            if not timedelta() <= now - tried < MINUTE:
                tried = now
                self.keep_minute_now()
        self.keep_faults_now()
        self.keep_minute_now()


@contextmanager
def watching(store: Store, facts: Facts = no_facts) -> Iterator[Watch]:
    """A watch until the block ends."""
    watch = Watch(store, facts)
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


@contextmanager
def noting(store: Store) -> Iterator[None]:
    """Errors of a process that soon ends, written down when the block has ended."""
    watch = Watch(store)
    watch.listen()
    try:
        yield
    finally:
        watch.keep_faults_now()
        watch.forget_listening()


def keep_minute(uow: UnitOfWork, figures: dict[str, Any], *, began_at: datetime, facts: dict[str, Any]) -> None:
    """Write down what a process measured and how it is; forget what is older than two days."""
    name = process_name()
    if figures:
        uow.add(MinuteOfTimings(at=uow.now, process=name, figures=figures))
    said = upsert(uow.session, AppProcess).values(name=name, began_at=began_at, seen_at=uow.now, facts=facts)
    again = {"began_at": began_at, "seen_at": uow.now, "facts": facts}
    uow.session.execute(said.on_conflict_do_update(index_elements=["name"], set_=again))
    old = uow.session.scalars(select(MinuteOfTimings.id).where(MinuteOfTimings.at < uow.now - KEPT_TIMINGS)).all()
    if old:
        uow.session.execute(delete(MinuteOfTimings).where(MinuteOfTimings.id.in_(old)))
    uow.session.execute(delete(AppProcess).where(AppProcess.seen_at < uow.now - KEPT_PROCESSES))


def written(timings: dict[Key, Timing]) -> dict[str, Any]:
    """Timings as they stand in the database."""
    figures: dict[str, Any] = {}
    for (kind, name), timing in timings.items():
        places = {str(place): count for place, count in sorted(timing.places.items())}
        row = [timing.count, round(timing.total, 4), round(timing.longest, 4), places]
        figures.setdefault(kind, {})[name] = row
    return figures


def read(figures: dict[str, Any]) -> dict[Key, Timing]:
    """Timings as they came out of the database."""
    return {
        (kind, name): Timing(count, total, longest, {int(place): times for place, times in places.items()})
        for kind, named in figures.items()
        for name, (count, total, longest, places) in named.items()
    }


def memory_of_this_process() -> int | None:
    """The bytes that this process holds in memory; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * 4096
