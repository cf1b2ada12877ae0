"""The tables of photos."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import BigId, Id, Moment


class Attachment(Base):
    """A photo of a document of another room. `size` and `sha256` are of what is kept, not of the file that came.

    One that was removed keeps its row and its bytes, so that it can be put back.
    """

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint("size > 0", name="size_positive"), Index(None, "subject_type", "subject_id"))

    id: Mapped[Id]
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[int]
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    removed_at: Mapped[Moment | None]
    removed_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class AttachmentContent(Base):
    """The bytes of a photo, apart from what lists of photos read, and a small copy of it for those lists."""

    __tablename__ = "attachment_content"

    attachment_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("attachment.id"), primary_key=True, autoincrement=False
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)
    thumbnail: Mapped[bytes] = mapped_column(LargeBinary)
