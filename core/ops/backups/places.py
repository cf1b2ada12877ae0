"""Places outside of this machine: a folder, SFTP, S3 and what speaks like it, WebDAV; all of them through fsspec."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import Any, TypeAlias
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

import fsspec  # type: ignore[import-untyped]

from core.base.i18n import N_
from core.ops.backups.archive import Named, newest_first
from core.ops.backups.errors import BadPlace, NoBackup, PlaceFailed

PATIENCE = 20
_PART = 1 << 20
FileSystem: TypeAlias = Any  # fsspec has no types


class Kind(StrEnum):
    """How a place is reached."""

    FOLDER = "folder"
    SFTP = "sftp"
    S3 = "s3"
    WEBDAV = "webdav"


KIND_LABELS = {
    Kind.FOLDER: N_("Folder"),
    Kind.SFTP: N_("SFTP"),
    Kind.S3: N_("S3 or compatible"),
    Kind.WEBDAV: N_("WebDAV"),
}


@dataclass(frozen=True)
class Place:
    """A place for backups. `host_key` is the key by which an SFTP server is known again; `address` is S3's endpoint
    or WebDAV's URL."""

    kind: Kind
    path: str = ""
    host: str = ""
    port: int = 0
    address: str = ""
    region: str = ""
    user: str = ""
    host_key: str = ""
    secret: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """Where it is, without its secret."""
        user = f"{quote(self.user)}@" if self.user and self.kind != Kind.S3 else ""
        if self.kind == Kind.SFTP:
            port = f":{self.port}" if self.port not in (0, 22) else ""
            return f"sftp://{user}{self.host}{port}/{self.path.lstrip('/')}"
        if self.kind == Kind.S3:
            return f"s3://{self.path}" + (f" ({self.address})" if self.address else "")
        if self.kind == Kind.WEBDAV:
            return "/".join(each.strip("/") for each in (self.address, self.path) if each.strip("/"))
        return self.path

    @property
    def facts(self) -> dict[str, Any]:
        """What may be kept and shown: all but the secret."""
        names = ("kind", "path", "host", "port", "address", "region", "user", "host_key")
        return {name: str(value) if name == "kind" else value for name in names if (value := getattr(self, name))}


def place_from(facts: Mapping[str, Any], secret: str) -> Place:
    """The place that `facts` told of, with its secret."""
    return Place(**{**facts, "kind": Kind(facts["kind"])}, secret=secret)


def place_of_url(words: str) -> Place:
    """A place as settings and the command line name it: a folder, or a URL with user and password in it."""
    url = urlsplit(words)
    if "://" not in words or url.scheme == "file":
        return checked(Place(Kind.FOLDER, path=url.path if url.scheme == "file" else words))
    more = dict(parse_qsl(url.query))
    user, secret = unquote(url.username or ""), unquote(url.password or "")
    if url.scheme == "sftp":
        host, host_key = url.hostname or "", more.get("host_key", "")
        return checked(Place(Kind.SFTP, url.path, host, url.port or 22, user=user, host_key=host_key, secret=secret))
    if url.scheme == "s3":
        bucket = f"{url.hostname or ''}{url.path}".strip("/")
        endpoint, region = more.get("endpoint", ""), more.get("region", "")
        return checked(Place(Kind.S3, bucket, address=endpoint, region=region, user=user, secret=secret))
    if url.scheme in ("http", "https", "webdav", "webdavs"):
        scheme = {"webdav": "http", "webdavs": "https"}.get(url.scheme, url.scheme)
        return checked(Place(Kind.WEBDAV, address=f"{scheme}://{_host(url)}{url.path}", user=user, secret=secret))
    raise BadPlace(field=N_("The address"))


def checked(place: Place) -> Place:
    """The place; `BadPlace` where something that it needs is missing."""
    needed: dict[Kind, Mapping[str, str]] = {
        Kind.FOLDER: {N_("The folder"): place.path},
        Kind.SFTP: {N_("The host"): place.host, N_("The user name"): place.user, N_("The folder"): place.path},
        Kind.S3: {N_("The bucket"): place.path.strip("/")},
        Kind.WEBDAV: {N_("The address"): place.address if "://" in place.address else ""},
    }
    for name, value in needed[place.kind].items():
        if not value.strip():
            raise BadPlace(field=name)
    if place.kind == Kind.FOLDER and not Path(place.path).is_absolute():
        raise BadPlace(field=N_("The folder"))
    return place


def known_host(place: Place) -> Place:
    """The place with the key of its SFTP server, asked of the server where it is not known yet."""
    if place.kind != Kind.SFTP or place.host_key:
        return place
    with _said(place):
        found = asyncio.run(_asked(place.host, place.port or 22))
        if found is None:
            raise OSError("no host key")
        key = " ".join(found.export_public_key("openssh").decode().split()[:2])
    return place_from({**place.facts, "host_key": key}, place.secret)


def host_key_print(place: Place) -> str:
    """What people compare with what the keeper of the server tells them."""
    return str(_ssh().import_public_key(place.host_key).get_fingerprint()) if place.host_key else ""


def names_in(place: Place) -> list[Named]:
    """The backups there, newest first; an empty or missing folder has none."""
    with _opened(place) as (fs, root):
        return newest_first(_names(fs, root))


def send(place: Place, file: Path, sha256: str) -> None:
    """Put a file there under its name and read it back to the last byte; `PlaceFailed` where that differs."""
    with _opened(place) as (fs, root):
        _make(fs, root)
        name, partial = f"{root}/{file.name}", f"{root}/{file.name}.partial"
        atomic = place.kind == Kind.S3
        fs.put_file(str(file), name if atomic else partial)
        if not atomic:
            if fs.exists(name):
                fs.rm_file(name)
            fs.mv(partial, name)
        if _digest(fs, name) != sha256:
            raise PlaceFailed(place=place.label, reason=f"{file.name}: checksum")


