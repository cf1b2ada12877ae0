"""money"""

from collections import defaultdict
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from core.base.clock import business_day
from core.base.settings import Settings

revision = "0012"
down_revision = "0011"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Accounts, terms, credit, charges, plans and statements; what shipments are worth, and when it is due."""
    _accounts()
    _statements()
    _columns()
    _free_money()
    _value_shipments()
    _set_due()
    op.execute(_ACCOUNTS)


def _accounts() -> None:
    op.create_table(
        "account_charge",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_amount", sa.BigInteger(), nullable=False),
        sa.Column("charged_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_account_charge_amount_positive")),
        sa.CheckConstraint("paid_amount >= 0 AND paid_amount <= amount", name=op.f("ck_account_charge_paid_within")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_account_charge_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_account_charge_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_charge")),
        sa.UniqueConstraint("number", name=op.f("uq_account_charge_number")),
    )
    op.create_index(op.f("ix_account_charge_customer_id"), "account_charge", ["customer_id"], unique=False)
    op.create_table(
        "credit_approval",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", BIG_ID, nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_approval_amount_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_credit_approval_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_credit_approval_customer_id_customer")),
        sa.ForeignKeyConstraint(["used_by"], ["app_user.id"], name=op.f("fk_credit_approval_used_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_approval")),
    )
    op.create_index(op.f("ix_credit_approval_customer_id"), "credit_approval", ["customer_id"], unique=False)
    op.create_index(
        op.f("ix_credit_approval_document_type_document_id"),
        "credit_approval",
        ["document_type", "document_id"],
        unique=False,
    )
    op.create_table(
        "customer_account",
        sa.Column("customer_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("receivable", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_orders", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("terms", sa.String(20), server_default="on_shipment", nullable=False),
        sa.Column("terms_days", BIG_ID, server_default="0", nullable=False),
        sa.Column("deposit_rate", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=True),
        sa.Column("overdue_days", BIG_ID, nullable=True),
        sa.Column("credit_stage", sa.String(20), server_default="confirm", nullable=False),
        sa.Column("terms_version", BIG_ID, server_default="0", nullable=False),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_customer_account_balance_not_negative")),
        sa.CheckConstraint(
            "credit_limit IS NULL OR credit_limit >= 0", name=op.f("ck_customer_account_limit_not_negative")
        ),
        sa.CheckConstraint(
            "deposit_rate >= 0 AND deposit_rate <= 10000", name=op.f("ck_customer_account_deposit_is_a_share")
        ),
        sa.CheckConstraint(
            "terms_days >= 0 AND (overdue_days IS NULL OR overdue_days >= 0)",
            name=op.f("ck_customer_account_days_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_account_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_account")),
    )
    op.create_table(
        "receipt_instalment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=True),
        sa.Column("document_id", sa.BigInteger(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("planned_since", sa.Date(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_receipt_instalment_amount_positive")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_receipt_instalment_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_instalment")),
    )
    op.create_index(
        op.f("ix_receipt_instalment_customer_id_document_id"),
        "receipt_instalment",
        ["customer_id", "document_id"],
        unique=False,
    )
    op.create_index(op.f("ix_receipt_instalment_planned_on"), "receipt_instalment", ["planned_on"], unique=False)


def _statements() -> None:
    op.create_table(
        "statement",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening_amount", sa.BigInteger(), nullable=False),
        sa.Column("shipped_amount", sa.BigInteger(), nullable=False),
        sa.Column("returned_amount", sa.BigInteger(), nullable=False),
        sa.Column("charged_amount", sa.BigInteger(), nullable=False),
        sa.Column("paid_amount", sa.BigInteger(), nullable=False),
        sa.Column("closing_amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", BIG_ID, nullable=False),
        sa.CheckConstraint(
            "opening_amount + shipped_amount - returned_amount + charged_amount - paid_amount = closing_amount",
            name=op.f("ck_statement_adds_up"),
        ),
        sa.CheckConstraint("since < until", name=op.f("ck_statement_has_days")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_statement_created_by_app_user")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_statement_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("number", name=op.f("uq_statement_number")),
    )
    op.create_index(op.f("ix_statement_customer_id"), "statement", ["customer_id"], unique=False)
    op.create_table(
        "statement_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("statement_id", BIG_ID, nullable=False),
        sa.Column("line_number", BIG_ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("document_type", sa.String(length=20), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.String(length=24), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("order_number", sa.String(length=24), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statement.id"], name=op.f("fk_statement_line_statement_id_statement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_line")),
    )
    op.create_index(op.f("ix_statement_line_order_id"), "statement_line", ["order_id"], unique=False)
    op.create_index(op.f("ix_statement_line_statement_id"), "statement_line", ["statement_id"], unique=False)
    op.create_index(
        "uq_statement_line_document",
        "statement_line",
        ["document_type", "document_id"],
        unique=True,
        sqlite_where=sa.text("is_live"),
        postgresql_where=sa.text("is_live"),
    )


def _columns() -> None:
    # By hand: rebuilding the table to add a condition would take minutes where there are many payments.
    op.execute(
        "ALTER TABLE payment ADD COLUMN open_amount BIGINT DEFAULT '0' NOT NULL CONSTRAINT ck_payment_open_within "
        "CHECK (open_amount >= 0 AND (open_amount = 0 OR open_amount <= amount))"
    )
    op.create_index(
        "ix_payment_open",
        "payment",
        ["customer_id", "received_on"],
        unique=False,
        sqlite_where=sa.text("open_amount <> 0"),
        postgresql_where=sa.text("open_amount <> 0"),
    )
    op.create_index(op.f("ix_payment_received_on_id"), "payment", ["received_on", "id"], unique=False)
    op.add_column("payment_allocation", sa.Column("allocated_on", sa.Date(), nullable=True))
    op.add_column("sales_order", sa.Column("due_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_sales_order_due",
        "sales_order",
        ["customer_id", "due_on"],
        unique=False,
        sqlite_where=sa.text("due_on IS NOT NULL"),
        postgresql_where=sa.text("due_on IS NOT NULL"),
    )
    op.add_column("shipment", sa.Column("amount", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("shipment", sa.Column("due_on", sa.Date(), nullable=True))


def _free_money() -> None:
    """What a refund took off an order to keep it for the customer is the free part of its payment."""
    op.execute(
        "UPDATE payment SET open_amount = amount - "
        "(SELECT coalesce(sum(a.amount), 0) FROM payment_allocation a WHERE a.payment_id = payment.id) "
        "WHERE id IN (SELECT payment_id FROM return_refund WHERE way = 'balance' AND undone_at IS NULL)"
    )


def _value_shipments() -> None:
    """A shipment's share of its order: all of it where there is one, else by what its lines had shipped with it."""
    op.execute(
        "UPDATE shipment SET amount = (SELECT o.gross_amount FROM sales_order o WHERE o.id = shipment.order_id) "
        "WHERE EXISTS (SELECT 1 FROM sales_order o WHERE o.id = shipment.order_id AND o.shipment_state = 'full') "
        "AND NOT EXISTS (SELECT 1 FROM shipment s WHERE s.order_id = shipment.order_id AND s.id <> shipment.id)"
    )
    connection = op.get_bind()
    parts = connection.execute(
        sa.text(
            "SELECT s.id, s.order_id, l.id AS line_id, l.gross_amount, l.quantity, p.quantity AS part, "
            "s.cancelled_at IS NOT NULL AS undone "
            "FROM shipment s JOIN shipment_line p ON p.shipment_id = s.id JOIN order_line l ON l.id = p.order_line_id "
            "JOIN sales_order o ON o.id = s.order_id "
            "WHERE o.shipment_state <> 'full' "
            "OR EXISTS (SELECT 1 FROM shipment t WHERE t.order_id = s.order_id AND t.id <> s.id) "
            "ORDER BY s.order_id, s.id"
        )
    ).all()
    shipped: dict[int, int] = defaultdict(int)
    amounts: dict[int, int] = defaultdict(int)
    for part in parts:
        before = shipped[part.line_id]
        # What was delivered once more left twice, and is worth something once.
        after = min(before + part.part, part.quantity)
        share = _share(part.gross_amount, after, part.quantity) - _share(part.gross_amount, before, part.quantity)
        amounts[part.id] += share
        if not part.undone:
            shipped[part.line_id] = after
    rows = [{"row": each, "amount": amount} for each, amount in amounts.items()]
    if rows:
        connection.execute(sa.text("UPDATE shipment SET amount = :amount WHERE id = :row"), rows)


