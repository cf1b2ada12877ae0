"""Suppliers."""

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base
from core.db.types import Id, Moment


class Supplier(Base):
    """Somebody whom goods are bought from."""

    __tablename__ = "supplier"
    __table_args__ = (Index("uq_supplier_code", text("lower(code)"), unique=True), {"sqlite_autoincrement": True})

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(80), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    tax_number: Mapped[str] = mapped_column(String(40), default="")
    terms: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(2000), default="")
    search_text: Mapped[str] = mapped_column(String(2000), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
