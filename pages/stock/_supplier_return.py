"""Sending goods of a receipt back to the supplier."""

import streamlit as st

from core.base.exact import ZERO
from core.stock.document_queries import DocumentCard
from core.stock.models import DocumentKind
from core.stock.supplier_returns import return_to_supplier, returnable
from pages._shared.forms import quantity_typed
from pages._shared.screen import act, form_key, goto, reading
from pages._shared.tables import quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped


def offer_return(document: DocumentCard) -> None:
    """A form with the lines of a receipt, and how much of each can still go back."""
    if document.kind is not DocumentKind.RECEIPT or not document.can_reverse:
        return
    with reading() as view:
        rows = [row for row in returnable(view, document.id) if row.received > row.returned]
    if not rows:
        return
    form = f"document.return.{document.id}"
    with (
        st.expander(_("Return to supplier"), icon=":material/undo:", key="document.return"),
        st.form(form, border=False),
    ):
        places = quantity_places([each for row in rows for each in (row.received, row.returned, row.most)])
        typed = st.data_editor(
            {
                "name": [row.name for row in rows],
                **({"lot": [row.lot for row in rows]} if any(row.lot for row in rows) else {}),
                "received": [float(row.received) for row in rows],
                "returned": [float(row.returned) for row in rows],
                "most": [float(row.most) for row in rows],
                "count": [0.0 for _row in rows],
                "unit": [row.unit for row in rows],
            },
            key=f"{form}.lines.{sum((row.returned for row in rows), ZERO)}",
            hide_index=True,
            num_rows="fixed",
            disabled=["name", "lot", "received", "returned", "most", "unit"],
            column_config={
                "name": text_column(_("Product name"), width=150),
                "lot": text_column(_("Lot"), width=90),
                "received": quantity_column(_("Received"), places, width=66),
                "returned": quantity_column(_("Went back"), places, width=66),
                "most": quantity_column(_("At most"), places, width=60),
                "count": quantity_column(_("Goes back"), places, width=76, min_value=0.0, step=0.001),
                "unit": text_column(_("Unit"), width=44),
            },
        )
        reason = st.text_input(_("Reason"), max_chars=200, key=f"{form}.reason")
        pressed = st.form_submit_button(_("Send back"), type="primary", key=f"{form}.save")
    if pressed:
        counts = [quantity_typed(each) for each in typed["count"]]
        made = act(
            return_to_supplier,
            document.id,
            quantities={row.move_id: count for row, count in zip(rows, counts, strict=True)},
            reason=reason,
            done=_("Goods of {number} went back.").format(number=escaped(document.number)),
            key=form_key(form),
            rerun=False,
        )
        if made is not None:
            goto("stock/document", id=made)
