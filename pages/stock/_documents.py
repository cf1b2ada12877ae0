"""How the documents behind stock moves are named, and the way to each of them."""

from collections.abc import Iterable

from core.sales.queries import document_numbers
from core.security.actor import Actor
from core.stock.counts.queries import stock_count_numbers
from core.stock.models import LocationKind, MoveState
from core.stock.queries import MoveRow, stock_documents
from core.work.command import may
from core.work.store import View
from pages._shared.screen import may_open
from pages._shared.text import _

SCREEN_OF = {
    "sales_order": "sales/order",
    "sales_return": "sales/take_back",
    "stock_document": "stock/document",
    "stock_count": "stock/count",
}


def numbers_of(view: View, moves: Iterable[MoveRow]) -> dict[tuple[str, int], str]:
    """The number of the document behind each move: (type, id) → number."""
    origins = {(move.origin_type, move.origin_id) for move in moves}
    ids = [document_id for kind, document_id in origins if kind == "stock_document"]
    numbers = document_numbers(view, origins)
    for document in stock_documents(view, ids=ids, limit=len(ids) or 1):
        numbers["stock_document", document.id] = document.number
    taken = [document_id for kind, document_id in origins if kind == "stock_count"]
    if taken and may(view.actor, stock_count_numbers):
        numbers |= {("stock_count", each): number for each, number in stock_count_numbers(view, taken).items()}
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
    if move.origin_type == "stock_count":
        return _("Stocktake")
    if move.other_end == LocationKind.LOSS:
        return _("Stock adjustment")
    if move.origin_type == "sales_order":
        return _("Shipment") if move.change < 0 else _("Shipment undone")
    if move.other_end == LocationKind.SUPPLIER:
        return _("Goods receipt") if move.change > 0 else _("Receipt reversed")
    return _("Goods issue") if move.change < 0 else _("Issue reversed")
