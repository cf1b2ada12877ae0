"""kits"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Kits: what one holds, and the kits of orders; and the unit a line was typed in. Lines of before have neither."""
    op.create_table(
        "kit_part",
        sa.Column("kit_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("place", BIG_ID, nullable=False),
        sa.Column("numerator", BIG_ID, nullable=False),
        sa.Column("denominator", BIG_ID, nullable=False),
        sa.CheckConstraint("kit_id <> variant_id", name=op.f("ck_kit_part_not_itself")),
        sa.CheckConstraint("numerator > 0 AND denominator > 0", name=op.f("ck_kit_part_ratio_positive")),
        sa.ForeignKeyConstraint(
            ["kit_id"], ["variant.id"], name=op.f("fk_kit_part_kit_id_variant"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_kit_part_variant_id_variant")),
        sa.PrimaryKeyConstraint("kit_id", "variant_id", name=op.f("pk_kit_part")),
    )
    op.create_index(op.f("ix_kit_part_variant_id"), "kit_part", ["variant_id"], unique=False)
    op.create_table(
        "order_kit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_amount", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("price_trace", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_kit_quantity_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_kit_order_id_sales_order")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_kit_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_kit")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_order_kit_order_id"), "order_kit", ["order_id"], unique=False)
    op.create_index(op.f("ix_order_kit_variant_id"), "order_kit", ["variant_id"], unique=False)
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE order_line ADD COLUMN kit_id {kind} "
        "CONSTRAINT fk_order_line_kit_id_order_kit REFERENCES order_kit (id)"
    )
    op.add_column("order_line", sa.Column("typed_unit", sa.String(length=20), nullable=True))
    op.add_column("order_line", sa.Column("typed_quantity", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_order_line_kit",
        "order_line",
        ["kit_id"],
        unique=False,
        sqlite_where=sa.text("kit_id IS NOT NULL"),
        postgresql_where=sa.text("kit_id IS NOT NULL"),
    )
