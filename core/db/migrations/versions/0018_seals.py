"""seals"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Seals of the audit trail and the ledger, and the ways in which the trail is looked through."""
    op.create_table(
        "seal",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("book", sa.String(length=32), nullable=False),
        sa.Column("row_count", BIG_ID, nullable=False),
        sa.Column("rows_digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.Column("seen", BIG_ID, nullable=True),
        sa.Column("high", BIG_ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
        sa.UniqueConstraint("previous", name=op.f("uq_seal_previous")),
        sa.UniqueConstraint("digest", name=op.f("uq_seal_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_seal_book_id"), "seal", ["book", "id"], unique=False)
    op.create_table(
        "seal_part",
        sa.Column("book", sa.String(length=32), nullable=False),
        sa.Column("first_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("last_id", BIG_ID, nullable=False),
        sa.Column("seal_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["seal_id"], ["seal.id"], name=op.f("fk_seal_part_seal_id_seal")),
        sa.PrimaryKeyConstraint("book", "first_id", name=op.f("pk_seal_part")),
    )
    op.create_index(op.f("ix_seal_part_seal_id"), "seal_part", ["seal_id"], unique=False)
    op.create_table(
        "seal_check",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seal_id", BIG_ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal_check")),
    )
    for column in ("actor_id", "tag", "subject_type"):
        op.create_index(op.f(f"ix_audit_entry_{column}_id"), "audit_entry", [column, "id"], unique=False)
