"""grades of customers and proposals of them, lists that are kept, tasks to follow up"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "customer_list",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("rule_facts", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_customer_list_created_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_list")),
    )
    op.create_table(
        "grade",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("rank", BIG_ID, nullable=False),
        sa.Column("least_net", sa.BigInteger(), nullable=True),
        sa.Column("least_orders", BIG_ID, nullable=True),
        sa.Column("least_margin", sa.BigInteger(), nullable=True),
        sa.Column("most_payment_days", BIG_ID, nullable=True),
        sa.Column("grace_days", BIG_ID, nullable=False),
        sa.Column("tag_id", BIG_ID, nullable=True),
        sa.Column("credit_limit", sa.BigInteger(), nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("credit_limit IS NULL OR credit_limit >= 0", name=op.f("ck_grade_limit_not_negative")),
        sa.CheckConstraint("grace_days >= 0", name=op.f("ck_grade_grace_not_negative")),
        sa.CheckConstraint("rank > 0", name=op.f("ck_grade_rank_positive")),
        sa.ForeignKeyConstraint(["tag_id"], ["customer_tag.id"], name=op.f("fk_grade_tag_id_customer_tag")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade")),
        sa.UniqueConstraint("name", name=op.f("uq_grade_name")),
        sa.UniqueConstraint("rank", name=op.f("uq_grade_rank")),
    )
    op.create_table(
        "customer_grade",
        sa.Column("customer_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("grade_id", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("missed_since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_customer_grade_customer_id_customer")),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_customer_grade_grade_id_grade")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_grade")),
    )
    op.create_index(op.f("ix_customer_grade_grade_id"), "customer_grade", ["grade_id"], unique=False)
    op.create_table(
        "customer_list_member",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("list_id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_list_member_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["list_id"], ["customer_list.id"], name=op.f("fk_customer_list_member_list_id_customer_list")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_list_member")),
        sa.UniqueConstraint("list_id", "customer_id", name=op.f("uq_customer_list_member_list_id_customer_id")),
    )
    op.create_index(op.f("ix_customer_list_member_customer_id"), "customer_list_member", ["customer_id"], unique=False)
    op.create_table(
        "follow_up",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("list_id", BIG_ID, nullable=True),
        sa.Column("owner_id", BIG_ID, nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", BIG_ID, nullable=True),
        sa.CheckConstraint("(state = 'done') = (outcome IS NOT NULL)", name=op.f("ck_follow_up_outcome_of_done")),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_follow_up_closed")),
        sa.ForeignKeyConstraint(["closed_by"], ["app_user.id"], name=op.f("fk_follow_up_closed_by_app_user")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_follow_up_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_follow_up_customer_id_customer")),
        sa.ForeignKeyConstraint(["list_id"], ["customer_list.id"], name=op.f("fk_follow_up_list_id_customer_list")),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], name=op.f("fk_follow_up_owner_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    op.create_index(op.f("ix_follow_up_customer_id_state"), "follow_up", ["customer_id", "state"], unique=False)
    op.create_index(op.f("ix_follow_up_list_id"), "follow_up", ["list_id"], unique=False)
    op.create_index(
        op.f("ix_follow_up_owner_id_state_due_on"), "follow_up", ["owner_id", "state", "due_on"], unique=False
    )
    op.create_table(
        "grade_proposal",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("from_grade_id", BIG_ID, nullable=True),
        sa.Column("to_grade_id", BIG_ID, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", BIG_ID, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_grade_proposal_answered")),
        sa.ForeignKeyConstraint(["answered_by"], ["app_user.id"], name=op.f("fk_grade_proposal_answered_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_grade_proposal_customer_id_customer")),
        sa.ForeignKeyConstraint(["from_grade_id"], ["grade.id"], name=op.f("fk_grade_proposal_from_grade_id_grade")),
        sa.ForeignKeyConstraint(["to_grade_id"], ["grade.id"], name=op.f("fk_grade_proposal_to_grade_id_grade")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_proposal")),
    )
    op.create_index(op.f("ix_grade_proposal_customer_id"), "grade_proposal", ["customer_id"], unique=False)
    op.create_index(op.f("ix_grade_proposal_state"), "grade_proposal", ["state"], unique=False)
    op.create_index(op.f("ix_grade_proposal_to_grade_id"), "grade_proposal", ["to_grade_id"], unique=False)
    op.create_index(
        "uq_grade_proposal_open",
        "grade_proposal",
        ["customer_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
