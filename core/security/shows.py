"""Fields that a role sees, sees masked, or not at all: phones with e-mail, and addresses, of customers.

Costs are a permission of their own (`cost:read`); figures that need it say so themselves.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_type_hints

from core.base.i18n import N_

T = TypeVar("T")


class Sight(StrEnum):
    """How much of a field is seen."""

    HIDDEN = "hidden"
    MASKED = "masked"
    OPEN = "open"


SIGHT_LABELS = {Sight.OPEN: N_("in full"), Sight.MASKED: N_("masked"), Sight.HIDDEN: N_("not at all")}
SHORTEST_OPEN = 7
_PHONES, _ADDRESSES = frozenset({"phone", "email"}), frozenset({"street"})
# Whose phones and addresses are the company's own business, and nobody's privacy.
_NOT_OF_CUSTOMERS = ("core.suppliers", "core.stock", "core.demo")
_DIGITS = re.compile(r"[\d\s()+./-]{3,}")


@dataclass(frozen=True)
class Shows:
    """How much of the fields of customers somebody sees."""

    phone: Sight = Sight.OPEN
    address: Sight = Sight.OPEN

    @property
    def is_limited(self) -> bool:
        """Whether anything is masked."""
        return self != ALL_FIELDS


ALL_FIELDS = Shows()


def widest_sight(sights: Iterable[Sight]) -> Sight:
    """How much several roles show together."""
    return max(sights, key=list(Sight).index, default=Sight.HIDDEN)


def masked(found: T, shows: Shows) -> T:
    """The answer of a query with what is not shown masked, however deep it stands in it."""
    return _masked(found, shows)  # type: ignore[no-any-return]


def covered(name: str, text: str, shows: Shows) -> str:
    """A text as somebody sees it who sees so much: 138****5678, a***@example.com, or the town without the house."""
    sight = shows.phone if name in _PHONES else shows.address if name in _ADDRESSES else Sight.OPEN
    if sight == Sight.OPEN or not text:
        return text
    if sight == Sight.HIDDEN:
        return ""
    if name == "email":
        return f"{text[:1]}***@{text.rpartition('@')[2]}" if "@" in text else "***"
    if name == "street":
        return f"{text[:2]}****"
    return f"{text[:3]}****{text[-4:]}" if len(text) > SHORTEST_OPEN else f"****{text[-2:]}"


def searchable(text: str, shows: Shows) -> str:
    """What may be looked for among customers: numbers are not, where phones are not seen in full."""
    if shows.phone == Sight.OPEN:
        return text
    kept = [word for word in text.split() if not _DIGITS.fullmatch(word)]
    return " ".join(kept) if kept or not text.strip() else "\N{REPLACEMENT CHARACTER}nothing"


def uncovered(typed: T, stored: T, shows: Shows) -> T:
    """What was typed over masked fields, with what is stored where only the mask came back."""
    if not shows.is_limited:
        return typed
    return _uncovered(typed, stored, shows)  # type: ignore[no-any-return]


def _uncovered(typed: Any, stored: Any, shows: Shows) -> Any:
    changes: dict[str, Any] = {}
    for field in fields(typed):
        new, old = getattr(typed, field.name), getattr(stored, field.name, None)
        if isinstance(new, str) and isinstance(old, str) and field.name in _PHONES | _ADDRESSES:
            if new == covered(field.name, old, shows):
                changes[field.name] = old
        elif isinstance(new, tuple) and isinstance(old, tuple):
            rest = list(old)
            changes[field.name] = tuple(_of_row(row, rest, shows) for row in new)
    return replace(typed, **changes)


def _of_row(row: Any, rest: list[Any], shows: Shows) -> Any:
    """A row of a table in the form: the stored one that looks the same when it is masked, taken once."""
    if not is_dataclass(row):
        return row
    same = next((each for each in rest if _masked(each, shows) == row), None)
    named = [each for each in rest if getattr(each, "name", "") == getattr(row, "name", None)]
    old = same or next(iter(named), None)
    if old is None:
        return row
    rest.remove(old)
    return _uncovered(row, old, shows)


def _masked(found: Any, shows: Shows) -> Any:
    if isinstance(found, list | tuple) and not hasattr(found, "_fields"):
        kinds: set[Any] = {type(each) for each in found}
        if not any(_may_hold(each) for each in kinds):
            return found
        kind: Any = type(found)
        return kind(_masked(each, shows) for each in found)
    if isinstance(found, dict):
        return {key: _masked(each, shows) for key, each in found.items()}
    if not is_dataclass(found) or isinstance(found, type) or not _may_hold(type(found)):
        return found
    of_customer = not type(found).__module__.startswith(_NOT_OF_CUSTOMERS)
    changes = {}
    for field in fields(found):
        now = getattr(found, field.name)
        new = covered(field.name, now, shows) if isinstance(now, str) and of_customer else _masked(now, shows)
        if new is not now:
            changes[field.name] = new
    return replace(found, **changes) if changes else found


@lru_cache(maxsize=4096)
def _may_hold(kind: Any) -> bool:
    """Whether an answer of this type can hold a field that is masked."""
    return _reaches(kind, frozenset())


def _reaches(kind: Any, above: frozenset[Any]) -> bool:
    if kind in (str, int, bool, float, bytes, type(None)) or kind.__module__ in ("decimal", "datetime"):
        return False
    if not is_dataclass(kind):
        return True
    if any(field.name in _PHONES | _ADDRESSES for field in fields(kind)):
        return True
    try:
        hints = get_type_hints(kind)
    except NameError:
        return True
    return any(_holds(hint, above | {kind}) for hint in hints.values())


def _holds(hint: Any, above: frozenset[Any]) -> bool:
    inside = get_args(hint)
    if inside:
        return any(_holds(each, above) for each in inside if each is not Ellipsis)
    return isinstance(hint, type) and is_dataclass(hint) and hint not in above and _reaches(hint, above)
