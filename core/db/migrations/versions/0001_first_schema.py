"""first_schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Sequences are not commit-ordered, so the feed carries the transaction; readers are woken at commit.
POSTGRESQL = (
    "ALTER TABLE change_feed ALTER COLUMN txid TYPE xid8 USING NULL",
    "ALTER TABLE change_feed ALTER COLUMN txid SET DEFAULT pg_current_xact_id()",
    "CREATE FUNCTION salesbook_wake() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM pg_notify('salesbook_changes', ''); RETURN NULL; END $$",
    "CREATE TRIGGER change_feed_wake AFTER INSERT ON change_feed FOR EACH STATEMENT EXECUTE FUNCTION salesbook_wake()",
    "SELECT setval(pg_get_serial_sequence('location', 'id'), 4)",
)


def upgrade() -> None:
    """Build every table, the ends of the ledger outside our warehouses, and PostgreSQL's wake-up call."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "app_user",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=128), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("username = lower(username)", name=op.f("ck_app_user_username_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("username", name=op.f("uq_app_user_username")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", BIG_ID, nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("command", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(
        op.f("ix_audit_entry_subject_type_subject_id"), "audit_entry", ["subject_type", "subject_id"], unique=False
    )

    op.create_table(
        "category",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("parent_id", BIG_ID, nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_category_no_loop")),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
    )
    op.create_index(op.f("ix_category_parent_id"), "category", ["parent_id"], unique=False)
    op.create_index("uq_category_parent_name", "category", [sa.text("coalesce(parent_id, 0)"), "name"], unique=True)

    op.create_table(
        "change_feed",
        sa.Column("seq", BIG_ID, nullable=False),
        sa.Column("txid", sa.BigInteger(), nullable=True),
        sa.Column("entity", sa.String(length=32), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change_feed")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_change_feed_txid"), "change_feed", ["txid"], unique=False)

    op.create_table(
        "channel",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        sa.UniqueConstraint("name", name=op.f("uq_channel_name")),
    )
    op.create_table(
        "customer_tag",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_customer_tag_name")),
    )
    op.create_table(
        "done_once",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("command", sa.String(length=64), nullable=False),
        sa.Column("result_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_done_once")),
    )
    op.create_table(
        "number_series",
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("year", BIG_ID, nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", "year", name=op.f("pk_number_series")),
    )
    op.create_table(
        "setup_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_setup_code")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index(op.f("ix_sign_in_attempt_username_at"), "sign_in_attempt", ["username", "at"], unique=False)

    op.create_table(
        "sign_in_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_sign_in_code")),
    )
    op.create_table(
        "tag",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
    )
    op.create_table(
        "warehouse",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
        sa.UniqueConstraint("name", name=op.f("uq_warehouse_name")),
    )
    op.create_table(
        "auth_session",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("user_agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_auth_session_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auth_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_auth_session_token_hash")),
    )
    op.create_index(op.f("ix_auth_session_user_id"), "auth_session", ["user_id"], unique=False)

    op.create_table(
        "customer",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=True),
        sa.Column("owner_id", BIG_ID, nullable=True),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("initials", sa.String(length=200), nullable=False),
        sa.Column("search_text", sa.String(length=2000), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_customer_channel_id_channel")),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], name=op.f("fk_customer_owner_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_channel_id"), "customer", ["channel_id"], unique=False)
    op.create_index(op.f("ix_customer_owner_id"), "customer", ["owner_id"], unique=False)
    op.create_index("uq_customer_code", "customer", [sa.text("lower(code)")], unique=True)

    op.create_table(
        "import_batch",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("is_history", sa.Boolean(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("receipt", sa.JSON(), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_import_batch_channel_id_channel")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_import_batch_created_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_table(
        "location",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(kind = 'storage') = (warehouse_id IS NOT NULL)", name=op.f("ck_location_storage_in_warehouse")
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_location_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
    )
    op.create_index(op.f("ix_location_warehouse_id"), "location", ["warehouse_id"], unique=False)

    op.create_table(
        "product",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("tax_rate >= 0", name=op.f("ck_product_tax_rate_positive")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_product_category_id_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_product_category_id"), "product", ["category_id"], unique=False)

    op.create_table(
        "remembered_mapping",
        sa.Column("channel_id", BIG_ID, nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_remembered_mapping_channel_id_channel")),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_remembered_mapping")),
    )
    op.create_table(
        "stock_document",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reverses_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_stock_document_created_by_app_user")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_document_warehouse_id_warehouse")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["stock_document.id"], name=op.f("fk_stock_document_reverses_id_stock_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_document")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_stock_document_reverses_id")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_document_number")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_role_user_id_app_user")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "address",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("street", sa.String(length=300), nullable=False),
        sa.Column("recipient", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_address_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index(op.f("ix_address_customer_id"), "address", ["customer_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_contact_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_customer_id"), "contact", ["customer_id"], unique=False)

    op.create_table(
        "customer_tagging",
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("tag_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_tagging_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["customer_tag.id"], name=op.f("fk_customer_tagging_tag_id_customer_tag")),
        sa.PrimaryKeyConstraint("customer_id", "tag_id", name=op.f("pk_customer_tagging")),
    )
    op.create_table(
        "import_problem",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("batch_id", BIG_ID, nullable=False),
        sa.Column("line", BIG_ID, nullable=False),
        sa.Column("column", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("amount", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_import_problem_batch_id_import_batch")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    op.create_index(op.f("ix_import_problem_batch_id"), "import_problem", ["batch_id"], unique=False)

    op.create_table(
        "payment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reverses_id", BIG_ID, nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_amount_not_zero")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_payment_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_payment_customer_id_customer")),
        sa.ForeignKeyConstraint(["reverses_id"], ["payment.id"], name=op.f("fk_payment_reverses_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("number", name=op.f("uq_payment_number")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_payment_reverses_id")),
    )
    op.create_index(op.f("ix_payment_customer_id"), "payment", ["customer_id"], unique=False)

    op.create_table(
        "import_addition",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("batch_id", BIG_ID, nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("first_line", BIG_ID, nullable=False),
        sa.Column("former_hash", sa.String(length=64), nullable=False),
        sa.Column("payment_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_import_addition_batch_id_import_batch")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_import_addition_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_addition")),
    )
    op.create_index(op.f("ix_import_addition_batch_id"), "import_addition", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_import_addition_document_type_document_id"),
        "import_addition",
        ["document_type", "document_id"],
        unique=False,
    )

    op.create_table(
        "product_tag",
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("tag_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_tag_product_id_product")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_product_tag_tag_id_tag")),
        sa.PrimaryKeyConstraint("product_id", "tag_id", name=op.f("pk_product_tag")),
    )
    op.create_table(
        "sales_order",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.Column("sales_rep_id", BIG_ID, nullable=True),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("business_state", sa.String(20), nullable=False),
        sa.Column("payment_state", sa.String(20), nullable=False),
        sa.Column("shipment_state", sa.String(20), nullable=False),
        sa.Column("return_state", sa.String(20), nullable=False),
        sa.Column("statement_state", sa.String(20), nullable=False),
        sa.Column("prices_include_tax", sa.Boolean(), nullable=False),
        sa.Column("rounding", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("gross_amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_amount", sa.BigInteger(), nullable=False),
        sa.Column("channel_order_number", sa.String(length=64), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("import_batch_id", BIG_ID, nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("cancel_reason", sa.String(length=200), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("net_amount + tax_amount = gross_amount", name=op.f("ck_sales_order_adds_up")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_sales_order_channel_id_channel")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_sales_order_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_sales_order_customer_id_customer")),
        sa.ForeignKeyConstraint(["sales_rep_id"], ["app_user.id"], name=op.f("fk_sales_order_sales_rep_id_app_user")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_sales_order_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_order_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_sales_order_business_state_ordered_on"), "sales_order", ["business_state", "ordered_on"], unique=False
    )
    op.create_index(op.f("ix_sales_order_customer_id"), "sales_order", ["customer_id"], unique=False)
    op.create_index(op.f("ix_sales_order_import_batch_id"), "sales_order", ["import_batch_id"], unique=False)
    op.create_index(op.f("ix_sales_order_ordered_on"), "sales_order", ["ordered_on"], unique=False)
    op.create_index(
        op.f("uq_sales_order_channel_order_number"),
        "sales_order",
        ["channel_id", "channel_order_number"],
        unique=True,
        sqlite_where=sa.text("channel_order_number IS NOT NULL AND business_state <> 'cancelled'"),
        postgresql_where=sa.text("channel_order_number IS NOT NULL AND business_state <> 'cancelled'"),
    )

    op.create_table(
        "variant",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("sku", sa.String(length=64), nullable=False),
        sa.Column("purchase_price", sa.BigInteger(), nullable=False),
        sa.Column("retail_price", sa.BigInteger(), nullable=False),
        sa.Column("wholesale_price", sa.BigInteger(), nullable=False),
        sa.Column("lowest_price", sa.BigInteger(), nullable=False),
        sa.Column("initials", sa.String(length=200), nullable=False),
        sa.Column("search_text", sa.String(length=2000), nullable=False),
        sa.CheckConstraint("lowest_price >= 0", name=op.f("ck_variant_lowest_price_positive")),
        sa.CheckConstraint("purchase_price >= 0", name=op.f("ck_variant_purchase_price_positive")),
        sa.CheckConstraint("retail_price >= 0", name=op.f("ck_variant_retail_price_positive")),
        sa.CheckConstraint("wholesale_price >= 0", name=op.f("ck_variant_wholesale_price_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_variant_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_variant_product_id"), "variant", ["product_id"], unique=False)
    op.create_index("uq_variant_sku", "variant", [sa.text("lower(sku)")], unique=True)

    op.create_table(
        "barcode",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_barcode_variant_id_variant")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_barcode")),
    )
    op.create_index(op.f("ix_barcode_variant_id"), "barcode", ["variant_id"], unique=False)

    op.create_table(
        "order_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("line_number", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("net_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("gross_amount", sa.BigInteger(), nullable=False),
        sa.Column("shipped_quantity", sa.BigInteger(), nullable=False),
        sa.Column("returned_quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("net_amount + tax_amount = gross_amount", name=op.f("ck_order_line_adds_up")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity_positive")),
        sa.CheckConstraint(
            "returned_quantity >= 0 AND returned_quantity <= shipped_quantity",
            name=op.f("ck_order_line_returned_within"),
        ),
        sa.CheckConstraint(
            "shipped_quantity >= 0 AND shipped_quantity <= quantity", name=op.f("ck_order_line_shipped_within")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_line_order_id_sales_order")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "line_number", name=op.f("uq_order_line_order_id_line_number")),
    )
    op.create_index(op.f("ix_order_line_variant_id"), "order_line", ["variant_id"], unique=False)

    op.create_table(
        "payment_allocation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("payment_id", BIG_ID, nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_payment_allocation_amount_not_zero")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_payment_allocation_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_allocation")),
    )
    op.create_index(
        op.f("ix_payment_allocation_document_type_document_id"),
        "payment_allocation",
        ["document_type", "document_id"],
        unique=False,
    )
    op.create_index(op.f("ix_payment_allocation_payment_id"), "payment_allocation", ["payment_id"], unique=False)

    op.create_table(
        "sales_return",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("order_id", BIG_ID, nullable=True),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.Column("sales_rep_id", BIG_ID, nullable=True),
        sa.Column("region", sa.String(length=80), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("gross_amount", sa.BigInteger(), nullable=False),
        sa.Column("channel_return_number", sa.String(length=64), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("import_batch_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("net_amount + tax_amount = gross_amount", name=op.f("ck_sales_return_adds_up")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_sales_return_channel_id_channel")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_sales_return_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_sales_return_customer_id_customer")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_sales_return_order_id_sales_order")),
        sa.ForeignKeyConstraint(["sales_rep_id"], ["app_user.id"], name=op.f("fk_sales_return_sales_rep_id_app_user")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_sales_return_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_return")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_return_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sales_return_customer_id"), "sales_return", ["customer_id"], unique=False)
    op.create_index(op.f("ix_sales_return_import_batch_id"), "sales_return", ["import_batch_id"], unique=False)
    op.create_index(op.f("ix_sales_return_order_id"), "sales_return", ["order_id"], unique=False)
    op.create_index(op.f("ix_sales_return_returned_on"), "sales_return", ["returned_on"], unique=False)
    op.create_index(
        op.f("uq_sales_return_channel_return_number"),
        "sales_return",
        ["channel_id", "channel_return_number"],
        unique=True,
        sqlite_where=sa.text("channel_return_number IS NOT NULL AND state <> 'cancelled'"),
        postgresql_where=sa.text("channel_return_number IS NOT NULL AND state <> 'cancelled'"),
    )

    op.create_table(
        "shipment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking_number", sa.String(length=80), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_shipment_created_by_app_user")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_shipment_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("number", name=op.f("uq_shipment_number")),
    )
    op.create_index(op.f("ix_shipment_order_id"), "shipment", ["order_id"], unique=False)

    op.create_table(
        "stock_level",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("location_id", BIG_ID, nullable=False),
        sa.Column("on_hand", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("reserved <= on_hand", name=op.f("ck_stock_level_never_oversold")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_level_reserved_positive")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_stock_level_location_id_location")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_level_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_level")),
        sa.UniqueConstraint("variant_id", "location_id", name=op.f("uq_stock_level_variant_id_location_id")),
    )
    op.create_index(op.f("ix_stock_level_location_id"), "stock_level", ["location_id"], unique=False)

    op.create_table(
        "stock_move",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("target_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("origin_type", sa.String(length=20), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_line_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_move_quantity_positive")),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_stock_move_two_ends")),
        sa.ForeignKeyConstraint(["source_id"], ["location.id"], name=op.f("fk_stock_move_source_id_location")),
        sa.ForeignKeyConstraint(["target_id"], ["location.id"], name=op.f("fk_stock_move_target_id_location")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_move_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_move")),
    )
    op.create_index(
        op.f("ix_stock_move_origin_type_origin_id"), "stock_move", ["origin_type", "origin_id"], unique=False
    )
    op.create_index(op.f("ix_stock_move_variant_id_at"), "stock_move", ["variant_id", "at"], unique=False)

    op.create_table(
        "return_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("line_number", BIG_ID, nullable=False),
        sa.Column("order_line_id", BIG_ID, nullable=True),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("net_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_amount", sa.BigInteger(), nullable=False),
        sa.Column("gross_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("net_amount + tax_amount = gross_amount", name=op.f("ck_return_line_adds_up")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_return_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["sales_return.id"], name=op.f("fk_return_line_return_id_sales_return")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_return_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint("return_id", "line_number", name=op.f("uq_return_line_return_id_line_number")),
    )
    op.create_index(op.f("ix_return_line_order_line_id"), "return_line", ["order_line_id"], unique=False)
    op.create_index(op.f("ix_return_line_variant_id"), "return_line", ["variant_id"], unique=False)

    op.create_table(
        "shipment_line",
        sa.Column("shipment_id", BIG_ID, nullable=False),
        sa.Column("order_line_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_shipment_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id_shipment")),
        sa.PrimaryKeyConstraint("shipment_id", "order_line_id", name=op.f("pk_shipment_line")),
    )
    op.create_index(op.f("ix_shipment_line_order_line_id"), "shipment_line", ["order_line_id"], unique=False)

    location = sa.table("location", sa.column("id"), sa.column("kind"), sa.column("name"))
    op.bulk_insert(
        location,
        [
            {"id": 1, "kind": "supplier", "name": "supplier"},
            {"id": 2, "kind": "customer", "name": "customer"},
            {"id": 3, "kind": "loss", "name": "loss"},
            {"id": 4, "kind": "history", "name": "history"},
        ],
    )
    if is_postgresql:
        for statement in POSTGRESQL:
            op.execute(statement)
