"""SQLite: a copy while people write, and putting one in the place of what is there."""

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import URL

from core.ops.backups.errors import StillInUse

_PAGES_AT_ONCE = 4_096
_BESIDE = ("-wal", "-shm", "-journal")


def file_of(url: URL) -> Path:
    """The file of a SQLite database."""
    return Path(url.database or "")


def copy(source: Path, target: Path) -> None:
    """A copy of one moment, by SQLite's online backup; writers go on meanwhile.

    The transaction that is opened first holds the moment: without it the copying would begin again after
    every write, and under steady work never end.
    """
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None)) as here,
        closing(sqlite3.connect(target, isolation_level=None)) as there,
    ):
        here.execute("PRAGMA busy_timeout=60000")
        here.execute("BEGIN")
        here.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        here.backup(there, pages=_PAGES_AT_ONCE)
        # The copy is one file: what reads it needs no journal beside it.
        there.execute("PRAGMA journal_mode=DELETE")


def assert_unused(file: Path) -> None:
    """`StillInUse` where another process has the database open; leaves no journal behind."""
    if not file.exists():
        return
    with closing(sqlite3.connect(file, timeout=0.5, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as error:
            raise StillInUse from error
        except sqlite3.DatabaseError:
            return  # it is damaged: nobody works in it


def put_in_place(copied: Path, target: Path) -> None:
    """Let a copied file be the database from here on: at one stroke, so that there is always one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(copied, fresh)
    fresh.chmod(0o600)
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            target.with_name(target.name + ending).unlink()
    fresh.replace(target)


def move_aside(file: Path, ending: str) -> Path:
    """Keep a file that cannot be read, under another name, with what lies beside it."""
    kept = file.with_name(f"{file.name}.{ending}")
    for each in ("", *_BESIDE):
        with suppress(FileNotFoundError):
            file.with_name(file.name + each).rename(kept.with_name(kept.name + each))
    return kept
