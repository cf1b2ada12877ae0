"""Custom fields: what products and customers have beside what is built in."""

import streamlit as st

from core.fields.models import FIELD_KIND_LABELS, SUBJECT_LABELS, FieldKind, Subject
from core.fields.queries import all_fields
from core.fields.rules import FieldEntry, FieldRow
from core.fields.service import add_field, delete_field, edit_field
from pages._shared.forms import opened_facts, save_seen
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import chosen_row, nothing_here, quantity_column, text_column
from pages._shared.text import _, escaped

open_screen(__file__)
st.caption(_("They stand on the form and card of each product or customer, narrow the lists, and are exported."))

with reading() as view:
    rows = all_fields(view)


def boxes(prefix: str, kind: FieldKind, given: FieldRow | None) -> tuple[str, int, tuple[str, ...]]:
    """Unit, decimals and choices, as far as the kind has them."""
    unit, decimals, words = "", 0, given.choices.values() if given else ()
    if kind == FieldKind.NUMBER:
        unit = st.text_input(
            _("Unit"), value=given.unit if given else "", max_chars=20, key=f"{prefix}.unit", placeholder="kg"
        )
        decimals = st.number_input(
            _("Decimals"), 0, 4, value=given.decimals if given else 0, step=1, key=f"{prefix}.decimals"
        )
    chosen: list[str] = []
    if kind == FieldKind.CHOICE:
        chosen = st.multiselect(
            _("Choices"),
            list(words),
            default=list(words),
            accept_new_options=True,
            placeholder=_("Type a word, then Enter"),
            key=f"{prefix}.choices",
        )
    return unit, int(decimals), tuple(chosen)


def entry_of(row: FieldRow) -> FieldEntry:
    """What would be typed to make the field what it is."""
    return FieldEntry(
        *(row.subject, row.name, row.kind, row.unit, row.decimals),
        choices=tuple(row.choices.values()),
        is_required=row.is_required,
        is_active=row.is_active,
    )


left, right = st.columns([5, 3], gap="medium")
with left:
    chosen = None
    if rows:
        picked = st.dataframe(
            {
                "subject": [_(SUBJECT_LABELS[row.subject]) for row in rows],
                "name": [row.label for row in rows],
                "kind": [_(FIELD_KIND_LABELS[row.kind]) for row in rows],
                "required": [_("Required") if row.is_required else "" for row in rows],
                "state": [_("In use") if row.is_active else _("Out of use") for row in rows],
                "used": [row.used for row in rows],
            },
            key="fields.table",
            hide_index=True,
            height="content" if len(rows) < 15 else 520,
            on_select="rerun",
            selection_mode="single-row",
            column_config={
                "subject": text_column(_("On"), width=70),
                "name": text_column(_("Field"), width=130),
                "kind": text_column(_("Kind"), width=80),
                "required": text_column(_("Required"), width=64),
                "state": text_column(_("State"), width=64),
                "used": quantity_column(_("Filled in"), width=64),
            },
        )
        st.caption(_("Choose a row to change a field."))
        chosen = chosen_row(picked, rows)
    else:
        nothing_here(_("There are no custom fields yet. Add the first one."))

with right:
    if chosen is not None:
        prefix = f"fields.{chosen.id}"
        opened_facts("fields", chosen.id, {"entry": entry_of(chosen)}, f"{prefix}.name")
        with st.form(f"{prefix}.form"):
            st.markdown(f"**{escaped(chosen.label)}** · {_(FIELD_KIND_LABELS[chosen.kind])}")
            name = st.text_input(_("Field name"), value=chosen.name, max_chars=40, key=f"{prefix}.name")
            unit, decimals, choices = boxes(prefix, chosen.kind, chosen)
            required = st.toggle(_("Required"), value=chosen.is_required, key=f"{prefix}.required")
            active = st.toggle(
                _("In use"),
                value=chosen.is_active,
                key=f"{prefix}.active",
                help=_("Out of use, it is no longer shown; what was entered is kept and comes back with it."),
            )
            pressed = st.form_submit_button(_("Save"), type="primary", key=f"{prefix}.save")
        if pressed:
            entry = FieldEntry(chosen.subject, name, chosen.kind, unit, decimals, choices, required, active)
            save_seen("fields", chosen.id, edit_field, chosen.id, entry, done=_("The field was saved."))
        with st.popover(_("Delete"), icon=":material/delete:", key=f"{prefix}.delete.open"):
            st.markdown(_("Only a field that nobody filled in can be deleted; take others out of use."))
            if st.button(_("Delete for good"), type="primary", key=f"{prefix}.delete"):
                act(delete_field, chosen.id, done=_("The field was deleted."))
    with st.container(border=True):
        st.markdown("**" + _("New field") + "**")
        fresh = f"fields.new.{len(rows)}"
        kind = st.selectbox(
            _("Kind"),
            list(FieldKind),
            format_func=lambda each: _(FIELD_KIND_LABELS[each]),
            key=f"{fresh}.kind",
        )
        with st.form("fields.new", border=False):
            subject = st.segmented_control(
                _("On"),
                list(Subject),
                format_func=lambda each: _(SUBJECT_LABELS[each]),
                default=Subject.PRODUCT,
                required=True,
                key=f"{fresh}.subject",
            )
            name = st.text_input(_("Field name"), max_chars=40, key=f"{fresh}.name")
            unit, decimals, choices = boxes(fresh, kind, None)
            required = st.toggle(_("Required"), key=f"{fresh}.required")
            pressed = st.form_submit_button(_("Add field"), type="primary", key="fields.new.save")
        if pressed:
            act(
                add_field,
                FieldEntry(subject, name, kind, unit, decimals, choices, required),
                done=_("{name} was added.").format(name=escaped(name)),
                key=form_key("fields.new"),
            )
