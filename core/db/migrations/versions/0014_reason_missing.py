"""a reason for goods that were missing"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

MISSING = "Missing on arrival"


def upgrade() -> None:
    """Goods can be claimed that never arrived: add the reason, unless the company has it already."""
    reason = sa.table("return_reason", sa.column("name", sa.String), sa.column("is_active", sa.Boolean))
    known = op.get_bind().scalar(sa.select(sa.func.count()).select_from(reason).where(reason.c.name == MISSING))
    if not known:
        op.bulk_insert(reason, [{"name": MISSING, "is_active": True}])
