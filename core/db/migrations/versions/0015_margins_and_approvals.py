"""margins, price floors, approvals asked for, held-out customers"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody has thresholds, floors or requests of their own yet; promotions hold nobody out."""
    op.create_table(
        "margin_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("green_from", sa.BigInteger(), nullable=False),
        sa.Column("amber_from", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amber_from <= green_from AND green_from <= 10000", name=op.f("ck_margin_rule_in_order")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_margin_rule_category_id_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_margin_rule")),
    )
    op.create_index("uq_margin_rule_category", "margin_rule", [sa.text("coalesce(category_id, 0)")], unique=True)
    op.create_table(
        "price_floor",
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("below", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("below > 0 AND below < 10000", name=op.f("ck_price_floor_is_a_share")),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_price_floor")),
    )
    op.create_table(
        "approval_request",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("order_id", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.Column("approval_id", BIG_ID, nullable=True),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_approval_request_answered")),
        sa.CheckConstraint(
            "(state = 'approved') = (approval_id IS NOT NULL)", name=op.f("ck_approval_request_approved")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["app_user.id"], name=op.f("fk_approval_request_answered_by_app_user")
        ),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["credit_approval.id"], name=op.f("fk_approval_request_approval_id_credit_approval")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["app_user.id"], name=op.f("fk_approval_request_asked_by_app_user")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["sales_order.id"], name=op.f("fk_approval_request_order_id_sales_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_request")),
    )
    op.create_index(op.f("ix_approval_request_state"), "approval_request", ["state"], unique=False)
    op.create_index(op.f("ix_approval_request_order_id"), "approval_request", ["order_id"], unique=False)
    op.add_column("credit_approval", sa.Column("prices", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("promotion", sa.Column("held_out", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "promotion_trial",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("promotion_id", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("orders", BIG_ID, nullable=False),
        sa.Column("done", BIG_ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", BIG_ID, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (result IS NULL)", name=op.f("ck_promotion_trial_ended_with_result")),
        sa.ForeignKeyConstraint(["asked_by"], ["app_user.id"], name=op.f("fk_promotion_trial_asked_by_app_user")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotion.id"], name=op.f("fk_promotion_trial_promotion_id_promotion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_trial")),
        sa.UniqueConstraint("promotion_id", name=op.f("uq_promotion_trial_promotion_id")),
    )
