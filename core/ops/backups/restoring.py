"""Bringing an installation back: from a backup alone, onto an empty host or in the place of what is there."""

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import DatabaseError, OperationalError

from core.audit.models import AuditEntry
from core.base.settings import Settings
from core.db.migrate import knows, migrate
from core.ops.backups import postgres, sqlite
from core.ops.backups.archive import OWN_KEY, Made, Opened, backup_folder, make_backup, read_backup, scratch_folder
from core.ops.backups.contents import told_settings
from core.ops.backups.errors import NewerBackup, NotEmpty, OtherDatabase
from core.ops.backups.proving import compare
from core.ops.backups.service import record_restore, rule_of
from core.security.actor import SYSTEM
from core.work.store import Store

WORD = "overwrite"
MIRRORS = "mirror"


@dataclass(frozen=True)
class Held:
    """What is in the database that would be replaced. Nothing is known of one that cannot be read."""

    is_empty: bool
    is_readable: bool
    entries: int = 0
    newest_at: datetime | None = None


@dataclass(frozen=True)
class Restored:
    """What was brought back, and what became of what was there before."""

    name: str
    at: str
    tables: int
    rows: int
    sums: int
    from_revision: str
    safety: Made | None
    aside: Path | None
    is_paused: bool
    other_settings: dict[str, tuple[str, str]]


def held(settings: Settings) -> Held:
    """What this installation holds now."""
    store = Store(settings)
    try:
        if store.engine.name == "sqlite" and not sqlite.file_of(store.engine.url).exists():
            return Held(is_empty=True, is_readable=True)
        with store.reader.connect() as connection:
            if "audit_entry" not in inspect(connection).get_table_names():
                return Held(is_empty=True, is_readable=True)
            entries, newest = connection.execute(select(func.count(), func.max(AuditEntry.at))).one()
        return Held(entries == 0, True, int(entries), newest)
    except OperationalError:
        raise
    except (DatabaseError, sqlite3.DatabaseError):
        return Held(is_empty=False, is_readable=False)
    finally:
        store.engine.dispose()


def restore(
    settings: Settings,
    file: Path,
    key: str,
    *,
    word: str = "",
    tell: Callable[[str], None] = lambda _step: None,
    without_safety: bool = False,
) -> Restored:
    """Put a backup in the place of what this installation holds.

    The backup is read to its last byte first, and refused where anything of it is wrong. An installation that
    is not empty is left as it is without the `word`; with it, a backup of it is made before anything else.
    """
    now = held(settings)
    if not now.is_empty and word.strip().lower() != WORD:
        raise NotEmpty(word=WORD)
    with scratch_folder(backup_folder(settings)) as scratch:
        tell("read")
        opened = read_backup(file, key, scratch)
        _assert_fits(settings, opened)
        _assert_unused(settings)
        safety, aside = None, None
        if not now.is_empty and now.is_readable and not without_safety:
            tell("safety")
            safety = _safety(settings)
        tell("replace")
        aside = _replaced(settings, opened, is_readable=now.is_readable)
    tell("settle")
    _keep_secrets(settings, opened, key)
    shutil.rmtree(settings.data_dir / MIRRORS, ignore_errors=True)
    store = Store(settings)
    try:
        migrate(store.engine)
        store.run(
            SYSTEM,
            record_restore,
            None,
            name=opened.name,
            at=opened.manifest.at,
            rows=opened.manifest.figures.row_count,
            safety=safety.file.name if safety else "",
        )
        with store.viewing(SYSTEM) as view:
            is_paused = rule_of(view).is_paused
    finally:
        store.engine.dispose()
    figures, told = opened.manifest.figures, told_settings(settings)
    before = opened.manifest.settings
    return Restored(
        opened.name,
        opened.manifest.at,
        len(figures.rows),
        figures.row_count,
        len(figures.sums),
        opened.manifest.revision,
        safety,
        aside,
        is_paused,
        {name: (before[name], told[name]) for name in told if before.get(name, told[name]) != told[name]},
    )


def _assert_fits(settings: Settings, opened: Opened) -> None:
    manifest = opened.manifest
    store = Store(settings)
    if store.engine.name != manifest.database:
        raise OtherDatabase(file=opened.name, kind=manifest.database, here=store.engine.name)
    if not knows(manifest.revision):
        raise NewerBackup(file=opened.name, version=manifest.version, revision=manifest.revision)


def _assert_unused(settings: Settings) -> None:
    store = Store(settings)
    try:
        if store.engine.name == "sqlite":
            sqlite.assert_unused(sqlite.file_of(store.engine.url))
        else:
            postgres.assert_unused(store.engine)
    finally:
        store.engine.dispose()


def _safety(settings: Settings) -> Made:
    store = Store(settings)
    try:
        return make_backup(store)
    finally:
        store.engine.dispose()


def _replaced(settings: Settings, opened: Opened, *, is_readable: bool) -> Path | None:
    assert opened.database is not None  # noqa: S101 - it was asked for
    store = Store(settings)
    aside = None
    try:
        if store.engine.name == "sqlite":
            target = sqlite.file_of(store.engine.url)
            copy = Store(Settings(**{**settings.model_dump(), "database_url": f"sqlite:///{opened.database}"}))
            try:
                compare(copy, opened.manifest, opened.name)
            finally:
                copy.engine.dispose()
            if not is_readable:
                aside = sqlite.move_aside(target, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.unreadable")
            sqlite.put_in_place(opened.database, target)
        else:
            postgres.load(settings, store.engine.url, opened.database)
            compare(store, opened.manifest, opened.name)
    finally:
        store.engine.dispose()
    return aside


def _keep_secrets(settings: Settings, opened: Opened, key: str) -> None:
    """The secrets of the installation, and the key for its next backups where none is set or kept here yet."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    wanted = dict(opened.secrets)
    own = settings.data_dir / f"{OWN_KEY}.secret"
    if not settings.backup_key and not own.exists():
        wanted[own.name] = key.encode()
    for name, content in wanted.items():
        file = settings.data_dir / name
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(content)
