"""The small numbers that stand in the stock facts of the mirror: kinds of places and entries, flows, origins."""

from enum import IntEnum

from core.stock.costs.rules.events import EntryKind
from core.stock.models import LocationKind

# Only ever added to at the end, or the layout of the mirror changes.
PLACES = (
    LocationKind.STORAGE,
    LocationKind.QUARANTINE,
    LocationKind.SECOND_QUALITY,
    LocationKind.TRANSIT,
    LocationKind.CONSIGNMENT,
    LocationKind.SUPPLIER,
    LocationKind.CUSTOMER,
    LocationKind.LOSS,
    LocationKind.HISTORY,
    LocationKind.RELABEL,
)
ENTRY_KINDS = (
    EntryKind.OPENING,
    EntryKind.RECEIPT,
    EntryKind.ISSUE,
    EntryKind.RETURN,
    EntryKind.TRANSFER,
    EntryKind.FOUND,
    EntryKind.LANDED,
    EntryKind.PRICE,
    EntryKind.REVALUATION,
    EntryKind.REFILL,
    EntryKind.EXPENSED,
    EntryKind.REGROUP,
)
ORIGINS = (
    "sales_order",
    "sales_return",
    "stock_document",
    "stock_transfer",
    "stock_count",
    "lot",
    "location",
    "cost_adjustment",
)


class Flow(IntEnum):
    """Why goods moved, as far as analytics care. What undoes a move is of the same flow, the other way."""

    OTHER = 0
    RECEIVED = 1
    SENT_BACK = 2
    SOLD = 3
    RETURNED = 4
    ISSUED = 5
    ADJUSTED = 6
    MOVED = 7
    OPENED = 8
    RELABELLED = 9
    INSIDE = 10
    OUTSIDE = 11


class Cause(IntEnum):
    """What an entry of cost belongs to."""

    MOVE = 0
    ADJUSTMENT = 1
    METHOD = 2


def place(kind: LocationKind) -> int:
    """The number of a kind of place."""
    return PLACES.index(kind) + 1


def entry(kind: EntryKind) -> int:
    """The number of a kind of entry."""
    return ENTRY_KINDS.index(kind) + 1


def origin(kind: str) -> int:
    """The number of a kind of document; 0 for one that is not known here."""
    return ORIGINS.index(kind) + 1 if kind in ORIGINS else 0
