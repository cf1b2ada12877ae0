"""what a grade needs of a customer's potential, and the service it brings"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Grades that are there ask for no potential and bring no service."""
    op.add_column("grade", sa.Column("least_potential", sa.BigInteger(), nullable=True))
    op.add_column("grade", sa.Column("service", sa.String(length=80), nullable=False, server_default=""))
