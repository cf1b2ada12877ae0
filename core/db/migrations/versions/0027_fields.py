"""model, specification and weight of products; custom fields of products and customers"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New columns that are empty, and new tables."""
    op.add_column("product", sa.Column("model", sa.String(length=80), server_default="", nullable=False))
    op.add_column("product", sa.Column("specification", sa.String(length=120), server_default="", nullable=False))
    op.add_column("product", sa.Column("weight", sa.BigInteger(), nullable=True))
    op.create_table(
        "custom_field",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("decimals", BIG_ID, nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 4", name=op.f("ck_custom_field_decimals_kept")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_field")),
    )
    op.create_index("uq_custom_field_name", "custom_field", ["subject", sa.text("lower(name)")], unique=True)
    op.create_table(
        "custom_choice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("field_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("place", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["custom_field.id"],
            name=op.f("fk_custom_choice_field_id_custom_field"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_choice")),
        sa.UniqueConstraint("field_id", "name", name=op.f("uq_custom_choice_field_id_name")),
    )
    op.create_table(
        "custom_value",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("field_id", BIG_ID, nullable=False),
        sa.Column("product_id", BIG_ID, nullable=True),
        sa.Column("customer_id", BIG_ID, nullable=True),
        sa.Column("text", sa.String(length=200), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("choice_id", BIG_ID, nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.CheckConstraint("(product_id IS NULL) <> (customer_id IS NULL)", name=op.f("ck_custom_value_of_one")),
        sa.ForeignKeyConstraint(["field_id"], ["custom_field.id"], name=op.f("fk_custom_value_field_id_custom_field")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_custom_value_product_id_product"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_custom_value_customer_id_customer"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["choice_id"], ["custom_choice.id"], name=op.f("fk_custom_value_choice_id_custom_choice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_custom_value")),
        sa.UniqueConstraint("field_id", "product_id", name=op.f("uq_custom_value_field_id_product_id")),
        sa.UniqueConstraint("field_id", "customer_id", name=op.f("uq_custom_value_field_id_customer_id")),
    )
    for column in ("product_id", "customer_id", "choice_id"):
        op.create_index(op.f(f"ix_custom_value_{column}"), "custom_value", [column], unique=False)
