"""Defining the custom fields of products and customers."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from core.base.errors import InvalidInput, NotFound
from core.base.i18n import N_
from core.base.merge import refuse_changed
from core.fields.errors import ChoiceInUse, FieldHasValues, FieldNameTaken
from core.fields.models import CustomChoice, CustomField, CustomValue, Subject
from core.fields.rules import MOST_FIELDS, FieldEntry, checked_field
from core.security.permissions import P
from core.work.command import command
from core.work.unit import UnitOfWork


@command(P.SYSTEM_OPERATE)
def add_field(uow: UnitOfWork, entry: FieldEntry) -> int:
    """Give products or customers a field. Refuses a name that another one of them has."""
    entry = checked_field(entry)
    count = uow.session.scalar(select(func.count()).where(CustomField.subject == entry.subject)) or 0
    if count >= MOST_FIELDS:
        raise InvalidInput(field=N_("Field"), reason=N_("there are 50 already; delete one that nobody fills in."))
    _refuse_taken(uow, entry.subject, entry.name, None)
    made = CustomField(subject=entry.subject, kind=entry.kind, choices=[])
    _fill(made, entry)
    uow.add(made)
    uow.audit("custom_field.added", made, name=made.name, of=made.subject, kind=made.kind)
    return made.id


@command(P.SYSTEM_OPERATE)
def edit_field(uow: UnitOfWork, field_id: int, entry: FieldEntry, *, seen: Mapping[str, Any] | None = None) -> int:
    """Rename a field, change its unit, choices or whether it is required or in use; its kind stays.

    Refuses where it is not what was `seen` (its entry) when the change began, and taking a choice away that was made.
    Fewer decimals than values have are refused, too.
    """
    found = _locked(uow, field_id)
    before = _entry_of(found)
    refuse_changed(found.name, {"entry": before}, seen)
    entry = checked_field(entry)
    if (entry.kind, entry.subject) != (found.kind, found.subject):
        raise InvalidInput(field=N_("Kind"), reason=N_("stays as it is; add another field instead."))
    _refuse_taken(uow, found.subject, entry.name, field_id)
    if entry.decimals < found.decimals:
        step = 10 ** (4 - entry.decimals)
        numbers = uow.session.scalars(select(CustomValue.number).where(CustomValue.field_id == field_id))
        if any(each is not None and int(each.scaleb(4)) % step for each in numbers):
            raise InvalidInput(field=N_("Decimals"), reason=N_("values have more of them; keep as many."))
    for choice in found.choices:
        if choice.name not in entry.choices:
            count = uow.session.scalar(select(func.count()).where(CustomValue.choice_id == choice.id)) or 0
            if count:
                raise ChoiceInUse(name=found.name, choice=choice.name, count=count)
    _fill(found, entry)
    after: dict[str, Any] = (
        {"choices": [list(before.choices), list(entry.choices)]} if before.choices != entry.choices else {}
    )
    uow.audit("custom_field.edited", found, name=found.name, **after)
    return field_id


@command(P.SYSTEM_OPERATE)
def delete_field(uow: UnitOfWork, field_id: int) -> int:
    """Delete a field that nobody filled in; refuses where there are values."""
    found = _locked(uow, field_id)
    count = uow.session.scalar(select(func.count()).where(CustomValue.field_id == field_id)) or 0
    if count:
        raise FieldHasValues(name=found.name, count=count)
    uow.audit("custom_field.deleted", found, name=found.name)
    uow.session.delete(found)
    return field_id


def _fill(found: CustomField, entry: FieldEntry) -> None:
    found.name, found.unit, found.decimals = entry.name, entry.unit, entry.decimals
    found.is_required, found.is_active = entry.is_required, entry.is_active
    kept = {each.name: each for each in found.choices}
    found.choices = [kept.get(word) or CustomChoice(name=word) for word in entry.choices]
    for place, choice in enumerate(found.choices):
        choice.place = place


def _entry_of(found: CustomField) -> FieldEntry:
    return FieldEntry(
        *(found.subject, found.name, found.kind, found.unit, found.decimals),
        choices=tuple(each.name for each in found.choices),
        is_required=found.is_required,
        is_active=found.is_active,
    )


def _locked(uow: UnitOfWork, field_id: int) -> CustomField:
    found = uow.session.get(
        CustomField, field_id, with_for_update=True, options=[selectinload(CustomField.choices)], populate_existing=True
    )
    if found is None:
        raise NotFound(what=N_("The field"))
    return found


def _refuse_taken(uow: UnitOfWork, subject: Subject, name: str, field_id: int | None) -> None:
    taken = select(CustomField.name).where(
        CustomField.subject == subject,
        func.lower(CustomField.name) == func.lower(name),
        CustomField.id.is_distinct_from(field_id),
    )
    if uow.session.scalar(taken) is not None:
        raise FieldNameTaken(name=name)
