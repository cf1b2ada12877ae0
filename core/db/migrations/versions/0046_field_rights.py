"""field rights: how much of phones and addresses a role shows"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Every role goes on showing everything."""
    for name in ("phone", "address"):
        op.add_column("role", sa.Column(name, sa.String(length=20), nullable=False, server_default="open"))
