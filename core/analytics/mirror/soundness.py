"""How a mirror file is: whether it can be read, how large its tables are, and when it was last compared."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from core.analytics.mirror.compare import Discrepancy

_DAMAGE = (duckdb.IOException, duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)


@dataclass(frozen=True)
class Checked:
    """When the mirror was last compared with the store, and what differed."""

    at: datetime
    found: tuple[Discrepancy, ...]


def is_over(since: datetime, moment: datetime, length: timedelta) -> bool:
    """Whether so much time has passed; a clock that was set back says nothing about that, so then, too."""
    return not timedelta() <= moment - since < length


def is_damage(error: duckdb.Error) -> bool:
    """Whether the file cannot be read; a wrong check sum comes as the bare base class."""
    return type(error) is duckdb.Error or isinstance(error, _DAMAGE)


def sizes_of(duck: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """About how many rows each table has, for choosing the smallest."""
    return dict(duck.execute("SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT temporary").fetchall())
