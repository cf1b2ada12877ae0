"""promotions on orders"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """What promotions gave an order, and the coupons entered on it; orders that are there have none."""
    with op.batch_alter_table("sales_order") as batch:
        batch.add_column(sa.Column("offers", sa.JSON(none_as_null=True), nullable=True))
