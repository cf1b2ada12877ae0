"""Warehouses, locations, stock documents, the ledger of moves, and the levels kept from it."""

from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Id, Moment, Price, Quantity, Word

SUPPLIER, CUSTOMER, LOSS, HISTORY = 1, 2, 3, 4
"""Ids of the locations outside our warehouses, one of each kind, made by the first migration."""


class LocationKind(StrEnum):
    """What being at a location means. Only goods in storage are ours to promise."""

    STORAGE = "storage"
    QUARANTINE = "quarantine"
    SECOND_QUALITY = "second_quality"
    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    LOSS = "loss"
    HISTORY = "history"


UNAVAILABLE = (LocationKind.QUARANTINE, LocationKind.SECOND_QUALITY)
"""Places of a warehouse whose goods are there but promised to nobody."""

LOCATION_KIND_LABELS = {
    LocationKind.STORAGE: N_("Storage"),
    LocationKind.QUARANTINE: N_("Awaiting inspection"),
    LocationKind.SECOND_QUALITY: N_("Second quality"),
    LocationKind.SUPPLIER: N_("Supplier"),
    LocationKind.CUSTOMER: N_("Customer"),
    LocationKind.LOSS: N_("Loss"),
    LocationKind.HISTORY: N_("History"),
}


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


DOCUMENT_KIND_LABELS = {
    DocumentKind.RECEIPT: N_("Goods receipt"),
    DocumentKind.ISSUE: N_("Goods issue"),
    DocumentKind.ADJUSTMENT: N_("Stock adjustment"),
}


class Warehouse(Base):
    """A named group of locations: its storage, and where goods wait that cannot be sold as they are."""

    __tablename__ = "warehouse"
    feeds = ("warehouse", "id")

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    is_active: Mapped[bool] = mapped_column(default=True)


class Location(Base):
    """A place where goods are. Outside our warehouses there is one of each kind.

    The places of a warehouse beside its storage are made when they are first needed, one of each kind.
    """

    __tablename__ = "location"
    __table_args__ = (
        CheckConstraint(
            "(kind IN ('storage', 'quarantine', 'second_quality')) = (warehouse_id IS NOT NULL)",
            name="kind_in_warehouse",
        ),
        Index(
            "uq_location_beside_storage",
            "warehouse_id",
            "kind",
            unique=True,
            sqlite_where=text("kind IN ('quarantine', 'second_quality')"),
            postgresql_where=text("kind IN ('quarantine', 'second_quality')"),
        ),
    )

    id: Mapped[Id]
    warehouse_id: Mapped[int | None] = mapped_column(ForeignKey("warehouse.id"), index=True)
    kind: Mapped[LocationKind] = mapped_column(Word(LocationKind))
    name: Mapped[str] = mapped_column(String(80))


class StockDocument(Base):
    """A receipt, issue or adjustment; its lines are its moves. A mistake is reversed by an opposite document."""

    __tablename__ = "stock_document"

    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(24), unique=True)
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("stock_document.id"), unique=True)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))


class MovementDraft(Base):
    """A receipt, issue or adjustment that somebody is still entering; only its owner sees it. It moves nothing."""

    __tablename__ = "movement_draft"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[Id]
    kind: Mapped[DocumentKind] = mapped_column(Word(DocumentKind))
    warehouse_id: Mapped[int] = mapped_column(ForeignKey("warehouse.id"))
    reason: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
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
    draft: Mapped[MovementDraft] = relationship(lazy="raise", back_populates="lines")


class StockMove(Base):
    """Goods leaving one location for another. Never edited once done; corrected by an opposite move.

    `origin_type` and `origin_id` name the document that caused it (`sales_order`, `sales_return`,
    `stock_document`), `origin_line_id` its line where it has lines of its own. `at` is the moment it
    counts from and may lie before `recorded_at` (None: the same). `returns_id` names the move whose
    goods come back or go back; `undoes` says that this one never should have been. `unit_cost` is
    what goods cost that come in.
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


class StockLevel(Base):
    """What the ledger adds up to for a variant at a location of a warehouse; kept in the same transaction."""

    __tablename__ = "stock_level"
    __table_args__ = (
        UniqueConstraint("variant_id", "location_id"),
        CheckConstraint("reserved >= 0", name="reserved_positive"),
        CheckConstraint("reserved <= on_hand", name="never_oversold"),
    )

    id: Mapped[Id]
    variant_id: Mapped[int] = mapped_column(ForeignKey("variant.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    on_hand: Mapped[Quantity]
    reserved: Mapped[Quantity]
