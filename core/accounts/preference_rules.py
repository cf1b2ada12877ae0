"""What one can prefer, and reading that from words that somebody else may have written."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from core.accounts.errors import NoPreferences, PreferencesTooLarge, UnknownPreference
from core.accounts.preference_models import LONGEST_NAME, LONGEST_SCREEN
from core.base.i18n import N_
from core.base.search import one_line

KIND, VERSION = "salesbook preferences", 1
LARGEST_FILE = 256 * 1024
MOST_PINNED, MOST_LOOKS = 12, 200
Word = TypeVar("Word", bound=StrEnum)


class Theme(StrEnum):
    """Light or dark, or as each browser says."""

    BROWSER = "browser"
    LIGHT = "light"
    DARK = "dark"


class Density(StrEnum):
    """How much stands on a screen."""

    ROOMY = "roomy"
    DENSE = "dense"


class NumberStyle(StrEnum):
    """Whether large figures are shortened."""

    SHORT = "short"
    FULL = "full"


THEME_LABELS = {Theme.BROWSER: N_("As the browser"), Theme.LIGHT: N_("Light"), Theme.DARK: N_("Dark")}
DENSITY_LABELS = {Density.ROOMY: N_("Roomy"), Density.DENSE: N_("Dense")}
NUMBER_LABELS = {NumberStyle.SHORT: N_("Shortened"), NumberStyle.FULL: N_("Every digit")}


@dataclass(frozen=True)
class Preferences:
    """What a person likes. A list that is not in `columns` shows its usual ones; hidden blocks are those of home."""

    theme: Theme = Theme.BROWSER
    density: Density = Density.ROOMY
    numbers: NumberStyle = NumberStyle.SHORT
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    hidden_blocks: tuple[str, ...] = ()
    hints: bool = True

    def words(self) -> dict[str, Any]:
        """As they are kept and written into files."""
        return {
            "theme": self.theme.value,
            "density": self.density.value,
            "numbers": self.numbers.value,
            "columns": {name: list(columns) for name, columns in self.columns.items()},
            "pinned": list(self.pinned),
            "hidden_blocks": list(self.hidden_blocks),
            "hints": self.hints,
        }

    def showing(self, name: str, columns: Iterable[str]) -> "Preferences":
        """The same with these columns in a list; without any, with the usual ones."""
        chosen = {**self.columns, name: tuple(dict.fromkeys(columns))}
        return replace(self, columns={each: kept for each, kept in chosen.items() if kept})


@dataclass(frozen=True)
class Choices:
    """What there is to choose from: the columns of each list, screens to pin, blocks of home."""

    columns: Mapping[str, Iterable[str]]
    screens: Iterable[str]
    blocks: Iterable[str]


@dataclass(frozen=True)
class Look:
    """What is kept of a board."""

    board: str
    name: str
    words: Mapping[str, list[str]]


def kept(words: Mapping[str, Any]) -> Preferences:
    """What was kept once; what is not understood any more is as usual."""
    columns = words.get("columns")
    return Preferences(
        theme=_one_of(Theme, words.get("theme"), Theme.BROWSER),
        density=_one_of(Density, words.get("density"), Density.ROOMY),
        numbers=_one_of(NumberStyle, words.get("numbers"), NumberStyle.SHORT),
        columns={name: _words(each) for name, each in columns.items()} if isinstance(columns, dict) else {},
        pinned=_words(words.get("pinned"))[:MOST_PINNED],
        hidden_blocks=_words(words.get("hidden_blocks")),
        hints=words.get("hints") is not False,
    )


def written(preferences: Preferences, looks: Iterable[Look]) -> bytes:
    """A file that `read` understands."""
    said = [{"board": look.board, "name": look.name, "words": look.words} for look in looks]
    facts = {"kind": KIND, "version": VERSION, "preferences": preferences.words(), "looks": said}
    return json.dumps(facts, ensure_ascii=False, indent=2).encode()


def read(content: bytes, choices: Choices) -> tuple[Preferences, list[Look]]:
    """Preferences and looks of a file; refuses one that is no such file, or holds what cannot be chosen."""
    if len(content) > LARGEST_FILE:
        raise PreferencesTooLarge(most=LARGEST_FILE // 1024)
    try:
        facts = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NoPreferences from None
    if not isinstance(facts, dict) or facts.get("kind") != KIND or facts.get("version") != VERSION:
        raise NoPreferences
    words, looks = facts.get("preferences"), facts.get("looks", [])
    if not isinstance(words, dict) or not isinstance(looks, list):
        raise NoPreferences
    _known(N_("preference"), words, Preferences().words())
    for name, what, kind in (
        ("theme", N_("theme"), Theme),
        ("density", N_("density"), Density),
        ("numbers", N_("style of numbers"), NumberStyle),
    ):
        _known(what, [words[name]] if name in words else [], [each.value for each in kind])
    columns = words.get("columns", {})
    if not isinstance(columns, dict) or not isinstance(words.get("hints", True), bool):
        raise NoPreferences
    _known(N_("list"), columns, choices.columns)
    for name, chosen in columns.items():
        _known(N_("column"), _strict(chosen), choices.columns[name])
    _known(N_("screen"), _strict(words.get("pinned", [])), choices.screens)
    _known(N_("block"), _strict(words.get("hidden_blocks", [])), choices.blocks)
    return kept(words), [_look(each) for each in looks[:MOST_LOOKS]]


def _one_of(kind: type[Word], word: object, usual: Word) -> Word:
    return kind(word) if isinstance(word, str) and word in list(kind) else usual


def _look(facts: Any) -> Look:
    if not isinstance(facts, dict) or not isinstance(facts.get("words"), dict):
        raise NoPreferences
    board, name = facts.get("board"), facts.get("name")
    if not isinstance(board, str) or not isinstance(name, str) or not one_line(name):
        raise NoPreferences
    words = {str(key): list(_strict(each)) for key, each in facts["words"].items()}
    return Look(board[:LONGEST_SCREEN], one_line(name)[:LONGEST_NAME], words)


def _known(what: str, said: Iterable[Any], known: Iterable[str]) -> None:
    for each in said:
        if each not in set(known):
            raise UnknownPreference(what=what, word=str(each)[:LONGEST_NAME])


def _strict(words: Any) -> tuple[str, ...]:
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise NoPreferences
    return tuple(words)


def _words(words: Any) -> tuple[str, ...]:
    return tuple(word for word in words if isinstance(word, str)) if isinstance(words, list) else ()
