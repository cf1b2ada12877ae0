"""What the unit of work writes beside the facts: the change feed, idempotency keys, number series."""

from typing import Any

from sqlalchemy import BigInteger, FetchedValue, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from core.db.model import Base
from core.db.types import Id, Moment


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id; a plain integer on SQLite."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """The name of the type."""
        return "xid8"


class Change(Base):
    """Rows `first_id` to `last_id` of an entity changed in the transaction that wrote this.

    `txid` is filled by PostgreSQL, whose sequences are not commit-ordered; on SQLite, where one
    writer at a time commits, `seq` alone is the order of commits.
    """

    __tablename__ = "change_feed"
    __table_args__ = {"sqlite_autoincrement": True}

    seq: Mapped[Id]
    txid: Mapped[int | None] = mapped_column(
        Xid8().with_variant(BigInteger(), "sqlite"), server_default=FetchedValue(), index=True
    )
    entity: Mapped[str] = mapped_column(String(32))
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)


class DoneOnce(Base):
    """A form or request that was carried out, and what it made: the same key does nothing twice."""

    __tablename__ = "done_once"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    command: Mapped[str] = mapped_column(String(64))
    result_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[Moment]


class NumberSeries(Base):
    """The next number of a kind of document in a year."""

    __tablename__ = "number_series"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    next: Mapped[int] = mapped_column(BigInteger)
