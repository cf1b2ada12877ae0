"""several conditions of an alert rule, and the alert that another one follows from"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Rules that are there have one condition, and alerts that are there follow from no other."""
    op.add_column("alert_rule", sa.Column("more", sa.JSON(), nullable=True))
    op.add_column("alert_rule", sa.Column("is_any", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("alert", reflect_kwargs={"resolve_fks": False}) as table:
        table.add_column(sa.Column("root_id", BIG_ID, nullable=True))
        table.create_foreign_key(op.f("fk_alert_root_id_alert"), "alert", ["root_id"], ["id"])
    op.create_index(op.f("ix_alert_root_id"), "alert", ["root_id"])
