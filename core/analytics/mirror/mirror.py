"""The mirror of one process: opened, kept fresh by one thread, rebuilt by itself, asked by all."""

import logging
import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import duckdb

from core.analytics.customers.scored import divide
from core.analytics.errors import FiguresDiffered, MirrorNotReady
from core.analytics.mirror.compare import Discrepancy, compare
from core.analytics.mirror.files import Slot
from core.analytics.mirror.load import connect
from core.analytics.mirror.rebuild import Stopped, build_mirror
from core.analytics.mirror.refresh import apply_changes, compact
from core.analytics.mirror.remembered import ALL_FACTS, Answers, Facts
from core.analytics.mirror.soundness import Checked, is_damage, is_over, sizes_of
from core.analytics.mirror.source import (
    FEED_CUT,
    Position,
    Snapshot,
    changes_since,
    identity_of,
    is_past_of,
    plain_snapshot,
    position,
)
from core.analytics.mirror.stage import scalar
from core.analytics.mirror.tables import LAYOUT
from core.analytics.mirror.trouble import is_disk_full, trouble_of
from core.analytics.mirror.waiting import waiter
from core.base.clock import business_day
from core.base.errors import AppError
from core.work.store import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 1.0, 30.0
_PATIENCE_SECONDS = 10.0
_GIVE_WAY_SECONDS = 1.0
_CHECK_EVERY = timedelta(days=1)
_JUMP = timedelta(seconds=1)
_POSITION = "change, said, entry, told, seen"
MANY_DOCUMENTS = 2_000
COMPACT_EVERY = 50
FEW_CUSTOMERS, DIVIDE_EVERY = 5_000, timedelta(minutes=1)
MANY_ORDERS, A_WHILE = 200_000, timedelta(minutes=1)


