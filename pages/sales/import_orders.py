"""Importing orders: pick a file, say which column is which, check it, apply it, take it back."""

import streamlit as st

from pages._shared.screen import open_screen
from pages._shared.text import _
from pages.sales._import_new import DONE, show_done, show_import
from pages.sales._import_past import show_batches

open_screen(__file__)

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
elif DONE in st.session_state:
    show_done(st.session_state[DONE])
else:
    show_import()
