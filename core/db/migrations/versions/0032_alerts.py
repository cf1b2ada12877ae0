"""alert rules, their evaluations, and the alerts they raised"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "alert_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("condition", sa.String(20), nullable=False),
        sa.Column("direction", sa.String(20), nullable=False),
        sa.Column("bound", sa.BigInteger(), nullable=False),
        sa.Column("is_part", sa.Boolean(), nullable=False),
        sa.Column("compare", sa.String(length=24), nullable=True),
        sa.Column("minimum_effect", sa.BigInteger(), nullable=False),
        sa.Column("budget", BIG_ID, nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=False),
        sa.Column("runbook", sa.String(length=1000), nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evaluate_from", sa.Date(), nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint(
            "(condition = 'change') = (compare IS NOT NULL)", name=op.f("ck_alert_rule_compare_of_change")
        ),
        sa.CheckConstraint("budget > 0", name=op.f("ck_alert_rule_budget_positive")),
        sa.CheckConstraint("minimum_effect >= 0", name=op.f("ck_alert_rule_effect_not_negative")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_alert_rule_created_by_app_user")),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], name=op.f("fk_alert_rule_owner_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_rule")),
    )
    op.create_index(op.f("ix_alert_rule_owner_id"), "alert_rule", ["owner_id"], unique=False)
    op.create_table(
        "alert",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("rule_id", BIG_ID, nullable=False),
        sa.Column("grain", sa.String(20), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("last_period", sa.Date(), nullable=False),
        sa.Column("periods", BIG_ID, nullable=False),
        sa.Column("measure", sa.String(length=40), nullable=False),
        sa.Column("dimension", sa.String(length=40), nullable=False),
        sa.Column("value_key", sa.String(length=80), nullable=False),
        sa.Column("value_name", sa.String(length=200), nullable=False),
        sa.Column("figure", sa.BigInteger(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=True),
        sa.Column("effect", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("is_of_rep", sa.Boolean(), nullable=False),
        sa.Column("sales_rep_id", BIG_ID, nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", BIG_ID, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", BIG_ID, nullable=True),
        sa.Column("is_useful", sa.Boolean(), nullable=True),
        sa.Column("judged_by", BIG_ID, nullable=True),
        sa.CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name=op.f("ck_alert_closed")),
        sa.CheckConstraint("period <= last_period", name=op.f("ck_alert_periods_in_order")),
        sa.ForeignKeyConstraint(["closed_by"], ["app_user.id"], name=op.f("fk_alert_closed_by_app_user")),
        sa.ForeignKeyConstraint(["judged_by"], ["app_user.id"], name=op.f("fk_alert_judged_by_app_user")),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rule.id"], name=op.f("fk_alert_rule_id_alert_rule")),
        sa.ForeignKeyConstraint(["seen_by"], ["app_user.id"], name=op.f("fk_alert_seen_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint(
            "rule_id", "grain", "period", "value_key", name=op.f("uq_alert_rule_id_grain_period_value_key")
        ),
    )
    op.create_index(op.f("ix_alert_rule_id_last_period"), "alert", ["rule_id", "last_period"], unique=False)
    op.create_index(op.f("ix_alert_state_effect"), "alert", ["state", "effect"], unique=False)
    op.create_table(
        "alert_evaluation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("rule_id", BIG_ID, nullable=False),
        sa.Column("revision", BIG_ID, nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("values_seen", BIG_ID, nullable=False),
        sa.Column("raised", BIG_ID, nullable=False),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["rule_id"], ["alert_rule.id"], name=op.f("fk_alert_evaluation_rule_id_alert_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_evaluation")),
        sa.UniqueConstraint("rule_id", "revision", "period", name=op.f("uq_alert_evaluation_rule_id_revision_period")),
    )
