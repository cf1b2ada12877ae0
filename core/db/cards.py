"""Read models that show most of a row as it is stored."""

from dataclasses import fields
from typing import Any, TypeVar

T = TypeVar("T")


def card_of(kind: type[T], row: Any, /, **rest: Any) -> T:
    """A card of this kind: `rest` as it is given, every other field as the row has it under the same name."""
    known: Any = kind
    stored = {each.name: getattr(row, each.name) for each in fields(known) if each.name not in rest}
    return kind(**stored, **rest)
