"""Receiving, issuing, scrapping and adjusting goods, and the documents that did so."""

import streamlit as st

from core.stock.document_queries import count_documents, stock_documents
from core.stock.models import DOCUMENT_KIND_LABELS, DocumentKind
from core.stock.queries import warehouses
from pages._shared.formats import local_time, quantity
from pages._shared.records import filter_box, page_of, show_pages
from pages._shared.screen import goto, may_open, open_screen, reading
from pages._shared.tables import choice_table, moment_column, nothing_here, text_column
from pages._shared.text import _, ngettext
from pages.stock._sheet import show_sheet

PAGE = 50

actor = open_screen(__file__)

with reading() as view:
    houses = {house.id: house.name for house in warehouses(view, with_closed=True)}
    can_move = any(house.is_active for house in warehouses(view))
if not can_move:
    if may_open(actor, "stock/warehouses"):
        nothing_here(_("There is no warehouse yet. Add one first."), _("Warehouses"), "stock/warehouses")
    else:
        nothing_here(_("There is no warehouse to move goods in. Ask a manager to open one."))
    st.stop()

with st.container(border=True):
    show_sheet()

st.subheader(_("Documents"), anchor=False)
with st.container(horizontal=True, key="movements.filters"):
    kinds = {kind: _(DOCUMENT_KIND_LABELS[kind]) for kind in DocumentKind}
    of_kind = filter_box(
        _("Kind"), kinds, _("All kinds"), key="movements.of_kind", width=160, label_visibility="collapsed"
    )
    of_house = filter_box(
        _("Warehouse"), houses, _("All warehouses"), key="movements.of_house", width=160, label_visibility="collapsed"
    )

with reading() as view:
    count = count_documents(view, kind=of_kind, warehouse_id=of_house)
    page = page_of("movements.page", count, PAGE)
    documents = stock_documents(view, kind=of_kind, warehouse_id=of_house, limit=PAGE, offset=page.offset)

if not documents:
    if of_kind or of_house:
        nothing_here(_("No document matches. Choose another kind or warehouse."))
    else:
        nothing_here(_("No documents yet. What you receive, issue or adjust is listed here."))
    st.stop()

chosen = choice_table(
    documents,
    {
        "number": [document.number for document in documents],
        "kind": [_(DOCUMENT_KIND_LABELS[document.kind]) for document in documents],
        "warehouse": [document.warehouse for document in documents],
        "at": [local_time(document.created_at) for document in documents],
        "reason": [document.reason or document.supplier or document.note for document in documents],
        "state": [
            _("Reversed") if document.is_reversed else _("Reversal") if document.reverses_id else ""
            for document in documents
        ],
    },
    key=f"movements.table.{of_kind}.{of_house}.{page.number}",
    short=12,
    height=440,
    column_config={
        "number": text_column(_("Number"), width=116),
        "kind": text_column(_("Kind"), width=122),
        "warehouse": text_column(_("Warehouse"), width=80),
        "at": moment_column(_("When"), width=118),
        "reason": text_column(_("Supplier or reason"), width=120),
        "state": text_column(_("State"), width=64),
    },
)
counted = ngettext("{count} document", "{count} documents", count).format(count=quantity(count))
show_pages(page, counted + " · " + _("Choose a row to open it."))

if chosen is not None:
    goto("stock/document", id=chosen.id)