def _set_due() -> None:
    """Until terms are agreed, goods are due on the day they are shipped."""
    connection = op.get_bind()
    shipment, order = _table("shipment"), _table("sales_order")
    timezone = Settings().timezone
    left: dict[int, int] = {}
    rows = []
    for each in connection.execute(
        sa.select(shipment.c.id, shipment.c.order_id, shipment.c.shipped_at, shipment.c.amount)
        .add_columns((order.c.paid_amount + order.c.returned_amount).label("covers"))
        .join(order, order.c.id == shipment.c.order_id)
        .where(shipment.c.cancelled_at.is_(None), order.c.payment_state.in_(("none", "partial")))
        .order_by(shipment.c.order_id, shipment.c.shipped_at)
    ):
        day = business_day(_aware(each.shipped_at), timezone)
        rows.append({"row": each.id, "day": day})
        before = left.setdefault(each.order_id, each.covers)
        left[each.order_id] = before - each.amount
        if before >= 0 > left[each.order_id]:
            connection.execute(sa.update(order).where(order.c.id == each.order_id).values(due_on=day))
    if rows:
        change = sa.update(shipment).where(shipment.c.id == sa.bindparam("row")).values(due_on=sa.bindparam("day"))
        connection.execute(change, rows)


def _share(amount: int, part: int, whole: int) -> int:
    """So many cents of a line, half up."""
    return (2 * amount * part + whole) // (2 * whole)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)


_ACCOUNTS = """
INSERT INTO customer_account (customer_id, receivable, open_orders, balance)
SELECT customer_id, sum(receivable), sum(open_orders), sum(balance) FROM (
    SELECT o.customer_id,
        CASE WHEN o.shipment_state = 'full' THEN o.gross_amount ELSE coalesce(s.amount, 0) END - o.paid_amount
            AS receivable,
        CASE WHEN o.business_state IN ('confirmed', 'on_hold') AND o.shipment_state <> 'full'
            THEN o.gross_amount - coalesce(s.amount, 0) ELSE 0 END AS open_orders, 0 AS balance
    FROM sales_order o
    LEFT JOIN (
        SELECT order_id, sum(amount) AS amount FROM shipment WHERE cancelled_at IS NULL GROUP BY order_id
    ) s ON s.order_id = o.id
    WHERE o.business_state IN ('confirmed', 'on_hold', 'completed')
    UNION ALL
    SELECT customer_id, -gross_amount, 0, 0 FROM sales_return
    WHERE state IN ('received', 'inspected', 'settled') AND import_batch_id IS NULL
    UNION ALL
    SELECT customer_id, 0, 0, open_amount FROM payment WHERE open_amount <> 0
) AS documents
GROUP BY customer_id
HAVING sum(receivable) <> 0 OR sum(open_orders) <> 0 OR sum(balance) <> 0
"""
