"""Proving a backup: restored into a scratch database, compared in every figure, and its books checked there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.base.settings import Settings
from core.db.migrate import is_current
from core.ops.backups import postgres
from core.ops.backups.archive import backup_folder, backup_key, read_backup, scratch_folder
from core.ops.backups.contents import Manifest, figures_of
from core.ops.backups.errors import NotIdentical
from core.ops.nightly import look
from core.security.actor import SYSTEM
from core.work.store import Store

FEW = 5


@dataclass(frozen=True)
class Proof:
    """What was seen: rows and sums that agreed, and how many differences the self-checks found in the copy.

    `difference_count` is None where the copy is of another version, whose books this program cannot check.
    """

    seconds: int
    tables: int
    rows: int
    sums: int
    difference_count: int | None


def prove(store: Store, file: Path, key: str = "") -> Proof:
    """Bring a backup back beside the real database and compare; refuses with what differs, leaves nothing behind."""
    begun = time.monotonic()
    settings = store.settings
    with scratch_folder(backup_folder(settings)) as scratch:
        opened = read_backup(file, key or backup_key(settings), scratch)
        assert opened.database is not None  # noqa: S101 - it was asked for
        with _brought_back(settings, opened.manifest, opened.database, store.clock.now()) as copy:
            compare(copy, opened.manifest, file.name)
            found = len(look(copy, SYSTEM)) if is_current(copy.engine) else None
    figures = opened.manifest.figures
    seconds = round(time.monotonic() - begun)
    return Proof(seconds, len(figures.rows), figures.row_count, len(figures.sums), found)


def compare(store: Store, manifest: Manifest, name: str) -> None:
    """`NotIdentical` where the database is not, in every figure, what the list of contents says."""
    with store.reader.connect() as connection:
        there = figures_of(connection, manifest.figures.summed)
    differing = manifest.figures.differences(there)
    if differing:
        rest = f" (+{len(differing) - FEW})" if len(differing) > FEW else ""
        raise NotIdentical(file=name, what=", ".join(differing[:FEW]) + rest)


@contextmanager
def _brought_back(settings: Settings, manifest: Manifest, database: Path, now: datetime) -> Iterator[Store]:
    if manifest.database == "sqlite":
        with _opened(settings, database.parent, f"sqlite:///{database}") as copy:
            yield copy
        return
    real = Store(settings).engine.url
    with postgres.scratch_database(real, now) as url:
        postgres.load(settings, url, database)
        with _opened(settings, database.parent, url.render_as_string(hide_password=False)) as copy:
            yield copy


@contextmanager
def _opened(settings: Settings, folder: Path, url: str) -> Iterator[Store]:
    apart = Settings(**{**settings.model_dump(), "data_dir": folder, "database_url": url})
    copy = Store(apart)
    try:
        yield copy
    finally:
        copy.engine.dispose()
