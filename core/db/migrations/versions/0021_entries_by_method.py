"""entries of cost found by the change of method they come from"""

from alembic import op
from sqlalchemy import text

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """A small index: few entries come from a change of method."""
    found = text("method_id IS NOT NULL")
    op.create_index(
        op.f("ix_cost_entry_method_id"), "cost_entry", ["method_id"], sqlite_where=found, postgresql_where=found
    )
