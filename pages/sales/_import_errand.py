"""Watching what a process of its own does with a file, and the import that goes on meanwhile."""

import streamlit as st

from core.base.errors import AppError
from core.exchange.errands import Errand, booked, forget_import
from core.exchange.queries import batch_problems, get_batch
from core.security.actor import Actor
from pages._shared.screen import reading, store
from pages._shared.text import _, escaped
from pages.sales._import_receipt import show_problems, show_receipt

PATIENCE = 0.15


def watch(errand: Errand, label: str) -> None:
    """A bar that shows how far it is, until its end; leaving the screen does not end it."""
    place = st.empty()
    while not errand.wait(PATIENCE):
        done, sentence = errand.progress
        place.progress(done, f"{sentence or label} · {done:.0%}")
    place.empty()


def watch_import(errand: Errand) -> None:
    """How far an import is, and that nobody needs to stay for it."""
    if not errand.has_ended:
        leave = _("{file} is being booked. You can leave this screen or close it: the import goes on.")
        st.caption(leave.format(file=escaped(errand.file)))
        watch(errand, _("Booking"))


def show_import_of(actor: Actor, errand: Errand) -> None:
    """The import of who is signed in: how far it is, then its receipt or why nothing was booked."""
    if not errand.has_ended:
        watch_import(errand)
        st.rerun()
    try:
        _show_booked(booked(store(), actor, errand))
        again = st.button(_("Import another file"), key="import.again", icon=":material/upload_file:")
    except AppError as refusal:
        st.error(escaped(refusal.sentence))
        again = st.button(_("Back to the file"), key="import.back", icon=":material/arrow_back:")
    if again:
        forget_import(store(), actor)
        st.rerun()


def _show_booked(batch_id: int) -> None:
    with reading() as view:
        batch = get_batch(view, batch_id)
        problems = batch_problems(view, batch_id)
    st.success(_("{file} is booked.").format(file=escaped(batch.file_name)), icon=":material/check_circle:")
    show_receipt(batch.receipt)
    show_problems(problems, batch.file_name)
