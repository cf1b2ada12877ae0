"""Classes of products as filters: A to C by what they earn, X to Z by how evenly they sell.

They are no columns of facts: a filter on them is one on the products that are in the class today.
"""

from collections.abc import Collection

from core.analytics.stock.classes import ClassRow, product_classes
from core.base.i18n import N_
from core.security.actor import SYSTEM
from core.stock.counts.models import AbcClass
from core.stock.cover.models import XyzClass
from pages._shared.filters import Look
from pages._shared.mirror import mirror

ABC, XYZ = "abc", "xyz"
TITLES = {ABC: N_("Class by margin"), XYZ: N_("Class by evenness")}
WORDS: dict[str, tuple[str, ...]] = {ABC: tuple(AbcClass), XYZ: tuple(XyzClass)}
# No product has this id: what nothing matches.
NOTHING = -1


def letters_of(row: ClassRow) -> dict[str, str]:
    """The class of a product in each of the two ways."""
    return {ABC: row.abc.value, XYZ: row.xyz.value}


def picked_products(look: Look, but: Collection[str]) -> tuple[int, ...] | None:
    """The products of the classes that are picked; None where none is."""
    ways = [way for way in TITLES if way not in but and look.picked(way)]
    if not ways:
        return None
    found = [row.product_id for row in _rows() if all(letters_of(row)[way] in look.picked(way) for way in ways)]
    return tuple(found) or (NOTHING,)


def products_left_out(look: Look, but: Collection[str]) -> tuple[int, ...]:
    """The products of the classes that are left out."""
    ways = [way for way in TITLES if way not in but and look.left_out(way)]
    if not ways:
        return ()
    return tuple(row.product_id for row in _rows() if any(letters_of(row)[way] in look.left_out(way) for way in ways))


def _rows() -> tuple[ClassRow, ...]:
    # Who may not see costs cannot pick a class; see `labels.sensible`.
    return product_classes(mirror(), SYSTEM).rows
