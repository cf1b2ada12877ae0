"""movement_drafts"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make room for receipts, issues and adjustments that are still being entered."""
    op.create_table(
        "movement_draft",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_movement_draft_created_by_app_user")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_movement_draft_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement_draft")),
        # A sheet left open in another window must never write into the one that came after it.
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_movement_draft_created_by"), "movement_draft", ["created_by"], unique=False)

    op.create_table(
        "movement_draft_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("draft_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_movement_draft_line_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["movement_draft.id"], name=op.f("fk_movement_draft_line_draft_id_movement_draft")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_movement_draft_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement_draft_line")),
        sa.UniqueConstraint("draft_id", "variant_id", name=op.f("uq_movement_draft_line_draft_id_variant_id")),
    )
    op.create_index(op.f("ix_movement_draft_line_variant_id"), "movement_draft_line", ["variant_id"], unique=False)