class Mirror:
    """A columnar copy of the store that can be thrown away at any moment.

    `start` opens it and keeps it fresh in a thread; without a thread, `refresh_now` brings it up to date.
    """

    def __init__(self, store: Store, purpose: str = "app") -> None:
        self.store = store
        self.generation = 0
        self.refreshes = 0
        self._slot = Slot(store.settings.data_dir / "mirror", purpose)
        self._duck: duckdb.DuckDBPyConnection | None = None
        self._as_of = datetime.min.replace(tzinfo=UTC)
        self._writing = threading.RLock()
        self._state = threading.Condition()
        self._asked = self._done = 0
        self._stopping = threading.Event()
        self._damaged = self._applying = False
        self._divided: datetime | None = None
        self._divided_on: date | None = None
        self._trouble: AppError | None = None
        self._differs = False
        self.checked: Checked | None = None
        self._thread: threading.Thread | None = None
        self._checker: threading.Thread | None = None
        self.sizes: Mapping[str, int] = {}
        # As those see it who see some rows only, by what they see.
        self.limited: dict[Hashable, Mirror] = {}
        # What a planner found out about a state of the mirror, so that it need not ask again.
        self.known: tuple[Hashable, Any] | None = None
        self._answers = Answers()

    # Opening and closing

    def start(self) -> None:
        """Open what there is and follow the store in a thread from here on."""
        self._open_newest()
        self._thread = threading.Thread(target=self._follow, name="mirror", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the file."""
        self._stopping.set()
        with self._state:
            self._state.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._checker is not None:
            self._checker.join(_PATIENCE_SECONDS)
        with self._writing:
            if self._duck is not None:
                self._duck.close()
                self._duck = None
            if self._damaged:
                self._slot.forget()
            self._slot.release()

    def __enter__(self) -> "Mirror":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Freshness

    @property
    def as_of(self) -> datetime:
        """Everything committed before this moment is in every answer from now on."""
        return self._as_of

    @property
    def is_ready(self) -> bool:
        """Whether there is something to answer from."""
        return self._duck is not None

    @property
    def trouble(self) -> AppError | None:
        """Why the answers are not of now, or not to be relied on; None where all is well."""
        return FiguresDiffered() if self._differs else self._trouble

    def refresh_now(self) -> None:
        """Bring the mirror up to date, building it where it is missing or unusable."""
        with self._writing:
            if self._duck is None and not self._damaged:
                self._open_newest()
            try:
                if self._damaged or self._duck is None or not self._catch_up():
                    self._rebuild()
            except duckdb.Error as error:
                if is_disk_full(error):  # a new mirror needs even more room
                    if isinstance(error, duckdb.FatalException):
                        self._open_again()
                    raise
                log.exception("The mirror is damaged and is built again.")
                self._rebuild()

    def wait_until_fresh(self, timeout: float = 60) -> None:
        """Return once all that is committed now is in the answers; `TimeoutError` when that takes longer."""
        if self._thread is None:
            self.refresh_now()
            return
        with self._state:
            self._asked += 1
            mine = self._asked
            self._state.notify_all()
            if not self._state.wait_for(lambda: self._done >= mine or self._stopping.is_set(), timeout):
                raise TimeoutError("the mirror did not become fresh in time")

    def check(self) -> list[Discrepancy]:
        """Compare the mirror, brought up to date, with the store in one snapshot; a damaged one is built anew first."""
        self.refresh_now()
        moment = self.store.clock.now()
        try:
            found = self._compared()
        except MirrorNotReady:
            self.refresh_now()
            found = self._compared()
        self.checked = Checked(moment, tuple(found))
        return found

    def rebuild(self) -> None:
        """Build the mirror anew; the old one answers until the new one is complete."""
        with self._writing:
            self._rebuild()

    # Asking

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in one transaction over the mirror; `MirrorNotReady` where there is none to ask.

        Whoever asks while changes are being applied lets these through first, so that the figures stay fresh
        however many ask.
        """
        if self._applying:
            with self._state:
                self._state.wait_for(lambda: not self._applying, _GIVE_WAY_SECONDS)
        cursor = self._cursor()
        try:
            cursor.execute("BEGIN")
            yield cursor
        except duckdb.Error as error:
            if not is_damage(error):
                raise
            log.exception("The mirror cannot be read and will be built again.")
            self._damaged = True
            self._wake()
            raise MirrorNotReady from error
        finally:
            cursor.close()

    def remembered(
        self,
        question: Hashable,
        ask: Callable[[duckdb.DuckDBPyConnection], T],
        reads: Collection[Facts] = ALL_FACTS,
    ) -> T:
        """The answer to a question, asked again only when something has changed that it `reads`."""
        key = (self._answers.version(self.generation, reads), question)
        return self._answers.known(key, lambda: self._asked_now(ask))

    def remembered_a_while(self, question: Hashable, ask: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """The answer to a question that reads much of the history: where there is much, worked out once a minute."""
        is_large = self.sizes.get("fact_order", 0) > MANY_ORDERS
        version = self._answers.version(self.generation, ALL_FACTS)
        length = A_WHILE if is_large else None
        moment = self.store.clock.now()
        return self._answers.known_a_while(question, version, moment, length, lambda: self._asked_now(ask))

    def changed(self, facts: Collection[Facts] = ALL_FACTS) -> None:
        """These are others than before."""
        self._answers.forget(facts)
        self.refreshes += 1

    def _asked_now(self, ask: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        with self.reading() as duck:
            return ask(duck)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        for _ in range(3):
            duck = self._duck
            if duck is None:
                break
            try:
                return duck.cursor()
            except duckdb.ConnectionException:  # closed because a new one took its place
                continue
        raise MirrorNotReady

    # The thread

    def _follow(self) -> None:
        checked_at: datetime | None = None
        failed = 0
        while not self._stopping.is_set():
            try:
                with waiter(self.store, self._state) as wait:
                    while not self._stopping.is_set():
                        with self._state:
                            asked = self._asked
                        moment = self.store.clock.now()
                        if wait.has_news() or self._damaged or asked > self._done or not self._is_of_the_day(moment):
                            self.refresh_now()
                        elif wait.is_certain:
                            self._reached(moment)
                        failed = 0
                        if checked_at is None or is_over(checked_at, moment, _CHECK_EVERY):
                            checked_at = moment
                            self._begin_checking()
                        with self._state:
                            self._done = max(self._done, asked)
                            self._state.notify_all()
                        wait.pause(lambda: self._asked > self._done or self._damaged)
            except Stopped:
                return
            except Exception as error:
                log.exception("The mirror could not be refreshed; trying again.")
                self._trouble = trouble_of(error)
                self._stopping.wait(min(_RETRY_SECONDS * 2**failed, _LONGEST_RETRY_SECONDS))
                failed += 1

    def _compared(self) -> list[Discrepancy]:
        """Compare without holding up the refreshing: both sides are snapshots of the same moment."""
        with ExitStack() as open_:
            with self._writing:
                snapshot = open_.enter_context(plain_snapshot(self.store.reader))
                if not self._catch_up_with(snapshot, self.store.clock.now()):
                    raise MirrorNotReady
                duck = open_.enter_context(self.reading())
                scalar(duck, "SELECT count(*) FROM about")  # the transaction begins at its first read
            return compare(duck, snapshot)

    def _begin_checking(self) -> None:
        if self._checker is None or not self._checker.is_alive():
            self._checker = threading.Thread(target=self._check_itself, name="mirror check", daemon=True)
            self._checker.start()

    def _check_itself(self) -> None:
        try:
            found = self.check()
        except Exception:
            log.exception("The mirror could not be compared with the store.")
            return
        if found:
            log.error("The mirror differs from the store and is built again: %s", found[0])
            self._differs = self._damaged = True
            self._wake()

    def _wake(self) -> None:
        with self._state:
            self._state.notify_all()

    # Keeping

    def _open_newest(self) -> None:
        """Open the newest file if it is a mirror of this very database that can be read."""
        with self._writing:
            for file in reversed(self._slot.files()):
                if self._slot.began_opening(file) and self._try_to_open(file):
                    break
            self._slot.forget(keep=None if self._duck is None else file)

    def _try_to_open(self, file: Any) -> bool:
        try:
            duck = connect(file)
            with plain_snapshot(self.store.reader) as snapshot:
                usable = self._belongs(duck, snapshot)
            as_of = scalar(duck, "SELECT as_of FROM about") if usable else 0
        except duckdb.Error:
            log.exception("The mirror file cannot be opened and is built again.")
            return False
        self._slot.opened(file)
        if not usable:
            duck.close()
            return False
        self._take(duck, datetime.fromtimestamp(as_of / 1e6, UTC))
        return True

    def _open_again(self) -> None:
        """Open the file once more after an error that ended the connection for good."""
        if self._duck is not None:
            self._duck.close()
            self._duck = None
        self._open_newest()

    def _take(self, duck: duckdb.DuckDBPyConnection, as_of: datetime) -> None:
        self.sizes = sizes_of(duck)
        old, self._duck = self._duck, duck
        self._as_of = as_of
        self._divided_on = business_day(as_of, self.store.settings.timezone)
        self._damaged = self._differs = False
        self.generation += 1
        if old is not None:
            old.close()

    def _belongs(self, duck: duckdb.DuckDBPyConnection, snapshot: Snapshot) -> bool:
        """Whether this is a mirror, of this layout, of this database, and of a past that the store still has."""
        if not scalar(duck, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'about'"):
            return False
        rows = duck.execute("SELECT layout FROM about").fetchall()
        if rows != [(LAYOUT,)]:
            return False
        rows = duck.execute(f"SELECT identity, timezone, {_POSITION} FROM about").fetchall()  # noqa: S608 - our own names
        identity, timezone, *read = rows[0]
        return (
            timezone == self.store.settings.timezone
            and identity == identity_of(snapshot)
            and is_past_of(snapshot, Position(*read))
        )

    def _catch_up(self) -> bool:
        """Apply what was committed since; False where the mirror has to be built anew."""
        moment = self.store.clock.now()
        with plain_snapshot(self.store.reader) as snapshot:
            return self._catch_up_with(snapshot, moment)

    def _catch_up_with(self, snapshot: Snapshot, moment: datetime) -> bool:
        if self._duck is None:
            return False
        with self._duck.cursor() as duck:
            read = Position(*duck.execute(f"SELECT {_POSITION} FROM about").fetchall()[0])  # noqa: S608 - our own names
            if not is_past_of(snapshot, read):
                return False
            changes = changes_since(snapshot, read)
            documents = sum(last - first + 1 for ranges in changes.values() for first, last in ranges)
            if FEED_CUT in changes or documents > max(
                MANY_DOCUMENTS, scalar(duck, "SELECT count(*) FROM fact_order") // 5
            ):
                return False
            if changes or not self._is_of_the_day(moment):
                with self._going_first():
                    duck.execute("SET VARIABLE timezone = $1", [self.store.settings.timezone])
                    duck.execute("BEGIN")
                    changed = apply_changes(duck, snapshot, changes)
                    if self._divide(duck, moment):
                        changed.add(Facts.SEGMENTS)
                    if self.refreshes % COMPACT_EVERY == 0:
                        compact(duck)
                    duck.execute(
                        "UPDATE about SET change = $1, said = $2, entry = $3, told = $4, seen = $5, as_of = $6",
                        [*astuple(position(snapshot)), int(moment.timestamp() * 1e6)],
                    )
                    duck.execute("COMMIT")
                self._divided_on = business_day(moment, self.store.settings.timezone)
                self.sizes = sizes_of(duck)
                self.changed(changed)
        self._reached(moment)
        return True

    @contextmanager
    def _going_first(self) -> Iterator[None]:
        self._applying = True
        try:
            yield
        finally:
            with self._state:
                self._applying = False
                self._state.notify_all()

    def _reached(self, moment: datetime) -> None:
        """All that was committed before this moment is in the answers; back where the clock was set back."""
        if moment > self._as_of or self._as_of - moment > _JUMP:
            self._as_of = moment
        self._trouble = None

    def _is_of_the_day(self, moment: datetime) -> bool:
        """Whether customers are divided as of today, and there is a mirror at all."""
        return self._duck is not None and self._divided_on == business_day(moment, self.store.settings.timezone)

    def _divide(self, duck: duckdb.DuckDBPyConnection, moment: datetime) -> bool:
        """Customers into segments: at once where they are few or a day begins, otherwise every minute."""
        is_due = self._divided is None or is_over(self._divided, moment, DIVIDE_EVERY)
        is_due = is_due or not self._is_of_the_day(moment)
        if is_due or scalar(duck, "SELECT count(*) FROM agg_customer") <= FEW_CUSTOMERS:
            divide(duck, business_day(moment, self.store.settings.timezone))
            self._divided = moment
            return True
        return False

    def _rebuild(self) -> None:
        file = self._slot.next_file()
        build_mirror(self.store, file, self._stopping)
        duck = connect(file)
        self._take(duck, datetime.fromtimestamp(scalar(duck, "SELECT as_of FROM about") / 1e6, UTC))
        self._slot.forget(keep=file)
        self._trouble = None
