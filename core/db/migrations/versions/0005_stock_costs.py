"""stock_costs"""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOST = 2**62


def upgrade() -> None:
    """What moves cost, and an opening balance of what is on hand, at the purchase price."""
    op.add_column("stock_move", sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stock_move", sa.Column("unit_cost", sa.BigInteger(), nullable=True))
    op.add_column("stock_move", sa.Column("undoes", sa.Boolean(), server_default=sa.false(), nullable=False))
    # By hand: rebuilding the ledger to add a reference would take minutes where there is much of it.
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE stock_move ADD COLUMN returns_id {kind} "
        "CONSTRAINT fk_stock_move_returns_id_stock_move REFERENCES stock_move (id)"
    )
    op.create_index(
        op.f("ix_stock_move_returns_id"),
        "stock_move",
        ["returns_id"],
        unique=False,
        sqlite_where=sa.text("returns_id IS NOT NULL"),
        postgresql_where=sa.text("returns_id IS NOT NULL"),
    )
    _rules_and_closes()
    _books()
    _entries()
    _open_books()
    # Last, because reading the table's definition back would warn of an index on expressions.
    op.create_index(
        "uq_cost_balance_pool",
        "cost_balance",
        ["variant_id", sa.text("coalesce(warehouse_id, 0)"), sa.text("coalesce(lot_id, 0)")],
        unique=True,
    )


