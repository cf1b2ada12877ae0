"""days by which goods are wished for, where warehouses are, requests that nobody needs to answer any more"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

TO_SHIP = "business_state = 'confirmed' AND shipment_state <> 'full'"
# As orders without a wish are counted from now on, until a rule says otherwise.
TWO_DAYS_ON = {"sqlite": "date(ordered_on, '+2 days')", "postgresql": "ordered_on + 2"}


def upgrade() -> None:
    """What is still to ship gets the day it would have had; shipments of before do not know theirs."""
    for column in ("wanted_on", "ship_by"):
        op.add_column("sales_order", sa.Column(column, sa.Date(), nullable=True))
    day = TWO_DAYS_ON[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE sales_order SET ship_by = {day} "  # noqa: S608 - one of two constants
        "WHERE business_state IN ('confirmed', 'on_hold') AND shipment_state <> 'full'"
    )
    op.create_index(
        "ix_sales_order_to_ship",
        "sales_order",
        ["ship_by", "id"],
        sqlite_where=sa.text(TO_SHIP),
        postgresql_where=sa.text(TO_SHIP),
    )
    op.add_column("shipment", sa.Column("shipped_on", sa.Date(), nullable=True))
    for column in ("wanted_before", "wanted_after"):
        op.add_column("order_amendment", sa.Column(column, sa.Date(), nullable=True))
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite").compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE fulfilment_rule ADD COLUMN ship_days {kind} "
        "CONSTRAINT ck_fulfilment_rule_days_to_ship CHECK (ship_days BETWEEN 0 AND 365)"
    )
    for column, length in (("province", 80), ("city", 80), ("street", 300)):
        op.add_column("warehouse", sa.Column(column, sa.String(length), nullable=False, server_default=""))
    op.execute(
        "UPDATE approval_request SET state = 'lapsed', answered_at = CURRENT_TIMESTAMP "
        "WHERE state = 'open' AND kind = 'price' "
        "AND order_id IN (SELECT id FROM sales_order WHERE business_state <> 'draft')"
    )
