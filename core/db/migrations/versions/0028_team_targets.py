"""targets of the sales team, in versions"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "target_plan",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("metric", sa.String(20), nullable=False),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG_ID, nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at IS NOT NULL) OR (withdrawn_by IS NULL)", name=op.f("ck_target_plan_withdrawn")
        ),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_target_plan_category_id_category")),
        sa.ForeignKeyConstraint(["made_by"], ["app_user.id"], name=op.f("fk_target_plan_made_by_app_user")),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["app_user.id"], name=op.f("fk_target_plan_withdrawn_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target_plan")),
    )
    op.create_index(op.f("ix_target_plan_category_id"), "target_plan", ["category_id"], unique=False)
    op.create_index(op.f("ix_target_plan_metric_category_id"), "target_plan", ["metric", "category_id"], unique=False)
    op.create_table(
        "target",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("plan_id", BIG_ID, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("stretch", sa.BigInteger(), nullable=False),
        sa.Column("challenge", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= base AND base <= stretch AND stretch <= challenge", name=op.f("ck_target_levels")),
        sa.ForeignKeyConstraint(["plan_id"], ["target_plan.id"], name=op.f("fk_target_plan_id_target_plan")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_target_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
    )
    op.create_index(op.f("ix_target_user_id"), "target", ["user_id"], unique=False)
    op.create_index("uq_target_person", "target", ["plan_id", "month", "user_id"], unique=True)
    op.create_index(
        "uq_target_company",
        "target",
        ["plan_id", "month"],
        unique=True,
        sqlite_where=sa.text("user_id IS NULL"),
        postgresql_where=sa.text("user_id IS NULL"),
    )
