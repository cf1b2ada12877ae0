"""What a dashboard looks at: period, comparison and the bars that were clicked; kept in the session and the URL.

A screen has one `Look`. Whoever opens its address sees the same: `address` writes it, `from_address`
reads it, and what somebody typed into an address that makes no sense is left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

import streamlit as st

from pages._shared.periods import ONE_DAY, Comparison, Period, Window, compared_with, window_of

LONGEST_CUSTOM = 3660
EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
MOST_VALUES = 50
Where = dict[str, tuple[str, ...]]
# What can be filtered by, and what a label of it looks like.
Dimensions = Mapping[str, Callable[[str], bool]]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Look:
    """What one dashboard shows at this moment; `where` holds for each dimension the labels that were picked."""

    period: Period
    window: Window
    comparison: Comparison
    where: Where = field(default_factory=dict)

    @property
    def compared(self) -> Window | None:
        """The days to compare with."""
        return compared_with(self.period, self.window, self.comparison)

    def where_but(self, *dimensions: str) -> Where:
        """The filters without those on these dimensions, so that a panel shows all of its own bars."""
        return {name: labels for name, labels in self.where.items() if name not in dimensions}

    def picked(self, dimension: str) -> tuple[str, ...]:
        """The labels picked on this dimension."""
        return self.where.get(dimension, ())

    def toggled(self, dimension: str, labels: Iterable[str]) -> "Look":
        """The same with each of these labels added, or taken away where it was picked already."""
        kept = list(self.picked(dimension))
        for label in labels:
            if label in kept:
                kept.remove(label)
            else:
                kept.append(label)
        return self.picking(dimension, kept)

    def picking(self, dimension: str, labels: Sequence[str]) -> "Look":
        """The same with these labels picked on a dimension, and no others."""
        where = {**self.where, dimension: tuple(labels)}
        return replace(self, where={name: picked for name, picked in where.items() if picked})

    def unfiltered(self) -> "Look":
        """The same without filters."""
        return replace(self, where={})


def from_address(words: Mapping[str, Sequence[str]], today: date, dimensions: Dimensions) -> Look:
    """The look that an address asks for: the last 30 days and no filter, where it says nothing else."""
    period = _one_of(Period, words, "period", Period.LAST_30)
    window = window_of(period if period is not Period.CUSTOM else Period.LAST_30, today)
    if period is Period.CUSTOM:
        window = _window(words, window)
    comparison = _one_of(Comparison, words, "compare", Comparison.PREVIOUS)
    where = {
        name: tuple(dict.fromkeys(label for label in words.get(name, ()) if is_label(label)))[:MOST_VALUES]
        for name, is_label in dimensions.items()
    }
    return Look(period, window, comparison, {name: labels for name, labels in where.items() if labels})


def address(look: Look) -> dict[str, str | list[str]]:
    """The words of an address that shows this look."""
    words: dict[str, str | list[str]] = {"period": look.period.value, "compare": look.comparison.value}
    if look.period is Period.CUSTOM:
        words |= {"since": look.window.since.isoformat(), "until": look.window.last_day.isoformat()}
    return words | {name: list(labels) for name, labels in look.where.items()}


def current_look(name: str, today: date, dimensions: Dimensions, *, arriving: bool) -> Look:
    """The look of this screen, its period brought up to today.

    Whoever arrives gets what the address says, or else what they looked at last. Later on the session
    decides: the address that comes with a rerun may be older than the last click.
    """
    kept: Look | None = st.session_state.get(name)
    asked = {word: st.query_params.get_all(word) for word in st.query_params}
    if kept is None or (arriving and asked):
        kept = from_address(asked, today, dimensions)
    if kept.period is not Period.CUSTOM:
        kept = replace(kept, window=window_of(kept.period, today))
    return kept


def keep_look(name: str, look: Look) -> None:
    """Remember the look, and write it into the address."""
    st.session_state[name] = look
    words = address(look)
    if {word: st.query_params.get_all(word) for word in st.query_params} != {
        word: [each] if isinstance(each, str) else each for word, each in words.items()
    }:
        st.query_params.from_dict(words)


def _one_of(kind: type[Word], words: Mapping[str, Sequence[str]], name: str, otherwise: Word) -> Word:
    asked = next(iter(words.get(name, ())), "")
    return kind(asked) if asked in list(kind) else otherwise


def _window(words: Mapping[str, Sequence[str]], otherwise: Window) -> Window:
    try:
        since = date.fromisoformat(next(iter(words.get("since", ())), ""))
        last = date.fromisoformat(next(iter(words.get("until", ())), ""))
    except ValueError:
        return otherwise
    if since > last or (last - since).days > LONGEST_CUSTOM or not EARLIEST <= since <= last <= LATEST:
        return otherwise
    return Window(since, last + ONE_DAY)
