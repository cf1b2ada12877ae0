"""accounts of an identity provider, and proofs of it that were used"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "company_account",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_company_account_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_account")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_company_account_issuer_subject")),
    )
    op.create_index(op.f("ix_company_account_user_id"), "company_account", ["user_id"])
    op.create_table(
        "used_assertion",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_used_assertion")),
    )
