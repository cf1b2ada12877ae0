"""Having an order file looked into, checked and booked: by a process of its own, so that no screen waits for it."""

import json
import logging
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from tempfile import TemporaryFile
from threading import Event, Lock, Thread
from time import monotonic
from typing import IO, Any

from sqlalchemy.exc import SQLAlchemyError

from core.base.child import start_child
from core.base.i18n import current_language
from core.exchange.apart import APPLY, CHECK, LOOK, perform
from core.exchange.errors import AmbiguousDates, FileRefused, ImportRunning, ProcessDied
from core.exchange.fields import Columns
from core.exchange.problems import Problem
from core.exchange.queries import batch_of_key
from core.exchange.sheet import Sheet
from core.notify.events import IMPORT_FAILED
from core.notify.tell import tell
from core.security.actor import Actor, NotAllowed
from core.work.store import Store

SMALL = 256 * 1024
PACKED = b"PK"
KEPT_SECONDS = 600
PROGRAM = "core.exchange.apart"

log = logging.getLogger(__name__)


class Errand:
    """What is done with a file: how far it is, and what comes of it.

    A process works on it, whether or not anybody watches, until its end, `stop` or the end of our
    process. A small file is done at once instead: that takes less time than to start a process.
    """

    def __init__(self, store: Store, actor: Actor, content: bytes, asked: Mapping[str, Any]) -> None:
        self.file: str = asked["file"]
        self.key: str | None = asked.get("key")
        self.progress = (0.0, "")
        self.ended_at: float | None = None
        self.child: subprocess.Popen[bytes] | None = None
        self._store, self._actor, self._content = store, actor, content
        self._asked = {**asked, "actor": actor.id, "source": actor.source, "language": current_language()}
        self._ended = Event()
        self._last: dict[str, Any] = {}

    def begin(self) -> "Errand":
        """Have it done."""
        try:
            if _is_small(self._content):
                perform(self._store, self._asked, self._content, self._hear)
            else:
                self._begin_apart()
        finally:
            if self.child is None:
                self._end()
        return self

    @property
    def has_ended(self) -> bool:
        """Whether something came of it, or nothing will any more."""
        return self._ended.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; whether it has come."""
        return self._ended.wait(seconds)

    def stop(self) -> None:
        """Give it up; nothing is booked that was not booked before."""
        if self.child is not None:
            self.child.kill()
        self._ended.wait()

    def result(self) -> dict[str, Any]:
        """What came of it, once it ended. Refuses as the process did, and with `ProcessDied` where that died."""
        self._ended.wait()
        if "made" in self._last:
            return dict(self._last["made"])
        if self._last.get("refused") == AmbiguousDates.__name__:
            raise AmbiguousDates(**self._last["facts"])
        if self._last:
            raise FileRefused(sentence=self._last["sentence"])
        raise ProcessDied(file=self.file)

    def _begin_apart(self) -> None:
        words = TemporaryFile()  # noqa: SIM115 - closed where the end is heard
        try:
            self.child = start_child(
                self._store.settings, PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words.fileno()
            )
        except OSError:
            words.close()
            log.exception("no process could be started for %s", self.file)
            return
        Thread(target=self._follow, args=(self.child, words), name="import", daemon=True).start()

    def _follow(self, child: subprocess.Popen[bytes], words: IO[bytes]) -> None:
        try:
            with words, child:
                _hand_over(child, json.dumps(self._asked).encode() + b"\n", self._content)
                self._content = b""
                for line in child.stdout or ():
                    with suppress(ValueError):
                        self._hear(json.loads(line))
                child.wait()
                if not self._last:
                    words.seek(0)
                    said = words.read().decode(errors="replace")
                    log.error("the process for %s ended with %s\n%s", self.file, child.returncode, said)
        finally:
            self._end()
            # Whoever watches knows already, and does not wait until the database has time for this.
            self._tell_failed()

    def _tell_failed(self) -> None:
        """An import that nobody may be watching any more, and that booked nothing, is heard of all the same."""
        if self._asked["task"] != APPLY or "made" in self._last:
            return
        facts = {"file": self.file, "reason": self._last.get("sentence") or ProcessDied(file=self.file).sentence}
        key = self.key or ""
        try:
            with self._store.viewing(self._actor) as view:
                is_booked = batch_of_key(view, key) is not None
            if not is_booked:
                self._store.run(self._actor, tell, None, IMPORT_FAILED, key, facts, to=[self._actor.id], also_me=True)
        except NotAllowed:
            log.info("%s was not booked; who asked may not import any more", self.file)
        except SQLAlchemyError:
            log.exception("nobody could be told that %s was not booked", self.file)

    def _hear(self, said: dict[str, Any]) -> None:
        if "done" in said:
            self.progress = (said["done"], said["sentence"])
        else:
            self._last = said

    def _end(self) -> None:
        self._content = b""
        self.ended_at = monotonic()
        self._ended.set()


def begin_look(store: Store, actor: Actor, content: bytes, file: str, title: str = "") -> Errand:
    """Have a file read, of a workbook the sheet of this title; `head_of` tells what is in it."""
    return Errand(store, actor, content, {"task": LOOK, "file": file, "title": title}).begin()


def head_of(errand: Errand) -> Sheet:
    """The header of the file and its first rows; refused with the sentence that says what is wrong with it."""
    found = errand.result()
    return Sheet(
        errand.file,
        found["hash"],
        found["header"],
        found["columns"],
        found["lines"],
        title=found["title"],
        titles=found["titles"],
    )


def begin_check(
    store: Store,
    actor: Actor,
    content: bytes,
    file: str,
    columns: Columns,
    dates: str | None,
    *,
    channel: str,
    is_history: bool,
    title: str = "",
) -> Errand:
    """Have a file checked; `checked` tells what importing it would do."""
    asked = {"file": file, "columns": columns, "dates": dates, "channel": channel, "is_history": is_history}
    asked["title"] = title
    return Errand(store, actor, content, {"task": CHECK, **asked}).begin()


def checked(errand: Errand) -> tuple[dict[str, Any], list[Problem]]:
    """The receipt that importing the file would have, and the rows that it would refuse."""
    found = errand.result()
    problems = [
        Problem(line, column, kind, facts, Decimal(amount)) for line, column, kind, facts, amount in found["problems"]
    ]
    return found["receipt"], problems


_lock = Lock()
_imports: dict[tuple[str, int | None], Errand] = {}


def begin_import(
    store: Store,
    actor: Actor,
    content: bytes,
    file: str,
    columns: Columns,
    dates: str | None,
    *,
    channel: str,
    is_history: bool,
    title: str = "",
    key: str,
) -> Errand:
    """Have a file booked, once for this key; `import_of` finds it again, and `booked` tells its batch.

    Refused with `ImportRunning` while an import of the same user goes on.
    """
    asked = {"file": file, "columns": columns, "dates": dates, "channel": channel, "is_history": is_history}
    asked["title"] = title
    with _lock:
        former = _imports.get(_place(store, actor))
        if former is not None and not former.has_ended:
            raise ImportRunning(file=former.file)
        errand = Errand(store, actor, content, {"task": APPLY, "key": key, **asked})
        _imports[_place(store, actor)] = errand
    return errand.begin()


def import_of(store: Store, actor: Actor) -> Errand | None:
    """The import that this user began in this process: it goes on, or ended some minutes ago."""
    with _lock:
        found = _imports.get(_place(store, actor))
        if found is not None and found.ended_at is not None and monotonic() - found.ended_at > KEPT_SECONDS:
            del _imports[_place(store, actor)]
            return None
        return found


def forget_import(store: Store, actor: Actor) -> None:
    """Nobody asks any more what came of this user's import; one that goes on is kept."""
    with _lock:
        found = _imports.get(_place(store, actor))
        if found is not None and found.has_ended:
            del _imports[_place(store, actor)]


def booked(store: Store, actor: Actor, errand: Errand) -> int:
    """The batch of an import, once it ended; refuses where nothing was booked.

    A process that died after its commit could not say so any more: what counts is what is stored.
    """
    try:
        return int(errand.result()["batch"])
    except ProcessDied:
        with store.viewing(actor) as view:
            batch_id = batch_of_key(view, errand.key or "")
        if batch_id is None:
            raise
        return batch_id


def _is_small(content: bytes) -> bool:
    """Whether a file has at most some three thousand lines; how many a packed workbook has, nobody can tell."""
    return len(content) <= SMALL and not content.startswith(PACKED)


def _hand_over(child: subprocess.Popen[bytes], wish: bytes, content: bytes) -> None:
    """Give a process what it asks its standard input for; one that died takes nothing, and its end says so."""
    if child.stdin is not None:
        with suppress(OSError), child.stdin as stdin:
            stdin.write(wish)
            stdin.write(content)


def _place(store: Store, actor: Actor) -> tuple[str, int | None]:
    return store.settings.url, actor.id
