"""findings that somebody put aside"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """A new table alone: nothing that is there changes."""
    op.create_table(
        "finding_aside",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_finding_aside_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding_aside")),
    )
    op.create_index(
        op.f("ix_finding_aside_user_id_kind_subject"), "finding_aside", ["user_id", "kind", "subject"], unique=True
    )
