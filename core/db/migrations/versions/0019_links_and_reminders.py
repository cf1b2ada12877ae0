"""links of statements and reminders"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Links by which customers answer, their answers; reminders; shipments are found by their day."""
    _links()
    _reminders()
    op.create_index(op.f("ix_shipment_shipped_at"), "shipment", ["shipped_at"], unique=False)


def _links() -> None:
    op.create_table(
        "link_attempt",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_attempt")),
    )
    op.create_index(op.f("ix_link_attempt_at"), "link_attempt", ["at"], unique=False)
    op.create_index(op.f("ix_link_attempt_source_at"), "link_attempt", ["source", "at"], unique=False)
    op.create_table(
        "statement_answer",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("statement_id", BIG_ID, nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("is_agreed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_answer_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_answer")),
    )
    op.create_index(op.f("ix_statement_answer_statement_id"), "statement_answer", ["statement_id"], unique=False)
    op.create_table(
        "statement_link",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("statement_id", BIG_ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_statement_link_created_by_app_user")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_link_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_link")),
        sa.UniqueConstraint("statement_id", name=op.f("uq_statement_link_statement_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_statement_link_token_hash")),
    )
    op.create_table(
        "statement_objection",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("answer_id", BIG_ID, nullable=False),
        sa.Column("line_id", BIG_ID, nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["statement_answer.id"], name=op.f("fk_statement_objection_answer_id_statement_answer")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_line.id"], name=op.f("fk_statement_objection_line_id_statement_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_objection")),
        sa.UniqueConstraint("answer_id", "line_id", name=op.f("uq_statement_objection_answer_id_line_id")),
    )


def _reminders() -> None:
    op.create_table(
        "reminder_level",
        sa.Column("level", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("days", BIG_ID, nullable=False),
        sa.Column("text_zh", sa.String(length=2000), nullable=False),
        sa.Column("text_en", sa.String(length=2000), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("days > 0", name=op.f("ck_reminder_level_days_positive")),
        sa.PrimaryKeyConstraint("level", name=op.f("pk_reminder_level")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("level", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reminder_amount_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_reminder_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reminder_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
    )
    op.create_index(op.f("ix_reminder_customer_id"), "reminder", ["customer_id"], unique=False)
    op.create_table(
        "reminder_pause",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("document_number", sa.String(length=24), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(document_type IS NULL) = (document_id IS NULL)", name=op.f("ck_reminder_pause_document_whole")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_reminder_pause_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_reminder_pause_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_pause")),
    )
    op.create_index(
        op.f("ix_reminder_pause_customer_id_last_on"), "reminder_pause", ["customer_id", "last_on"], unique=False
    )
    op.create_table(
        "reminder_part",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("reminder_id", BIG_ID, nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.String(length=24), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("level", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_reminder_part_amount_positive")),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminder.id"], name=op.f("fk_reminder_part_reminder_id_reminder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_part")),
        sa.UniqueConstraint(
            "document_type",
            "document_id",
            "due_on",
            "level",
            name=op.f("uq_reminder_part_document_type_document_id_due_on_level"),
        ),
    )
    op.create_index(op.f("ix_reminder_part_reminder_id"), "reminder_part", ["reminder_id"], unique=False)
