"""One stock document: its lines, and undoing it."""

import streamlit as st

from core.security.permissions import P
from core.stock.document_queries import document_card
from core.stock.models import DOCUMENT_KIND_LABELS
from core.stock.service import reverse_document
from core.stock.supplier_returns import return_to_supplier
from core.work.command import may
from pages._shared.facts import show_facts
from pages._shared.formats import moment
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, goto, link, may_open, open_screen, reading
from pages._shared.tables import choice_table, nothing_here, quantity_column, quantity_places, table, text_column
from pages._shared.text import _, escaped
from pages.stock._document_value import show_value
from pages.stock._names import row_height
from pages.stock._supplier_return import offer_return

actor = open_screen(__file__)
back = "stock/movements" if may_open(actor, "stock/movements") else "stock/levels"
link(back)

with reading() as view:
    document = asked_card(view, document_card)
if document is None:
    nothing_here(_("Choose a document from the list."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", key="document.head"):
    st.subheader(document.number, anchor=False, width="content")
    st.badge(_(DOCUMENT_KIND_LABELS[document.kind]), color="blue")
    if document.reversal_id is not None:
        st.badge(_("Reversed"), color="gray")
    if document.reverses_id is not None:
        st.badge(_("Reversal"), color="orange")

with st.container(border=True):
    show_facts(
        {
            _("Warehouse"): document.warehouse,
            _("When"): moment(document.at or document.created_at),
            _("Entered"): moment(document.created_at) if document.at else "",
            _("Entered by"): document.created_by,
            _("Supplier"): document.supplier,
            _("Supplier's document"): document.supplier_number,
            _("Reason"): document.reason,
            _("Note"): document.note,
        }
    )
    if document.reversal_id is not None:
        link("stock/document", _("Open the document that reversed it"), id=document.reversal_id)
    if document.reverses_id is not None:
        link("stock/document", _("Open the document that it reverses"), id=document.reverses_id)

if document.returns_id is not None:
    link("stock/document", _("Open the receipt that the goods came with"), id=document.returns_id)

places = quantity_places([line.change for line in document.lines])
chosen = choice_table(
    document.lines,
    table(document.lines, ["sku", "name", "change", "unit"]),
    key=f"document.lines.{document.id}",
    height=520,
    row_height=row_height([line.name for line in document.lines]),
    column_config={
        "sku": text_column(_("Code"), width=64),
        "name": text_column(_("Product name"), width=150),
        "change": quantity_column(_("In or out"), places, width=66),
        "unit": text_column(_("Unit"), width=44),
    },
)
if document.lines:
    st.caption(_("Choose a row to see its stock card."))
if chosen is not None:
    goto("stock/card", id=chosen.variant_id)

if actor.may(P.COST_READ):
    show_value(document)
if may(actor, return_to_supplier):
    offer_return(document)

if document.can_reverse and may(actor, reverse_document):
    with (
        st.popover(_("Reverse this document"), icon=":material/undo:", key="document.undo"),
        st.form(f"document.reverse.{document.id}", border=False),
    ):
        st.caption(_("An opposite document is made; this one stays as it is."))
        reason = st.text_input(_("Reason"), key=f"document.reason.{document.id}", max_chars=200)
        pressed = st.form_submit_button(_("Reverse"), type="primary", key=f"document.reverse.save.{document.id}")
    if pressed:
        act(
            reverse_document,
            document.id,
            reason=reason,
            done=_("{number} was reversed.").format(number=escaped(document.number)),
            key=form_key(f"document.reverse.{document.id}"),
        )
