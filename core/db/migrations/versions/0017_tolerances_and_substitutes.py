"""how far shipments may be off what was ordered, and products that take the place of others"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No shipment may be off until a rule lets it, and no product has substitutes."""
    op.execute(
        "ALTER TABLE fulfilment_rule ADD COLUMN over_share BIGINT "
        "CONSTRAINT ck_fulfilment_rule_share_over CHECK (over_share BETWEEN 0 AND 10000)"
    )
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE order_amendment ADD COLUMN shipment_id {kind} "
        "CONSTRAINT fk_order_amendment_shipment_id_shipment REFERENCES shipment (id)"
    )
    op.create_table(
        "category_tolerance",
        sa.Column("category_id", BIG_ID, nullable=False),
        sa.Column("under_share", sa.BigInteger(), nullable=True),
        sa.Column("over_share", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("under_share BETWEEN 0 AND 10000", name=op.f("ck_category_tolerance_share_under")),
        sa.CheckConstraint("over_share BETWEEN 0 AND 10000", name=op.f("ck_category_tolerance_share_over")),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["category.id"],
            name=op.f("fk_category_tolerance_category_id_category"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_category_tolerance")),
    )
    op.create_table(
        "variant_substitute",
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("substitute_id", BIG_ID, nullable=False),
        sa.Column("place", BIG_ID, nullable=False),
        sa.CheckConstraint("variant_id <> substitute_id", name=op.f("ck_variant_substitute_not_itself")),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["variant.id"],
            name=op.f("fk_variant_substitute_variant_id_variant"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["substitute_id"],
            ["variant.id"],
            name=op.f("fk_variant_substitute_substitute_id_variant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", "substitute_id", name=op.f("pk_variant_substitute")),
    )
    op.create_index(op.f("ix_variant_substitute_substitute_id"), "variant_substitute", ["substitute_id"])
