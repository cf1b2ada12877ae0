"""One lot: its dates, where it lies, where it came from and who has it."""

import streamlit as st

from core.catalog.models import Tracking
from core.sales.lot_result import lot_result
from core.sales.queries import document_numbers
from core.sales.recall import recall
from core.stock.expiry import FRESHNESS_LABELS, LotDates
from core.stock.lot_queries import LotMoveRow, lot_card, lot_moves
from core.stock.lots import block_lot, edit_lot, merge_lots, release_lot, split_lot
from core.stock.models import LOCATION_KIND_LABELS
from core.work.command import may
from pages._shared.facts import show_facts
from pages._shared.formats import day, local_time
from pages._shared.forms import opened_facts, quantity_typed, save_seen
from pages._shared.records import asked_card
from pages._shared.screen import act, form_key, link, open_screen, reading
from pages._shared.tables import moment_column, nothing_here, quantity_column, quantity_places, text_column
from pages._shared.text import _, escaped
from pages.stock._lot_merge import merge_form
from pages.stock._lot_result import show_result
from pages.stock._recall import show_recall
from pages.stock._words import place_name

actor = open_screen(__file__)
link("stock/lots", _("All lots"))

with reading() as view:
    lot = asked_card(view, lot_card)
    moves: list[LotMoveRow] = lot_moves(view, lot.id) if lot else []
    numbers = document_numbers(view, {(move.origin_type, move.origin_id) for move in moves})
if lot is None:
    nothing_here(_("Choose a lot from the list."))
    st.stop()

with st.container(horizontal=True, vertical_alignment="center", key="lot.head"):
    st.subheader(escaped(lot.number), anchor=False, width="content")
    st.markdown(f":gray[{escaped(lot.sku)} · {escaped(lot.name)}]", width="content")
    st.badge(_(FRESHNESS_LABELS[lot.freshness]), color="green" if lot.freshness == "good" else "red")
    link("stock/card", _("Stock card"), id=lot.variant_id)
show_facts(
    {
        _("Made on"): day(lot.dates.made_on),
        _("Best before"): day(lot.dates.best_before_on),
        _("Remove on"): day(lot.dates.removal_on),
        _("Good until"): day(lot.dates.expiry_on),
        _("Note"): lot.note,
    }
)

if lot.places:
    places = quantity_places([row.on_hand for row in lot.places])
    st.dataframe(
        {
            "warehouse": [row.warehouse for row in lot.places],
            "place": [place_name(row.place) for row in lot.places],
            "kind": [_(LOCATION_KIND_LABELS[row.kind]) for row in lot.places],
            "on_hand": [float(row.on_hand) for row in lot.places],
            "reserved": [float(row.reserved) for row in lot.places],
        },
        key="lot.places",
        hide_index=True,
        height="content",
        column_config={
            "warehouse": text_column(_("Warehouse")),
            "place": text_column(_("Place")),
            "kind": text_column(_("Kind")),
            "on_hand": quantity_column(_("On hand"), places),
            "reserved": quantity_column(_("Reserved"), places),
        },
    )
else:
    st.caption(_("Nothing of this lot is here any more."))

if may(actor, edit_lot):
    opened_facts("lot", lot.id, {"dates": lot.dates, "note": lot.note}, f"lot.{lot.id}.note")
    with st.container(horizontal=True, key="lot.steps"):
        with st.popover(_("Correct dates"), icon=":material/event:"), st.form("lot.dates", border=False):
            typed = [
                st.date_input(label, value=known, format="YYYY-MM-DD", key=f"lot.{lot.id}.{name}")
                for name, label, known in (
                    ("made", _("Made on"), lot.dates.made_on),
                    ("best", _("Best before"), lot.dates.best_before_on),
                    ("removal", _("Remove on"), lot.dates.removal_on),
                    ("expiry", _("Good until"), lot.dates.expiry_on),
                )
            ]
            note = st.text_input(_("Note"), value=lot.note, max_chars=500, key=f"lot.{lot.id}.note")
            if st.form_submit_button(_("Save"), type="primary", key="lot.save"):
                done = _("The lot was corrected.")
                save_seen("lot", lot.id, edit_lot, lot.id, dates=LotDates(*typed), note=note, done=done)
        step, label = (release_lot, _("Release")) if lot.is_blocked else (block_lot, _("Block"))
        with st.popover(label, icon=":material/block:"), st.form("lot.block", border=False):
            reason = st.text_input(_("Reason"), key=f"lot.{lot.id}.reason")
            if st.form_submit_button(label, type="primary", key="lot.block.save"):
                act(step, lot.id, reason=reason, done=_("{number} was changed.").format(number=escaped(lot.number)))
        if lot.places and lot.tracking == Tracking.LOT:
            with st.popover(_("Split"), icon=":material/call_split:"), st.form("lot.split", border=False):
                place = st.selectbox(
                    _("Place"),
                    lot.places,
                    format_func=lambda row: f"{row.warehouse} · {place_name(row.place)}",
                    key="lot.split.at",
                )
                number = st.text_input(_("Number of the new lot"), max_chars=64, key=f"lot.{lot.id}.split.number")
                count = st.number_input(_("Quantity"), min_value=0.0, step=1.0, key=f"lot.{lot.id}.split.quantity")
                if st.form_submit_button(_("Split"), type="primary", key="lot.split.save"):
                    act(
                        split_lot,
                        lot.id,
                        location_id=place.location_id,
                        quantity=quantity_typed(count),
                        number=number,
                        done=_("The lot was split."),
                        key=form_key(f"lot.{lot.id}.split"),
                    )
        if lot.tracking == Tracking.LOT and may(actor, merge_lots):
            with st.popover(_("Merge"), icon=":material/merge:"):
                merge_form(lot)

if may(actor, lot_result):
    show_result(lot.id)

if may(actor, recall):
    show_recall(lot)

if moves:
    st.markdown("**" + _("Every move, newest first") + "**")
    st.dataframe(
        {
            "at": [local_time(move.at) for move in moves],
            "lot": [move.number for move in moves],
            "left": [_(LOCATION_KIND_LABELS[move.left]) for move in moves],
            "reached": [_(LOCATION_KIND_LABELS[move.reached]) for move in moves],
            "quantity": [float(move.quantity) for move in moves],
            "document": [move.document or numbers.get((move.origin_type, move.origin_id), "") for move in moves],
        },
        key="lot.moves",
        hide_index=True,
        height="content" if len(moves) < 15 else 440,
        column_config={
            "at": moment_column(_("When"), width=116),
            "lot": text_column(_("Lot"), width=96),
            "left": text_column(_("From"), width=84),
            "reached": text_column(_("To"), width=84),
            "quantity": quantity_column(_("Quantity"), quantity_places([move.quantity for move in moves]), width=64),
            "document": text_column(_("Document"), width=116),
        },
    )
