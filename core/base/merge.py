"""Merging two changes of one record: what only one side changed is taken, what both changed is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.base.errors import StaleVersion


@dataclass(frozen=True)
class Merged:
    """A field that is not the same everywhere: when the form was opened, as typed, and as it stands now.

    `result` is what both changes make of it, and for a conflict what was typed.
    """

    name: str
    base: Any
    mine: Any
    theirs: Any
    result: Any
    is_conflict: bool


def three_way(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Merged]:
    """The fields that somebody changed, in the order of the form.

    Words without an order among them (tags, barcodes) are merged one by one and never in conflict.
    """
    return [_field(name, base[name], mine[name], theirs[name]) for name in base if _differs(name, base, mine, theirs)]


def result_of(theirs: Mapping[str, Any], fields: Sequence[Merged], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The record that both changes make; a conflict is what was `chosen` for it."""
    return {**theirs, **{field.name: chosen.get(field.name, field.result) for field in fields}}


def facts_of(row: object, *names: str) -> dict[str, Any]:
    """These fields of a row."""
    return {name: getattr(row, name) for name in names}


def refuse_changed(what: str, now: Mapping[str, Any], seen: Mapping[str, Any] | None) -> None:
    """Refuse with `StaleVersion` where something is not what whoever changes it has seen; None has seen nothing."""
    if seen is not None and any(now[name] != before for name, before in seen.items()):
        raise StaleVersion(what=what)


def _differs(name: str, *sides: Mapping[str, Any]) -> bool:
    return any(side[name] != sides[0][name] for side in sides)


def _field(name: str, base: Any, mine: Any, theirs: Any) -> Merged:
    if mine == theirs or theirs == base:
        return Merged(name, base, mine, theirs, mine, False)
    if mine == base:
        return Merged(name, base, mine, theirs, theirs, False)
    if all(_are_words(side) for side in (base, mine, theirs)):
        return Merged(name, base, mine, theirs, _words(base, mine, theirs), False)
    return Merged(name, base, mine, theirs, mine, True)


def _are_words(side: Any) -> bool:
    return isinstance(side, tuple) and all(isinstance(each, str) for each in side) and len(set(side)) == len(side)


def _words(base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[str, ...]:
    kept = [each for each in theirs if each in mine or each not in base]
    return (*kept, *(each for each in mine if each not in base and each not in kept))
