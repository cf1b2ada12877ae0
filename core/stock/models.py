"""Warehouses, locations, lots, stock documents, the ledger of moves, and the levels kept from it."""

from datetime import date
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Price, Quantity, Rate, Word

SUPPLIER, CUSTOMER, LOSS, HISTORY = 1, 2, 3, 4
"""Ids of the locations outside our warehouses, one of each kind, made by the first migration."""


class LocationKind(StrEnum):
    """What being at a location means. Only goods in storage are ours to promise."""

    STORAGE = "storage"
    QUARANTINE = "quarantine"
    SECOND_QUALITY = "second_quality"
    TRANSIT = "transit"
    CONSIGNMENT = "consignment"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    LOSS = "loss"
    HISTORY = "history"
    RELABEL = "relabel"


UNAVAILABLE = (
    LocationKind.QUARANTINE,
    LocationKind.SECOND_QUALITY,
    LocationKind.CONSIGNMENT,
)
"""Kinds of places of a warehouse whose goods are there but promised to nobody. Goods in transit are not there yet."""

LOCATION_KIND_LABELS = {
    LocationKind.STORAGE: N_("Storage"),
    LocationKind.QUARANTINE: N_("Awaiting inspection"),
    LocationKind.SECOND_QUALITY: N_("Second quality"),
    LocationKind.TRANSIT: N_("In transit"),
    LocationKind.CONSIGNMENT: N_("Consignment"),
    LocationKind.SUPPLIER: N_("Supplier"),
    LocationKind.CUSTOMER: N_("Customer"),
    LocationKind.LOSS: N_("Loss"),
    LocationKind.HISTORY: N_("History"),
    LocationKind.RELABEL: N_("Another lot"),
}
INSIDE = "kind IN ('storage', 'quarantine', 'second_quality', 'transit', 'consignment')"


class MoveState(StrEnum):
    """How far a move is: promised goods are `reserved`, moved goods are `done`."""

    RESERVED = "reserved"
    DONE = "done"
    CANCELLED = "cancelled"


class DocumentKind(StrEnum):
    """Why goods moved without an order."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    ADJUSTMENT = "adjustment"
    SCRAP = "scrap"
    SUPPLIER_RETURN = "supplier_return"


DOCUMENT_KIND_LABELS = {
    DocumentKind.RECEIPT: N_("Goods receipt"),
    DocumentKind.ISSUE: N_("Goods issue"),
    DocumentKind.ADJUSTMENT: N_("Stock adjustment"),
    DocumentKind.SCRAP: N_("Scrapped goods"),
    DocumentKind.SUPPLIER_RETURN: N_("Return to supplier"),
}


class Warehouse(Base):
    """A named group of locations: its storage, and where goods wait that cannot be sold as they are."""

    __tablename__ = "warehouse"
    feeds = ("warehouse", "id")

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    province: Mapped[str] = mapped_column(String(80), default="", server_default="")
    city: Mapped[str] = mapped_column(String(80), default="", server_default="")
    street: Mapped[str] = mapped_column(String(300), default="", server_default="")


class Location(Base):
    """A place where goods are. Outside our warehouses there is one of each kind.

    The places of a warehouse are a tree in which goods lie at the leaves only. `is_default` is where
    goods are put when nobody says where. Goods on their way are at the transit place of the warehouse
    that they go to. From one lot to another goods go by way of `relabel`.
    """

    __tablename__ = "location"
    __table_args__ = (
        CheckConstraint(f"({INSIDE}) = (warehouse_id IS NOT NULL)", name="kind_in_warehouse"),
        CheckConstraint("parent_id <> id", name="no_loop"),
        CheckConstraint("kind = 'storage' OR NOT is_default", name="default_is_storage"),
        Index(
            "uq_location_default",
            "warehouse_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
        Index(
            "uq_location_code",
            "warehouse_id",
            "code",
            unique=True,
            sqlite_where=text("code <> ''"),
            postgresql_where=text("code <> ''"),
        ),
    )

    id: Mapped[Id]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"), index=True)
    kind: Mapped[LocationKind] = mapped_column(Word(LocationKind))
    code: Mapped[str] = mapped_column(String(20), default="", server_default="")
    name: Mapped[str] = mapped_column(String(80))
    is_default: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_active: Mapped[bool] = mapped_column(default=True, server_default=true())


class Lot(Base):
    """Goods of a variant that were made together, or one piece with its serial number.

    A lot is good through its day of expiry. The goods of a blocked lot are promised to nobody.
    """

    __tablename__ = "lot"
    __table_args__ = (UniqueConstraint("variant_id", "number"),)

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    number: Mapped[str] = mapped_column(String(64), index=True)
    made_on: Mapped[date | None]
    best_before_on: Mapped[date | None]
    removal_on: Mapped[date | None]
    expiry_on: Mapped[date | None] = mapped_column(index=True)
    is_blocked: Mapped[bool] = mapped_column(default=False, server_default=false())
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class StockDocument(Base):
    """Goods that moved without an order; its lines are its moves. A mistake is reversed by an opposite document.

    `at` is the moment it counts from (None: `created_at`). `returns_id` names the receipt whose goods go back.
    """

    __tablename__ = "stock_document"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock_document.id"), unique=True)
    returns_id: Mapped[int | None] = mapped_column(ForeignKey("stock_document.id"), index=True)
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"), index=True)
    supplier_number: Mapped[str] = mapped_column(String(64), default="", server_default="")
    prices_include_tax: Mapped[bool | None]
    at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class ReceiptPrice(Base):
    """The price on the supplier's paper for what a move brought in, with or without tax as the document says."""

    __tablename__ = "receipt_price"

    move_id: Mapped[int] = mapped_column(ForeignKey("stock_move.id"), primary_key=True, autoincrement=False)
    unit_price: Mapped[Price]
    tax_rate: Mapped[Rate]


