"""The tables of seals: batches of rows that never change again, chained so that any change of them is found."""

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import BigId, Id, Moment


class Seal(Base):
    """A batch of rows of one book, sealed together; `digest` covers them and the seal before.

    `marks` holds four bytes for each row, by which a row that was changed is told from the others.
    Everything up to `seen` was looked at (None: more was left for the next one), and up to `high`
    nothing can appear any more.
    """

    __tablename__ = "seal"
    __table_args__ = (Index(None, "book", "id"), {"sqlite_autoincrement": True})

    id: Mapped[Id]
    at: Mapped[Moment]
    book: Mapped[str] = mapped_column(String(32))
    row_count: Mapped[int]
    rows_digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    seen: Mapped[int | None]
    high: Mapped[int | None]


class SealPart(Base):
    """Rows `first_id` to `last_id` of a book, all of them in this seal and in no other."""

    __tablename__ = "seal_part"

    book: Mapped[str] = mapped_column(String(32), primary_key=True)
    first_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    last_id: Mapped[int]
    seal_id: Mapped[int] = mapped_column(ForeignKey("seal.id"), index=True)


class SealCheck(Base):
    """The whole chain was verified and is intact up to this seal, whose digest was this."""

    __tablename__ = "seal_check"

    id: Mapped[Id]
    at: Mapped[Moment]
    seal_id: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
