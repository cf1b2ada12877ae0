"""suppliers_and_transfers"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BESIDE_STORAGE = "kind IN ('quarantine', 'second_quality')"


def upgrade() -> None:
    """Suppliers, receipts with their prices, returns to suppliers, and transfers between warehouses."""
    _places()
    _suppliers()
    _documents()
    _transfers()


def _places() -> None:
    location = sa.Table(
        "location",
        sa.MetaData(),
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(kind IN ('storage', 'quarantine', 'second_quality')) = (warehouse_id IS NOT NULL)",
            name=op.f("ck_location_kind_in_warehouse"),
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_location_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.Index(op.f("ix_location_warehouse_id"), "warehouse_id"),
    )
    op.drop_index("uq_location_beside_storage", table_name="location")
    with op.batch_alter_table("location", copy_from=location) as batch:
        batch.drop_constraint(op.f("ck_location_kind_in_warehouse"), type_="check")
        batch.create_check_constraint(
            op.f("ck_location_kind_in_warehouse"),
            sa.text("(kind IN ('storage', 'quarantine', 'second_quality', 'transit')) = (warehouse_id IS NOT NULL)"),
        )
    op.create_index(
        "uq_location_beside_storage",
        "location",
        ["warehouse_id", "kind"],
        unique=True,
        sqlite_where=sa.text(BESIDE_STORAGE),
        postgresql_where=sa.text(BESIDE_STORAGE),
    )


def _suppliers() -> None:
    op.create_table(
        "supplier",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=80), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("terms", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.Column("search_text", sa.String(length=2000), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_supplier_code", "supplier", [sa.text("lower(code)")], unique=True)


def _documents() -> None:
    _refer("stock_document", "returns_id", "stock_document")
    _refer("stock_document", "supplier_id", "supplier")
    _refer("movement_draft", "supplier_id", "supplier")
    for table in ("stock_document", "movement_draft"):
        number = sa.Column("supplier_number", sa.String(length=64), server_default="", nullable=False)
        op.add_column(table, number)
    op.add_column("stock_document", sa.Column("prices_include_tax", sa.Boolean(), nullable=True))
    op.add_column("stock_document", sa.Column("at", sa.DateTime(timezone=True), nullable=True))
    with_tax: sa.Column[bool] = sa.Column("prices_include_tax", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("movement_draft", with_tax)
    op.add_column("movement_draft", sa.Column("booked_on", sa.Date(), nullable=True))
    op.add_column("movement_draft_line", sa.Column("unit_price", sa.BigInteger(), nullable=True))
    op.create_table(
        "receipt_price",
        sa.Column("move_id", BIG_ID, nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_receipt_price_move_id_stock_move")),
        sa.PrimaryKeyConstraint("move_id", name=op.f("pk_receipt_price")),
    )


def _refer(table: str, column: str, target: str) -> None:
    """Add a reference by hand: a batch would rebuild a table that others refer to."""
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} "
        f"CONSTRAINT fk_{table}_{column}_{target} REFERENCES {target} (id)"
    )
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def _transfers() -> None:
    op.create_table(
        "stock_transfer",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("target_id", BIG_ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.CheckConstraint("source_id <> target_id", name=op.f("ck_stock_transfer_two_warehouses")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_stock_transfer_created_by_app_user")),
        sa.ForeignKeyConstraint(["source_id"], ["warehouse.id"], name=op.f("fk_stock_transfer_source_id_warehouse")),
        sa.ForeignKeyConstraint(["target_id"], ["warehouse.id"], name=op.f("fk_stock_transfer_target_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_transfer_number")),
    )
    for column in ("source_id", "target_id", "state"):
        op.create_index(op.f(f"ix_stock_transfer_{column}"), "stock_transfer", [column], unique=False)
    op.create_table(
        "stock_transfer_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("transfer_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_transfer_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["stock_transfer.id"], name=op.f("fk_stock_transfer_line_transfer_id_stock_transfer")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_transfer_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer_line")),
        sa.UniqueConstraint("transfer_id", "variant_id", name=op.f("uq_stock_transfer_line_transfer_id_variant_id")),
    )
    op.create_index(op.f("ix_stock_transfer_line_variant_id"), "stock_transfer_line", ["variant_id"], unique=False)
    op.create_table(
        "stock_transfer_step",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("transfer_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False),
        sa.Column("responsible", sa.String(20), nullable=True),
        sa.Column("responsible_name", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["stock_transfer.id"], name=op.f("fk_stock_transfer_step_transfer_id_stock_transfer")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["app_user.id"], name=op.f("fk_stock_transfer_step_created_by_app_user")
        ),
        sa.ForeignKeyConstraint(["undone_by"], ["app_user.id"], name=op.f("fk_stock_transfer_step_undone_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer_step")),
    )
    op.create_index(op.f("ix_stock_transfer_step_transfer_id"), "stock_transfer_step", ["transfer_id"], unique=False)
