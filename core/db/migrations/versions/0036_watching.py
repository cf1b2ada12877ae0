"""errors by fingerprint, times by the minute, processes"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """New tables alone: nothing that is there changes."""
    op.create_table(
        "incident",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("fingerprint", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("count", BIG_ID, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["app_user.id"], name=op.f("fk_incident_decided_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_incident_fingerprint")),
    )
    op.create_index(op.f("ix_incident_state_last_at"), "incident", ["state", "last_at"])
    op.create_table(
        "incident_report",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("incident_id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("user_id", BIG_ID, nullable=True),
        sa.Column("met_in", sa.String(length=80), nullable=False),
        sa.Column("saw", sa.String(length=500), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_incident_report_incident_id_incident")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_incident_report_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_report")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_report_number")),
    )
    op.create_index(op.f("ix_incident_report_incident_id_id"), "incident_report", ["incident_id", "id"])
    op.create_index(op.f("ix_incident_report_at"), "incident_report", ["at"])
    op.create_table(
        "timing_minute",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("process", sa.String(length=80), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timing_minute")),
    )
    op.create_index(op.f("ix_timing_minute_at"), "timing_minute", ["at"])
    op.create_table(
        "app_process",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_app_process")),
    )
