"""row rights: how far a role reaches, teams, and warehouses of one's own"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Every role goes on reaching everything, and nobody is in a team."""
    for name in ("customers", "warehouses"):
        op.add_column("role", sa.Column(name, sa.String(length=20), nullable=False, server_default="all"))
    op.add_column("app_user", sa.Column("team", sa.String(length=40), nullable=False, server_default=""))
    op.create_table(
        "user_warehouse",
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_warehouse_user_id_app_user")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_user_warehouse_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("user_id", "warehouse_id", name=op.f("pk_user_warehouse")),
    )
