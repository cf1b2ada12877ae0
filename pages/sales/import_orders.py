"""Importing orders: pick a file, say which column is which, check it, apply it, take it back."""

import streamlit as st

from core.exchange.errands import import_of
from pages._shared.screen import open_screen, store
from pages._shared.text import _
from pages.sales._import_errand import show_import_of
from pages.sales._import_new import show_import
from pages.sales._import_past import show_batches

actor = open_screen(__file__)

part = st.segmented_control(
    _("Part"),
    ["new", "past"],
    default="new",
    required=True,
    format_func=lambda each: _("New import") if each == "new" else _("Past imports"),
    key="import.part",
    label_visibility="collapsed",
)
if part == "past":
    show_batches()
elif (errand := import_of(store(), actor)) is not None:
    show_import_of(actor, errand)
else:
    show_import(actor)
