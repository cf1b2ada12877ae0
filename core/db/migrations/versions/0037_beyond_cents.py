"""what imported files said of a line beyond whole cents"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Of lines that are there, nobody wrote down what their files said more exactly."""
    for table in ("order_line", "return_line"):
        op.add_column(table, sa.Column("beyond_cents", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
