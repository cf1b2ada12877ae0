"""sign-ins with an address, passwords typed again, and second factors"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _user(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f(f"fk_{table}_user_id_app_user"))


def upgrade() -> None:
    """Sign-ins of before have no address, and their passwords were not typed lately."""
    op.add_column("auth_session", sa.Column("address", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("auth_session", sa.Column("proved_at", MOMENT, nullable=True))
    op.add_column("sign_in_attempt", sa.Column("address", sa.String(length=64), nullable=False, server_default=""))
    op.create_index(op.f("ix_sign_in_attempt_address_at"), "sign_in_attempt", ["address", "at"])
    op.create_table(
        "sign_in_step",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        _user("sign_in_step"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_step")),
    )
    op.create_index(op.f("ix_sign_in_step_user_id"), "sign_in_step", ["user_id"])
    op.create_table(
        "second_factor",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("enrolled_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        _user("second_factor"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        _user("recovery_code"),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_user_id"), "recovery_code", ["user_id"])
    op.create_table(
        "second_factor_rule",
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_second_factor_rule")),
    )
