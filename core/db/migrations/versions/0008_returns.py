"""returns"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REASONS = (
    "Quality problem",
    "Damaged in transit",
    "Wrong product sent",
    "Does not fit",
    "Changed their mind",
    "Arrived too late",
    "Delivery refused",
)


def upgrade() -> None:
    """Returns that are requested, received, inspected and settled; exchanges; places beside the storage."""
    _places()
    _returns()
    _lines()
    _new_tables()
    op.add_column(
        "sales_order", sa.Column("returned_amount", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    _count_what_came_back()


def _places() -> None:
    location = sa.Table(
        "location",
        sa.MetaData(),
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "(kind = 'storage') = (warehouse_id IS NOT NULL)", name=op.f("ck_location_storage_in_warehouse")
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_location_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.Index(op.f("ix_location_warehouse_id"), "warehouse_id"),
    )
    with op.batch_alter_table("location", copy_from=location) as batch:
        batch.drop_constraint(op.f("ck_location_storage_in_warehouse"), type_="check")
        batch.create_check_constraint(
            op.f("ck_location_kind_in_warehouse"),
            sa.text("(kind IN ('storage', 'quarantine', 'second_quality')) = (warehouse_id IS NOT NULL)"),
        )
    op.create_index(
        "uq_location_beside_storage",
        "location",
        ["warehouse_id", "kind"],
        unique=True,
        sqlite_where=sa.text("kind IN ('quarantine', 'second_quality')"),
        postgresql_where=sa.text("kind IN ('quarantine', 'second_quality')"),
    )


def _returns() -> None:
    op.add_column("sales_return", sa.Column("kind", sa.String(20), server_default="return", nullable=False))
    op.add_column("sales_return", sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sales_return", sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sales_return", sa.Column("note", sa.String(length=500), server_default="", nullable=False))
    # By hand: a batch would rebuild the table and lose that its ids are never used again.
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE sales_return ADD COLUMN follows_id {kind} "
        "CONSTRAINT fk_sales_return_follows_id_sales_return REFERENCES sales_return (id)"
    )


def _lines() -> None:
    line = sa.Table(
        "return_line",
        sa.MetaData(),
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("line_number", BIG_ID, nullable=False),
        sa.Column("order_line_id", BIG_ID, nullable=True),
        sa.Column("variant_id", BIG_ID, nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("quantity", "unit_price", "tax_rate", "net_amount", "tax_amount", "gross_amount")
        ),
        sa.CheckConstraint("net_amount + tax_amount = gross_amount", name=op.f("ck_return_line_adds_up")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_return_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(["return_id"], ["sales_return.id"], name=op.f("fk_return_line_return_id_sales_return")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_return_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_line")),
        sa.UniqueConstraint("return_id", "line_number", name=op.f("uq_return_line_return_id_line_number")),
        sa.Index(op.f("ix_return_line_order_line_id"), "order_line_id"),
        sa.Index(op.f("ix_return_line_variant_id"), "variant_id"),
    )
    with op.batch_alter_table("return_line", copy_from=line) as batch:
        for name in ("restocked_quantity", "second_quantity", "scrapped_quantity", "deducted_net", "deducted_gross"):
            batch.add_column(sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
        batch.add_column(sa.Column("inspection_note", sa.String(length=200), server_default="", nullable=False))
        batch.drop_constraint(op.f("ck_return_line_quantity_positive"), type_="check")
        batch.create_check_constraint(op.f("ck_return_line_quantity_not_zero"), sa.text("quantity <> 0"))
        batch.create_check_constraint(
            op.f("ck_return_line_inspected_positive"),
            sa.text("restocked_quantity >= 0 AND second_quantity >= 0 AND scrapped_quantity >= 0"),
        )
        batch.create_check_constraint(
            op.f("ck_return_line_inspected_within"),
            sa.text("quantity < 0 OR restocked_quantity + second_quantity + scrapped_quantity <= quantity"),
        )


def _new_tables() -> None:
    reason = op.create_table(
        "return_reason",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_reason")),
        sa.UniqueConstraint("name", name=op.f("uq_return_reason_name")),
    )
    op.bulk_insert(reason, [{"name": name, "is_active": True} for name in REASONS])
    op.create_table(
        "return_refund",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("payment_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_return_refund_amount_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_return_refund_created_by_app_user")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_return_refund_payment_id_payment")),
        sa.ForeignKeyConstraint(
            ["return_id"], ["sales_return.id"], name=op.f("fk_return_refund_return_id_sales_return")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_refund")),
    )
    op.create_index(op.f("ix_return_refund_return_id"), "return_refund", ["return_id"], unique=False)
    op.create_index(op.f("ix_return_refund_payment_id"), "return_refund", ["payment_id"], unique=False)
    op.create_table(
        "sales_exchange",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("return_id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_sales_exchange_created_by_app_user")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_sales_exchange_order_id_sales_order")),
        sa.ForeignKeyConstraint(
            ["return_id"], ["sales_return.id"], name=op.f("fk_sales_exchange_return_id_sales_return")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_exchange")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_exchange_number")),
        sa.UniqueConstraint("order_id", name=op.f("uq_sales_exchange_order_id")),
        sa.UniqueConstraint("return_id", name=op.f("uq_sales_exchange_return_id")),
    )


def _count_what_came_back() -> None:
    """Orders with received returns owe less than before, and so may be paid in full, or more than that."""
    op.execute(
        "UPDATE sales_order SET returned_amount = (SELECT sum(r.gross_amount) FROM sales_return r "
        "WHERE r.order_id = sales_order.id AND r.state = 'received') "
        "WHERE id IN (SELECT order_id FROM sales_return WHERE state = 'received' AND order_id IS NOT NULL)"
    )
    op.execute(
        "UPDATE sales_order SET payment_state = CASE "
        "WHEN paid_amount > gross_amount - returned_amount THEN 'over' "
        "WHEN paid_amount = gross_amount - returned_amount THEN 'full' "
        "WHEN paid_amount > 0 THEN 'partial' ELSE 'none' END "
        "WHERE returned_amount <> 0 AND business_state NOT IN ('draft', 'cancelled')"
    )