class MovementDraft(Base):
    """A sheet that somebody is still entering; only its owner sees it. It moves nothing."""

    __tablename__ = "movement_draft"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[Id]
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    supplier_id: Mapped[int | None] = mapped_column(ForeignKey("supplier.id"), index=True)
    supplier_number: Mapped[str] = mapped_column(String(64), default="", server_default="")
    prices_include_tax: Mapped[bool] = mapped_column(default=False, server_default=false())
    booked_on: Mapped[date | None]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"), index=True)
    lines: Mapped[list["MovementDraftLine"]] = relationship(
        lazy="raise", back_populates="draft", order_by="MovementDraftLine.id", cascade="all, delete-orphan"
    )


class MovementDraftLine(Base):
    """How much of a variant is to be moved, or was counted."""

    __tablename__ = "movement_draft_line"
    __table_args__ = (
        UniqueConstraint("draft_id", "variant_id"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )

    id: Mapped[Id]
    draft_id: Mapped[int] = mapped_column(ForeignKey("movement_draft.id"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"), index=True)
    quantity: Mapped[Quantity]
    unit_price: Mapped[Price | None]
    draft: Mapped[MovementDraft] = relationship(lazy="raise", back_populates="lines")
    lots: Mapped[list["MovementDraftLot"]] = relationship(
        lazy="raise", order_by="MovementDraftLot.id", cascade="all, delete-orphan"
    )


class MovementDraftLot(Base):
    """How much of a draft's line is of which lot; the dates make the lot where it is new."""

    __tablename__ = "movement_draft_lot"
    __table_args__ = (
        UniqueConstraint("line_id", "number"),
        CheckConstraint("quantity >= 0", name="quantity_not_negative"),
    )

    id: Mapped[Id]
    line_id: Mapped[int] = mapped_column(ForeignKey("movement_draft_line.id"))
    number: Mapped[str] = mapped_column(String(64))
    quantity: Mapped[Quantity]
    made_on: Mapped[date | None]
    expiry_on: Mapped[date | None]


class StockMove(Base):
    """Goods leaving one location for another. Never edited once done; corrected by an opposite move.

    `origin_type` and `origin_id` name the document that caused it (`sales_order`, `sales_return`,
    `stock_document`, `stock_transfer`), `origin_line_id` its line or step where it has some of its own.
    `at` is the moment it counts from and may lie before `recorded_at` (None: the same). `returns_id`
    names the move whose goods come back or go back; `undoes` says that this one never should have
    been. `unit_cost` is what goods cost that come in.
    """

    __tablename__ = "stock_move"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("source_id <> target_id", name="two_ends"),
        Index(None, "variant_id", "at"),
        Index(None, "origin_type", "origin_id"),
        Index(
            None,
            "returns_id",
            sqlite_where=text("returns_id IS NOT NULL"),
            postgresql_where=text("returns_id IS NOT NULL"),
        ),
        Index(None, "lot_id", sqlite_where=text("lot_id IS NOT NULL"), postgresql_where=text("lot_id IS NOT NULL")),
    )
    feeds = ("stock_move", "id")

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    quantity: Mapped[Quantity]
    source_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    state: Mapped[MoveState] = mapped_column(Word(MoveState))
    origin_type: Mapped[str] = mapped_column(String(20))
    origin_id: Mapped[int] = mapped_column(BigInteger)
    origin_line_id: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[Moment]
    recorded_at: Mapped[Moment | None]
    unit_cost: Mapped[Price | None]
    returns_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"))
    undoes: Mapped[bool] = mapped_column(default=False, server_default=false())
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"))


class StockLevel(Base):
    """What the ledger adds up to for a variant and lot at a location of a warehouse; kept in the same transaction.

    More may be promised than there is only while a rule lets it (`may_go_below`).
    """

    __tablename__ = "stock_level"
    __table_args__ = (
        Index(
            "uq_stock_level_place",
            "variant_id",
            "location_id",
            text("coalesce(lot_id, 0)"),
            unique=True,
        ),
        CheckConstraint("reserved >= 0", name="reserved_positive"),
        CheckConstraint("may_go_below OR reserved <= on_hand", name="never_oversold"),
        CheckConstraint("NOT may_go_below OR lot_id IS NULL", name="lots_never_below"),
    )

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    lot_id: Mapped[int | None] = mapped_column(ForeignKey("lot.id"), index=True)
    on_hand: Mapped[Quantity]
    reserved: Mapped[Quantity]
    may_go_below: Mapped[bool] = mapped_column(default=False, server_default=false())


class NegativeRule(Base):
    """Whether more of a product may be promised and shipped than there is; the rule that says most counts.

    For a product, a category with those below it, a warehouse, or (none of them) the whole company.
    """

    __tablename__ = "negative_rule"
    __table_args__ = (
        CheckConstraint(
            "(product_id IS NULL AND category_id IS NULL) OR (product_id IS NULL AND warehouse_id IS NULL) "
            "OR (category_id IS NULL AND warehouse_id IS NULL)",
            name="one_scope",
        ),
        Index(
            "uq_negative_rule_scope",
            text("coalesce(product_id, 0)"),
            text("coalesce(category_id, 0)"),
            text("coalesce(warehouse_id, 0)"),
            unique=True,
        ),
    )

    id: Mapped[Id]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"))
    allowed: Mapped[bool]


class PlannedMove(Base):
    """Goods that are to come to a warehouse or to leave it on a day, before anybody moves them."""

    __tablename__ = "planned_move"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index(None, "variant_id", "planned_on"),
    )

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    quantity: Mapped[Quantity]
    is_incoming: Mapped[bool]
    planned_on: Mapped[date]
    note: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[Moment | None]
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
