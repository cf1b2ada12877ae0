"""Errors of the program as they are met: each gets a number at once, and waits in memory until it is written down."""

import logging
import os
import secrets
import socket
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy.engine import make_url

from core.base.settings import PROJECT_DIR, Settings
from core.ops.masking import masked

log = logging.getLogger("salesbook")

SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_TRACE, LONGEST_MESSAGE = 20_000, 500
ROOM = 1_000
OURS = ("core", "pages", "app.py")
WRITTEN_DOWN = "fault_number"


@dataclass(frozen=True)
class Fault:
    """An error met once: what somebody was told, and what an administrator needs to understand it."""

    number: str
    fingerprint: str
    kind: str
    place: str
    message: str
    trace: str
    at: datetime
    met_in: str
    saw: str
    user_id: int | None
    process: str


class Faults:
    """Errors that are not yet in the database. What finds no room any more stands in the log alone."""

    def __init__(self, room: int = ROOM) -> None:
        self._waiting: deque[Fault] = deque(maxlen=room)
        self.arrived = threading.Event()
        self.count = 0

    def note(self, fault: Fault) -> None:
        """Keep it until it is taken."""
        self.count += 1
        self._waiting.append(fault)
        self.arrived.set()

    def take(self) -> list[Fault]:
        """All that wait; they wait no longer."""
        self.arrived.clear()
        taken = []
        while self._waiting:
            taken.append(self._waiting.popleft())
        return taken

    def give_back(self, faults: Iterable[Fault]) -> None:
        """Let what could not be written wait again."""
        for fault in reversed(list(faults)):
            if len(self._waiting) < (self._waiting.maxlen or ROOM):
                self._waiting.appendleft(fault)


FAULTS = Faults()


def new_number() -> str:
    """A number that can be read out on the telephone."""
    drawn = "".join(secrets.choice(SIGNS) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def process_name() -> str:
    """This process among all: its machine and number."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def note_fault(
    error: BaseException,
    settings: Settings,
    at: datetime,
    *,
    met_in: str,
    saw: str = "",
    number: str = "",
    user_id: int | None = None,
) -> Fault:
    """Give an error its number, put it into the log with its trace, and keep it to be written down."""
    trace, words = described(error, settings)
    fault = Fault(
        number=number or new_number(),
        fingerprint=fingerprint(error),
        kind=type(error).__name__,
        place=place_of(error),
        message=words[:LONGEST_MESSAGE],
        trace=trace,
        at=at,
        met_in=met_in[:80],
        saw=saw[:LONGEST_MESSAGE],
        user_id=user_id,
        process=process_name(),
    )
    log.error("error %s in %s\n%s", fault.number, fault.met_in, fault.trace, extra={WRITTEN_DOWN: fault.number})
    FAULTS.note(fault)
    return fault


def described(error: BaseException, settings: Settings) -> tuple[str, str]:
    """The trace of an error and its own words, both without secrets."""
    known = secrets_of(settings)
    trace = "".join(traceback.format_exception(error))
    if len(trace) > LONGEST_TRACE:
        trace = f"{trace[: LONGEST_TRACE // 2]}\n…\n{trace[-LONGEST_TRACE // 2 :]}"
    first = next(iter(str(error).strip().splitlines()), "")
    return masked(trace, *known), masked(first, *known)


def secrets_of(settings: Settings) -> list[str]:
    """What this installation must never write down."""
    found = [file.read_text() for file in settings.data_dir.glob("*.secret") if file.is_file()]
    if settings.database_url:
        found.append(str(make_url(settings.database_url).password or ""))
    found.append(settings.metrics_token)
    return [each for each in found if len(each) >= 4]


def fingerprint(error: BaseException) -> str:
    """The same for the same error in the same functions of ours, whatever it was about and in whichever line."""
    words = [type(error).__qualname__, *(f"{file}:{function}" for file, function in _frames(error))]
    return sha256("\n".join(words).encode()).hexdigest()[:16]


def place_of(error: BaseException) -> str:
    """The innermost function of ours that the error passed through."""
    frames = _frames(error)
    return f"{frames[-1][0]}, {frames[-1][1]}"[:200] if frames else ""


def _frames(error: BaseException) -> list[tuple[str, str]]:
    every = [(frame.filename, frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    ours = [(short, name) for file, name in every if (short := _ours(file))]
    return ours or [(Path(file).name, name) for file, name in every[-3:]]


def _ours(file: str) -> str:
    path = Path(file)
    if not path.is_relative_to(PROJECT_DIR):
        return ""
    short = path.relative_to(PROJECT_DIR)
    return short.as_posix() if short.parts[0] in OURS else ""


class FaultsOfTheLog(logging.Handler):
    """Errors that our own code logs with a trace, such as those of jobs, where nobody sees a screen."""

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        super().__init__(logging.ERROR)
        self._settings, self._now = settings, now

    def emit(self, record: logging.LogRecord) -> None:
        """Note the error of this record, unless it has its number already."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or hasattr(record, WRITTEN_DOWN):
            return
        try:
            note_fault(error, self._settings, self._now(), met_in=record.getMessage())
        except Exception:
            self.handleError(record)
