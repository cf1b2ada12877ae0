"""backups that were made and what became of them, and the rule by which they are made and kept"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """New tables, and the one rule as it is where nobody chose; from now on backups are missed."""
    op.create_table(
        "backup",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("seconds", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("proven_at", MOMENT, nullable=True),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("sent_to", sa.String(length=200), nullable=False),
        sa.Column("problem", sa.String(length=1000), nullable=False),
        sa.Column("is_here", sa.Boolean(), nullable=False),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup")),
        sa.UniqueConstraint("name", name=op.f("uq_backup_name")),
    )
    op.create_index(op.f("ix_backup_at"), "backup", ["at"])
    rule = op.create_table(
        "backup_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("daily", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("weekly", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("monthly", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("place_secret", sa.Text(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("kept_key", sa.String(length=8), nullable=False),
        sa.Column("kept_key_at", MOMENT, nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_backup_rule_only_one")),
        sa.CheckConstraint("daily >= 0 AND weekly >= 0 AND monthly >= 0", name=op.f("ck_backup_rule_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_rule")),
    )
    now = datetime.now(UTC)
    first = {"id": 1, "since": now, "daily": 7, "weekly": 5, "monthly": 12}
    rest = {"place": {}, "place_secret": "", "is_paused": False, "kept_key": "", "kept_key_at": None}
    op.bulk_insert(rule, [{**first, **rest}])
