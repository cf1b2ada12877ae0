"""photos of documents, and lines of returns that credit money without goods"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables, and one rule of the lines of returns is wider: what is there keeps to it."""
    _photos()
    with op.batch_alter_table("return_line", reflect_kwargs={"resolve_fks": False}) as batch:
        batch.drop_constraint(op.f("ck_return_line_quantity_not_zero"), type_="check")
        batch.create_check_constraint(
            op.f("ck_return_line_goods_or_money"), sa.text("quantity <> 0 OR gross_amount > 0")
        )


def _photos() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", BIG_ID, nullable=False),
        sa.Column("file_name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", BIG_ID, nullable=False),
        sa.Column("height", BIG_ID, nullable=False),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by", BIG_ID, nullable=True),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachment_size_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_attachment_created_by_app_user")),
        sa.ForeignKeyConstraint(["removed_by"], ["app_user.id"], name=op.f("fk_attachment_removed_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(
        op.f("ix_attachment_subject_type_subject_id"), "attachment", ["subject_type", "subject_id"], unique=False
    )
    op.create_table(
        "attachment_content",
        sa.Column("attachment_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("thumbnail", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_content_attachment_id_attachment")
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment_content")),
    )
