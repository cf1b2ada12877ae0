"""Price lists with their rules, promotions, coupons, and what was used of them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Id, Moment, Price, Quantity, Rate, Word
from core.pricing.rules.prices import USUAL_PRIORITY, Audience
from core.pricing.rules.promotions import Kind, Stacking


class OfferState(StrEnum):
    """Whether customers get it."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


OFFER_STATE_LABELS = {
    OfferState.DRAFT: N_("Draft"),
    OfferState.PUBLISHED: N_("Published"),
    OfferState.WITHDRAWN: N_("Withdrawn"),
}


class PriceList(Base):
    """Prices for an audience and a period; `until` is the first day on which they no longer hold."""

    __tablename__ = "price_list"
    __table_args__ = (
        CheckConstraint("(audience = 'customer') = (customer_id IS NOT NULL)", name="customer_named"),
        CheckConstraint("(audience = 'tag') = (customer_tag_id IS NOT NULL)", name="tag_named"),
        CheckConstraint("(audience = 'channel') = (channel_id IS NOT NULL)", name="channel_named"),
        CheckConstraint("until > since", name="period"),
        Index("uq_price_list_name", text("lower(name)"), unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    state: Mapped[OfferState] = mapped_column(Word(OfferState), default=OfferState.DRAFT)
    audience: Mapped[Audience] = mapped_column(Word(Audience), default=Audience.EVERYONE)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    customer_tag_id: Mapped[int | None] = mapped_column(ForeignKey("customer_tag.id"))
    channel_id: Mapped[int | None] = mapped_column(ForeignKey("channel.id"))
    priority: Mapped[int] = mapped_column(default=USUAL_PRIORITY)
    since: Mapped[date | None]
    until: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PriceListRule(Base):
    """A rule of a price list: what for, from which quantity on, when, and the price or the formula of it."""

    __tablename__ = "price_list_rule"
    __table_args__ = (
        CheckConstraint("(price IS NULL) = (formula <> '')", name="price_or_formula"),
        CheckConstraint("price >= 0", name="price_positive"),
        CheckConstraint("per_quantity > 0", name="per_quantity_positive"),
        CheckConstraint("min_quantity >= 0 AND max_quantity >= min_quantity", name="quantities"),
        CheckConstraint("until > since", name="period"),
        CheckConstraint(
            "(variant_id IS NULL OR product_id IS NULL) AND (variant_id IS NULL OR category_id IS NULL) "
            "AND (product_id IS NULL OR category_id IS NULL)",
            name="one_target",
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    price_list_id: Mapped[int] = mapped_column(ForeignKey("price_list.id"), index=True)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"), index=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    min_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0))
    max_quantity: Mapped[Quantity | None]
    since: Mapped[date | None]
    until: Mapped[date | None]
    priority: Mapped[int] = mapped_column(default=USUAL_PRIORITY)
    price: Mapped[Price | None]
    per_quantity: Mapped[Quantity] = mapped_column(default=Decimal(1))
    formula: Mapped[str] = mapped_column(String(200), default="")


class PromotionOffer(Base):
    """A promotion: what finds and limits it are columns, what it does is in `terms`.

    `used_count` and `spent` are kept with each use, and the database holds them within their limits.
    `held_out` is the share of customers who do without it, so that its effect can be told.
    """

    __tablename__ = "promotion"
    __table_args__ = (
        CheckConstraint("used_count >= 0 AND used_count <= total_uses", name="used_within"),
        CheckConstraint("spent >= 0 AND spent <= budget", name="spent_within"),
        CheckConstraint("until > since", name="period"),
        Index("uq_promotion_name", text("lower(name)"), unique=True),
        Index(None, "state"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[Kind] = mapped_column(Word(Kind))
    state: Mapped[OfferState] = mapped_column(Word(OfferState), default=OfferState.DRAFT)
    priority: Mapped[int] = mapped_column(default=USUAL_PRIORITY)
    exclusion_group: Mapped[str] = mapped_column(String(40), default="")
    stacking: Mapped[Stacking] = mapped_column(Word(Stacking), default=Stacking.ADD_UP)
    since: Mapped[date | None]
    until: Mapped[date | None]
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    cap: Mapped[Amount | None]
    total_uses: Mapped[int | None]
    uses_per_customer: Mapped[int | None]
    budget: Mapped[Amount | None]
    held_out: Mapped[Rate] = mapped_column(default=Decimal(0), server_default=text("0"))
    used_count: Mapped[int] = mapped_column(default=0)
    spent: Mapped[Amount] = mapped_column(default=Decimal(0))
    note: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[Moment]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Coupon(Base):
    """A code that a promotion asks for. Without `most_uses` it may be used as often as its promotion."""

    __tablename__ = "coupon"
    __table_args__ = (
        CheckConstraint("used_count >= 0 AND used_count <= most_uses", name="used_within"),
        CheckConstraint("code = upper(code)", name="code_upper"),
    )

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id"), index=True)
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    most_uses: Mapped[int | None]
    used_count: Mapped[int] = mapped_column(default=0)
    until: Mapped[date | None]
    withdrawn_at: Mapped[Moment | None]
    created_at: Mapped[Moment]


class PromotionUse(Base):
    """A promotion that a document made use of; `amount` is what the customer saved, tax included."""

    __tablename__ = "promotion_use"
    __table_args__ = (
        Index(None, "origin_type", "origin_id"),
        Index(None, "promotion_id", "customer_id"),
        Index(
            "uq_promotion_use_origin",
            "promotion_id",
            "origin_type",
            "origin_id",
            unique=True,
            sqlite_where=text("released_at IS NULL"),
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    promotion_id: Mapped[int] = mapped_column(ForeignKey("promotion.id"))
    coupon_code: Mapped[str | None] = mapped_column(ForeignKey("coupon.code"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    origin_type: Mapped[str] = mapped_column(String(20))
    origin_id: Mapped[int]
    amount: Mapped[Amount]
    used_at: Mapped[Moment]
    released_at: Mapped[Moment | None]
