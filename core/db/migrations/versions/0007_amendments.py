"""amendments"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state = 'requested'")


def upgrade() -> None:
    """Make room for amendments of orders and for lists of usual goods; index lines by product and order."""
    op.add_column("sales_order", sa.Column("revision", BIG_ID, nullable=False, server_default="0"))
    # Serves what the index on the product alone served, and finds a product on one order at once.
    op.create_index(op.f("ix_order_line_variant_id_order_id"), "order_line", ["variant_id", "order_id"], unique=False)
    op.drop_index(op.f("ix_order_line_variant_id"), table_name="order_line")
    _amendments()
    _templates()


def _amendments() -> None:
    op.create_table(
        "order_amendment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("base_version", BIG_ID, nullable=False),
        sa.Column("revision", BIG_ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("note_before", sa.String(length=1000), nullable=False),
        sa.Column("note_after", sa.String(length=1000), nullable=True),
        sa.Column("declined_because", sa.String(length=200), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", BIG_ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", BIG_ID, nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint(
            "(state = 'accepted') = (revision IS NOT NULL)", name=op.f("ck_order_amendment_accepted_has_revision")
        ),
        sa.CheckConstraint(
            "(state = 'requested') = (decided_at IS NULL)", name=op.f("ck_order_amendment_open_is_undecided")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_amendment_order_id_sales_order")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["app_user.id"], name=op.f("fk_order_amendment_requested_by_app_user")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["app_user.id"], name=op.f("fk_order_amendment_decided_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amendment")),
        sa.UniqueConstraint("number", name=op.f("uq_order_amendment_number")),
        sa.UniqueConstraint("order_id", "revision", name=op.f("uq_order_amendment_order_id_revision")),
    )
    op.create_index(op.f("ix_order_amendment_order_id"), "order_amendment", ["order_id"], unique=False)
    op.create_index(
        "uq_order_amendment_open",
        "order_amendment",
        ["order_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    exact = [
        f"{when}_{what}"
        for when in ("before", "after")
        for what in ("quantity", "price", "discount", "net", "tax", "gross")
    ]
    op.create_table(
        "order_amendment_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("amendment_id", BIG_ID, nullable=False),
        sa.Column("line_number", BIG_ID, nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("tax_rate", sa.BigInteger(), nullable=False),
        sa.Column("shipped_quantity", sa.BigInteger(), nullable=False),
        sa.Column("returned_quantity", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in exact),
        sa.Column("price_trace", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "before_quantity IS NOT NULL OR after_quantity IS NOT NULL",
            name=op.f("ck_order_amendment_line_before_or_after"),
        ),
        sa.CheckConstraint(
            "after_quantity IS NULL OR after_quantity > 0", name=op.f("ck_order_amendment_line_quantity_positive")
        ),
        sa.CheckConstraint(
            "before_net + before_tax = before_gross", name=op.f("ck_order_amendment_line_before_adds_up")
        ),
        sa.CheckConstraint("after_net + after_tax = after_gross", name=op.f("ck_order_amendment_line_after_adds_up")),
        sa.ForeignKeyConstraint(
            ["amendment_id"], ["order_amendment.id"], name=op.f("fk_order_amendment_line_amendment_id_order_amendment")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_order_amendment_line_variant_id_variant")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_amendment_line")),
    )
    for column in ("amendment_id", "variant_id"):
        op.create_index(op.f(f"ix_order_amendment_line_{column}"), "order_amendment_line", [column], unique=False)


def _templates() -> None:
    op.create_table(
        "order_template",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_order_template_customer_id_customer")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_order_template_created_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_template")),
        sa.UniqueConstraint("customer_id", "name", name=op.f("uq_order_template_customer_id_name")),
    )
    op.create_table(
        "order_template_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("template_id", BIG_ID, nullable=False),
        sa.Column("line_number", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_template_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["order_template.id"], name=op.f("fk_order_template_line_template_id_order_template")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_template_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_template_line")),
        sa.UniqueConstraint("template_id", "variant_id", name=op.f("uq_order_template_line_template_id_variant_id")),
    )
    op.create_index(op.f("ix_order_template_line_variant_id"), "order_template_line", ["variant_id"], unique=False)
