"""What each word for a quantity means, shown where the number stands."""

from core.stock.models import LOCATION_KIND_LABELS
from pages._shared.text import N_, _

ON_HAND = N_("Everything that lies in the warehouse, promised or not, for sale or not.")
RESERVED = N_("Promised to confirmed orders that are not shipped yet.")
UNAVAILABLE = N_(
    "There, but promised to nobody: expired or blocked lots, second quality, awaiting inspection, consignment."
)
AVAILABLE = N_("What can be promised to the next order: on hand less reserved less unavailable.")
COMING = N_("Planned arrivals and expected transfers less what is promised and planned to leave, day by day.")


def place_name(name: str) -> str:
    """The name of a place; one that the system named after its kind speaks the language of the reader."""
    return _(name) if name in LOCATION_KIND_LABELS.values() else name
