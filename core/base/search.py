"""How texts are found: one normal form, pinyin and initials kept beside a name, and codes without case."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, pinyin

SEARCH_LENGTH = 2000
WORD_LENGTH = 32
MOST_READINGS = 12
LONGEST_QUERY = 200

Spoken = tuple[tuple[str, str], ...]

_HAN = re.compile(r"([\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")
_WORD = re.compile(r"[^\W_]+")
_INNER = re.compile(r"(?<=[\W_\d])[^\W_]|\d")


def one_line(text: str) -> str:
    """What was typed, without control characters, full-width forms and double spaces."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(" " if unicodedata.category(sign) in {"Cc", "Cs"} else sign for sign in text)
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def folded(text: str) -> str:
    """The form in which texts are compared: one line, without case."""
    return one_line(one_line(text).casefold())


def search_words(typed: str) -> list[str]:
    """The words that must all stand in a search text for it to match."""
    return folded(typed[:LONGEST_QUERY]).split()


def initials_of(name: str) -> str:
    """The letters a typist would use for a name: 红色T恤 is hstx, Red Shirt is rs."""
    return _initials(_spoken(folded(name)))[0]


def search_text_of(name: str, codes: Iterable[str]) -> str:
    """What searching looks through: codes, name, initials in every likely reading, full pinyin.

    Parts that do not fit the column are left out whole, the least telling ones first.
    """
    plain = folded(name)
    spoken = _spoken(plain)
    usual, *others = _initials(spoken)
    sounds = "".join(sound for _, sound in spoken) if _is_chinese(spoken) else ""
    parts = [*(folded(code) for code in codes), plain, usual, sounds, *others]
    kept: list[str] = []
    left = SEARCH_LENGTH
    for part in dict.fromkeys(part for part in parts if part):
        if len(part) < left:
            kept.append(part)
            left -= len(part) + 1
    return " ".join(kept)


def starts_of(search_text: str) -> set[str]:
    """What a typist may begin with to find a search text: its words, and the parts that words are made of.

    Chinese is found from any sign on and so is its pinyin, a code from any of its parts on, a number from any
    digit on. Each is cut to the length that is indexed.
    """
    starts: set[str] = set()
    for word in search_text.split():
        starts.add(word[:WORD_LENGTH])
        starts.update(word[found.start() :][:WORD_LENGTH] for found in _INNER.finditer(word))
        if _HAN.search(word):
            starts.update(word[place:][:WORD_LENGTH] for place in range(len(word)))
            spoken = _spoken(word)
            for place in range(len(spoken)):
                starts.add("".join(sound for _, sound in spoken[place:])[:WORD_LENGTH])
                starts.add(_initials(spoken[place:])[0][:WORD_LENGTH])
    return starts - {""}


def _initials(spoken: Spoken) -> list[str]:
    """The usual reading first, then those that read one sign otherwise, such as cq and zq for 重庆."""
    if not _is_chinese(spoken):
        return ["".join(word[0] for _, word in spoken)]
    letters = [sound[:1] if sign else sound for sign, sound in spoken]
    readings = {"".join(letters): None}
    for place, (sign, _) in enumerate(spoken):
        for letter in _letters_of(sign) if sign else ():
            if letter != letters[place]:
                readings["".join([*letters[:place], letter, *letters[place + 1 :]])] = None
    return list(readings)[:MOST_READINGS]


def _is_chinese(spoken: Spoken) -> bool:
    return any(sign for sign, _ in spoken)


@lru_cache(maxsize=1024)
def _spoken(plain: str) -> Spoken:
    """Each Chinese sign with its usual sound in this phrase; other words as they stand, without a sign."""
    spoken: list[tuple[str, str]] = []
    for run in _HAN.split(plain):
        if _HAN.match(run):
            # a list keeps signs without a sound one by one, so that signs and sounds stay in step
            sounds = pinyin(run, style=Style.NORMAL, errors=list)  # type: ignore[arg-type]
            spoken += zip(run, (sound[0] for sound in sounds), strict=True)
        else:
            spoken += [("", word) for word in _WORD.findall(run)]
    return tuple(spoken)


@lru_cache(maxsize=8192)
def _letters_of(sign: str) -> tuple[str, ...]:
    """The first letters of every reading of a sign."""
    return tuple(dict.fromkeys(sound[:1] for sound in pinyin(sign, style=Style.NORMAL, heteronym=True)[0]))
