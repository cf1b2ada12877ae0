"""Mirror files of one process: a slot of its own, and numbered files in it of which the newest counts."""

import sqlite3
from pathlib import Path

_MOST_PROCESSES = 64


class Slot:
    """A place for mirror files that this process alone uses until it ends, however it ends.

    The slot is held by an exclusive lock on a small SQLite file, which every system releases when a
    process is killed. A mirror that is built again gets the next number, so that the old file can
    answer until the new one is complete.
    """

    def __init__(self, directory: Path, purpose: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for number in range(_MOST_PROCESSES):
            lock = _lock(directory / f"{purpose}-{number}.lock")
            if lock is not None:
                self._lock = lock
                self._stem = directory / f"{purpose}-{number}"
                return
        raise RuntimeError(f"{_MOST_PROCESSES} processes hold mirrors in {directory}")

    def files(self) -> list[Path]:
        """The complete mirror files here, the newest last."""
        return sorted(self._stem.parent.glob(f"{self._stem.name}.*.duckdb"))

    def next_file(self) -> Path:
        """Where the next mirror goes."""
        self._stem.parent.mkdir(parents=True, exist_ok=True)
        files = self.files()
        number = int(files[-1].suffixes[-2].removeprefix(".")) + 1 if files else 1
        return self._stem.with_name(f"{self._stem.name}.{number:06d}.duckdb")

    def forget(self, keep: Path | None = None) -> None:
        """Delete the mirror files here except one."""
        for file in self._stem.parent.glob(f"{self._stem.name}.[0-9]*"):
            if keep is None or not file.name.startswith(keep.stem):
                _delete(file)

    def began_opening(self, file: Path) -> bool:
        """Note that a file is being opened; False where an earlier process died while doing so."""
        note = self._note(file)
        if note.exists():
            return False
        note.touch()
        return True

    def opened(self, file: Path) -> None:
        """Note that the file could be opened."""
        _delete(self._note(file))

    def release(self) -> None:
        """Let another process have the slot."""
        self._lock.close()

    def _note(self, file: Path) -> Path:
        return file.with_suffix(".opening")


def _lock(file: Path) -> sqlite3.Connection | None:
    connection = sqlite3.connect(file, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        connection.close()
        return None
    return connection


def _delete(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError:  # Windows keeps what is still open; the next start deletes it
        return
