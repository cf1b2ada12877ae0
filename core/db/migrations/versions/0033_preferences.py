"""preferences, kept looks and habits of each person"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "preference_set",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_preference_set_user_id_app_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_preference_set")),
    )
    op.create_table(
        "kept_look",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("board", sa.String(40), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_kept_look_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_look")),
        sa.UniqueConstraint("user_id", "board", "name", name=op.f("uq_kept_look_user_id_board_name")),
    )
    op.create_table(
        "habit",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("board", sa.String(40), nullable=False),
        sa.Column("dimension", sa.String(40), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("times", BIG_ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_habit_user_id_app_user")),
        sa.PrimaryKeyConstraint("user_id", "board", "dimension", "label", name=op.f("pk_habit")),
    )
