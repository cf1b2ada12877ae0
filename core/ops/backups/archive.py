"""Making a backup file, and reading one: its list of contents, its database, the secrets of the installation."""

import hashlib
import os
import re
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from sqlalchemy import Connection, select

from core.audit.models import AuditEntry
from core.base.settings import Settings
from core.db.engine import make_engine
from core.ops.backups import postgres, sqlite
from core.ops.backups.contents import Figures, Manifest, figures_of, product_version, revision_of, told_settings
from core.ops.backups.errors import DamagedBackup, NoBackup
from core.ops.backups.sealing import SealedReader, SealedWriter, key_name, read_head
from core.work.store import Store

OWN_KEY = "backup"
SCRATCH = ".scratch-"
STALE = timedelta(days=1)
_NAME = re.compile(r"salesbook-(?P<identity>[0-9a-f]{8})-(?P<at>\d{8}T\d{6}Z)(-\d+)?\.backup")
_STAMP = "%Y%m%dT%H%M%SZ"
_MANIFEST, _DATABASE, _SECRETS = "manifest.json", "database", "secrets/"
_PART = 1 << 20


@dataclass(frozen=True)
class Named:
    """What the name of a backup file says: of which installation it is, and of which moment."""

    name: str
    identity: str
    at: datetime


@dataclass(frozen=True)
class Made:
    """A backup that lies in its folder, complete."""

    file: Path
    at: datetime
    size: int
    sha256: str
    seconds: int
    key: str
    manifest: Manifest


@dataclass(frozen=True)
class Opened:
    """A backup that was read to its last byte, and where its database lies now, if it was taken out."""

    name: str
    manifest: Manifest
    database: Path | None
    secrets: dict[str, bytes]


def backup_folder(settings: Settings) -> Path:
    """Where backups are kept on this machine."""
    folder = Path(settings.backup_dir) if settings.backup_dir else settings.data_dir / "backups"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def backup_key(settings: Settings) -> str:
    """The key that backups are made with: set, or made once and kept in the data directory."""
    return settings.backup_key.strip() or settings.secret(OWN_KEY).strip()


def named(name: str) -> Named | None:
    """What a file's name says; None where it is not the name of a backup."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return Named(name, found["identity"], datetime.strptime(found["at"], _STAMP).replace(tzinfo=UTC))


def backups_in(folder: Path) -> list[Named]:
    """The backups of a folder, newest first."""
    names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
    return newest_first(names)


def newest_first(names: list[str]) -> list[Named]:
    """Those of these files that are backups, newest first."""
    found = [each for each in map(named, names) if each is not None]
    return sorted(found, key=lambda each: (each.at, each.name), reverse=True)


def make_backup(store: Store) -> Made:
    """Copy the installation as it is at one moment into a new file, sealed; people go on working meanwhile."""
    settings, at, begun = store.settings, store.clock.now(), time.monotonic()
    folder, key = backup_folder(settings), backup_key(settings)
    _clear(folder, at)
    with scratch_folder(folder) as scratch:
        copied = scratch / _DATABASE
        manifest = _copied(store, copied, at)
        secrets = secret_files(settings)
        digests = {_DATABASE: _digest_of(copied)} | {_SECRETS + each.name: _digest_of(each) for each in secrets}
        manifest = replace(manifest, members=digests)
        file, partial = _free_name(folder, manifest)
        try:
            with partial.open("xb") as target:
                partial.chmod(0o600)
                writer = SealedWriter(
                    target, key, at=manifest.at, version=manifest.version, revision=manifest.revision,
                    database=manifest.database,
                )  # fmt: skip
                _pack(writer, manifest, [(_DATABASE, copied), *((_SECRETS + each.name, each) for each in secrets)])
                target.flush()
                os.fsync(target.fileno())
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    seconds = round(time.monotonic() - begun)
    return Made(file, at, writer.size, writer.sha256, seconds, key_name(key), manifest)


def read_backup(file: Path, key: str, into: Path | None = None) -> Opened:
    """Read a backup to its last byte, its database into the folder `into`; refuses what was changed in any way."""
    name = file.name
    if not file.is_file():
        raise NoBackup(place=str(file))
    with file.open("rb") as source:
        reader = SealedReader(source, key, name)
        found: dict[str, dict[str, str | int]] = {}
        manifest: Manifest | None = None
        secrets: dict[str, bytes] = {}
        try:
            with tarfile.open(fileobj=cast(Any, reader), mode="r|") as tar:
                for member in tar:
                    stream = cast(BinaryIO, tar.extractfile(member))
                    if member.name == _MANIFEST:
                        manifest = Manifest.from_json(stream.read())
                    elif member.name.startswith(_SECRETS):
                        secrets[Path(member.name).name] = content = stream.read()
                        found[member.name] = _facts(hashlib.sha256(content).hexdigest(), len(content))
                    else:
                        found[member.name] = _taken_out(stream, into)
        except (tarfile.TarError, ValueError, KeyError, TypeError) as error:
            raise DamagedBackup(file=name, place="archive") from error
        reader.drain()
    if manifest is None or found != manifest.members:
        raise DamagedBackup(file=name, place="manifest")
    return Opened(name, manifest, None if into is None else into / _DATABASE, secrets)


def head_of_file(file: Path) -> dict[str, str]:
    """What a backup says of itself without its key."""
    with file.open("rb") as source:
        return read_head(source, file.name)[0]


def figures_of_file(file: Path, manifest: Manifest) -> Figures:
    """The figures of a SQLite database that was taken out of a backup."""
    engine = make_engine(f"sqlite:///{file}")
    try:
        with engine.connect() as connection:
            return figures_of(connection, manifest.figures.summed)
    finally:
        engine.dispose()


def secret_files(settings: Settings) -> list[Path]:
    """The secrets of the installation but for the key of its backups, which must be kept elsewhere."""
    return sorted(each for each in settings.data_dir.glob("*.secret") if each.stem != OWN_KEY)


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """A folder that nobody else can read and that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as scratch:
        yield Path(scratch)


