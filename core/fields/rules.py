"""What definitions of custom fields and their values must be like."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from core.base.errors import InvalidInput
from core.base.exact import fits
from core.base.i18n import N_
from core.base.search import folded, one_line
from core.fields.models import FieldKind, FieldValue, Subject

NAME_LENGTH = 40
UNIT_LENGTH = 20
TEXT_LENGTH = 200
CHOICE_LENGTH = 80
MOST_CHOICES = 200
MOST_FIELDS = 50
MOST_DECIMALS = 4
LARGEST = Decimal(10) ** 12

Values = tuple[tuple[int, FieldValue], ...]
"""Field and value, by field; what is empty is left out."""


@dataclass(frozen=True)
class FieldEntry:
    """A field as typed."""

    subject: Subject
    name: str
    kind: FieldKind
    unit: str = ""
    decimals: int = 0
    choices: tuple[str, ...] = ()
    is_required: bool = False
    is_active: bool = True


@dataclass(frozen=True)
class FieldRow:
    """A field as it is defined; `choices` are its words by their ids, `used` counts the values there are."""

    id: int
    subject: Subject
    name: str
    kind: FieldKind
    unit: str
    decimals: int
    is_required: bool
    is_active: bool
    choices: Mapping[int, str] = field(default_factory=dict)
    used: int = 0

    @property
    def label(self) -> str:
        """Its name, with the unit of a number."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


def checked_field(entry: FieldEntry) -> FieldEntry:
    """The entry as it is kept; refuses what is missing or too long."""
    name, unit = one_line(entry.name), one_line(entry.unit)
    if not 0 < len(name) <= NAME_LENGTH:
        raise InvalidInput(field=N_("Field name"), reason=N_("enter a name of at most 40 characters."))
    if len(unit) > UNIT_LENGTH:
        raise InvalidInput(field=N_("Unit"), reason=N_("is too long."))
    if not 0 <= entry.decimals <= MOST_DECIMALS:
        raise InvalidInput(field=N_("Decimals"), reason=N_("choose 0 to 4."))
    words = {folded(each): one_line(each) for each in reversed(entry.choices) if one_line(each)}
    choices = tuple(each for each in dict.fromkeys(map(one_line, entry.choices)) if words.get(folded(each)) == each)
    if entry.kind == FieldKind.CHOICE and not choices:
        raise InvalidInput(field=N_("Choices"), reason=N_("enter at least one word to choose."))
    if len(choices) > MOST_CHOICES or any(len(each) > CHOICE_LENGTH for each in choices):
        raise InvalidInput(field=N_("Choices"), reason=N_("enter at most 200 words of at most 80 characters."))
    is_number = entry.kind == FieldKind.NUMBER
    return replace(
        entry,
        name=name,
        unit=unit if is_number else "",
        decimals=entry.decimals if is_number else 0,
        choices=choices if entry.kind == FieldKind.CHOICE else (),
    )


def checked_values(defined: Mapping[int, FieldRow], typed: Values) -> dict[int, FieldValue]:
    """What is kept of values typed into the fields in use; refuses what is required and missing, or does not fit."""
    kept: dict[int, FieldValue] = {}
    for field_id, value in typed:
        if field_id not in defined:
            raise InvalidInput(field=N_("Field"), reason=N_("is not in use any more. Reload the page."))
        found = _fitting(defined[field_id], value)
        if found is not None:
            kept[field_id] = found
    for each in defined.values():
        if each.is_required and each.id not in kept:
            raise InvalidInput(field=each.name, reason=N_("must not be empty. Enter it and try again."))
    return kept


def _fitting(known: FieldRow, value: FieldValue) -> FieldValue | None:
    if known.kind == FieldKind.TEXT and isinstance(value, str):
        line = one_line(value)
        if len(line) > TEXT_LENGTH:
            raise InvalidInput(field=known.name, reason=N_("is too long."))
        return line or None
    if known.kind == FieldKind.NUMBER and isinstance(value, Decimal):
        if not value.is_finite() or abs(value) > LARGEST:
            raise InvalidInput(field=known.name, reason=N_("is too large. Enter a smaller number."))
        if not fits(value, known.decimals):
            raise InvalidInput(field=known.name, reason=N_("has too many decimals."))
        return value
    if known.kind == FieldKind.CHOICE and value in known.choices:
        return value
    if known.kind == FieldKind.DATE and isinstance(value, date):
        return value
    if known.kind == FieldKind.YES_NO and isinstance(value, bool):
        return value
    raise InvalidInput(field=known.name, reason=N_("is not what this field takes. Reload the page."))


def said(known: FieldRow, value: FieldValue | None) -> FieldValue | None:
    """A value as it is told: a choice by its word."""
    if known.kind == FieldKind.CHOICE:
        return known.choices.get(int(str(value)), "") if value is not None else None
    return value