def _rules_and_closes() -> None:
    op.create_table(
        "cost_adjustment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("split_by", sa.String(20), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("reverses_id", BIG_ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_cost_adjustment_created_by_app_user")),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["cost_adjustment.id"], name=op.f("fk_cost_adjustment_reverses_id_cost_adjustment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_adjustment")),
        sa.UniqueConstraint("number", name=op.f("uq_cost_adjustment_number")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_cost_adjustment_reverses_id")),
    )
    op.create_table(
        "cost_policy",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("per_warehouse", sa.Boolean(), nullable=False),
        sa.Column("per_lot", sa.Boolean(), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_cost_policy_category_id_category")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_cost_policy_created_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_policy")),
    )
    op.create_index(
        op.f("ix_cost_policy_category_id_since_on"), "cost_policy", ["category_id", "since_on"], unique=False
    )
    op.create_table(
        "period_close",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("closed_through", sa.Date(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("is_opening", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_period_close_created_by_app_user")),
        sa.ForeignKeyConstraint(["reopened_by"], ["app_user.id"], name=op.f("fk_period_close_reopened_by_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_period_close")),
    )


def _books() -> None:
    op.create_table(
        "cost_book",
        sa.Column("variant_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("per_warehouse", sa.Boolean(), nullable=False),
        sa.Column("per_lot", sa.Boolean(), nullable=False),
        sa.Column("first_cost", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cost_book_variant_id_variant")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_cost_book")),
    )
    op.create_table(
        "cost_method",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("after_move_id", BIG_ID, nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("per_warehouse", sa.Boolean(), nullable=False),
        sa.Column("per_lot", sa.Boolean(), nullable=False),
        sa.Column("policy_id", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["policy_id"], ["cost_policy.id"], name=op.f("fk_cost_method_policy_id_cost_policy")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cost_method_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_method")),
    )
    op.create_index(op.f("ix_cost_method_policy_id"), "cost_method", ["policy_id"], unique=False)
    op.create_index(op.f("ix_cost_method_variant_id_at"), "cost_method", ["variant_id", "at"], unique=False)
    op.create_table(
        "cost_balance",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("lot_id", BIG_ID, nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("last_cost", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_move_id", BIG_ID, nullable=False),
        sa.CheckConstraint("quantity <> 0 OR amount = 0", name=op.f("ck_cost_balance_nothing_costs_nothing")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["cost_book.variant_id"], name=op.f("fk_cost_balance_variant_id_cost_book")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_cost_balance_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_balance")),
    )
    op.create_table(
        "cost_layer",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("lot_id", BIG_ID, nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("source_id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_cost_layer_not_empty")),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["cost_book.variant_id"], name=op.f("fk_cost_layer_variant_id_cost_book")
        ),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_cost_layer_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_layer")),
    )
    op.create_index(op.f("ix_cost_layer_variant_id"), "cost_layer", ["variant_id"], unique=False)


def _entries() -> None:
    op.create_table(
        "cost_state",
        sa.Column("close_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("variant_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["close_id"], ["period_close.id"], name=op.f("fk_cost_state_close_id_period_close")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cost_state_variant_id_variant")),
        sa.PrimaryKeyConstraint("close_id", "variant_id", name=op.f("pk_cost_state")),
    )
    op.create_index(op.f("ix_cost_state_variant_id"), "cost_state", ["variant_id"], unique=False)
    op.create_table(
        "cost_adjustment_line",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("adjustment_id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("move_id", BIG_ID, nullable=True),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column("factor", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after_move_id", BIG_ID, nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjustment_id"],
            ["cost_adjustment.id"],
            name=op.f("fk_cost_adjustment_line_adjustment_id_cost_adjustment"),
        ),
        sa.ForeignKeyConstraint(
            ["move_id"], ["stock_move.id"], name=op.f("fk_cost_adjustment_line_move_id_stock_move")
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_cost_adjustment_line_variant_id_variant")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_cost_adjustment_line_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_adjustment_line")),
    )
    op.create_index(
        op.f("ix_cost_adjustment_line_adjustment_id"), "cost_adjustment_line", ["adjustment_id"], unique=False
    )
    op.create_index(op.f("ix_cost_adjustment_line_move_id"), "cost_adjustment_line", ["move_id"], unique=False)
    op.create_index(
        op.f("ix_cost_adjustment_line_variant_id_at"), "cost_adjustment_line", ["variant_id", "at"], unique=False
    )
    op.create_table(
        "cost_entry",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("lot_id", BIG_ID, nullable=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("move_id", BIG_ID, nullable=True),
        sa.Column("adjustment_line_id", BIG_ID, nullable=True),
        sa.Column("method_id", BIG_ID, nullable=True),
        sa.CheckConstraint(
            "move_id IS NULL OR (adjustment_line_id IS NULL AND method_id IS NULL)",
            name=op.f("ck_cost_entry_one_cause"),
        ),
        sa.ForeignKeyConstraint(
            ["adjustment_line_id"],
            ["cost_adjustment_line.id"],
            name=op.f("fk_cost_entry_adjustment_line_id_cost_adjustment_line"),
        ),
        sa.ForeignKeyConstraint(["method_id"], ["cost_method.id"], name=op.f("fk_cost_entry_method_id_cost_method")),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_cost_entry_move_id_stock_move")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cost_entry_variant_id_variant")),
        sa.ForeignKeyConstraint(["warehouse_id"], ["warehouse.id"], name=op.f("fk_cost_entry_warehouse_id_warehouse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_entry")),
    )
    op.create_index(
        op.f("ix_cost_entry_adjustment_line_id"),
        "cost_entry",
        ["adjustment_line_id"],
        unique=False,
        sqlite_where=sa.text("adjustment_line_id IS NOT NULL"),
        postgresql_where=sa.text("adjustment_line_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_cost_entry_move_id"), "cost_entry", ["move_id"], unique=False)
    op.create_index(op.f("ix_cost_entry_variant_id_at"), "cost_entry", ["variant_id", "at"], unique=False)


def _open_books() -> None:
    """Value what is on hand at the purchase price, as of the newest move; older moves carry no cost."""
    connection = op.get_bind()
    move, location, level = (_table(name) for name in ("stock_move", "location", "stock_level"))
    inside = sa.select(location.c.id).where(location.c.warehouse_id.is_not(None))
    newest = connection.execute(
        sa.select(move.c.at, move.c.id)
        .where(move.c.state == "done", move.c.source_id.in_(inside) | move.c.target_id.in_(inside))
        .order_by(move.c.at.desc(), move.c.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return
    until = newest.at
    close = {"closed_through": (until - timedelta(days=1)).date(), "until": until, "created_at": until}
    close |= {"note": "", "is_opening": True}
    close_id = connection.scalar(sa.insert(_table("period_close")).values(**close).returning(sa.column("id")))
    variant = sa.table("variant", sa.column("id"), sa.column("purchase_price"))
    held: dict[int, list[Any]] = defaultdict(list)
    prices: dict[int, list[int]] = {}
    for variant_id, warehouse_id, quantity, price in connection.execute(
        sa.select(level.c.variant_id, location.c.warehouse_id, level.c.on_hand, variant.c.purchase_price)
        .join(location, location.c.id == level.c.location_id)
        .join(variant, variant.c.id == level.c.variant_id)
        .where(level.c.on_hand != 0)
        .order_by(level.c.variant_id, location.c.warehouse_id)
    ):
        held[variant_id].append([warehouse_id, None, _plain(quantity, 3)])
        prices[variant_id] = [prices.get(variant_id, (0,))[0] + quantity, price]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    policy = {"method": "average", "per_warehouse": False, "per_lot": False}
    for variant_id, (quantity, price) in prices.items():
        amount = (2 * quantity * price + 1_000) // 2_000
        pool = {"variant_id": variant_id, "quantity": quantity, "amount": amount}
        rows["cost_book"].append({"variant_id": variant_id, "first_cost": price, **policy})
        rows["cost_method"].append({"variant_id": variant_id, "at": None, "after_move_id": 0, **policy})
        rows["cost_balance"].append({"last_cost": price, "last_at": until, "last_move_id": MOST, **pool})
        entry = {"kind": "opening", "at": until, "booked_on": until.date(), "recorded_at": until, "is_late": False}
        rows["cost_entry"].append(entry | pool)
        pools: list[Any] = [[None, None, _plain(price, 4), _plain(quantity, 3), _plain(amount, 4), []]]
        kept = {"pools": pools, "held": held[variant_id]}
        rows["cost_state"].append({"close_id": close_id, "variant_id": variant_id, "kept": kept})
    for name, values in rows.items():
        connection.execute(sa.insert(_table(name)), values)


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)


def _plain(units: int, places: int) -> str:
    return f"{Decimal(units).scaleb(-places):f}"
