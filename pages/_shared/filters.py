"""What a board looks at: period, comparison, the marks that were clicked; kept in the session and the URL.

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
NOT = "not_"
Where = dict[str, tuple[str, ...]]
# What can be filtered by, and what a label of it looks like.
Dimensions = Mapping[str, Callable[[str], bool]]
# How panels can be turned, such as the dimension of one: the words of each choice, the first of them the usual one;
# or what tells whether a word may be said.
Options = Mapping[str, Sequence[str] | Callable[[str], bool]]
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True)
class Look:
    """What one board shows at this moment.

    `where` holds for each dimension the labels that were picked, `without` those that are left out, and
    `options` what was chosen for single panels. `against` is the first day of the promotion compared with.
    """

    period: Period
    window: Window
    comparison: Comparison
    where: Where = field(default_factory=dict)
    without: Where = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    against: date | None = None

    @property
    def compared(self) -> Window | None:
        """The days to compare with."""
        return compared_with(self.period, self.window, self.comparison, self.against)

    @property
    def is_filtered(self) -> bool:
        """Whether anything is picked or left out."""
        return bool(self.where or self.without)

    def where_but(self, *dimensions: str) -> Where:
        """The picked labels without those of these dimensions, so that a panel shows all of its own marks."""
        return {name: labels for name, labels in self.where.items() if name not in dimensions}

    def without_but(self, *dimensions: str) -> Where:
        """The same of the labels left out."""
        return {name: labels for name, labels in self.without.items() if name not in dimensions}

    def picked(self, dimension: str) -> tuple[str, ...]:
        """The labels picked on this dimension."""
        return self.where.get(dimension, ())

    def left_out(self, dimension: str) -> tuple[str, ...]:
        """The labels left out on this dimension."""
        return self.without.get(dimension, ())

    def counts(self, dimension: str, label: str) -> bool:
        """Whether the filters on this dimension let a label through."""
        picked = self.picked(dimension)
        return label not in self.left_out(dimension) and (not picked or label in picked)

    def toggled(self, dimension: str, labels: Iterable[str]) -> "Look":
        """The same with each of these labels picked, or free again where it was picked or left out."""
        look = self
        for label in labels:
            if label in look.picked(dimension) or label in look.left_out(dimension):
                look = look.freeing(dimension, label)
            else:
                look = look.picking(dimension, (*look.picked(dimension), label))
        return look

    def freeing(self, dimension: str, label: str) -> "Look":
        """The same with this label neither picked nor left out."""
        look = self.picking(dimension, [each for each in self.picked(dimension) if each != label])
        return look.leaving_out(dimension, [each for each in self.left_out(dimension) if each != label])

    def excluding(self, dimension: str, label: str) -> "Look":
        """The same with this label left out; picked again where it was left out."""
        if label in self.left_out(dimension):
            return self.freeing(dimension, label).toggled(dimension, [label])
        look = self.freeing(dimension, label)
        return look.leaving_out(dimension, (*look.left_out(dimension), label))

    def picking(self, dimension: str, labels: Sequence[str]) -> "Look":
        """The same with these labels picked on a dimension, and no others."""
        return replace(self, where=_with(self.where, dimension, labels))

    def leaving_out(self, dimension: str, labels: Sequence[str]) -> "Look":
        """The same with these labels left out on a dimension, and no others."""
        return replace(self, without=_with(self.without, dimension, labels))

    def turning(self, option: str, word: str) -> "Look":
        """The same with another choice for a panel; without a word, with the usual one."""
        options = {**self.options, option: word}
        return replace(self, options={name: each for name, each in options.items() if each})

    def within(self, frozen: "Look") -> "Look":
        """The same, no wider than what is frozen: its days, its comparison, its filters and more of them.

        Where nothing is left of what was picked, what is frozen stays.
        """
        where = dict(self.where)
        for name, labels in frozen.where.items():
            both = tuple(label for label in where.get(name, labels) if label in labels)
            where[name] = both or labels
        without = {
            name: tuple(dict.fromkeys((*frozen.left_out(name), *self.left_out(name))))
            for name in (*frozen.without, *self.without)
        }
        return replace(
            self,
            period=frozen.period,
            window=frozen.window,
            comparison=frozen.comparison,
            where=where,
            without=without,
        )

    def unfiltered(self) -> "Look":
        """The same without filters."""
        return replace(self, where={}, without={})


def from_address(
    words: Mapping[str, Sequence[str]], today: date, dimensions: Dimensions, options: Options | None = None
) -> Look:
    """The look that an address asks for: the last 30 days and no filter, where it says nothing else."""
    period = _one_of(Period, words, "period", Period.LAST_30)
    window = window_of(period if period is not Period.CUSTOM else Period.LAST_30, today)
    if period is Period.CUSTOM:
        window = _window(words, window)
    comparison = _one_of(Comparison, words, "compare", Comparison.PREVIOUS)
    where, without = (
        {
            name: tuple(dict.fromkeys(label for label in words.get(prefix + name, ()) if is_label(label)))[:MOST_VALUES]
            for name, is_label in dimensions.items()
        }
        for prefix in ("", NOT)
    )
    chosen = {
        name: words[name][0]
        for name, allowed in (options or {}).items()
        if words.get(name) and (allowed(words[name][0]) if callable(allowed) else words[name][0] in allowed[1:])
    }
    against = _day(words, "against") if comparison is Comparison.PROMOTION_DAYS else None
    picked = {name: labels for name, labels in where.items() if labels}
    look = Look(period, window, comparison, picked, {}, chosen, against)
    for name, labels in without.items():
        look = look.leaving_out(name, [label for label in labels if label not in look.picked(name)])
    return look


def address(look: Look) -> dict[str, str | list[str]]:
    """The words of an address that shows this look."""
    words: dict[str, str | list[str]] = {"period": look.period.value, "compare": look.comparison.value}
    if look.period is Period.CUSTOM:
        words |= {"since": look.window.since.isoformat(), "until": look.window.last_day.isoformat()}
    if look.against is not None:
        words["against"] = look.against.isoformat()
    words |= {name: list(labels) for name, labels in look.where.items()}
    words |= {NOT + name: list(labels) for name, labels in look.without.items()}
    return words | {name: word for name, word in look.options.items() if word}


def current_look(
    name: str, today: date, dimensions: Dimensions, options: Options | None = None, *, arriving: bool
) -> Look:
    """The look of this screen, its period brought up to today.

    Whoever arrives gets what the address says, or else what they looked at last. Later on the session
    decides: the address that comes with a rerun may be older than the last click.
    """
    kept: Look | None = st.session_state.get(name)
    asked = {word: st.query_params.get_all(word) for word in st.query_params}
    if kept is None or (arriving and asked):
        kept = from_address(asked, today, dimensions, options)
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


def _with(where: Where, dimension: str, labels: Sequence[str]) -> Where:
    changed = {**where, dimension: tuple(labels)}
    return {name: kept for name, kept in changed.items() if kept}


def _one_of(kind: type[Word], words: Mapping[str, Sequence[str]], name: str, otherwise: Word) -> Word:
    asked = next(iter(words.get(name, ())), "")
    return kind(asked) if asked in list(kind) else otherwise


def _window(words: Mapping[str, Sequence[str]], otherwise: Window) -> Window:
    since, last = _day(words, "since"), _day(words, "until")
    if since is None or last is None or since > last or (last - since).days > LONGEST_CUSTOM:
        return otherwise
    return Window(since, last + ONE_DAY)


def _day(words: Mapping[str, Sequence[str]], name: str) -> date | None:
    try:
        found = date.fromisoformat(next(iter(words.get(name, ())), ""))
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None
