"""Names of products in tables: how high the rows must be for them to be read in full."""

from collections.abc import Sequence
from unicodedata import east_asian_width

from pages._shared.records import SHORT_LIST

# Names wider than the column are written in lines; lower rows do not wrap.
# A short list has room for that on a phone, too.
WIDEST = 36
WIDEST_ON_A_PHONE = 20
ROW_OF_LINES = 62


def row_height(names: Sequence[str]) -> int | None:
    """Room for lines where a name needs them; None for the usual height."""
    widest = WIDEST_ON_A_PHONE if len(names) < SHORT_LIST else WIDEST
    return ROW_OF_LINES if any(_width(name) > widest for name in names) else None


def _width(name: str) -> int:
    """In Latin letters; a Chinese one is as wide as two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in name)
