"""search_indexes"""

import sqlalchemy as sa
from alembic import op

from core.base.search import starts_of

revision = "0003"
down_revision = "0002"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SIGNS = sa.String(length=32).with_variant(sa.String(length=32, collation="C"), "postgresql")
AT_ONCE = 2_000


def upgrade() -> None:
    """Find orders, customers and products through indexes, however many there are."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute('ALTER TABLE sales_order ALTER COLUMN number TYPE varchar(24) COLLATE "C"')
        op.execute('ALTER TABLE sales_order ALTER COLUMN channel_order_number TYPE varchar(64) COLLATE "C"')
    op.create_index(op.f("ix_sales_order_customer_id_ordered_on"), "sales_order", ["customer_id", "ordered_on"])
    op.drop_index(op.f("ix_sales_order_customer_id"), "sales_order")
    op.create_index(op.f("ix_sales_order_channel_id_ordered_on"), "sales_order", ["channel_id", "ordered_on"])
    _partial("ix_sales_order_unpaid", ["payment_state", "ordered_on"], "payment_state <> 'full'")
    _partial("ix_sales_order_unshipped", ["shipment_state", "ordered_on"], "shipment_state <> 'full'")
    _partial("ix_sales_order_channel_order_number", ["channel_order_number"], "channel_order_number IS NOT NULL")
    _partial("ix_sales_order_entered_by", ["created_by", "id"], "import_batch_id IS NULL")
    for owner in ("customer", "variant"):
        _words(owner)


def _partial(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "sales_order", columns, sqlite_where=condition, postgresql_where=condition)


def _words(owner: str) -> None:
    table = f"{owner}_word"
    words = op.create_table(
        table,
        sa.Column("word", SIGNS, nullable=False),
        sa.Column("owner_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], [f"{owner}.id"], name=op.f(f"fk_{table}_owner_id_{owner}"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("word", "owner_id", name=op.f(f"pk_{table}")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f(f"ix_{table}_owner_id"), table, ["owner_id"])
    connection = op.get_bind()
    known = sa.table(owner, sa.column("id", BIG_ID), sa.column("search_text", sa.String()))
    chosen = sa.select(known.c.id, known.c.search_text).order_by(known.c.id).limit(AT_ONCE)
    last = 0
    while found := connection.execute(chosen.where(known.c.id > last)).all():
        last = found[-1].id
        rows = [{"word": word, "owner_id": each.id} for each in found for word in starts_of(each.search_text)]
        if rows:
            connection.execute(sa.insert(words), rows)
