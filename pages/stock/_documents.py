"""How the documents behind stock moves are named, and the way to each of them."""

from collections.abc import Iterable

from core.sales.queries import document_numbers
from core.security.actor import Actor
from core.stock.models import LocationKind, MoveState
from core.stock.queries import MoveRow, stock_documents
from core.stock.transfers.queries import transfer_numbers
from core.work.store import View
from pages._shared.screen import may_open
from pages._shared.text import _

SCREEN_OF = {"sales_order": "sales/order", "stock_document": "stock/document", "stock_transfer": "stock/transfer"}


def numbers_of(view: View, moves: Iterable[MoveRow]) -> dict[tuple[str, int], str]:
    """The number of the document behind each move: (type, id) → number."""
    origins = {(move.origin_type, move.origin_id) for move in moves}
    ids = [document_id for kind, document_id in origins if kind == "stock_document"]
    numbers = document_numbers(view, origins)
    for document in stock_documents(view, ids=ids, limit=len(ids) or 1):
        numbers["stock_document", document.id] = document.number
    moved = [document_id for kind, document_id in origins if kind == "stock_transfer"]
    for transfer_id, number in transfer_numbers(view, moved).items():
        numbers["stock_transfer", transfer_id] = number
    return numbers


def screen_for(actor: Actor, origin_type: str) -> str | None:
    """The screen that shows such a document, if the actor may open it."""
    screen = SCREEN_OF.get(origin_type)
    return screen if screen and may_open(actor, screen) else None


def happened(move: MoveRow) -> str:
    """What a move was, in a word."""
    if move.state == MoveState.RESERVED:
        return _("Reserved for an order")
    if move.origin_type == "sales_return":
        return _("Goods returned")
    if move.origin_type == "stock_transfer":
        return _("Transfer in") if move.change > 0 else _("Transfer out")
    if move.other_end == LocationKind.LOSS:
        return _("Stock adjustment")
    if move.origin_type == "sales_order":
        return _("Shipment") if move.change < 0 else _("Shipment undone")
    if move.other_end == LocationKind.SUPPLIER:
        return _("Goods receipt") if move.change > 0 else _("Receipt reversed")
    return _("Goods issue") if move.change < 0 else _("Issue reversed")