def identity_of(connection: Connection) -> str:
    """By which installations are told apart that keep their backups in one place: their first audit entry."""
    first = select(AuditEntry.at, AuditEntry.tag, AuditEntry.command).order_by(AuditEntry.id).limit(1)
    words = " ".join(str(each) for row in connection.execute(first) for each in row)
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def digest_of(file: Path) -> str:
    """The check sum of a file."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _copied(store: Store, target: Path, at: datetime) -> Manifest:
    url = store.engine.url
    if store.engine.name == "sqlite":
        sqlite.copy(sqlite.file_of(url), target)
        engine = make_engine(f"sqlite:///{target}")
        try:
            with engine.connect() as connection:
                return _manifest(store, connection, at)
        finally:
            engine.dispose()
    with store.reader.connect() as connection:
        connection = connection.execution_options(isolation_level="REPEATABLE READ")
        manifest = _manifest(store, connection, at)
        postgres.dump(store.settings, connection, url, target)
    return manifest


def _manifest(store: Store, connection: Connection, at: datetime) -> Manifest:
    is_sqlite = connection.dialect.name == "sqlite"
    server = "sqlite_version()" if is_sqlite else "current_setting('server_version')"
    return Manifest(
        identity=identity_of(connection),
        at=at.isoformat(timespec="seconds"),
        version=product_version(),
        revision=revision_of(connection),
        database=connection.dialect.name,
        server=str(connection.exec_driver_sql(f"SELECT {server}").scalar()),  # noqa: S608 - one of two words
        company=store.settings.company,
        figures=figures_of(connection),
        settings=told_settings(store.settings),
    )


def _free_name(folder: Path, manifest: Manifest) -> tuple[Path, Path]:
    stem = f"salesbook-{manifest.identity}-{datetime.fromisoformat(manifest.at):{_STAMP}}"
    number = 1
    while True:
        file = folder / f"{stem}{f'-{number}' if number > 1 else ''}.backup"
        partial = file.with_suffix(".partial")
        if not file.exists() and not partial.exists():
            return file, partial
        number += 1


def _pack(writer: SealedWriter, manifest: Manifest, files: list[tuple[str, Path]]) -> None:
    with tarfile.open(fileobj=cast(Any, writer), mode="w|", format=tarfile.PAX_FORMAT) as tar:
        listed = manifest.to_json()
        head = tarfile.TarInfo(_MANIFEST)
        head.size = len(listed)
        tar.addfile(head, BytesIO(listed))
        for name, file in files:
            member = tarfile.TarInfo(name)
            member.size = file.stat().st_size
            with file.open("rb") as source:
                tar.addfile(member, source)
    writer.finish()


def _taken_out(stream: BinaryIO, into: Path | None) -> dict[str, str | int]:
    checked, size = hashlib.sha256(), 0
    target = None if into is None else (into / _DATABASE).open("wb")
    try:
        while part := stream.read(_PART):
            checked.update(part)
            size += len(part)
            if target is not None:
                target.write(part)
    finally:
        if target is not None:
            target.close()
    return _facts(checked.hexdigest(), size)


def _digest_of(file: Path) -> dict[str, str | int]:
    return _facts(digest_of(file), file.stat().st_size)


def _facts(sha256: str, size: int) -> dict[str, str | int]:
    return {"sha256": sha256, "size": size}


def _clear(folder: Path, now: datetime) -> None:
    """Remove what a killed process left, once it is old enough to be nobody's."""
    for each in [*folder.glob(f"{SCRATCH}*"), *folder.glob("*.partial")]:
        if now - datetime.fromtimestamp(each.stat().st_mtime, UTC) > STALE:
            shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)
