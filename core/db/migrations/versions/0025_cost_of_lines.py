"""what a unit of an order line cost when it was sold"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Lines that are there cost what nobody wrote down."""
    for table in ("order_line", "return_line"):
        op.add_column(table, sa.Column("unit_cost", sa.BigInteger(), nullable=True))
