"""The first screen after signing in: what one can do next."""

import streamlit as st

from pages._shared.screen import link, open_screen, screens_of

actor = open_screen(__file__)

for screen in screens_of(actor):
    if not screen.hidden and screen.path != "home/home":
        with st.container(border=True):
            link(screen.path)
