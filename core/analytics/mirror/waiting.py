"""How the mirror's thread learns that something was committed: SQLite is polled, PostgreSQL calls."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import psycopg

from core.work.store import Store

CHANNEL = "salesbook_changes"
_POLL_SECONDS = 0.05
_LISTEN_SECONDS = 0.1
_LOOK_ANYWAY_SECONDS = 1.0


class Waiter(Protocol):
    """Something that knows whether there are news, and waits for some."""

    @property
    def is_certain(self) -> bool:
        """Whether no news means that nothing was committed."""
        ...

    def has_news(self) -> bool:
        """Whether anything may have been committed since the last time this was asked."""
        ...

    def pause(self, is_needed: Callable[[], bool]) -> None:
        """Wait for a short while, or less where there are news or somebody needs them."""
        ...


class _SqlitePoll:
    """Another connection's commit changes `PRAGMA data_version`, which costs microseconds to read."""

    is_certain = True

    def __init__(self, connection: Any, state: threading.Condition) -> None:
        self._connection = connection
        self._state = state
        self._version: int | None = None

    def has_news(self) -> bool:
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        changed = version != self._version
        self._version = version
        return changed

    def pause(self, is_needed: Callable[[], bool]) -> None:
        with self._state:
            self._state.wait_for(is_needed, _POLL_SECONDS)


class _PostgresCall:
    """PostgreSQL notifies at commit; now and then we look without being called."""

    is_certain = False

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection
        self._called = True
        self._looked = 0.0

    def has_news(self) -> bool:
        now = time.monotonic()
        if self._called or now - self._looked > _LOOK_ANYWAY_SECONDS:
            self._called = False
            self._looked = now
            return True
        return False

    def pause(self, is_needed: Callable[[], bool]) -> None:
        if is_needed():
            return
        for _ in self._connection.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
            self._called = True


@contextmanager
def waiter(store: Store, state: threading.Condition) -> Iterator[Waiter]:
    """What waits for commits of this store; `state` is notified when somebody cannot wait."""
    if store.engine.dialect.name == "sqlite":
        connection = store.engine.raw_connection()
        try:
            yield _SqlitePoll(connection.cursor(), state)
        finally:
            connection.close()
        return
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as listening:
        listening.execute("LISTEN " + CHANNEL)
        yield _PostgresCall(listening)
