"""roles as rows: those of the product as they are, and room for a company's own"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ROLES = ("administrator", "manager", "sales", "service", "warehouse", "buyer", "finance")


def upgrade() -> None:
    """Nobody's rights change: the roles of the product may do what their version says."""
    role = op.create_table(
        "role",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("base", sa.String(length=20), nullable=False),
        sa.Column("permissions", sa.JSON(), nullable=True),
        sa.Column("former", sa.JSON(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("archived_at", MOMENT, nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("code", name=op.f("uq_role_code")),
    )
    for code in ROLES:
        op.execute(
            sa.insert(role).values(code=code, name="", base=code, created_at=sa.func.current_timestamp(), version=1)
        )
    with op.batch_alter_table("user_role") as batch:
        batch.create_foreign_key(op.f("fk_user_role_role_role"), "role", ["role"], ["code"])
