"""What keeps a mirror from following the store, as a sentence for whoever reads its figures."""

from collections.abc import Iterator

from psycopg import OperationalError as PostgresError
from sqlalchemy.exc import OperationalError

from core.analytics.errors import DiskFull, NotRefreshed, StoreOutOfReach
from core.base.errors import AppError

# What systems, DuckDB and SQLite say; the process that builds mirrors passes it on in words alone.
_FULL = ("no space left on device", "file too large", "disk quota exceeded", "disk is full", "not enough space")


def trouble_of(error: BaseException) -> AppError:
    """The trouble that an error stands for."""
    if is_disk_full(error):
        return DiskFull()
    if any(isinstance(each, OperationalError | PostgresError) for each in _chain(error)):
        return StoreOutOfReach()
    return NotRefreshed()


def is_disk_full(error: BaseException) -> bool:
    """Whether something could not be written for want of room."""
    words = " ".join(str(each) for each in _chain(error)).lower()
    return any(said in words for said in _FULL)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
