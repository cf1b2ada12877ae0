"""views that people keep, their defaults and pins, and links that share them"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _user(table: str, column: str = "user_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["app_user.id"], name=op.f(f"fk_{table}_{column}_app_user"))


def _view(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["view_id"], ["saved_view.id"], name=op.f(f"fk_{table}_view_id_saved_view"))


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "saved_view",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=False),
        sa.Column("is_team", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("deleted_at", MOMENT, nullable=True),
        _user("saved_view", "owner_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_owner_id_deleted_at"), "saved_view", ["owner_id", "deleted_at"])
    op.create_table(
        "default_view",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("view_id", BIG_ID, nullable=False),
        _user("default_view"),
        _view("default_view"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_default_view")),
    )
    op.create_index(op.f("ix_default_view_view_id"), "default_view", ["view_id"])
    op.create_table(
        "pinned_view",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("view_id", BIG_ID, nullable=False),
        _user("pinned_view"),
        _view("pinned_view"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pinned_view")),
        sa.UniqueConstraint("user_id", "view_id", name=op.f("uq_pinned_view_user_id_view_id")),
    )
    op.create_index(op.f("ix_pinned_view_view_id"), "pinned_view", ["view_id"])
    op.create_table(
        "last_look",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _user("last_look"),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_last_look")),
    )
    op.create_table(
        "view_link",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", BIG_ID, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("revoked_at", MOMENT, nullable=True),
        _user("view_link", "created_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_view_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_view_link_token_hash")),
    )
    op.create_index(op.f("ix_view_link_created_by"), "view_link", ["created_by"])
    op.create_table(
        "link_opening",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("link_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["view_link.id"], name=op.f("fk_link_opening_link_id_view_link")),
        _user("link_opening"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_opening")),
    )
    op.create_index(op.f("ix_link_opening_link_id_at"), "link_opening", ["link_id", "at"])
