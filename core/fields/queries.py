"""Reads of custom fields: which there are, and how many values each has."""

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from core.fields.models import CustomField, CustomValue, Subject
from core.fields.rules import FieldRow
from core.fields.values import fields_of, row_of
from core.security.permissions import P
from core.work.command import Scope, query


@query(P.ACCOUNT_OWN)
def custom_fields(scope: Scope, subject: Subject) -> list[FieldRow]:
    """The fields in use of products or customers, in the order they were made."""
    return list(fields_of(scope, subject).values())


@query(P.SYSTEM_OPERATE)
def all_fields(scope: Scope) -> list[FieldRow]:
    """Every field with the number of its values, those of products first."""
    used = dict(scope.session.execute(select(CustomValue.field_id, func.count()).group_by(CustomValue.field_id)).all())
    found = scope.session.scalars(select(CustomField).options(selectinload(CustomField.choices)))
    rows = [row_of(each, used.get(each.id, 0)) for each in found]
    return sorted(rows, key=lambda row: (row.subject != Subject.PRODUCT, not row.is_active, row.id))
