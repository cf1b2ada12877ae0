"""units_and_prices"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Units beside the stock unit, price lists, promotions with coupons, and why a line costs what it does."""
    _units()
    _price_lists()
    _promotions()
    op.create_index("uq_price_list_name", "price_list", [sa.text("lower(name)")], unique=True)
    op.create_index("uq_promotion_name", "promotion", [sa.text("lower(name)")], unique=True)
    op.add_column("order_line", sa.Column("price_trace", sa.JSON(), nullable=True))
    # Orders of before were rounded by line; they stay as they are.
    op.add_column("sales_order", sa.Column("tax_rounding", sa.String(20), server_default="line", nullable=False))


def _units() -> None:
    op.create_table(
        "product_unit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("numerator", BIG_ID, nullable=False),
        sa.Column("denominator", BIG_ID, nullable=False),
        sa.CheckConstraint(
            "(numerator * 1000) / denominator * denominator = numerator * 1000",
            name=op.f("ck_product_unit_kept_exactly"),
        ),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name=op.f("ck_product_unit_ratio_positive")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_unit_product_id_product"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_unit")),
        sa.UniqueConstraint("product_id", "name", name=op.f("uq_product_unit_product_id_name")),
        sa.UniqueConstraint(
            "product_id", "numerator", "denominator", name=op.f("uq_product_unit_product_id_numerator_denominator")
        ),
    )
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE barcode ADD COLUMN unit_id {kind} "
        "CONSTRAINT fk_barcode_unit_id_product_unit REFERENCES product_unit (id)"
    )


def _price_lists() -> None:
    op.create_table(
        "price_list",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=True),
        sa.Column("customer_tag_id", BIG_ID, nullable=True),
        sa.Column("channel_id", BIG_ID, nullable=True),
        sa.Column("priority", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint(
            "(audience = 'channel') = (channel_id IS NOT NULL)", name=op.f("ck_price_list_channel_named")
        ),
        sa.CheckConstraint(
            "(audience = 'customer') = (customer_id IS NOT NULL)", name=op.f("ck_price_list_customer_named")
        ),
        sa.CheckConstraint("(audience = 'tag') = (customer_tag_id IS NOT NULL)", name=op.f("ck_price_list_tag_named")),
        sa.CheckConstraint("until > since", name=op.f("ck_price_list_period")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_price_list_channel_id_channel")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_price_list_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["customer_tag_id"], ["customer_tag.id"], name=op.f("fk_price_list_customer_tag_id_customer_tag")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_price_list_customer_id"), "price_list", ["customer_id"], unique=False)
    op.create_table(
        "price_list_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("price_list_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=True),
        sa.Column("product_id", BIG_ID, nullable=True),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("min_quantity", sa.BigInteger(), nullable=False),
        sa.Column("max_quantity", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("priority", BIG_ID, nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("per_quantity", sa.BigInteger(), nullable=False),
        sa.Column("formula", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(price IS NULL) = (formula <> '')", name=op.f("ck_price_list_rule_price_or_formula")),
        sa.CheckConstraint(
            "(variant_id IS NULL OR product_id IS NULL) AND (variant_id IS NULL OR category_id IS NULL) "
            "AND (product_id IS NULL OR category_id IS NULL)",
            name=op.f("ck_price_list_rule_one_target"),
        ),
        sa.CheckConstraint(
            "min_quantity >= 0 AND max_quantity >= min_quantity", name=op.f("ck_price_list_rule_quantities")
        ),
        sa.CheckConstraint("per_quantity > 0", name=op.f("ck_price_list_rule_per_quantity_positive")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_price_list_rule_price_positive")),
        sa.CheckConstraint("until > since", name=op.f("ck_price_list_rule_period")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_price_list_rule_category_id_category")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_list.id"], name=op.f("fk_price_list_rule_price_list_id_price_list")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_price_list_rule_product_id_product")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_price_list_rule_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_rule")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_price_list_rule_category_id"), "price_list_rule", ["category_id"], unique=False)
    op.create_index(op.f("ix_price_list_rule_price_list_id"), "price_list_rule", ["price_list_id"], unique=False)
    op.create_index(op.f("ix_price_list_rule_product_id"), "price_list_rule", ["product_id"], unique=False)
    op.create_index(op.f("ix_price_list_rule_variant_id"), "price_list_rule", ["variant_id"], unique=False)


def _promotions() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("priority", BIG_ID, nullable=False),
        sa.Column("exclusion_group", sa.String(length=40), nullable=False),
        sa.Column("stacking", sa.String(20), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("total_uses", BIG_ID, nullable=True),
        sa.Column("uses_per_customer", BIG_ID, nullable=True),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("used_count", BIG_ID, nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("spent >= 0 AND spent <= budget", name=op.f("ck_promotion_spent_within")),
        sa.CheckConstraint("until > since", name=op.f("ck_promotion_period")),
        sa.CheckConstraint("used_count >= 0 AND used_count <= total_uses", name=op.f("ck_promotion_used_within")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_promotion_state"), "promotion", ["state"], unique=False)
    op.create_table(
        "coupon",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("promotion_id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=True),
        sa.Column("most_uses", BIG_ID, nullable=True),
        sa.Column("used_count", BIG_ID, nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code = upper(code)", name=op.f("ck_coupon_code_upper")),
        sa.CheckConstraint("used_count >= 0 AND used_count <= most_uses", name=op.f("ck_coupon_used_within")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_coupon_customer_id_customer")),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotion.id"], name=op.f("fk_coupon_promotion_id_promotion")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_coupon")),
    )
    op.create_index(op.f("ix_coupon_customer_id"), "coupon", ["customer_id"], unique=False)
    op.create_index(op.f("ix_coupon_promotion_id"), "coupon", ["promotion_id"], unique=False)
    op.create_table(
        "promotion_use",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("promotion_id", BIG_ID, nullable=False),
        sa.Column("coupon_code", sa.String(length=40), nullable=True),
        sa.Column("customer_id", BIG_ID, nullable=True),
        sa.Column("origin_type", sa.String(length=20), nullable=False),
        sa.Column("origin_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["coupon_code"], ["coupon.code"], name=op.f("fk_promotion_use_coupon_code_coupon")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_promotion_use_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_use_promotion_id_promotion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_use")),
    )
    op.create_index(op.f("ix_promotion_use_customer_id"), "promotion_use", ["customer_id"], unique=False)
    op.create_index(
        op.f("ix_promotion_use_origin_type_origin_id"), "promotion_use", ["origin_type", "origin_id"], unique=False
    )
    op.create_index(
        op.f("ix_promotion_use_promotion_id_customer_id"),
        "promotion_use",
        ["promotion_id", "customer_id"],
        unique=False,
    )
    op.create_index(
        "uq_promotion_use_origin",
        "promotion_use",
        ["promotion_id", "origin_type", "origin_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
