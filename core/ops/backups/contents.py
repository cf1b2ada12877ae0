"""What a backup holds, in figures that can be compared: rows, sums, digests, and where the books end."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from core.base.settings import PROJECT_DIR, Settings
from core.db.model import Base
from core.db.types import Exact
from core.ops import tables as _every_table  # noqa: F401 - the sums are of every table's exact numbers

_PLAIN_TEXT = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL bytea_output = 'hex'",
)
_HEADS = ("audit_entry.id", "change_feed.seq", "stock_move.id", "seal.id")
_TOLD = {"company", "timezone", "currency", "prices_include_tax", "tax_rounding", "carrying_cost_rate"}
SHOWN = ("sales_order", "stock_move", "payment", "audit_entry")
Summed = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Figures:
    """A database in figures. Two that are equal in all of them hold the same, as far as figures can tell.

    `sums` are of every column of exact numbers, in smallest units. `digests` cover every row (PostgreSQL;
    the file of SQLite is compared byte by byte instead). `heads` say where the books end.
    """

    rows: dict[str, int]
    sums: dict[str, str]
    digests: dict[str, str]
    heads: dict[str, str]

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())

    def differences(self, other: "Figures") -> list[str]:
        """The names of the figures that are not the same there; those that only one of them has are, too."""
        found = []
        for mine, theirs in zip(asdict(self).values(), asdict(other).values(), strict=True):
            found += [name for name in sorted(mine.keys() | theirs.keys()) if mine.get(name) != theirs.get(name)]
        return sorted(set(found))

    @property
    def summed(self) -> Summed:
        """The columns that were added up, by table."""
        columns: dict[str, tuple[str, ...]] = {}
        for name in self.sums:
            table, column = name.split(".")
            columns[table] = (*columns.get(table, ()), column)
        return columns


@dataclass(frozen=True)
class Manifest:
    """The list of contents of a backup."""

    identity: str
    at: str
    version: str
    revision: str
    database: str
    server: str
    company: str
    figures: Figures
    members: dict[str, dict[str, str | int]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """As it stands in the file."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @staticmethod
    def from_json(raw: bytes) -> "Manifest":
        """What `to_json` wrote."""
        facts: dict[str, Any] = json.loads(raw)
        return Manifest(**{**facts, "figures": Figures(**facts["figures"])})


def figures_of(connection: Connection, summed: Summed | None = None) -> Figures:
    """The figures of everything this connection sees; `summed` names the columns where another version chose them."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        for each in _PLAIN_TEXT:
            connection.exec_driver_sql(each)
    names = sorted(inspect(connection).get_table_names())
    summed = summed if summed is not None else _exact_columns(connection, names)
    rows: dict[str, int] = {}
    sums: dict[str, str] = {}
    digests: dict[str, str] = {}
    for name in names:
        columns = summed.get(name, ())
        wanted = ["count(*)", *(f'coalesce(sum("{column}"), 0)' for column in columns)]
        if not is_sqlite:
            wanted.append("coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)")
        statement = f'SELECT {", ".join(wanted)} FROM "{name}" t'  # noqa: S608 - names of the database's own tables
        count, *found = connection.exec_driver_sql(statement).one()
        rows[name] = int(count)
        sums |= {f"{name}.{column}": str(int(each)) for column, each in zip(columns, found, strict=False)}
        if not is_sqlite:
            digests[name] = str(found[-1])
    return Figures(rows, sums, digests, _heads(connection, set(names)))


def revision_of(connection: Connection) -> str:
    """The schema's revision; empty where there is none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def product_version() -> str:
    """The version of this program."""
    facts = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(facts["project"]["version"])


def told_settings(settings: Settings) -> dict[str, str]:
    """The settings that decide what the figures mean, without places and secrets."""
    return {name: str(value) for name, value in settings.model_dump(mode="json", include=_TOLD).items()}


def _exact_columns(connection: Connection, names: list[str]) -> Summed:
    here = {name: _columns(connection, name) for name in names if name in Base.metadata.tables}
    return {
        name: tuple(
            each.name for each in Base.metadata.tables[name].c if isinstance(each.type, Exact) and each.name in there
        )
        for name, there in here.items()
    }


def _columns(connection: Connection, table: str) -> set[str]:
    # Not by reflection, which would warn of PostgreSQL's xid8.
    found = connection.exec_driver_sql(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608 - a name of ours
    return set(found.keys())


def _heads(connection: Connection, names: set[str]) -> dict[str, str]:
    heads = {}
    for each in _HEADS:
        table, column = each.split(".")
        if table in names:
            statement = f'SELECT max("{column}") FROM "{table}"'  # noqa: S608 - names of ours
            heads[table] = str(connection.exec_driver_sql(statement).scalar() or 0)
    if "seal" in names:
        newest = connection.exec_driver_sql("SELECT digest FROM seal ORDER BY id DESC LIMIT 1").scalar()
        heads["seal digest"] = str(newest or "")
    return heads
