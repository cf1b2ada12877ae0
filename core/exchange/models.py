"""Import batches with their problems and additions, and the column mapping remembered for each channel."""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class ImportBatch(Base):
    """One file that was applied: its mapping, its receipt, and whether it was reversed."""

    __tablename__ = "import_batch"

    id: Mapped[Id]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_hash: Mapped[str] = mapped_column(String(64))
    is_history: Mapped[bool]
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
    receipt: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    created_at: Mapped[Moment]
    reversed_at: Mapped[Moment | None]


class ImportProblem(Base):
    """A row of a batch that was refused: where, and the sentence."""

    __tablename__ = "import_problem"

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    line: Mapped[int]
    column: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, str]] = mapped_column(JSON)
    amount: Mapped[str] = mapped_column(Text)


class ImportAddition(Base):
    """Lines that a batch added to a document of an earlier one: those numbered `first_line` and higher.

    `former_hash` is what the document was imported from before; `payment_id` settles the added lines.
    """

    __tablename__ = "import_addition"
    __table_args__ = (Index(None, "document_type", "document_id"),)

    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), index=True)
    document_type: Mapped[str] = mapped_column(String(20))
    document_id: Mapped[int] = mapped_column(BigInteger)
    first_line: Mapped[int]
    former_hash: Mapped[str] = mapped_column(String(64))
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payment.id"))


class RememberedMapping(Base):
    """How the columns of a channel's files were mapped last time."""

    __tablename__ = "remembered_mapping"

    channel_id: Mapped[int] = mapped_column(ForeignKey("channel.id"), primary_key=True)
    mapping: Mapped[dict[str, str]] = mapped_column(JSON)
