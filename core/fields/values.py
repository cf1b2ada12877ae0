"""Reading, writing and finding by what products and customers have in their custom fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from core.fields.models import CustomField, CustomValue, FieldKind, FieldValue, Subject
from core.fields.rules import FieldRow, Values, checked_values, said
from core.work.command import Scope
from core.work.unit import UnitOfWork, plain

_COLUMNS = {
    FieldKind.TEXT: "text",
    FieldKind.NUMBER: "number",
    FieldKind.CHOICE: "choice_id",
    FieldKind.DATE: "day",
    FieldKind.YES_NO: "yes",
}


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to by one field; `until` is the last day or number, with it."""

    field_id: int
    kind: FieldKind
    value: FieldValue | None = None
    since: Decimal | date | None = None
    until: Decimal | date | None = None


def fields_of(scope: Scope, subject: Subject, *, with_inactive: bool = False) -> dict[int, FieldRow]:
    """The fields in use, in the order they were made."""
    wanted = select(CustomField).where(CustomField.subject == subject).order_by(CustomField.id)
    if not with_inactive:
        wanted = wanted.where(CustomField.is_active)
    found = scope.session.scalars(wanted.options(selectinload(CustomField.choices)))
    return {each.id: row_of(each) for each in found}


def row_of(defined: CustomField, used: int = 0) -> FieldRow:
    """A field with its choices loaded, as it is read."""
    words = {each.id: each.name for each in defined.choices}
    return FieldRow(
        *(defined.id, defined.subject, defined.name, defined.kind, defined.unit, defined.decimals),
        *(defined.is_required, defined.is_active, words, used),
    )


def values_of(scope: Scope, subject: Subject, owner_ids: Collection[int]) -> dict[int, Values]:
    """What these have in the fields in use, by owner."""
    owner = _owner(subject)
    found: dict[int, list[tuple[int, FieldValue]]] = {each: [] for each in owner_ids}
    rows = scope.session.execute(
        select(owner, CustomField.kind, CustomValue)
        .join(CustomField, CustomField.id == CustomValue.field_id)
        .where(owner.in_(list(owner_ids)), CustomField.is_active)
        .order_by(CustomValue.field_id)
    )
    for owner_id, kind, row in rows:
        found[owner_id or 0].append((row.field_id, getattr(row, _COLUMNS[kind])))
    return {each: tuple(pairs) for each, pairs in found.items()}


def texts_of(scope: Scope, subject: Subject, owner_id: int) -> list[str]:
    """The texts among the values, by which their owner is found, too."""
    found = scope.session.scalars(
        select(CustomValue.text)
        .join(CustomField, CustomField.id == CustomValue.field_id)
        .where(_owner(subject) == owner_id, CustomField.is_active, CustomValue.text.is_not(None))
        .order_by(CustomValue.field_id)
    )
    return [each for each in found if each]


def checked_custom(scope: Scope, subject: Subject, typed: Values) -> dict[int, FieldValue]:
    """What is to be kept; refuses what `checked_values` refuses."""
    return checked_values(fields_of(scope, subject), typed)


def write_values(
    uow: UnitOfWork, subject: Subject, owner_id: int, values: Mapping[int, FieldValue]
) -> dict[str, list[Any]]:
    """Let an owner have these and no others in the fields in use; what changed, by name, before and after."""
    defined, owner = fields_of(uow, subject), _owner(subject)
    rows = {
        row.field_id: row
        for row in uow.session.scalars(
            select(CustomValue).where(owner == owner_id, CustomValue.field_id.in_(list(defined)))
        )
    }
    changed: dict[str, list[Any]] = {}
    for field_id, known in defined.items():
        column = _COLUMNS[known.kind]
        row, now = rows.get(field_id), values.get(field_id)
        before = None if row is None else getattr(row, column)
        if before == now:
            continue
        changed[known.name] = plain([said(known, before), said(known, now)])
        if now is None:
            uow.session.delete(row)
        elif row is None:
            uow.session.add(CustomValue(field_id=field_id, **{owner.key: owner_id, column: now}))
        else:
            setattr(row, column, now)
    uow.session.flush()
    return changed


def having(subject: Subject, wanted: Sequence[Wanted]) -> list[Select[int | None]]:
    """For each of these, the ids of the owners that pass it."""
    return [_having(subject, each) for each in wanted]


def _having(subject: Subject, wanted: Wanted) -> Select[int | None]:
    column = getattr(CustomValue, _COLUMNS[wanted.kind])
    found = select(_owner(subject)).where(CustomValue.field_id == wanted.field_id)
    if isinstance(wanted.value, str):
        found = found.where(func.lower(column).contains(wanted.value.strip().lower(), autoescape=True))
    elif wanted.value is not None:
        found = found.where(column == wanted.value)
    if wanted.since is not None:
        found = found.where(column >= wanted.since)
    if wanted.until is not None:
        found = found.where(column <= wanted.until)
    return found


def _owner(subject: Subject) -> InstrumentedAttribute[int | None]:
    return CustomValue.product_id if subject == Subject.PRODUCT else CustomValue.customer_id
