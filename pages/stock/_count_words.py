"""How stocktakes are named and coloured on their screens."""

from core.stock.counts.models import SCOPE_LABELS, STATE_LABELS, AbcClass, CountScope, CountState
from pages._shared.text import _

COLORS = {
    CountState.OPEN: "blue",
    CountState.REVIEW: "orange",
    CountState.POSTED: "green",
    CountState.CANCELLED: "gray",
    CountState.REVERSED: "gray",
}


def state_word(state: CountState) -> str:
    """How far a stocktake is, in a word."""
    return _(STATE_LABELS[state])


def scope_words(scope: CountScope, category: str, abc_class: AbcClass | None) -> str:
    """What a stocktake counts."""
    if scope is CountScope.CATEGORY:
        return category
    if scope is CountScope.ABC and abc_class is not None:
        return _("Class {letter}").format(letter=abc_class.value.upper())
    return _(SCOPE_LABELS[scope])