def fetch(place: Place, name: str, folder: Path) -> Path:
    """Bring a file from there; `NoBackup` where it is not there."""
    with _opened(place) as (fs, root):
        if name not in _names(fs, root):
            raise NoBackup(place=f"{place.label} ({name})")
        target = folder / name
        fs.get_file(f"{root}/{name}", str(target))
        target.chmod(0o600)
        return target


def forget(place: Place, names: list[str]) -> None:
    """Delete these files there."""
    with _opened(place) as (fs, root):
        there = set(_names(fs, root))
        for name in names:
            if name in there:
                fs.rm_file(f"{root}/{name}")


def try_out(place: Place) -> None:
    """Write a small file there, read it back and delete it; `PlaceFailed` says what did not work."""
    content = token_hex(64).encode()
    with _opened(place) as (fs, root):
        _make(fs, root)
        name = f"{root}/salesbook-trial-{token_hex(4)}"
        fs.pipe_file(name, content)
        try:
            if fs.cat_file(name) != content:
                raise PlaceFailed(place=place.label, reason="checksum")
        finally:
            fs.rm_file(name)


@contextmanager
def _opened(place: Place) -> Iterator[tuple[FileSystem, str]]:
    checked(place)
    with _said(place):
        fs, root = _OPENERS[place.kind](place)
        try:
            fs.invalidate_cache()
            yield fs, root.rstrip("/")
        finally:
            _close(place.kind, fs)


def _close(kind: Kind, fs: FileSystem) -> None:
    """Let go of the connections, which these libraries keep for as long as the process lives."""
    if kind == Kind.S3 and fs._s3 is not None:
        fs.close_session(fs.loop, fs._s3)
    elif kind == Kind.SFTP:
        fs._finalize(fs.loop, fs._pool, fs._stack)
    elif kind == Kind.WEBDAV:
        fs.client.http.close()


@contextmanager
def _said(place: Place) -> Iterator[None]:
    """Whatever a library raises becomes one sentence that names the place."""
    try:
        yield
    except (PlaceFailed, BadPlace, NoBackup):
        raise
    except Exception as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        raise PlaceFailed(place=place.label, reason=reason.replace(place.secret or "\0", "…")[:300]) from error


def _folder(place: Place) -> tuple[FileSystem, str]:
    return fsspec.filesystem("file", skip_instance_cache=True), str(PurePosixPath(Path(place.path).as_posix()))


def _sftp(place: Place) -> tuple[FileSystem, str]:
    port = place.port or 22
    options: dict[str, Any] = {"port": port, "username": place.user, "connect_timeout": PATIENCE}
    # Nothing given would mean any server at all; () means those of the user's own list.
    options["known_hosts"] = ()
    if place.host_key:
        known = f"{f'[{place.host}]:{port}' if port != 22 else place.host} {place.host_key}\n"
        options["known_hosts"] = _ssh().import_known_hosts(known)
    if "PRIVATE KEY" in place.secret:
        options["client_keys"] = [_ssh().import_private_key(place.secret)]
    elif place.secret:
        options |= {"password": place.secret, "client_keys": None, "agent_path": None}
    return fsspec.filesystem("sftp", host=place.host, skip_instance_cache=True, **options), place.path


def _s3(place: Place) -> tuple[FileSystem, str]:
    client = {name: value for name, value in (("endpoint_url", place.address), ("region_name", place.region)) if value}
    patience = {"connect_timeout": PATIENCE, "read_timeout": 3 * PATIENCE, "retries": {"max_attempts": 3}}
    # Only Amazon itself knows its newer check sums; we read back what was sent anyway.
    patience |= {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    fs = fsspec.filesystem(
        "s3",
        key=place.user or None,
        secret=place.secret or None,
        client_kwargs=client,
        config_kwargs=patience,
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    return fs, place.path.strip("/")


def _webdav(place: Place) -> tuple[FileSystem, str]:
    auth = (place.user, place.secret) if place.user else None
    fs = fsspec.filesystem("webdav", base_url=place.address, auth=auth, timeout=3 * PATIENCE, skip_instance_cache=True)
    return fs, place.path.strip("/")


async def _asked(host: str, port: int) -> Any:
    return await asyncio.wait_for(_ssh().get_server_host_key(host, port), PATIENCE)


def _ssh() -> Any:
    # Its import takes a quarter of a second, which only those wait for who use it; fsspec does so with the others.
    return import_module("asyncssh")


_OPENERS: dict[Kind, Callable[[Place], tuple[FileSystem, str]]] = {
    Kind.FOLDER: _folder,
    Kind.SFTP: _sftp,
    Kind.S3: _s3,
    Kind.WEBDAV: _webdav,
}


def _names(fs: FileSystem, root: str) -> list[str]:
    try:
        return [str(each).rstrip("/").rsplit("/", 1)[-1] for each in fs.ls(root or "/", detail=False)]
    except FileNotFoundError:
        return []


def _make(fs: FileSystem, root: str) -> None:
    if root and not fs.exists(root):
        fs.makedirs(root, exist_ok=True)


def _digest(fs: FileSystem, name: str) -> str:
    found = hashlib.sha256()
    with fs.open(name, "rb") as file:
        while part := file.read(_PART):
            found.update(part)
    return found.hexdigest()


def _host(url: SplitResult) -> str:
    return (url.hostname or "") + (f":{url.port}" if url.port else "")
