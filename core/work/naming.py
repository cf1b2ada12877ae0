"""What the words for ids in commands and entries mean, so that one place can ask whether the row may be seen."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from core.db.model import Base

# A word means the same everywhere, unless a room gives it a meaning of its own. None: such rows are seen by all.
MEANINGS: dict[str, str | None] = {
    "amendment_id": "order_amendment",
    "approval_id": "approval_request",
    "charge_id": "account_charge",
    "count_id": "stock_count",
    "count_ids": "stock_count",
    "customer_id": "customer",
    "customer_ids": "customer",
    "document_id": "stock_document",
    "draft_id": "movement_draft",
    "exchange_id": "sales_exchange",
    "follow_up_id": "follow_up",
    "from_id": "location",
    "line_ids": "stock_count_line",
    "location_id": "location",
    "move_id": "stock_move",
    "move_ids": "stock_move",
    "order_id": "sales_order",
    "order_ids": "sales_order",
    "order_line_id": "order_line",
    "order_number": None,
    "pause_id": "reminder_pause",
    "payment_id": "payment",
    "photo_id": "attachment",
    "place_id": "location",
    "planned_id": "planned_move",
    "proposal_ids": "grade_proposal",
    "receipt_id": "stock_document",
    "refund_id": "return_refund",
    "request_id": "approval_request",
    "return_id": "sales_return",
    "returns_id": "stock_move",
    "shipment_id": "shipment",
    "statement_id": "statement",
    "template_id": "order_template",
    "to_id": "location",
    "transfer_id": "stock_transfer",
    "transfer_ids": "stock_transfer",
    "warehouse_id": "warehouse",
    "warehouse_ids": "warehouse",
}
IN_ROOM: dict[tuple[str, str], str | None] = {
    ("sales", "line_id"): "order_line",
    ("sales", "kit_id"): None,  # of an order or a catalogue; the order is named beside it
    ("stock", "parent_id"): "location",
    ("stock", "source_id"): "warehouse",
    ("stock", "target_id"): "warehouse",
}
# Rows that belong to no customer and no warehouse, or whose owner the command itself asks for.
SEEN_BY_ALL = frozenset(
    {
        "account_id",
        "actor_id",
        "adjustment_id",
        "alert_id",
        "attempt_id",
        "audience_id",
        "backup_id",
        "batch_id",
        "category_id",
        "channel_id",
        "clearing_id",
        "close_id",
        "field_id",
        "grade_id",
        "id",
        "incident_id",
        "job_id",
        "kit_id",
        "kit_ids",
        "line_id",
        "link_id",
        "list_id",
        "look_id",
        "lot_id",
        "lot_ids",
        "notice_ids",
        "origin_id",
        "owner_id",
        "parent_id",
        "plan_id",
        "post_id",
        "product_id",
        "promotion_id",
        "reason_id",
        "role_id",
        "row_id",
        "rule_id",
        "run_id",
        "sales_rep_id",
        "session_id",
        "source_id",
        "subject_id",
        "substitute_ids",
        "supplier_id",
        "target_id",
        "user_id",
        "variant_id",
        "variant_ids",
        "view_id",
    }
)


def meaning(room: str, word: str) -> str | None:
    """The table that a word for ids means in a room; None where everybody sees its rows."""
    return IN_ROOM.get((room, word), MEANINGS.get(word))


def ids_named(room: str, words: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """The tables and ids that arguments name, those within entries included."""
    about = words.get("origin_type")
    if isinstance(about, str) and about in Base.metadata.tables and isinstance(words.get("origin_id"), int):
        yield about, words["origin_id"]
    for word, value in words.items():
        table = meaning(room, word)
        if table is not None:
            yield from ((table, each) for each in _ids(value))
        yield from _within(room, value)


def _ids(value: Any) -> Iterator[int]:
    if isinstance(value, int):
        yield value
    elif isinstance(value, list | tuple | set | frozenset):
        yield from (each for each in value if isinstance(each, int))


def _within(room: str, value: Any) -> Iterator[tuple[str, int]]:
    if is_dataclass(value) and not isinstance(value, type):
        yield from ids_named(room, {field.name: getattr(value, field.name) for field in fields(value)})
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _within(room, each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _within(room, each)
