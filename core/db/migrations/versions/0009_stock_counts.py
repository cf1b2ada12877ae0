"""stock_counts"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Stocktakes, their lines, and every count that was entered."""
    op.create_table(
        "stock_count",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.Column("location_id", BIG_ID, nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("abc_class", sa.String(20), nullable=True),
        sa.Column("is_frozen", sa.Boolean(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("is_double", sa.Boolean(), nullable=False),
        sa.Column("tolerances", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", BIG_ID, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_stock_count_category_id_category")),
        sa.ForeignKeyConstraint(["closed_by"], ["app_user.id"], name=op.f("fk_stock_count_closed_by_app_user")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_stock_count_location_id_location")),
        sa.ForeignKeyConstraint(["opened_by"], ["app_user.id"], name=op.f("fk_stock_count_opened_by_app_user")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_count_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_count_number")),
    )
    op.create_index(op.f("ix_stock_count_state"), "stock_count", ["state"], unique=False)
    op.create_index(
        "ix_stock_count_unposted",
        "stock_count",
        ["location_id"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'review')"),
        postgresql_where=sa.text("state IN ('open', 'review')"),
    )
    op.create_table(
        "stock_count_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("count_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("lot_id", BIG_ID, nullable=True),
        sa.Column("abc_class", sa.String(20), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=False),
        sa.Column("snapshot", sa.BigInteger(), nullable=False),
        sa.Column("round", BIG_ID, nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by", BIG_ID, nullable=True),
        sa.Column("earlier_difference", sa.BigInteger(), nullable=True),
        sa.Column("earlier_by", BIG_ID, nullable=True),
        sa.Column("reason", sa.String(20), nullable=True),
        sa.Column("accepted_by", BIG_ID, nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(counted IS NULL) = (counted_at IS NULL)", name=op.f("ck_stock_count_line_counted_at_a_moment")
        ),
        sa.CheckConstraint("counted >= 0", name=op.f("ck_stock_count_line_counted_not_negative")),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["app_user.id"], name=op.f("fk_stock_count_line_accepted_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["count_id"], ["stock_count.id"], name=op.f("fk_stock_count_line_count_id_stock_count")
        ),
        sa.ForeignKeyConstraint(["counted_by"], ["app_user.id"], name=op.f("fk_stock_count_line_counted_by_app_user")),
        sa.ForeignKeyConstraint(["earlier_by"], ["app_user.id"], name=op.f("fk_stock_count_line_earlier_by_app_user")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_count_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_line")),
    )
    op.create_index(op.f("ix_stock_count_line_variant_id"), "stock_count_line", ["variant_id"], unique=False)
    op.create_table(
        "stock_count_entry",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("line_id", BIG_ID, nullable=False),
        sa.Column("round", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_by", BIG_ID, nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["counted_by"], ["app_user.id"], name=op.f("fk_stock_count_entry_counted_by_app_user")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["stock_count_line.id"], name=op.f("fk_stock_count_entry_line_id_stock_count_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_count_entry")),
    )
    op.create_index(op.f("ix_stock_count_entry_line_id"), "stock_count_entry", ["line_id"], unique=False)
    op.create_index(
        "uq_stock_count_line_product",
        "stock_count_line",
        ["count_id", "variant_id", sa.text("coalesce(lot_id, 0)")],
        unique=True,
    )
