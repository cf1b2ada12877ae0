"""goods that went from one order to another, why goods come from where, lots that transfers name"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "reallocation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_reallocation_order_id_sales_order")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_reallocation_created_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reallocation")),
    )
    op.create_index(op.f("ix_reallocation_order_id"), "reallocation", ["order_id"], unique=False)
    op.create_table(
        "reallocation_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reallocation_id", BIG_ID, nullable=False),
        sa.Column("from_order_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.String(length=120), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reallocation_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["reallocation_id"], ["reallocation.id"], name=op.f("fk_reallocation_line_reallocation_id_reallocation")
        ),
        sa.ForeignKeyConstraint(
            ["from_order_id"], ["sales_order.id"], name=op.f("fk_reallocation_line_from_order_id_sales_order")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_reallocation_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reallocation_line")),
    )
    for column in ("reallocation_id", "from_order_id"):
        op.create_index(op.f(f"ix_reallocation_line_{column}"), "reallocation_line", [column], unique=False)
    op.create_table(
        "source_choice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_source_choice_order_id_sales_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_choice")),
    )
    op.create_index(op.f("ix_source_choice_order_id"), "source_choice", ["order_id"], unique=False)
    op.create_table(
        "stock_transfer_lot",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("transfer_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("lot_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_transfer_lot_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["stock_transfer.id"], name=op.f("fk_stock_transfer_lot_transfer_id_stock_transfer")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_transfer_lot_variant_id_variant")),
        sa.ForeignKeyConstraint(["lot_id"], ["lot.id"], name=op.f("fk_stock_transfer_lot_lot_id_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_transfer_lot")),
        sa.UniqueConstraint("transfer_id", "lot_id", name=op.f("uq_stock_transfer_lot_transfer_id_lot_id")),
    )
    op.create_index(op.f("ix_stock_transfer_lot_lot_id"), "stock_transfer_lot", ["lot_id"], unique=False)
