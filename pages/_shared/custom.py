"""Custom fields on forms, cards, lists and in merging."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.exact import round_to
from core.fields.models import FieldKind, FieldValue
from core.fields.rules import FieldRow, Values
from core.fields.values import Wanted
from pages._shared.formats import day
from pages._shared.records import choice_box
from pages._shared.tables import yes_no
from pages._shared.text import _

MARK = "custom."


def custom_boxes(fields: Sequence[FieldRow], given: Values, prefix: str) -> Values:
    """A box for each field with what is given; what stands in them now, empty ones left out."""
    known, typed = dict(given), []
    columns = st.columns(2, gap="medium") if fields else []
    for place, field in enumerate(fields):
        with columns[place % 2]:
            value = _box(field, known.get(field.id), f"{prefix}.custom.{field.id}")
        if value is not None and value != "":
            typed.append((field.id, value))
    return tuple(sorted(typed, key=lambda pair: pair[0]))


def custom_facts(fields: Sequence[FieldRow], given: Values) -> dict[str, str]:
    """Label and words of what is given, as a card lists them."""
    known = dict(given)
    return {field.label: custom_words(field, known[field.id]) for field in fields if field.id in known}


def custom_words(field: FieldRow, value: FieldValue | None) -> str:
    """A value in words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return yes_no(value)
    if field.kind == FieldKind.CHOICE:
        return field.choices.get(int(str(value)), "")
    if isinstance(value, Decimal):
        return f"{value:,.{field.decimals}f}"
    return day(value) if isinstance(value, date) else str(value)


def custom_labels(fields: Sequence[FieldRow]) -> dict[str, str]:
    """The labels of fields by the names that merging gives them."""
    return {f"{MARK}{field.id}": field.label for field in fields}


def custom_wordings(fields: Sequence[FieldRow]) -> Mapping[str, Callable[[Any], str]]:
    """How merging says the values of fields."""
    return {f"{MARK}{field.id}": lambda value, field=field: custom_words(field, value) for field in fields}


def custom_filter(fields: Sequence[FieldRow], key: str) -> tuple[Wanted, ...]:
    """A popover that narrows a list by one field; nothing where there are no fields."""
    if not fields:
        return ()
    by_id = {field.id: field for field in fields}
    with st.popover(_("More filters"), icon=":material/filter_list:", key=f"{key}.open"):
        chosen = choice_box(
            _("Field"),
            {field.id: field.label for field in fields},
            None,
            _("Not narrowed"),
            key=f"{key}.field",
            persist_state="session",
        )
        if chosen is None:
            return ()
        wanted = _wanted(by_id[chosen], f"{key}.{chosen}")
    return () if wanted is None else (wanted,)


def _wanted(field: FieldRow, key: str) -> Wanted | None:
    kept: dict[str, Any] = {"persist_state": "session"}
    if field.kind in (FieldKind.NUMBER, FieldKind.DATE):
        first, last = st.columns(2)
        if field.kind == FieldKind.NUMBER:
            since: Any = first.number_input(_("From"), value=None, step=1.0, key=f"{key}.since", **kept)
            until: Any = last.number_input(_("To"), value=None, step=1.0, key=f"{key}.until", **kept)
            since, until = (None if each is None else Decimal(str(each)) for each in (since, until))
            since, until = (None if each is None else round_to(each, 4) for each in (since, until))
        else:
            since = first.date_input(_("From"), value=None, format="YYYY-MM-DD", key=f"{key}.since", **kept)
            until = last.date_input(_("To"), value=None, format="YYYY-MM-DD", key=f"{key}.until", **kept)
        return (
            Wanted(field.id, field.kind, since=since, until=until) if since is not None or until is not None else None
        )
    if field.kind == FieldKind.TEXT:
        value: Any = st.text_input(_("Contains"), key=f"{key}.text", **kept).strip() or None
    else:
        names = field.choices if field.kind == FieldKind.CHOICE else {True: yes_no(True), False: yes_no(False)}
        value = choice_box(field.label, names, None, _("Any"), key=f"{key}.value", **kept)
    return None if value is None else Wanted(field.id, field.kind, value)


def _box(field: FieldRow, value: Any, key: str) -> FieldValue | None:
    label = f"{field.label} *" if field.is_required else field.label
    if field.kind == FieldKind.TEXT:
        return st.text_input(label, value=value or "", max_chars=200, key=key)
    if field.kind == FieldKind.DATE:
        return st.date_input(label, value=value, format="YYYY-MM-DD", key=key)
    if field.kind == FieldKind.NUMBER:
        typed = st.number_input(
            label,
            value=None if value is None else float(value),
            step=float(10**-field.decimals),
            format=f"%.{field.decimals}f",
            key=key,
        )
        return None if typed is None else round_to(Decimal(str(typed)), field.decimals)
    names = field.choices if field.kind == FieldKind.CHOICE else {True: yes_no(True), False: yes_no(False)}
    return choice_box(label, names, value, _("Nothing chosen"), key=key)
