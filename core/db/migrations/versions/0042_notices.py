"""notices: inboxes, channels, the queue of messages; and the company's words to customers about orders"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "notice",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index(op.f("ix_notice_created_at"), "notice", ["created_at"], unique=False)
    op.create_table(
        "notice_mail_server",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("port", BIG_ID, nullable=False),
        sa.Column("security", sa.String(20), nullable=False),
        sa.Column("username", sa.String(length=200), nullable=False),
        sa.Column("password", sa.String(length=1000), nullable=False),
        sa.Column("sender", sa.String(length=200), nullable=False),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_notice_mail_server_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_mail_server")),
    )
    op.create_table(
        "order_text",
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("occasion", "language", name=op.f("pk_order_text")),
    )
    op.create_table(
        "notice_channel",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("address", sa.String(length=2000), nullable=False),
        sa.Column("secret", sa.String(length=1000), nullable=False),
        sa.Column("hint", sa.String(length=80), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("per_minute", BIG_ID, nullable=False),
        sa.Column("gathering", sa.String(20), nullable=False),
        sa.Column("quiet_from", BIG_ID, nullable=True),
        sa.Column("quiet_until", BIG_ID, nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_notice_channel_quiet_whole")),
        sa.CheckConstraint("per_minute > 0", name=op.f("ck_notice_channel_rate_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_notice_channel_created_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channel")),
    )
    op.create_table(
        "notice_choice",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_choice_user_id_app_user")),
        sa.PrimaryKeyConstraint("user_id", "event", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "notice_profile",
        sa.Column("user_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("email", sa.String(length=200), nullable=False),
        sa.Column("gathering", sa.String(20), nullable=False),
        sa.Column("quiet_from", BIG_ID, nullable=True),
        sa.Column("quiet_until", BIG_ID, nullable=True),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name=op.f("ck_notice_profile_quiet_whole")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_profile_user_id_app_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notice_profile")),
    )
    op.create_table(
        "notice_receipt",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("notice_id", BIG_ID, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_receipt_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_receipt_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_receipt")),
        sa.UniqueConstraint("notice_id", "user_id", name=op.f("uq_notice_receipt_notice_id_user_id")),
    )
    op.create_index(op.f("ix_notice_receipt_user_id_read_at"), "notice_receipt", ["user_id", "read_at"], unique=False)
    op.create_table(
        "notice_post",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("uid", sa.String(length=32), nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", BIG_ID, nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=20), nullable=False),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(channel_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_notice_post_one_target")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channel.id"], name=op.f("fk_notice_post_channel_id_notice_channel")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_post_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_post")),
        sa.UniqueConstraint("uid", name=op.f("uq_notice_post_uid")),
    )
    op.create_index(op.f("ix_notice_post_state_due_at"), "notice_post", ["state", "due_at"], unique=False)
    op.create_table(
        "notice_try",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channel.id"], name=op.f("fk_notice_try_channel_id_notice_channel")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_try")),
    )
    op.create_index(op.f("ix_notice_try_channel_id_at"), "notice_try", ["channel_id", "at"], unique=False)
    op.create_table(
        "notice_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("notice_id", BIG_ID, nullable=False),
        sa.Column("channel_id", BIG_ID, nullable=True),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", BIG_ID, nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(channel_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_notice_line_one_target")),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["notice_channel.id"], name=op.f("fk_notice_line_channel_id_notice_channel")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_line_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["post_id"], ["notice_post.id"], name=op.f("fk_notice_line_post_id_notice_post")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_notice_line_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_line")),
        sa.UniqueConstraint("notice_id", "channel_id", name=op.f("uq_notice_line_notice_id_channel_id")),
        sa.UniqueConstraint("notice_id", "user_id", name=op.f("uq_notice_line_notice_id_user_id")),
    )
    op.create_index(op.f("ix_notice_line_post_id_due_at"), "notice_line", ["post_id", "due_at"], unique=False)
