"""Products, variants, barcodes, categories and tags."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.base.search import WORD_LENGTH
from core.db.model import Base
from core.db.types import Id, Moment, Price, Quantity, Rate, Word, signs


class ProductKind(StrEnum):
    """Whether a product is kept in stock; a kit is not, its parts are."""

    STOCKED = "stocked"
    SERVICE = "service"
    KIT = "kit"


class ProductStatus(StrEnum):
    """Where a product is in its life; all but the last are sold."""

    NEW = "new"
    ACTIVE = "active"
    CLEARANCE = "clearance"
    RETIRED = "retired"


FOR_SALE = (ProductStatus.NEW, ProductStatus.ACTIVE, ProductStatus.CLEARANCE)


class Tracking(StrEnum):
    """How goods of a product are told apart: not at all, by the lot they were made in, or each by itself."""

    NONE = "none"
    LOT = "lot"
    SERIAL = "serial"


PRODUCT_KIND_LABELS = {
    ProductKind.STOCKED: N_("Stocked"),
    ProductKind.SERVICE: N_("Service"),
    ProductKind.KIT: N_("Kit"),
}
PRODUCT_STATUS_LABELS = {
    ProductStatus.NEW: N_("New arrival"),
    ProductStatus.ACTIVE: N_("For sale"),
    ProductStatus.CLEARANCE: N_("Clearance"),
    ProductStatus.RETIRED: N_("Retired"),
}
TRACKING_LABELS = {
    Tracking.NONE: N_("Not tracked"),
    Tracking.LOT: N_("By lot"),
    Tracking.SERIAL: N_("By serial number"),
}


class Category(Base):
    """A node of the category tree."""

    __tablename__ = "category"
    __table_args__ = (
        CheckConstraint("parent_id <> id", name="no_loop"),
        Index("uq_category_parent_name", text("coalesce(parent_id, 0)"), "name", unique=True),
    )
    feeds = ("category", "id")

    id: Mapped[Id]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))


class Tag(Base):
    """A free word on products."""

    __tablename__ = "tag"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40), unique=True)


product_tag = Table(
    "product_tag",
    Base.metadata,
    Column("product_id", ForeignKey("product.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
)


class Product(Base):
    """What the catalogue shows.

    A lot expires `shelf_life_days` after it was made; it is best so many days before that, and to be
    sold or removed so many days before. `weight` is that of one stock unit in kilograms.
    """

    __tablename__ = "product"
    __table_args__ = (CheckConstraint("tax_rate >= 0", name="tax_rate_positive"), {"sqlite_autoincrement": True})
    feeds = ("product", "id")

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    brand: Mapped[str] = mapped_column(String(80), default="")
    model: Mapped[str] = mapped_column(String(80), default="", server_default="")
    specification: Mapped[str] = mapped_column(String(120), default="", server_default="")
    weight: Mapped[Quantity | None]
    kind: Mapped[ProductKind] = mapped_column(Word(ProductKind), default=ProductKind.STOCKED)
    status: Mapped[ProductStatus] = mapped_column(Word(ProductStatus), default=ProductStatus.ACTIVE)
    unit: Mapped[str] = mapped_column(String(20), default="")
    tax_rate: Mapped[Rate] = mapped_column(default=Decimal(0))
    note: Mapped[str] = mapped_column(String(2000), default="")
    tracking: Mapped[Tracking] = mapped_column(
        Word(Tracking), default=Tracking.NONE, server_default=Tracking.NONE.value
    )
    shelf_life_days: Mapped[int | None]
    best_before_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    removal_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)
    variants: Mapped[list["Variant"]] = relationship(lazy="raise", back_populates="product")
    tags: Mapped[list[Tag]] = relationship(lazy="raise", secondary=product_tag)

    __mapper_args__ = {"version_id_col": version}


class Variant(Base):
    """What is stocked, priced and sold: one SKU. A product without options has exactly one."""

    __tablename__ = "variant"
    __table_args__ = (
        CheckConstraint("retail_price >= 0", name="retail_price_positive"),
        CheckConstraint("wholesale_price >= 0", name="wholesale_price_positive"),
        CheckConstraint("purchase_price >= 0", name="purchase_price_positive"),
        CheckConstraint("lowest_price >= 0", name="lowest_price_positive"),
        Index("uq_variant_sku", text("lower(sku)"), unique=True),
        {"sqlite_autoincrement": True},
    )
    feeds = ("product", "product_id")

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    sku: Mapped[str] = mapped_column(String(64))
    purchase_price: Mapped[Price] = mapped_column(default=Decimal(0))
    retail_price: Mapped[Price] = mapped_column(default=Decimal(0))
    wholesale_price: Mapped[Price] = mapped_column(default=Decimal(0))
    lowest_price: Mapped[Price] = mapped_column(default=Decimal(0))
    initials: Mapped[str] = mapped_column(String(200), default="")
    search_text: Mapped[str] = mapped_column(String(2000), default="")
    product: Mapped[Product] = relationship(lazy="raise", back_populates="variants")
    barcodes: Mapped[list["Barcode"]] = relationship(
        lazy="raise", back_populates="variant", cascade="all, delete-orphan"
    )


class KitPart(Base):
    """What one kit holds of a product: `numerator / denominator` stock units, exactly."""

    __tablename__ = "kit_part"
    __table_args__ = (
        CheckConstraint("numerator > 0 AND denominator > 0", name="ratio_positive"),
        CheckConstraint("kit_id <> variant_id", name="not_itself"),
    )

    kit_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), primary_key=True, index=True)
    place: Mapped[int]
    numerator: Mapped[int]
    denominator: Mapped[int] = mapped_column(default=1)


class VariantWord(Base):
    """A beginning by which a variant is found; written with its search text."""

    __tablename__ = "variant_word"
    __table_args__ = {"sqlite_with_rowid": False}

    word: Mapped[str] = mapped_column(signs(WORD_LENGTH), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True, index=True)


class ProductUnit(Base):
    """A unit beside the stock unit of a product: one of it is `numerator / denominator` stock units, exactly."""

    __tablename__ = "product_unit"
    __table_args__ = (
        CheckConstraint("numerator > 0 AND denominator > 0", name="ratio_positive"),
        CheckConstraint("(numerator * 1000) / denominator * denominator = numerator * 1000", name="kept_exactly"),
        UniqueConstraint("product_id", "name"),
        UniqueConstraint("product_id", "numerator", "denominator"),
    )
    feeds = ("product", "product_id")

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(20))
    numerator: Mapped[int]
    denominator: Mapped[int] = mapped_column(default=1)


class VariantSubstitute(Base):
    """A variant that may be sold in place of another, one for one; place 1 is offered first."""

    __tablename__ = "variant_substitute"
    __table_args__ = (CheckConstraint("variant_id <> substitute_id", name="not_itself"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True)
    substitute_id: Mapped[int] = mapped_column(
        ForeignKey("variant.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    place: Mapped[int]


class Barcode(Base):
    """A code that a scanner reads, on a piece or on a larger unit; one variant may have several."""

    __tablename__ = "barcode"

    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("product_unit.id"))
    variant: Mapped[Variant] = relationship(lazy="raise", back_populates="barcodes")
