"""Past imports: their receipts, and taking one back."""

import streamlit as st

from core.exchange.errands import forget_import
from core.exchange.queries import BatchRow, batch_problems, import_batches
from core.exchange.service import reverse_batch
from pages._shared.formats import moment
from pages._shared.screen import act, current_actor, reading, store
from pages._shared.tables import (
    chosen_row,
    moment_column,
    money_column,
    nothing_here,
    quantity_column,
    table,
    text_column,
)
from pages._shared.text import _, escaped
from pages.sales._import_receipt import show_problems, show_receipt


def show_batches() -> None:
    """Past imports; one can be opened, and taken back."""
    with reading() as view:
        batches = import_batches(view)
    if not batches:
        nothing_here(_("Nothing was imported yet."))
        return
    frame = table(batches, ["created_at", "channel", "file_name", "created_by"])
    frame["booked"] = [batch.receipt["booked"] for batch in batches]
    frame["amount"] = [float(batch.receipt["booked_total"]) for batch in batches]
    frame["state"] = [_("Import reversed") if batch.reversed_at else _("Booked") for batch in batches]
    picked = st.dataframe(
        frame,
        key="import.batches",
        hide_index=True,
        width="stretch",
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "created_at": moment_column(_("When")),
            "channel": text_column(_("Channel")),
            "file_name": text_column(_("File")),
            "created_by": text_column(_("By")),
            "booked": quantity_column(_("Rows booked")),
            "amount": money_column(_("Amount")),
            "state": text_column(_("Status")),
        },
    )
    batch = chosen_row(picked, batches)
    if batch is None:
        st.caption(_("Choose a row to see its receipt or to reverse it."))
        return
    st.subheader(f"{escaped(batch.file_name)} · {moment(batch.created_at)}", anchor=False)
    if batch.can_be_reversed and st.button(_("Reverse import"), key="import.reverse", icon=":material/undo:"):
        st.dialog(_("Reverse this import?"))(_ask_to_reverse)(batch)
    show_receipt(batch.receipt)
    with reading() as view:
        problems = batch_problems(view, batch.id)
    show_problems(problems, batch.file_name)


def _ask_to_reverse(batch: BatchRow) -> None:
    file = escaped(batch.file_name)
    st.write(
        _(
            "All orders and returns of {file} are cancelled, their goods and money move back. "
            "Afterwards the file can be imported again."
        ).format(file=file)
    )
    if st.button(_("Reverse import"), type="primary", key="import.reverse.yes", icon=":material/undo:"):
        if (actor := current_actor()) is not None:
            forget_import(store(), actor)
        act(reverse_batch, batch.id, done=_("The import of {file} was reversed.").format(file=batch.file_name))
