"""The store: opens units of work and views, commits, retries, and does nothing twice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

import core.security.role_models  # noqa: F401 - documents refer to users, whichever rooms are loaded
from core.base.clock import Clock, SystemClock, business_day
from core.base.settings import Settings
from core.base.timings import timed
from core.db.engine import make_engine, reading_engine
from core.security.actor import Actor
from core.work.command import name_of
from core.work.guard import limit
from core.work.models import DoneOnce
from core.work.unit import UnitOfWork

RETRIES = 6
A = ParamSpec("A")
R = TypeVar("R")
_DONE = select(DoneOnce.result_id).where(DoneOnce.key == bindparam("of"))
_TRANSIENT = {"40001", "40P01"}


@dataclass(frozen=True)
class View:
    """One transaction that only reads, for one actor."""

    session: Session
    actor: Actor
    now: datetime
    settings: Settings

    @property
    def today(self) -> date:
        """The business day of this view."""
        return business_day(self.now, self.settings.timezone)


class Store:
    """The transactional database with its clock and settings; one for each process."""

    def __init__(self, settings: Settings | None = None, clock: Clock | None = None) -> None:
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()

    @cached_property
    def engine(self) -> Engine:
        """The engine that writes."""
        return make_engine(self.settings.url)

    @cached_property
    def reader(self) -> Engine:
        """The engine that only reads."""
        return reading_engine(self.engine)

    @contextmanager
    def working(self, actor: Actor) -> Iterator[UnitOfWork]:
        """A unit of work: committed when the block ends, rolled back when it raises."""
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            uow = UnitOfWork(session, actor, self.clock, self.settings)
            yield uow
            uow.settle()
            session.commit()

    @contextmanager
    def viewing(self, actor: Actor) -> Iterator[View]:
        """A transaction that only reads."""
        with Session(self.reader, expire_on_commit=False, autoflush=False) as session:
            if actor.sees.is_limited:
                limit(session, actor.sees)
            yield View(session, actor, self.clock.now(), self.settings)

    def run(
        self,
        actor: Actor,
        function: Callable[Concatenate[UnitOfWork, A], R],
        key: str | None = None,
        /,
        *args: A.args,
        **kwargs: A.kwargs,
    ) -> R:
        """Carry out one command in its own transaction.

        With a `key`, a second call with the same key changes nothing and returns what the first
        one returned (commands return an id or None). Deadlocks and serialization failures are
        tried again; everything else is raised with nothing changed.
        """
        for attempt in range(RETRIES):
            try:
                with timed("command", name_of(function)), self.working(actor) as uow:
                    if key is not None:
                        done = uow.session.connection().execute(_DONE, {"of": key}).first()
                        if done is not None:
                            return cast(R, done.result_id)
                    result = function(uow, *args, **kwargs)
                    if key is not None:
                        made = result if isinstance(result, int) else None
                        row = {"key": key, "command": function.__name__, "result_id": made, "at": uow.now}
                        uow.write(DoneOnce, [row])
                return result
            except IntegrityError:
                if key is None or not self._is_done(key):
                    raise
            except DBAPIError as error:
                if attempt == RETRIES - 1 or getattr(error.orig, "sqlstate", None) not in _TRANSIENT:
                    raise
        return cast(R, self._result_of(key))

    def _is_done(self, key: str) -> bool:
        with Session(self.reader) as session:
            return session.get(DoneOnce, key) is not None

    def _result_of(self, key: str | None) -> Any:
        with Session(self.reader) as session:
            return session.scalar(select(DoneOnce.result_id).where(DoneOnce.key == key))
