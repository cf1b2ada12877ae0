"""policies of cover, balancings between warehouses, tasks to get rid of goods"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "cover_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("product_id", BIG_ID, nullable=True),
        sa.Column("weeks", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("category_id IS NULL OR product_id IS NULL", name=op.f("ck_cover_rule_of_one")),
        sa.CheckConstraint("weeks > 0", name=op.f("ck_cover_rule_weeks_positive")),
        _to("cover_rule", "category_id", "category"),
        _to("cover_rule", "product_id", "product"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover_rule")),
    )
    op.create_index(op.f("ix_cover_rule_category_id"), "cover_rule", ["category_id"], unique=False)
    op.create_index(op.f("ix_cover_rule_product_id"), "cover_rule", ["product_id"], unique=False)
    op.create_index(
        "uq_cover_rule_subject",
        "cover_rule",
        [sa.text("coalesce(category_id, 0)"), sa.text("coalesce(product_id, 0)")],
        unique=True,
    )
    op.create_table(
        "class_rule",
        sa.Column("abc", sa.String(20), nullable=False),
        sa.Column("xyz", sa.String(20), nullable=False),
        sa.Column("service_level", sa.BigInteger(), nullable=False),
        sa.Column("review_days", BIG_ID, nullable=False),
        sa.Column("weeks", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "service_level > 0 AND service_level < 10000", name=op.f("ck_class_rule_service_level_is_a_share")
        ),
        sa.CheckConstraint("review_days > 0", name=op.f("ck_class_rule_review_days_positive")),
        sa.CheckConstraint("weeks > 0", name=op.f("ck_class_rule_weeks_positive")),
        sa.PrimaryKeyConstraint("abc", "xyz", name=op.f("pk_class_rule")),
    )
    op.create_table(
        "balancing_run",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_by", BIG_ID, nullable=True),
        _to("balancing_run", "created_by", "app_user"),
        _to("balancing_run", "undone_by", "app_user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balancing_run")),
    )
    op.create_table(
        "balancing_transfer",
        sa.Column("run_id", BIG_ID, nullable=False),
        sa.Column("transfer_id", BIG_ID, nullable=False),
        _to("balancing_transfer", "run_id", "balancing_run"),
        _to("balancing_transfer", "transfer_id", "stock_transfer"),
        sa.PrimaryKeyConstraint("run_id", "transfer_id", name=op.f("pk_balancing_transfer")),
    )
    op.create_index(op.f("ix_balancing_transfer_transfer_id"), "balancing_transfer", ["transfer_id"], unique=False)
    op.create_table(
        "clearing",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("product_id", BIG_ID, nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("way", sa.String(20), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("closed_by", BIG_ID, nullable=True),
        sa.Column("result", sa.String(length=500), nullable=False),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_clearing_closed")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_clearing_price_positive")),
        _to("clearing", "product_id", "product"),
        _to("clearing", "owner_id", "app_user"),
        _to("clearing", "created_by", "app_user"),
        _to("clearing", "closed_by", "app_user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing")),
    )
    op.create_index(op.f("ix_clearing_product_id"), "clearing", ["product_id"], unique=False)
    op.create_index(
        op.f("ix_clearing_owner_id_state_due_on"), "clearing", ["owner_id", "state", "due_on"], unique=False
    )
    op.create_index(
        "uq_clearing_open",
        "clearing",
        ["product_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
