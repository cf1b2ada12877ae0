"""amended kits"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """What amendments say of kits; those of before say it of their parts alone."""
    op.create_table(
        "order_amendment_kit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("amendment_id", BIG_ID, nullable=False),
        sa.Column("order_kit_id", sa.BigInteger(), nullable=True),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("before_quantity", sa.BigInteger(), nullable=True),
        sa.Column("before_price", sa.BigInteger(), nullable=True),
        sa.Column("before_discount", sa.BigInteger(), nullable=True),
        sa.Column("after_quantity", sa.BigInteger(), nullable=True),
        sa.Column("after_price", sa.BigInteger(), nullable=True),
        sa.Column("after_discount", sa.BigInteger(), nullable=True),
        sa.Column("price_trace", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "before_quantity IS NOT NULL OR after_quantity IS NOT NULL",
            name=op.f("ck_order_amendment_kit_before_or_after"),
        ),
        sa.CheckConstraint(
            "after_quantity IS NULL OR after_quantity > 0", name=op.f("ck_order_amendment_kit_quantity_positive")
        ),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["order_amendment.id"], name=op.f("fk_order_amendment_kit_amendment_id_order_amendment")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_amendment_kit_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amendment_kit")),
    )
    op.create_index(op.f("ix_order_amendment_kit_amendment_id"), "order_amendment_kit", ["amendment_id"], unique=False)
    op.create_index(op.f("ix_order_amendment_kit_variant_id"), "order_amendment_kit", ["variant_id"], unique=False)
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE order_amendment_line ADD COLUMN amendment_kit_id {kind} "
        "CONSTRAINT fk_order_amendment_line_amendment_kit_id_order_amendment_kit REFERENCES order_amendment_kit (id)"
    )
    op.create_index(
        op.f("ix_order_amendment_line_amendment_kit_id"), "order_amendment_line", ["amendment_kit_id"], unique=False
    )
