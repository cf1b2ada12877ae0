"""The screens that somebody pinned, on top of home."""

import streamlit as st

from core.security.actor import Actor
from pages._shared.preferring import pinnable, preferences
from pages._shared.screen import link


def show_pinned(actor: Actor) -> None:
    """Links to them, in their order; nothing where none is pinned."""
    known = pinnable(actor)
    pinned = [path for path in preferences().pinned if path in known]
    if pinned:
        with st.container(horizontal=True, key="home.pinned", border=True):
            for path in pinned:
                link(path)
