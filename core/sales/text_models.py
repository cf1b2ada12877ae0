"""What the company says to customers about their orders, where it is not what everybody says."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.db.model import Base


class OrderText(Base):
    """The company's own words for an occasion in a language."""

    __tablename__ = "order_text"

    occasion: Mapped[str] = mapped_column(String(20), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    words: Mapped[str] = mapped_column(String(1000))
