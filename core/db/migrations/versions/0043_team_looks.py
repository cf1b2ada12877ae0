"""kept looks that the whole team can open"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Looks that are there stay their owners' own."""
    op.add_column("kept_look", sa.Column("is_team", sa.Boolean(), nullable=False, server_default=sa.false()))
