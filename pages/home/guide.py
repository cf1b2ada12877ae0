"""The user guide in the language of the session, with a table of contents."""

from pathlib import Path

import streamlit as st

from pages._shared.formats import language
from pages._shared.screen import open_screen
from pages._shared.text import _

GUIDES = Path(__file__).parent.parent.parent / "docs" / "guide"
WIDTH = 860

open_screen(__file__)

guide = (GUIDES / f"{language().partition('_')[0]}.md").read_text(encoding="utf-8")
opening, *chapters = [part.partition("\n") for part in guide.split("\n## ")]

with st.container(width=WIDTH, key="guide"):
    st.markdown(opening[2])
    # Anchors are numbers, so that a link leads to its chapter in every language.
    contents = [f"{place}. [{heading}](#chapter-{place})" for place, (heading, *_rest) in enumerate(chapters, 1)]
    with st.container(border=True, gap="xsmall"):
        st.markdown("**" + _("Contents") + "**")
        st.markdown("\n".join(contents))
    for place, (heading, _end, text) in enumerate(chapters, 1):
        st.subheader(heading, anchor=f"chapter-{place}")
        st.markdown(text)
