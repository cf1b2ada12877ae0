"""lots_and_places"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0011"
down_revision = "0010"


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSIDE = "kind IN ('storage', 'quarantine', 'second_quality', 'transit', 'consignment')"
ALONE = {"resolve_fks": False}
IS_DEFAULT, HAS_CODE, HAS_LOT = sa.text("is_default"), sa.text("code <> ''"), sa.text("lot_id IS NOT NULL")


def upgrade() -> None:
    """A tree of places, lots with their dates, rules for negative stock and fulfilment. What there is has no lot."""
    _places()
    _lots()
    _levels()
    _tracking()
    _planned()
    _fulfilment()


def _places() -> None:
    op.drop_index("uq_location_beside_storage", table_name="location")
    with op.batch_alter_table("location", reflect_kwargs=ALONE) as batch:
        _drop_checks(batch, "location", "storage_in_warehouse", "kind_in_warehouse")
        batch.add_column(sa.Column("parent_id", BIG_ID, nullable=True))
        batch.add_column(sa.Column("code", sa.String(length=20), server_default="", nullable=False))
        batch.add_column(sa.Column("is_default", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch.create_foreign_key(op.f("fk_location_parent_id_location"), "location", ["parent_id"], ["id"])
        batch.create_check_constraint(
            op.f("ck_location_kind_in_warehouse"), sa.text(f"({INSIDE}) = (warehouse_id IS NOT NULL)")
        )
        batch.create_check_constraint(op.f("ck_location_no_loop"), sa.text("parent_id <> id"))
        batch.create_check_constraint(
            op.f("ck_location_default_is_storage"), sa.text("kind = 'storage' OR NOT is_default")
        )
    op.create_index(op.f("ix_location_parent_id"), "location", ["parent_id"], unique=False)
    op.execute(
        "UPDATE location SET is_default = (1 = 1) WHERE id IN "
        "(SELECT min(id) FROM location WHERE kind = 'storage' GROUP BY warehouse_id)"
    )
    op.create_index(
        "uq_location_default",
        "location",
        ["warehouse_id"],
        unique=True,
        sqlite_where=IS_DEFAULT,
        postgresql_where=IS_DEFAULT,
    )
    op.create_index(
        "uq_location_code",
        "location",
        ["warehouse_id", "code"],
        unique=True,
        sqlite_where=HAS_CODE,
        postgresql_where=HAS_CODE,
    )
    op.execute("INSERT INTO location (kind, name) VALUES ('relabel', 'Another lot')")


def _lots() -> None:
    op.create_table(
        "lot",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        *(
            sa.Column(name, sa.Date(), nullable=True)
            for name in ("made_on", "best_before_on", "removal_on", "expiry_on")
        ),
        sa.Column("is_blocked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_lot_created_by_app_user")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_lot_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("variant_id", "number", name=op.f("uq_lot_variant_id_number")),
    )
    op.create_index(op.f("ix_lot_number"), "lot", ["number"], unique=False)
    op.create_index(op.f("ix_lot_expiry_on"), "lot", ["expiry_on"], unique=False)
    _add_lot("stock_move")
    op.create_index(
        op.f("ix_stock_move_lot_id"),
        "stock_move",
        ["lot_id"],
        unique=False,
        sqlite_where=HAS_LOT,
        postgresql_where=HAS_LOT,
    )
    op.create_table(
        "movement_draft_lot",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("line_id", BIG_ID, nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("expiry_on", sa.Date(), nullable=True),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_movement_draft_lot_quantity_not_negative")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["movement_draft_line.id"], name=op.f("fk_movement_draft_lot_line_id_movement_draft_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement_draft_lot")),
        sa.UniqueConstraint("line_id", "number", name=op.f("uq_movement_draft_lot_line_id_number")),
    )


def _levels() -> None:
    with op.batch_alter_table("stock_level", reflect_kwargs=ALONE) as batch:
        _drop_checks(batch, "stock_level", "never_oversold")
        batch.add_column(sa.Column("lot_id", BIG_ID, nullable=True))
        batch.add_column(sa.Column("may_go_below", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.create_foreign_key(op.f("fk_stock_level_lot_id_lot"), "lot", ["lot_id"], ["id"])
        batch.drop_constraint(op.f("uq_stock_level_variant_id_location_id"), type_="unique")
        batch.create_check_constraint(
            op.f("ck_stock_level_never_oversold"), sa.text("may_go_below OR reserved <= on_hand")
        )
        batch.create_check_constraint(
            op.f("ck_stock_level_lots_never_below"), sa.text("NOT may_go_below OR lot_id IS NULL")
        )
    op.create_index(op.f("ix_stock_level_lot_id"), "stock_level", ["lot_id"], unique=False)
    op.create_index(
        "uq_stock_level_place",
        "stock_level",
        ["variant_id", "location_id", sa.text("coalesce(lot_id, 0)")],
        unique=True,
    )
    op.create_table(
        "negative_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("product_id", BIG_ID, nullable=True),
        sa.Column("category_id", BIG_ID, nullable=True),
        sa.Column("warehouse_id", BIG_ID, nullable=True),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(product_id IS NULL AND category_id IS NULL) OR (product_id IS NULL AND warehouse_id IS NULL) "
            "OR (category_id IS NULL AND warehouse_id IS NULL)",
            name=op.f("ck_negative_rule_one_scope"),
        ),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_negative_rule_category_id_category")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_negative_rule_product_id_product")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_negative_rule_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_negative_rule")),
    )
    scope = [sa.text(f"coalesce({name}, 0)") for name in ("product_id", "category_id", "warehouse_id")]
    op.create_index("uq_negative_rule_scope", "negative_rule", scope, unique=True)


def _tracking() -> None:
    op.add_column("product", sa.Column("tracking", sa.String(20), server_default="none", nullable=False))
    op.add_column("product", sa.Column("shelf_life_days", BIG_ID, nullable=True))
    op.add_column("product", sa.Column("best_before_days", BIG_ID, server_default=sa.text("0"), nullable=False))
    op.add_column("product", sa.Column("removal_days", BIG_ID, server_default=sa.text("0"), nullable=False))


def _planned() -> None:
    op.create_table(
        "planned_move",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("variant_id", BIG_ID, nullable=False),
        sa.Column("warehouse_id", BIG_ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("is_incoming", sa.Boolean(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_planned_move_quantity_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["app_user.id"], name=op.f("fk_planned_move_created_by_app_user")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_planned_move_variant_id_variant")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_planned_move_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_move")),
    )
    op.create_index(
        op.f("ix_planned_move_variant_id_planned_on"), "planned_move", ["variant_id", "planned_on"], unique=False
    )


def _fulfilment() -> None:
    op.create_table(
        "fulfilment_rule",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("customer_id", BIG_ID, nullable=True),
        *(
            sa.Column(name, sa.Boolean(), nullable=True)
            for name in ("ship_complete", "back_orders", "other_warehouses")
        ),
        sa.Column("unpaid_minutes", BIG_ID, nullable=True),
        sa.Column("least_life_share", sa.BigInteger(), nullable=True),
        sa.Column("least_life_days", BIG_ID, nullable=True),
        sa.Column("under_share", sa.BigInteger(), nullable=True),
        sa.Column("priority", BIG_ID, nullable=True),
        sa.CheckConstraint("least_life_share BETWEEN 0 AND 10000", name=op.f("ck_fulfilment_rule_share_of_life")),
        sa.CheckConstraint("under_share BETWEEN 0 AND 10000", name=op.f("ck_fulfilment_rule_share_of_quantity")),
        sa.CheckConstraint("least_life_days >= 0 AND unpaid_minutes > 0", name=op.f("ck_fulfilment_rule_lengths")),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_fulfilment_rule_customer_id_customer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfilment_rule")),
    )
    op.create_index(
        "uq_fulfilment_rule_customer", "fulfilment_rule", [sa.text("coalesce(customer_id, 0)")], unique=True
    )
    op.create_table(
        "order_promise",
        sa.Column("order_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("ship_complete", sa.Boolean(), nullable=True),
        sa.Column("waits", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], name=op.f("fk_order_promise_order_id_sales_order")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_promise")),
    )
    op.create_index(op.f("ix_order_promise_waits"), "order_promise", ["waits"], unique=False)
    op.create_index(op.f("ix_order_promise_reserved_until"), "order_promise", ["reserved_until"], unique=False)
    op.create_table(
        "shipment_pick",
        sa.Column("shipment_id", BIG_ID, nullable=False),
        sa.Column("move_id", BIG_ID, nullable=False),
        sa.ForeignKeyConstraint(["move_id"], ["stock_move.id"], name=op.f("fk_shipment_pick_move_id_stock_move")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_pick_shipment_id_shipment")),
        sa.PrimaryKeyConstraint("shipment_id", "move_id", name=op.f("pk_shipment_pick")),
    )


def _add_lot(table: str) -> None:
    kind = BIG_ID.compile(op.get_bind().dialect)
    op.execute(f"ALTER TABLE {table} ADD COLUMN lot_id {kind} CONSTRAINT fk_{table}_lot_id_lot REFERENCES lot (id)")


def _drop_checks(batch: BatchOperations, table: str, *names: str) -> None:
    """Drop these checks, where the table has them."""
    there = {str(each["name"]) for each in sa.inspect(op.get_bind()).get_check_constraints(table)}
    for name in sorted(there & {f"ck_{table}_{each}" for each in names}):
        batch.drop_constraint(op.f(name), type_="check")
